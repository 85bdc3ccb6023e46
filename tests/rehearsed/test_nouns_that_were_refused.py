"""Do scans, links, blocks of ports, and instances one by one do on real Linux what is predicted of them?

Each world is one that ends for certain as predicted, and only because of the part that is shown: a prediction
without that part does not agree with the same measurement.
"""

from __future__ import annotations

import os

import pytest

from rehearsal_trials import measured, ready_of
from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.outside import why_forbidden
from tidegate.rehearse.agreement import compare

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
  device: {between: [clients, servers], round_trip: 200us DEVICE}
services:
  web: {network: servers WEB}
clients:
  base: {network: clients, service: web, syn: linux-classic CLIENTS}
triggers: {TRIGGERS}
activities: {ACTIVITIES}
"""
TRIES = ", retry: {layers: [{retries: 3, backoff: exponential, base: 300ms, jitter: full}]}"
ONCE_MORE = ", retry: {layers: [{retries: 1, backoff: constant, base: 1s}]}"
FEW = f", population: 200, timeout: 500ms, demand: {{kind: closed, think: 2s}}{TRIES}"
PATIENT = f", population: 150, timeout: 1s, demand: {{kind: closed, think: 2s}}{ONCE_MORE}"
MANY = f", population: 300, timeout: 500ms, demand: {{kind: closed, think: 1s}}{TRIES}"
CROWD = f", population: 400, timeout: 1s, demand: {{kind: closed, think: 1s}}{TRIES}"
LONG = f", population: 400, timeout: 1s, demand: {{kind: closed, think: 3s}}{TRIES}"
EACH_OWN = f", population: 100, timeout: 500ms, demand: {{kind: closed, think: 1s}}{TRIES}"

FAST = ", concurrency: 400, service_time: 5ms"
FOUR = ", instances: 4, concurrency: 4, service_time: 30ms, service_law: exponential, queue: 80"
FOUR_WARM = ", instances: 4, concurrency: 4, service_time: 20ms, queue: 300, boot: {time: 1s}"
TWO = ", instances: 2, concurrency: 4, service_time: 30ms, queue: 200, boot: {time: 2s}"
WIDE = ", forwarding: 9000/s, queue_packets: 500"

TABLE = ", forwarding: 2000/s, table: {entries: 300, closed_hold: 1s, unanswered_hold: 4s}"
LIMIT = ", forwarding: 2000/s, admission: {rate: 250/s, burst: 20, per_source: 60/min, on_excess: reset}"
SCANNED = ", queue_packets: 500, background: {unanswered: 20/s}"
PROBED = ", queue_packets: 300, background: {unanswered: 0/s, unanswered_sources: 40}"
SCAN = "scan: {at: 4s, for: 3s, set: {crossings.device.background.unanswered: 100/s}}"
PROBES = "scan: {at: 4s, for: 5s, set: {crossings.device.background.unanswered: 1500/s}}"
SIZES = ", answer_size: 14kB"
LINK = ", bandwidth: 16Mbit/s"
NARROW = "narrow: {at: 4s, for: 3s, set: {crossings.device.bandwidth: 4Mbit/s}}"
BLOCKS = ", ports: {per_destination: 2000, hold: 2s, block: {least: 8}}"
MORE_EACH = "more: {at: 4s, for: 4s, set: {clients.base.demand.think: 60ms}}"
WARM = ", warm_up: {time: 4s, slowdown: 10}"
DEPLOY = (
    "deploy: {kind: restart, service: web, at: 4s, batches: 1, reactions: [{clients: base, spread: 500ms}]}"
)
UNEVEN = ", balancing: {rule: random, skew: 1.2}"
MORE = "more: {at: 4s, for: 3s, set: {clients.base.demand.think: 300ms}}"
SICK = ", balancing: {rule: least_outstanding}, sick: {instances: 0, answers: error, time: 1ms}"
FALLS_SICK = "sick: {at: 4s, for: 4s, set: {services.web.sick.instances: 1}}"
LEAST = ", balancing: {rule: least_outstanding}"
MEMORY = ", memory: {limit: 100MB, base: 20MB, per_request: 5MB, restart: 2s}"
BURST = "more: {at: 4s, for: 1s, set: {clients.base.demand.think: 100ms}}"
GROWS = (
    ", autoscaler: {signal: utilisation, target: 0.6, least: 2, most: 10, interval: 2s, step_instances: 2, "
    "scale_down_delay: 4s}"
)
DAY = "more: {at: 4s, set: {clients.base.demand.think: 700ms}}"

PARTS = {
    "a table that scans fill": (
        {"DEVICE": TABLE + SCANNED, "WEB": FAST, "CLIENTS": FEW, "TRIGGERS": SCAN},
        (", background: {unanswered: 20/s}", SCAN),
    ),
    "resets to scans": (
        {"DEVICE": LIMIT + PROBED, "WEB": FAST, "CLIENTS": PATIENT, "TRIGGERS": PROBES},
        (", background: {unanswered: 0/s, unanswered_sources: 40}", PROBES),
    ),
    "a link that is narrow for a while": (
        {
            "DEVICE": ", forwarding: 20k/s, queue_packets: 500" + LINK,
            "WEB": FAST + SIZES,
            "CLIENTS": PATIENT,
            "TRIGGERS": NARROW,
        },
        (LINK, NARROW, SIZES),
    ),
    "ports of each source": (
        {
            "DEVICE": ", forwarding: 4000/s, queue_packets: 500" + BLOCKS,
            "WEB": FAST,
            "CLIENTS": EACH_OWN,
            "TRIGGERS": MORE_EACH,
        },
        (BLOCKS,),
    ),
    "instances that warm up": (
        {"DEVICE": WIDE, "WEB": FOUR_WARM + WARM, "CLIENTS": CROWD, "ACTIVITIES": DEPLOY},
        (WARM,),
    ),
    "uneven queues of instances": (
        {"DEVICE": WIDE, "WEB": FOUR + UNEVEN, "CLIENTS": MANY, "TRIGGERS": MORE},
        (UNEVEN,),
    ),
    "an instance that draws the traffic and fails it": (
        {"DEVICE": WIDE, "WEB": FOUR + SICK, "CLIENTS": MANY, "TRIGGERS": FALLS_SICK},
        (SICK, FALLS_SICK),
    ),
    "instances killed for their memory": (
        {"DEVICE": WIDE, "WEB": FOUR + LEAST + MEMORY, "CLIENTS": MANY, "TRIGGERS": BURST},
        (MEMORY,),
    ),
    "an autoscaler": (
        {"DEVICE": WIDE, "WEB": TWO + GROWS, "CLIENTS": LONG, "TRIGGERS": DAY},
        (GROWS,),
    ),
}


def _written(parts: dict[str, str]) -> str:
    text = WORLD
    for word in ("DEVICE", "WEB", "CLIENTS", "TRIGGERS", "ACTIVITIES"):
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
