"""A check that waits with the requests may restart what is only behind: that is said of a herd as well."""

from __future__ import annotations

import pytest

from tidegate.evaluate.arithmetic.connecting import connects_nearly
from tidegate.evaluate.variants.scope import script_of
from tidegate.world.file.read import read_world

WORLD = """
tidegate: 1
name: checked
horizon: 10min
networks: {cluster: {}}
services:
  api:
    network: cluster
    concurrency: 64
    service_time: 5ms
    boot: {time: 10s}
    health_probes:
      - {network: cluster, timeout: 15s, on_failure: ACT, initial_delay: 15s, busy_fails: BUSY}
clients:
  nodes:
    network: cluster
    service: api
    population: 5000
    connection: keep_alive
    timeout: 30s
    on_connect: [{requests: 20, service_time: 40ms, timeout: 60s}]
    demand: {kind: closed, think: 10s}
activities: {kill: {kind: restart, service: api}}
"""


@pytest.mark.parametrize(
    ("act", "busy", "says"),
    [("restart", "true", True), ("restart", "false", False), ("eject", "true", False)],
)
def test_a_herd_that_keeps_checks_waiting_is_said_to(act: str, busy: str, says: bool) -> None:
    """4,000 s of work on 64 cores is a minute, and the check has failed three times by then."""
    file = read_world(WORLD.replace("ACT", act).replace("BUSY", busy), "checked.yaml")
    (said,) = connects_nearly(script_of(file, "kill"))
    assert "for 4,000 s of work before anything else, which takes " in said
    assert said.endswith("; who comes last has no answer to anything else before")
    assert says == (", and its checks may restart it 45 s after each start;" in said)
