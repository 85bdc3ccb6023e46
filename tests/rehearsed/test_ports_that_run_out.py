"""Does Linux give ports as the world says that they are held, and is it seen who gets none?"""

from __future__ import annotations

import os

import pytest

from rehearsal_trials import measured, ready_of
from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.outside import why_forbidden

FORBIDDEN = why_forbidden() or "; ".join(missing_programs(["ip", "tc", "nft"]))

pytestmark = [
    pytest.mark.evidence,
    pytest.mark.skipif(
        bool(FORBIDDEN) and os.environ.get("REQUIRE_PARTS") != "1", reason=f"not possible here: {FORBIDDEN}"
    ),
]

# Of 20 ports 12 are in use, and for three seconds 18: each for 0.2 s.
WORLD = """
name: ports
horizon: 14s
networks: {clients: {}, servers: {}}
crossings:
  device:
    between: [clients, servers]
    round_trip: 200us
    ports: {per_destination: 20, hold: 0s}
services: {web: {network: servers, concurrency: 1000, service_time: 200ms, service_law: fixed}}
clients:
  base:
    network: clients
    service: web
    syn: linux-classic
    population: 300
    timeout: 700ms
    demand: {kind: open, rate: 60/s, arrivals: paced}
    retry: {layers: [{retries: 2, backoff: constant, base: 500ms}]}
triggers:
  more: {at: 4s, for: 3s, set: {clients.base.demand.rate: 110/s}}
"""


def test_ports_that_are_not_held_are_free_at_once() -> None:
    """As many flows find no port as predicted, and nearly none while there are enough."""
    rehearsal = measured(ready_of(WORLD))
    refused = next(one for one in rehearsal.agreement.quantities if one.name == "refused by a limit")
    assert refused.measured is not None
    assert refused.predicted is not None
    assert refused.measured.median == pytest.approx(refused.predicted.median, rel=0.35)
    shed = rehearsal.runs[0].series["device", "shed"].values
    assert 50 > sum(shed[5:40])  # a second, of tenths of seconds
    assert rehearsal.agreement.ending_agrees


# Nobody is there for two seconds: of 60 attempts without an answer 40 have a port, for ten more. As requests
# take 0.3 s, nine are in use at a time: a port that Linux does not find is no help to all.
SILENCE = """
name: silence
horizon: 24s
networks: {clients: {}, servers: {}}
crossings:
  device:
    between: [clients, servers]
    round_trip: 200us
    ports: {per_destination: 40, hold: 0s, unanswered_hold: 10s}
services: {web: {network: servers, concurrency: 1000, service_time: 300ms, service_law: fixed}}
clients:
  base:
    network: clients
    service: web
    syn: linux-classic
    population: 300
    timeout: 700ms
    demand: {kind: open, rate: 30/s, arrivals: paced}
triggers:
  away: {at: 4s, for: 2s, set: {services.web.instances: 0}}
"""


def test_ports_of_the_unanswered_are_taken_until_linux_forgets_them() -> None:
    """As many flows find no port as predicted: all of some seconds in which the service is there again."""
    rehearsal = measured(ready_of(SILENCE))
    refused = next(one for one in rehearsal.agreement.quantities if one.name == "refused by a limit")
    assert refused.measured is not None
    assert refused.predicted is not None
    assert refused.measured.median == pytest.approx(refused.predicted.median, rel=0.35)
    shed = rehearsal.runs[0].series["device", "shed"].values
    assert 100 < sum(shed[70:120])  # of 150 that ask in five of those seconds
    assert 10 > sum(shed[180:])
    assert rehearsal.agreement.ending_agrees
