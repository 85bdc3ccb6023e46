"""Do scans, links, warm-up and instances with queues of their own do on real Linux what is predicted?

Each world is one that ends for certain as predicted, and only because of the part that is shown: a prediction
without that part does not agree with the same measurement.
"""

from __future__ import annotations

import os

import pytest

from rehearsal_trials import measured, ready_of
from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.outside import why_forbidden
from tidegate.rehearse.comparison import compare

FORBIDDEN = why_forbidden() or "; ".join(missing_programs(["ip", "tc", "nft"]))
MOST_OFF = 0.12

pytestmark = [
    pytest.mark.evidence,
    pytest.mark.skipif(
        bool(FORBIDDEN) and os.environ.get("REQUIRE_PARTS") != "1", reason=f"not possible here: {FORBIDDEN}"
    ),
]

WORLD = """
name: refused_before
horizon: 16s
networks: {clients: {}, servers: {}}
crossings:
  device: {between: [clients, servers], queue_packets: 500, round_trip: 200us DEVICE}
services:
  web: {network: servers, queue: 300 WEB}
clients:
  base: {network: clients, service: web, syn: linux-classic, population: 200, timeout: 500ms,
    demand: {kind: closed, think: 2s}, retry: {layers: [
      {retries: 3, backoff: exponential, base: 300ms, jitter: full}]}}
triggers: {TRIGGERS}
activities: {ACTIVITIES}
"""
FAST = ", concurrency: 400, service_time: 5ms"
TABLE = ", forwarding: 2000/s, table: {entries: 300, closed_hold: 1s, unanswered_hold: 4s}"
LIMIT = ", forwarding: 2000/s, admission: {rate: 250/s, burst: 20, per_source: 60/min, on_excess: reset}"
SCANNED = ", background: {unanswered: 20/s}"
PROBED = ", background: {unanswered: 0/s, unanswered_sources: 40}"
SCAN = "scan: {at: 4s, for: 3s, set: {crossings.device.background.unanswered: 100/s}}"
PROBES = "scan: {at: 4s, for: 5s, set: {crossings.device.background.unanswered: 1500/s}}"
SIZES = ", answer_size: 14kB"
LINK = ", forwarding: 20k/s, bandwidth: 16Mbit/s"
NARROW = "narrow: {at: 4s, for: 3s, set: {crossings.device.bandwidth: 4Mbit/s}}"
WARM = ", warm_up: {time: 4s, slowdown: 20}"
DEPLOY = (
    "deploy: {kind: restart, service: web, at: 4s, batches: 1, "
    "reactions: [{clients: base, spread: 500ms}]}"
)
EACH = ", balancing: {rule: random, skew: 1.5}"
SICK = ", balancing: {rule: least_outstanding}, sick: {instances: 0, answers: error, time: 1ms}"
MORE = "more: {at: 4s, for: 3s, set: {clients.base.demand.think: 400ms}}"
FALLS_SICK = "sick: {at: 4s, for: 4s, set: {services.web.sick.instances: 1}}"
FOUR = ", instances: 4, concurrency: 4"

PARTS = {
    "a table that scans fill": (
        {"DEVICE": TABLE + SCANNED, "WEB": FAST, "TRIGGERS": SCAN},
        (SCANNED, SCAN),
    ),
    "resets to scans": ({"DEVICE": LIMIT + PROBED, "WEB": FAST, "TRIGGERS": PROBES}, (PROBED, PROBES)),
    "a link that is narrow for a while": (
        {"DEVICE": LINK, "WEB": FAST + SIZES, "TRIGGERS": NARROW},
        (", bandwidth: 16Mbit/s", NARROW, SIZES),
    ),
    "instances that warm up": (
        {"DEVICE": ", forwarding: 6000/s", "WEB": f"{FOUR}, service_time: 20ms{WARM}", "ACTIVITIES": DEPLOY},
        (WARM,),
    ),
    "instances with queues of their own": (
        {"DEVICE": ", forwarding: 9000/s", "WEB": f"{FOUR}, service_time: 30ms{EACH}", "TRIGGERS": MORE},
        (EACH,),
    ),
    "an instance that draws the traffic and fails it": (
        {
            "DEVICE": ", forwarding: 9000/s",
            "WEB": f"{FOUR}, service_time: 30ms{SICK}",
            "TRIGGERS": FALLS_SICK,
        },
        (SICK, FALLS_SICK),
    ),
}


def _written(parts: dict[str, str]) -> str:
    text = WORLD
    for word in ("DEVICE", "WEB", "TRIGGERS", "ACTIVITIES"):
        text = text.replace(word, parts.get(word, ""))
    return text


@pytest.mark.parametrize("name", PARTS)
def test_what_was_refused_does_as_predicted(name: str) -> None:
    """Ending, time and packets are as predicted; without the part they are not."""
    parts, part = PARTS[name]
    text = without_text = _written(parts)
    for words in part:
        without_text = without_text.replace(words, "")
    ready, without = ready_of(text), ready_of(without_text)
    assert () == ready.rehearsable.left_out

    rehearsal = measured(ready)

    agreement = rehearsal.agreement
    packets = agreement.quantities[1]
    assert agreement.holds, agreement
    assert MOST_OFF > abs(packets.error_ratio or 0.0), packets
    assert not compare(without.prediction, [run.outcome for run in rehearsal.runs]).holds
