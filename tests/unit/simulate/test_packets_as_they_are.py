"""Packets and flows that were reckoned too few: long answers, resets to scans, and scans among open flows."""

from __future__ import annotations

import pytest

from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.simulate.fluid import ClientsFlow, run_fluid
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.read import read_world

WORLD = """
name: packets
horizon: 12s
networks: {clients: {}, servers: {}}
crossings: {device: {between: [clients, servers], queue_packets: 500 DEVICE}}
services: {web: {network: servers, concurrency: 1000, service_time: 5ms, service_law: fixed WEB}}
clients:
  base: {network: clients, service: web, timeout: 1s, retry: none CLIENTS,
    demand: {kind: open, rate: 50/s, arrivals: paced}}
"""
LINK = ", bandwidth: 1Gbit/s"


def _script(device: str = "", web: str = "", clients: str = "") -> Script:
    world = WORLD.replace("service_time: 5ms, ", "") if "service_time" in web else WORLD
    text = world.replace("DEVICE", device).replace("WEB", web).replace("CLIENTS", clients)
    return write_script(read_world(text, "packets.yaml"))


def _run(device: str = "", web: str = "", clients: str = "") -> Run:
    return simulate(lower(_script(device, web, clients), horizon_s=12.0), seed=1, replication=0)


def _fluid(device: str = "", web: str = "", clients: str = "") -> ClientsFlow:
    return run_fluid(_script(device, web, clients)).clients["base"]


def _packets_a_request(run: Run) -> float:
    served = run.populations.served_count[: run.bins_count].sum()
    return float(run.crossings.packets_count[: run.bins_count].sum() / served)


@pytest.mark.parametrize(("size", "packets"), [("0B", 10), ("1400B", 10), ("14kB", 28), ("60kB", 92)])
def test_an_answer_is_as_many_packets_as_it_fills(size: str, packets: int) -> None:
    """Each packet more has its acknowledgement: Linux sent 28 for an answer of 14 kB on a new connection."""
    run = _run(LINK, f", answer_size: {size}")
    assert packets == pytest.approx(_packets_a_request(run), rel=0.02)


def test_a_request_is_as_many_packets_as_it_fills() -> None:
    """Ten packets of a request instead of one."""
    assert 19 == pytest.approx(_packets_a_request(_run(LINK, ", request_size: 14kB")), rel=0.02)


def test_kept_connections_carry_long_answers_as_well() -> None:
    """A request, ten packets of an answer, nine acknowledgements; the next request carries the last."""
    run = _run(LINK, ", answer_size: 14kB", ", connection: keep_alive")
    assert 20.0 <= _packets_a_request(run) <= 23.0


def test_long_answers_fill_a_device() -> None:
    """What 800 packets a second carry of small answers, they do not carry of such."""
    small, large = (_run(f", forwarding: 800/s{LINK}", f", answer_size: {size}") for size in ("0B", "14kB"))
    asked = small.populations.fresh_count[: small.bins_count].sum()
    assert 0.95 * asked < small.populations.served_count[: small.bins_count].sum()
    assert 0.5 * asked > large.populations.served_count[: large.bins_count].sum()


def test_resets_to_scans_pass_the_processor() -> None:
    """A device that resets 900 scans a second, and forwards 1,000 packets, holds up everybody else."""
    scans = ", forwarding: 1000/s, background: {unanswered: 900/s, unanswered_sources: 20}"
    limit = ", admission: {rate: 100/s, burst: 20, per_source: 60/min, on_excess: ON}"
    late = {
        word: _run(scans + limit.replace("ON", word)).crossings.delay_ns.max() for word in ("reset", "drop")
    }
    assert late["reset"] > 2 * late["drop"]


def test_resets_to_scans_pass_the_processor_in_the_mean() -> None:
    """The fluid engine reckons them as well: 520 packets fit into 1,000, 880 resets beside them do not."""
    scans = ", forwarding: 1000/s, background: {unanswered: 900/s, unanswered_sources: 20}"
    limit = ", admission: {per_source: 60/min, on_excess: ON}"
    served = {
        word: sum(_fluid(scans + limit.replace("ON", word), "", ", population: 100").served_per_s)
        for word in ("reset", "drop")
    }
    assert served["reset"] < 0.9 * served["drop"]


SCANNED = (
    ", table: {entries: 1000, unanswered_hold: 2s, closed_hold: 0s}, admission: {concurrent: 30}, "
    "background: {unanswered: RATE}"
)


@pytest.mark.parametrize(("rate", "share"), [("0/s", 0.0), ("14/s", 0.2)])
def test_flows_that_nobody_answers_are_open_flows(rate: str, share: float) -> None:
    """28 of theirs and ten of those who ask want 30 places: a fifth is turned away, in each engine."""
    asked = SCANNED.replace("RATE", rate), ", service_time: 200ms"
    counts = _run(*asked).crossings
    turned = counts.shed_count.sum() / counts.offered_count.sum()
    assert share <= turned < share + 0.15
    assert (turned == 0.0) == (share == 0.0)
    users = _fluid(*asked)
    fluid = 1.0 - sum(users.served_per_s) / sum(users.fresh_per_s)
    assert turned == pytest.approx(fluid, abs=0.1)
    said = exceeded_limits(_script(*asked))
    assert bool(said) == (share > 0.0)
    assert all("28 of them by flows that nobody answers" in each for each in said)


def test_flows_that_nobody_answers_are_no_open_flows_without_a_table() -> None:
    """There is nothing that says for how long."""
    untracked = SCANNED.replace("table: {entries: 1000, unanswered_hold: 2s, closed_hold: 0s}, ", "")
    scans = ", forwarding: 10k/s" + untracked.replace("RATE", "14/s")
    assert 0 == _run(scans, ", service_time: 200ms").crossings.shed_count.sum()


@pytest.mark.parametrize(("size", "fits"), [("40kB", True), ("100kB", False), ("1MB", False)])
def test_packets_of_large_answers_are_multiplied(size: str, fits: bool) -> None:
    """Fifty a second of 100 kB are 5,100 packets a second and their acknowledgements, which no run counts."""
    limits = exceeded_limits(_script(f", forwarding: 4k/s{LINK}", f", answer_size: {size}"))
    assert fits == (limits == ())
