"""One API server that its liveness probe kills while all connect anew: it begins with nothing each time."""

from __future__ import annotations

from pathlib import Path

import tidegate

STORM = """
name: storm
horizon: 5min
networks: {cluster: {}}
services:
  api:
    network: cluster
    concurrency: 6
    service_time: 5ms
    queue: 294
    queue_when_full: visible
    retry_after: 1s
    warm_up: {time: 2min, slowdown: 5}
    boot: {time: 10s}
    health_probes:
    - network: cluster
      timeout: 15s
      on_failure: restart
      initial_delay: 15s
      restart_backoff: {base: 10s}
clients:
  kubelets:
    network: cluster
    service: api
    population: 500
    connection: keep_alive
    timeout: 30s
    on_connect: [{requests: 20, service_time: 12ms, timeout: 60s}]
    retry: {layers: [{retries: unlimited, backoff: constant, base: 1s, retry_after: obey}]}
    demand: {kind: closed, think: 10s}
objectives: {unserved_within: 90s, success: 20%}
activities: {kill: {kind: restart, service: api}}
"""
"""All list anew from cold caches; checks wait behind the lists, and kill the server before it is through."""


def test_an_api_server_that_is_killed_before_it_is_through_is_killed_again_and_again(tmp_path: Path) -> None:
    """Did the next process answer what had waited for the last, it would come back each time."""
    path = tmp_path / "world.yaml"
    path.write_text(STORM)
    (verdict,) = tidegate.check(tidegate.load(path), runs_count=3, jobs=1)
    assert verdict.verdict != "proceed"
    assert verdict.cases[0].collapse.value > 0.5
    patient = {"services.api.health_probes.0.initial_delay": "60s"}
    (verdict,) = tidegate.check(tidegate.load(path, patient), runs_count=3, jobs=1)
    assert verdict.cases[0].collapse.value == 0.0
