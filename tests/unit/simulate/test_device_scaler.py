"""What becomes of a surge where the crossing grows with it: in time, too late, or as far as it goes."""

from __future__ import annotations

import numpy as np
import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.variants.scope import script_of
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile


def world(
    scaler: str, *, crossing: str = "forwarding: 1k/s, queue_packets: 100", more: str = ""
) -> WorldFile:
    """Return users who ask seldom, and from second 10 on three times as often as devices can do."""
    text = f"""
horizon: 60s
networks: {{near: {{}}, far: {{}}}}
crossings: {{gate: {{between: [near, far], {crossing}{scaler}}}}}
services: {{web: {{network: far, concurrency: 1000, service_time: 1ms}}}}
clients:
  users: {{network: near, service: web, population: 20, timeout: 1s,
          demand: {{kind: open, rate: 20/s}}{more}}}
activities: {{}}
triggers: {{surge: {{at: 10s, set: {{clients.users.demand.rate: 300/s}}}}}}
"""
    return read_world(text, "growing.yaml")


def run_of(file: WorldFile) -> Run:
    return simulate(lower(write_script(file), horizon_s=60.0, bin_s=0.5), seed=5)


def served_ratio(run: Run, since_s: float, until_s: float) -> float:
    """Return which share of the attempts of a stretch of time was answered."""
    bins = slice(int(2 * since_s), int(2 * until_s))
    served, tried = (
        each[bins, 0].sum() for each in (run.populations.served_count, run.populations.attempts_count)
    )
    return float(served / tried)


@pytest.mark.parametrize("grows", ["devices", "capacity"])
def test_it_grows_until_it_carries_what_comes(grows: str) -> None:
    """Three times too much: after two doublings, of five seconds each, everybody is answered again."""
    run = run_of(world(f", scaler: {{grows: {grows}, most: 8, interval: 2s, delay: 5s}}"))
    assert served_ratio(run, 11.0, 15.0) < 0.6
    assert served_ratio(run, 40.0, 60.0) > 0.95
    assert served_ratio(run_of(world("")), 40.0, 60.0) < 0.6


def test_it_grows_no_further_than_it_may() -> None:
    """Twice what is stated is not enough."""
    run = run_of(world(", scaler: {grows: capacity, most: 2, interval: 2s, delay: 1s}"))
    assert served_ratio(run, 40.0, 60.0) < 0.9


def test_bytes_make_it_grow_as_well() -> None:
    """Of transfers and answers it is the link that is busy."""
    link = "bandwidth: 10Mbit/s, queue_packets: 100"
    file = world(", scaler: {grows: capacity, most: 8, interval: 2s, delay: 1s}", crossing=link)
    heavy = overlay(file, {"services.web.answer_size": "10kB"})
    still = overlay(world("", crossing=link), {"services.web.answer_size": "10kB"})
    assert served_ratio(run_of(heavy), 40.0, 60.0) > 0.95
    assert served_ratio(run_of(still), 40.0, 60.0) < 0.6


def test_flows_are_remapped_as_devices_join() -> None:
    """Kept connections that meet another device, which does not know them, break."""
    kept = ", connection: keep_alive"
    lost, same = (
        run_of(
            world(
                f", flow_state: {state}, scaler: {{most: 4, interval: 2s, delay: 1s, target: 0.3}}",
                crossing="forwarding: 2k/s, queue_packets: 1000, table: {entries: 1000}",
                more=kept,
            )
        )
        for state in ("lost", "kept")
    )
    assert lost.crossings.offered_count.sum() > same.crossings.offered_count.sum() + 5
    assert np.all(same.crossings.offered_count[:20] == 0)


def test_arithmetic_reckons_with_what_it_grows_to() -> None:
    """300 connections a second are 3,000 packets: too much for 1,000, not for four times as many."""
    assert exceeded(script_of(world(""), None)) != ()
    assert exceeded(script_of(world(", scaler: {most: 4}"), None)) == ()


@pytest.mark.parametrize(
    ("scaler", "crossing", "says"),
    [
        (", scaler: {most: 4}", "round_trip: 1ms", "nothing says what they can do"),
        (", scaler: {most: 2}", "forwarding: 1k/s, devices: 3", "is less than devices"),
        (", scaler: {most: 5000}", "forwarding: 1k/s", "is too many devices"),
    ],
)
def test_what_contradicts_itself_is_refused(scaler: str, crossing: str, says: str) -> None:
    """Each is one fault that says what is allowed."""
    with pytest.raises(InputError, match=says):
        world(scaler, crossing=crossing)


def test_a_check_knows_a_scaler_that_comes_too_late() -> None:
    """With fifty seconds of delay the surge is not over within the minute; with one second it is."""
    late, soon = (
        tidegate.check(
            world(f", scaler: {{grows: capacity, most: 8, interval: 1s, delay: {delay}}}"), runs_count=5
        )[0]
        for delay in ("50s", "1s")
    )
    assert late.verdict in {"stop", "protect_first", "slow_down"}
    assert soon.cases[0].collapse.value == 0.0
