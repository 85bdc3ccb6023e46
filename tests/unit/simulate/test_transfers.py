"""What bytes do to a link, and large answers to each other and to packets; beside TCP packet by packet."""

from __future__ import annotations

import random
from heapq import heappop, heappush
from pathlib import Path

import pytest

import tidegate
from looked_first import first_look, first_words_text
from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.connecting import connects
from tidegate.evaluate.arithmetic.exceeded import limits
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.offers import more_capacity
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.quantity import format_quantity, parse_quantity
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

WORLDS = Path(__file__).parents[2] / "meaning" / "worlds"


def world(
    loaders: int, size: str, link: str, *, asked: str = "0/s", answer: str = "0B", more: str = ""
) -> WorldFile:
    """Return some who want one large answer each after a second, beside users who ask all the time."""
    text = f"""
horizon: 12s
networks: {{near: {{}}, far: {{}}}}
crossings: {{nat: {{between: [near, far], round_trip: 10ms, {link}}}}}
services:
  images: {{network: far, concurrency: 1000, service_time: 1ms, service_law: fixed, answer_size: {size}}}
  web: {{network: far, concurrency: 1000, service_time: 1ms, service_law: fixed, answer_size: {answer}}}
clients:
  loaders: {{network: near, service: images, population: 0, timeout: 60s, demand: {{kind: once}}}}
  users: {{network: near, service: web, population: 10, timeout: 2s, demand: {{kind: open, rate: {asked}}}}}
triggers: {{come: {{at: 1s, set: {{clients.loaders.population: {loaders}}}}}}}
{more}"""
    return read_world(text, "transfers.yaml")


def run_of(file: WorldFile) -> Run:
    """Return a run from empty tables."""
    return simulate(lower(write_script(file), horizon_s=12.0, bin_s=0.1, aged=False), seed=5)


def took_s(run: Run) -> float:
    """Return after how long the last of the loaders had its answer, to a bin."""
    bins = [i for i, count in enumerate(run.populations.served_count[:, 0].tolist()) if count]
    return 0.1 * (bins[-1] + 1) - 1.0


def test_transfers_share_a_link() -> None:
    """100 MB at 1 Gbit/s are 0.8 s; four of them 3.2 s, and 6.4 s through half of it."""
    assert took_s(run_of(world(1, "100MB", "bandwidth: 1Gbit/s"))) == pytest.approx(0.85, abs=0.1)
    assert took_s(run_of(world(4, "100MB", "bandwidth: 1Gbit/s"))) == pytest.approx(3.25, abs=0.1)
    assert took_s(run_of(world(4, "100MB", "bandwidth: 500Mbit/s"))) == pytest.approx(6.45, abs=0.1)


def test_transfers_get_what_packets_leave() -> None:
    """Where users take 400 of 1,000 Mbit/s, four times 100 MB take 5.3 s."""
    busy = run_of(world(4, "100MB", "bandwidth: 1Gbit/s", asked="1k/s", answer="50kB"))
    assert took_s(busy) == pytest.approx(5.35, abs=0.4)


def test_a_link_without_a_bandwidth_takes_no_time() -> None:
    """Bytes alone change nothing."""
    with pytest.raises(InputError, match="acts only where a crossing has a bandwidth"):
        world(1, "100MB", "queue_packets: 50")


def test_answers_that_a_link_cannot_carry_are_lost() -> None:
    """At 1.2 times what a link carries packets are lost; at 0.6 times none, and none wait long."""
    calm = run_of(world(0, "1B", "bandwidth: 100Mbit/s", asked="120/s", answer="60kB"))
    full = run_of(world(0, "1B", "bandwidth: 100Mbit/s", asked="240/s", answer="60kB"))
    assert calm.crossings.dropped_count.sum() == 0
    assert full.crossings.dropped_count.sum() > 200
    assert full.crossings.delay_ns.max() == pytest.approx(121e6, rel=0.1)  # a queue of 1,000 full packets


FLOWS = (2, 8, 20, 40)


@pytest.mark.parametrize("flows", FLOWS)
def test_transfers_are_what_tcp_is_packet_by_packet(flows: int) -> None:
    """Reno through one queue: the time of all transfers within 10 %; who passes waits and is lost as much.

    The wait is that of a full queue, packet by packet half to all of it; the loss within a factor of three.
    """
    each, per_s, queue, trip_s = 40000 // flows, 10_000.0, 100, 0.01
    end_s, lost, waited_s = _reno(flows, each, per_s, queue, trip_s)
    link = f"queue_packets: {queue}, bandwidth: {per_s * 1514 * 8 / 1e6:g}Mbit/s"
    run = run_of(world(flows, f"{each * 1514}B", link, asked="200/s"))
    assert took_s(run) == pytest.approx(end_s, rel=0.1)
    window = (queue + per_s * trip_s) / flows
    assert 1.0 / 3.0 < lost * window < 3.0
    assert 0.4 < waited_s / (queue / per_s) < 1.0
    slow = slice(12, 40)
    passed, dropped = (
        each[slow].sum() for each in (run.crossings.packets_count, run.crossings.dropped_count)
    )
    assert dropped / passed == pytest.approx(
        min(1.0 / window, 1.0 / 3.0) / 2.0, rel=0.5
    )  # one direction of two


def _reno(flows: int, each: int, per_s: float, queue: int, trip_s: float) -> tuple[float, float, float]:
    """Return when all have sent their packets, how often probes were lost, and how long they waited."""
    rng = random.Random(1)  # noqa: S311
    events, service_s = [(0.01, 0, "probe", 0, 0.0)], 1.0 / per_s
    window, out, left = [10.0] * flows, [0] * flows, [each] * flows
    acked, starts, cut_s, done = [0] * flows, [True] * flows, [-1.0] * flows, 0
    free_s, number, offered, lost, waits = 0.0, 0, 0, 0, [0.0]

    def push(i: int, now_s: float) -> None:
        nonlocal free_s, number
        while left[i] > 0 and out[i] < int(window[i]):
            out[i] += 1
            left[i] -= 1
            number += 1
            if free_s - now_s > (queue - 1) * service_s:
                heappush(events, (now_s + trip_s + queue * service_s, number, "lost", i, now_s))
            else:
                free_s = max(free_s, now_s) + service_s
                heappush(events, (free_s + trip_s, number, "acked", i, now_s))

    for i in range(flows):
        push(i, 0.0)
    now_s = 0.0
    while done < flows:
        now_s, _, what, i, sent_s = heappop(events)
        if what == "probe":
            offered += 1
            wait_s = max(free_s - now_s, 0.0)
            lost += wait_s > (queue - 1) * service_s
            waits.append(wait_s)
            number += 1
            heappush(events, (now_s + rng.expovariate(200.0), number, "probe", 0, 0.0))
            continue
        out[i] -= 1
        if what == "acked":
            acked[i] += 1
            window[i] += 1.0 if starts[i] else 1.0 / window[i]
            done += acked[i] == each
        else:
            left[i] += 1
            starts[i] = False
            if sent_s > cut_s[i]:
                window[i], cut_s[i] = max(window[i] / 2.0, 1.0), now_s
        push(i, now_s)
    return now_s, lost / offered, sum(waits) / len(waits)


def test_arithmetic_multiplies_bytes_and_rates() -> None:
    """240 answers of 60 kB a second are 115 Mbit/s, and 100 are there."""
    file = world(0, "1B", "bandwidth: 100Mbit/s", asked="240/s", answer="60kB")
    (link,) = [one for one in limits(script_of(file, None)) if one.path.endswith("bandwidth")]
    assert link.wanted == pytest.approx(240 * (60e3 + 5 * 66) * 8)
    assert link.is_exceeded
    assert "nat carries 100Mbit/s in each direction, and 120Mbit/s are wanted in one" in link.says


def storm(size: str, resumption: str = "0%") -> WorldFile:
    """Return two thousand clients that connect anew together, through 20 Mbit/s."""
    return read_world(
        f"""
horizon: 12s
networks: {{near: {{}}, far: {{}}}}
crossings: {{nat: {{between: [far, near], round_trip: 10ms, bandwidth: 20Mbit/s, queue_packets: 500}}}}
services:
  web:
    {{network: far, concurrency: 1000, service_time: 1ms, handshake_size: {size}, resumption: {resumption},
      resumed_handshake_size: 200B}}
clients:
  users:
    {{network: near, service: web, population: 2000, connection: keep_alive, timeout: 2s,
      demand: {{kind: none}},
      retry: [{{retries: unlimited, backoff: constant, base: 1s}}]}}
triggers: {{again: {{at: 1s, reconnect: users, reconnect_spread: 500ms}}}}
""",
        "storm.yaml",
    )


def test_a_herd_fills_a_link_with_certificates() -> None:
    """8 MB of them at 20 Mbit/s take 3.2 s of a 2 s time-out; resumed sessions, and none, take a tenth."""
    full, resumed, none = (run_of(storm(*each)) for each in (("4kB",), ("4kB", "100%"), ("200B",)))
    assert full.crossings.dropped_count.sum() > 200
    assert full.populations.attempts_count.sum() > 3000
    for calm in (resumed, none):
        assert 0 == calm.crossings.dropped_count.sum()
        assert 2000 == calm.populations.served_count.sum()


def test_arithmetic_says_what_a_herd_is_sent() -> None:
    """And of the mean where connections come at a rate."""
    (said,) = connects(script_of(storm("4kB"), None))
    assert said.endswith("are sent 8MB of TLS handshakes, which takes nat 3.2 s; they are given up after 2 s")
    assert () == connects(script_of(storm("4kB", "100%"), None))
    paced = overlay(
        world(0, "1B", "bandwidth: 20Mbit/s", asked="600/s"),
        {"services.web.handshake_size": "4kB", "services.web.resumption": "50%"},
    )
    (link,) = [one for one in limits(script_of(paced, None)) if one.path.endswith("bandwidth")]
    assert link.wanted == pytest.approx(600 * (2000 + 5 * 66) * 8)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("10Gbit/s", "bit_per_s", 1e10),
        ("1.5Mbit/s", "bit_per_s", 1.5e6),
        ("800B", "bytes", 800.0),
        ("1kB", "bytes", 1000.0),
        ("1MiB", "bytes", 1048576.0),
        ("2GB", "bytes", 2e9),
    ],
)
def test_sizes_and_bandwidths_are_written_as_people_do(text: str, unit: str, value: float) -> None:
    """And written back as they were."""
    assert parse_quantity(text, unit) == value
    assert format_quantity(value, unit) == text


def test_a_size_is_no_bandwidth() -> None:
    """A fault says what is meant."""
    with pytest.raises(InputError, match="is a size where a bandwidth is meant"):
        parse_quantity("10GB", "bit_per_s")


TENTH = {
    "horizon": "3min",
    "crossings.nat.bandwidth": "500Mbit/s",
    "services.gateway.concurrency": 6,
    "services.llm.instances": 100,
    "services.gateway.boot.calls.0.answer_size": "100MB",
    "clients.customers.population": 4,
    "clients.customers.demand.rate": "1/s",
    "activities.surge.from": 4,
    "activities.surge.to": 80,
}
"""A tenth of the world's size."""


def test_a_surge_that_fills_a_nat_is_held_back_and_a_larger_nat_holds() -> None:
    """latitude.so, 30 May 2025: the bandwidth is the number that decides, and more of it the remedy."""
    file = tidegate.load(WORLDS / "nat_bandwidth.yaml", TENTH)
    (verdict,) = tidegate.check(file, "surge", runs_count=3)
    assert verdict.verdict == "protect_first"
    assert verdict.remedy is not None
    assert "crossings.nat.bandwidth" in {setting.path for setting in verdict.remedy.settings}
    says = "nat carries 500Mbit/s in each direction, and 640Mbit/s are wanted in one"
    assert says in " ".join((*verdict.notes, *verdict.cases[0].exceeded))
    assert "crossings.nat.bandwidth" in {
        path for offer in more_capacity(file, "surge") for path in offer.changes
    }
    script = write_script(overlay(file, {"crossings.nat.bandwidth": "2Gbit/s"}), "surge")
    clients = simulate(lower(script, horizon_s=150.0), seed=5).populations
    asked, served = (each[400:600, 0].sum() for each in (clients.fresh_count, clients.served_count))
    assert served > 0.9 * asked > 0.0


def test_an_instance_asks_a_few_things_at_a_time() -> None:
    """Thirty requests of three instances, two of each at once: never more than six together."""
    text = """
horizon: 20s
networks: {n: {}}
services:
  a: {network: n, instances: 1, boot: {time: 1s, calls: [{service: b, requests: 10%s}]}}
  b: {network: n, concurrency: 100, service_time: 200ms, service_law: fixed}
activities: {grow: {service: a, to: 4, at: 2s}}
"""
    for said, most in (("", 30), (", at_once: 2", 6)):
        file = read_world(text % said, "boots.yaml")
        run = simulate(lower(write_script(file, "grow"), horizon_s=20.0, bin_s=0.1), seed=5)
        assert run.services.busy_count[:, 1].max() == most
        assert run.populations.served_count.sum() == 30
    with pytest.raises(InputError, match="is no fewer than the requests"):
        read_world(text % ", at_once: 10", "boots.yaml")


def test_the_first_estimate_says_that_it_knows_no_bytes() -> None:
    """What the fluid engine leaves out is not taken for calm."""
    words = first_words_text(first_look(world(4, "100MB", "bandwidth: 1Gbit/s"), None), width=200)
    assert "it does not know what bytes do to a link" in words
    assert "would stay normal" not in words
