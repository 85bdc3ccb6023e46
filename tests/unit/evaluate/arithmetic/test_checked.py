"""A check that waits with the requests may restart what is only behind: that is said of a herd as well."""

from __future__ import annotations

import pytest

from tidegate.evaluate.arithmetic.checked import calling
from tidegate.evaluate.arithmetic.connecting import connects_nearly
from tidegate.evaluate.variants.scope import script_of
from tidegate.world.file.overlay import overlay
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


CALLING = """
name: calling
horizon: 45min
networks: {vpc: {}, internet: {}}
crossings: {nat: {between: [vpc, internet]}}
services:
  gateway:
    network: vpc
    instances: 2
    concurrency: 40
    service_time: 5ms
    calls: [{service: llm, timeout: 60s}]
    health_probes: [{network: vpc, timeout: 5s, on_failure: restart}]
  llm: {network: internet, concurrency: 500, service_time: 5s}
clients: {app: {network: vpc, service: gateway, timeout: 60s, demand: {kind: open, rate: 1/s}}}
"""
PROBE = "services.gateway.health_probes.0"


def test_a_check_that_makes_slow_calls_is_told() -> None:
    """Beside 5 s in the mean a patience of 4.995 s is too short in 37 % of all: 27 restarts in 540 checks."""
    (one,) = calling(read_world(CALLING, "calling.yaml").world)
    assert one.restarts_count == pytest.approx(2 * 270 * 0.368**3, rel=0.01)
    assert one.says.startswith(
        "a check of gateway makes its calls, which take about 5 s, and gives up after 5 s"
    )
    assert one.says.endswith("37 % of them fail while all is well, and 3 in a row restart an instance")


@pytest.mark.parametrize(
    "changes",
    [
        {f"{PROBE}.busy_fails": False},
        {f"{PROBE}.timeout": "30s"},
        {f"{PROBE}.on_failure": "eject"},
        {"services.llm.service_law": "fixed", "services.llm.service_time": "4.9s"},
        {"services.gateway.calls": []},
    ],
)
def test_a_check_that_waits_for_nothing_or_long_enough_is_not(changes: dict[str, object]) -> None:
    """It asks the instance alone, is patient, does not restart, is always in time, or calls nobody."""
    assert not list(calling(overlay(read_world(CALLING, "calling.yaml"), changes).world))


def test_a_call_that_is_always_too_long_fails_every_check() -> None:
    """As fixed as it is."""
    laid = overlay(read_world(CALLING, "calling.yaml"), {"services.llm.service_law": "fixed"})
    (one,) = calling(laid.world)
    assert "100 % of them fail" in one.says
