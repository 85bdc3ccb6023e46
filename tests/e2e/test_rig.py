"""A rig for real: do devices, limits and servers of Linux do what the plan says of them?

Rates and limits are given by the kernel's clock and counters, so that a busy machine moves them little;
bands are wide all the same.
"""

from __future__ import annotations

import os
from statistics import median

import pytest

from tidegate.adapters.linux.rehearsal import measure
from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.outside import why_forbidden
from tidegate.errors import RigError
from tidegate.rehearse.measurement import Measurement

FORBIDDEN = why_forbidden() or "; ".join(missing_programs(["ip", "tc", "nft"]))
HORIZON_S = 3.0

pytestmark = pytest.mark.skipif(
    bool(FORBIDDEN) and os.environ.get("REQUIRE_PARTS") != "1", reason=f"not possible here: {FORBIDDEN}"
)

WORLD = """
name: short
horizon: 3s
networks: {homes: {}, servers: {}}
crossings: {device: {between: [homes, servers], forwarding: 5000/s, queue_packets: 500}}
services: {web: {network: servers, concurrency: 100, service_time: 100us, service_law: fixed}}
clients:
  load:
    {network: homes, service: web, population: 200, timeout: 900ms,
     demand: {kind: open, rate: 100/s, arrivals: paced}}
"""


def rehearsed(text: str, *, server: str = "sleeping") -> Measurement:
    return measure(text, activity=None, horizon_s=HORIZON_S, server=server, seed=1)


def total(counts: tuple[int, ...]) -> int:
    return sum(counts[5:])  # the first half second fills buckets and queues


PACKETS = {"sleeping": (9.8, 10.8), "nginx": (9.8, 10.8), "haproxy": (8.8, 10.4), "envoy": (6.5, 10.8)}
"""An exchange, by server: some let an answer carry the acknowledgement of what it answers."""


@pytest.mark.parametrize("server", sorted(PACKETS))
def test_an_exchange_is_ten_packets_or_a_few_less(server: str) -> None:
    """Everything is served, and an exchange is as many packets as its server makes it."""
    seen = rehearsed(WORLD, server=server)
    served = total(seen.populations["load"].served_count)
    assert 250 == pytest.approx(served, abs=10)
    low, high = PACKETS[server]
    assert low < total(seen.crossings["device"].packets_count) / served < high
    assert 250 == pytest.approx(total(seen.services["web"].accepted_count), abs=10)
    assert 0 == sum(seen.crossings["device"].dropped_count)


def test_admission_lets_in_its_rate_and_counts_the_rest() -> None:
    """Of 100 a second 40 are admitted; the rest are counted as turned away."""
    seen = rehearsed(WORLD.replace("500}}", "500, admission: {rate: 40/s, burst: 5}}}"))
    assert 100 == pytest.approx(total(seen.populations["load"].served_count), abs=8)
    assert 150 == pytest.approx(total(seen.crossings["device"].shed_count), abs=15)


def test_a_set_up_processor_of_its_own_limits_new_flows() -> None:
    """Of 100 new flows a second 60 are set up; what waits is in its queue, the rest is dropped."""
    seen = rehearsed(WORLD.replace("500}}", "20, setup: 60/s, setup_processor: separate}}"))
    assert 150 == pytest.approx(total(seen.populations["load"].served_count), abs=12)
    assert 60 < total(seen.crossings["device"].dropped_count) < 120
    assert 20 == pytest.approx(max(seen.crossings["device"].backlog_packets_count), abs=4)


def test_set_up_work_on_the_shared_processor_is_billed() -> None:
    """100 flows a second are within 5,000 if first packets cost as much as 33 others, and not as 62 do."""
    fits = rehearsed(WORLD.replace("500}}", "500, setup: 150/s}}"))
    over = rehearsed(WORLD.replace("500}}", "500, setup: 80/s}}"))
    assert 250 == pytest.approx(total(fits.populations["load"].served_count), abs=12)
    # Now and then the machine itself is busy for a moment: a queue that stands is what is billed.
    assert 10 > median(fits.crossings["device"].backlog_packets_count)
    assert 40 < max(over.crossings["device"].backlog_packets_count)


def test_a_table_holds_closed_flows() -> None:
    """20 entries held 0.5 s after they close admit about 40 flows a second."""
    seen = rehearsed(WORLD.replace("500}}", "500, table: {entries: 20, closed_hold: 500ms}}}"))
    assert 90 == pytest.approx(total(seen.populations["load"].served_count), abs=20)
    assert 120 < total(seen.crossings["device"].shed_count)


def test_two_crossings_and_a_change() -> None:
    """Packets pass both crossings; a service that comes later is silent until then."""
    text = WORLD.replace("servers: {}}", "servers: {}, middle: {}}").replace(
        "between: [homes, servers]", "between: [homes, middle]"
    )
    text = text.replace(
        "500}}\n", "500}, second: {between: [middle, servers], devices: 2, forwarding: 5000/s}}\n"
    ).replace("{web: {", "{web: {instances: 0, ")
    text += "triggers: {up: {at: 1500ms, set: {services.web.instances: 1}}}\n"
    seen = rehearsed(text)
    served = seen.populations["load"].served_count
    assert 0 == sum(served[:15])
    assert 100 < sum(served[15:])
    first, second = (sum(seen.crossings[name].packets_count) for name in ("device", "second"))
    assert 1.0 == pytest.approx(second / first, abs=0.05)


def test_failing_checks_eject() -> None:
    """When requests wait longer than a check's time-out, instances are ejected, and it gets worse."""
    text = WORLD.replace(
        "service_time: 100us", "service_time: 25ms, instances: 3, queue: 1000"
    ).replace("concurrency: 100", "concurrency: 1, health_probes: [{network: homes, interval: 300ms, "
    "timeout: 30ms, failures: 2}]")  # fmt: skip
    watched = rehearsed(text.replace("rate: 100/s", "rate: 130/s"))
    unwatched = rehearsed(text.replace("rate: 100/s", "rate: 130/s").replace("failures: 2", "failures: 99"))
    served = [sum(seen.populations["load"].served_count[20:]) for seen in (watched, unwatched)]
    assert served[0] < 0.7 * served[1]


def test_a_world_that_asks_too_much_is_refused_inside() -> None:
    """A rehearsal that would take an hour is not begun."""
    with pytest.raises(RigError, match="at most 600 s"):
        rehearsed(WORLD.replace("horizon: 3s", "horizon: 1h"))
