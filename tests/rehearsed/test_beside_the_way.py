"""Do calls, boots, look-ups, log-ins and devices that come and go do on real Linux what is predicted of them?

Each world is one that recovers for certain, and only because of the part that is shown: a prediction without
that part does not agree with the same measurement.
"""

from __future__ import annotations

import os

import pytest

from rehearsal_trials import measured, ready_of
from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.outside import why_forbidden
from tidegate.rehearse.agreement import compare

FORBIDDEN = why_forbidden() or "; ".join(missing_programs(["ip", "tc", "nft"]))
MOST_OFF = 0.1

pytestmark = [
    pytest.mark.evidence,
    pytest.mark.skipif(
        bool(FORBIDDEN) and os.environ.get("REQUIRE_PARTS") != "1", reason=f"not possible here: {FORBIDDEN}"
    ),
]

WORLD = """
name: beside
horizon: 16s
networks: {clients: {}, servers: {}, beside: {}}
crossings:
  device: {between: [clients, servers], forwarding: 3000/s, queue_packets: 1000, round_trip: 200us DEVICE}
  inner: {between: [servers, beside], forwarding: 3000/s, queue_packets: 500, round_trip: 200us}
  outer: {between: [clients, beside], forwarding: 3000/s, queue_packets: 500, round_trip: 200us}
services:
  web: {network: servers, queue: 200 WEB}
  store: {network: beside STORE}
clients:
  base: {network: clients, service: web, syn: linux-classic CLIENTS,
    retry: {layers: [{retries: 3, backoff: exponential, base: 300ms, jitter: full}]}}
triggers: {TRIGGERS}
activities: {ACTIVITIES}
"""
FAST = ", instances: 4, concurrency: 100, service_time: 5ms"
THINKING = ", population: 200, timeout: 500ms, demand: {kind: closed, think: 1s}"
PATIENT = ", population: 200, timeout: 3s, demand: {kind: closed, think: 1s}"
KEEPING = ", connection: keep_alive"
SLOW_STORE = "slow: {at: 4s, for: 2s, set: {services.store.service_time: 100ms}}"
RESTART = (
    "deploy: {kind: restart, service: web, at: 4s, batches: 1, reactions: [{clients: base, spread: 500ms}]}"
)
CALLS = ", calls: [{service: store, timeout: 300ms, pool: {most: 4}, retry: immediate}]"
BOOT_CALLS = ", calls: [{service: store, requests: 5, at_once: 1, timeout: 2s, retry: immediate}]"
LOOKUP = ", lookup: {service: store, ttl: 3s, timeout: 500ms}"
LOG_IN = ", on_connect: [{service_time: 80ms}]"

PARTS = {
    "calls": (
        {
            "WEB": f", instances: 4, concurrency: 16, service_time: 1ms{CALLS}",
            "STORE": ", concurrency: 8, service_time: 20ms, queue: 50",
            "CLIENTS": THINKING,
            "TRIGGERS": SLOW_STORE,
        },
        CALLS,
    ),
    "boots": (
        {
            "WEB": f", instances: 4, concurrency: 4, service_time: 10ms, boot: {{time: 500ms{BOOT_CALLS}}}",
            "STORE": ", service_time: 100ms, service_law: fixed, queue: 50",
            "CLIENTS": THINKING,
            "ACTIVITIES": RESTART,
        },
        BOOT_CALLS,
    ),
    "names": (
        {
            "WEB": FAST,
            "STORE": ", concurrency: 2, service_time: 4ms, queue: 50",
            "CLIENTS": THINKING + LOOKUP,
            "TRIGGERS": SLOW_STORE,
        },
        LOOKUP,
    ),
    "log-ins": (
        {
            "WEB": ", instances: 2, concurrency: 4, service_time: 5ms, login: {timeout: 5s}",
            "CLIENTS": PATIENT + KEEPING + LOG_IN,
            "TRIGGERS": "away: {at: 4s, reconnect: base, reconnect_spread: 500ms}",
        },
        LOG_IN,
    ),
    "devices": (
        {
            "WEB": FAST,
            "DEVICE": ", devices: 1, remapped: 50%",
            "CLIENTS": THINKING + KEEPING,
            "TRIGGERS": "more: {at: 4s, for: 4s, set: {crossings.device.devices: 2}}",
        },
        "more: {at: 4s, for: 4s, set: {crossings.device.devices: 2}}",
    ),
}


def _written(parts: dict[str, str]) -> str:
    text = WORLD
    for word in ("DEVICE", "WEB", "STORE", "CLIENTS", "TRIGGERS", "ACTIVITIES"):
        text = text.replace(word, parts.get(word, ""))
    return text


@pytest.mark.parametrize("name", PARTS)
def test_what_stands_beside_the_way_does_as_predicted(name: str) -> None:
    """Ending, time and packets are as predicted; without the part they are not."""
    parts, part = PARTS[name]
    text = _written(parts)
    ready, without = ready_of(text), ready_of(text.replace(part, ""))
    assert () == ready.rehearsable.left_out

    rehearsal = measured(ready)

    agreement = rehearsal.agreement
    packets = agreement.quantities[1]
    assert agreement.holds, agreement
    assert MOST_OFF > abs(packets.error_ratio or 0.0), packets
    assert not compare(without.prediction, [run.outcome for run in rehearsal.runs]).holds
