"""Three reported outages of starts and scalers, smaller: the verdict, and the remedy as reported.

Sources: kubernetes#57405; nebius/soperator#2537; Slack's outage of 4 January 2021 (slack.engineering). What
is not in them is assumed.
"""

from __future__ import annotations

import pytest

from tidegate.api import check
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.protect.offers import offers_for
from tidegate.world.file.read import read_world

# The API server is killed; all come back with a dear first request, and the liveness probe that waits among
# them kills it again. Reported fix: a longer initial delay.
APISERVER = """
name: apiserver_liveness
horizon: 2min
networks: {nodes: {}, control: {}}
crossings: {lb: {between: [nodes, control]}}
services:
  apiserver:
    network: control
    concurrency: 8
    service_time: 10ms
    setup_time: 200ms
    queue: 400
    contention: {crosstalk: 2%}
    boot: {time: 5s}
    health_probes: [{network: control, interval: 1s, timeout: 2s, failures: 5, on_failure: restart}]
clients:
  kubelets:
    network: nodes
    service: apiserver
    population: 200
    connection: keep_alive
    timeout: 30s
    demand: {kind: closed, think: 5s}
    retry: [{retries: unlimited, backoff: constant, base: 1s}]
triggers: {kill: {at: 10s, for: 5s, reconnect: kubelets, set: {services.apiserver.instances: 0}}}
objectives: {collapse_probability: 20%}
"""

# A NodeSet grows by hundreds, and all workers register with one controller together. Reported fix: at most so
# many that start at the same time.
SLURMCTLD = """
name: slurmctld
horizon: 1min
networks: {workers: {}, control: {}}
crossings: {net: {between: [workers, control]}}
services:
  slurmctld:
    network: control
    concurrency: 64
    service_time: 10ms
    setup_time: 200ms
    contention: {serial: 5%, crosstalk: 1%}
    queue: 256
clients:
  slurmds:
    network: workers
    service: slurmctld
    population: 30
    connection: keep_alive
    timeout: 5s
    demand: {kind: closed, think: 20s}
    retry: [{retries: unlimited, backoff: constant, base: 1s}]
activities:
  grow: {from: 30, to: 400, at: 10s, clients_added: slurmds}
objectives: {collapse_probability: 20%}
"""

# The way to the backends is slow: workers wait, the processor idles, and the tier is made smaller just then.
# Reported fix: more instances; and workers in use as a signal.
SLACK = """
name: slack_web
horizon: 150s
networks: {edge: {}, web: {}, back: {}}
crossings: {lb: {between: [edge, web]}, gateway: {between: [web, back], round_trip: 1ms}}
services:
  web:
    network: web
    instances: 4
    concurrency: 20
    service_time: 20ms
    queue: 25
    boot: {time: 10s}
    calls: [{service: backend, timeout: 2s}]
    autoscaler: {signal: cpu, cores: 2, target: 0.5, most: 12, interval: 5s, scale_down_delay: 10s}
  backend: {network: back, instances: 4, concurrency: 20, service_time: 10ms}
clients:
  users:
    network: edge
    service: web
    population: 1000
    timeout: 5s
    demand: {kind: open, rate: 200/s}
    retry: [{retries: 2, backoff: exponential, base: 200ms}]
triggers:
  slow: {at: 20s, for: 100s, set: {crossings.gateway.round_trip: 600ms}}
objectives: {collapse_probability: 20%, recover_within: 80s}
"""


MASS = """
horizon: 1min
networks: {near: {}, far: {}}
crossings: {gate: {between: [near, far]}}
services:
  config: {network: far, concurrency: 4, service_time: 100ms, queue: 400, queue_when_full: silent}
  app:
    network: far
    instances: 40
    concurrency: 10
    service_time: 10ms
    boot:
      time: 1s
      calls:
        - service: config
          requests: 5
          timeout: 1s
          retry: [{retries: unlimited, backoff: constant, base: 100ms}]
clients:
  users: {network: near, service: app, population: 200, demand: {kind: open, rate: 40/s}}
activities:
  roll: {kind: restart, service: app, at: 10s}
"""


def answered(text: str) -> Verdict:
    (verdict,) = check(read_world(text, "reported.yaml"), runs_count=5)
    return verdict


def collapses(verdict: Verdict) -> float:
    return verdict.cases[0].collapse.value


def test_the_liveness_probe_kills_the_api_server_again_and_again() -> None:
    """It is protected by a longer initial delay, as reported; with patient checks it never was in danger."""
    verdict = answered(APISERVER)
    assert ("protect_first", 1.0) == (verdict.verdict, collapses(verdict))
    assert verdict.remedy is not None
    assert ["services.apiserver.health_probes.0.initial_delay"] == [s.path for s in verdict.remedy.settings]
    assert 0.0 == collapses(answered(APISERVER.replace("failures: 5", "failures: 60")))


def test_registrations_by_completion_do_not_thrash_the_controller() -> None:
    """All at once it collapses; with twenty starting at a time it does not, nor where nothing is held up."""
    verdict = answered(SLURMCTLD)
    assert 1.0 == collapses(verdict)
    assert "proceed" != verdict.verdict
    assert 0.0 == collapses(answered(SLURMCTLD.replace("added: slurmds", "added: slurmds, at_once_most: 20")))
    assert 0.0 == collapses(
        answered(SLURMCTLD.replace("contention: {serial: 5%, crosstalk: 1%}", "queue_order: fifo"))
    )
    paths = [
        path for offer in offers_for(read_world(SLURMCTLD, "s.yaml"), "grow", {}) for path in offer.changes
    ]
    assert "activities.grow.at_once_most" in paths


@pytest.mark.parametrize(
    ("scaler", "collapsed"),
    [("target: 0.5,", 1.0), ("target: 0.5, also: {signal: utilisation, target: 0.7},", 0.0)],
)
def test_a_tier_that_reads_its_processor_shrinks_while_workers_wait(scaler: str, collapsed: float) -> None:
    """It goes on shrinking; with busy places as a second signal it grows instead."""
    assert collapsed == collapses(answered(SLACK.replace("target: 0.5,", scaler)))


def test_a_restart_by_completion_does_not_drown_whom_it_asks() -> None:
    """Forty that restart together ask 180/s of what does 40/s and are never back; two at a time are."""
    assert 1.0 == collapses(answered(MASS))
    assert 0.0 == collapses(answered(MASS.replace("at: 10s}", "at: 10s, at_once_most: 2}")))
    # Those who come back first serve all there is to serve: the others are not back all the same.
    assert 1.0 == collapses(answered(MASS.replace("at: 10s}", "at: 10s, at_once_most: 40}")))
    offered = [path for one in offers_for(read_world(MASS, "m.yaml"), "roll", {}) for path in one.changes]
    assert "activities.roll.at_once_most" in offered
