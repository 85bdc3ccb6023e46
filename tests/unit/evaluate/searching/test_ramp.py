"""Ramps of a small world whose clients hammer a choke when they all reconnect at once."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.errors import InputError
from tidegate.evaluate.judging.trial import Trial
from tidegate.evaluate.searching.ramp import _Finder, find_ramp
from tidegate.evaluate.variants.margin import margin_variants
from tidegate.evaluate.variants.pace import Bounds, overlay_of, pace, sizes, steps
from tidegate.present.searches.ramp_text import ramp_text
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = """
name: reconnects
horizon: 20s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], queue_packets: 1000, round_trip: 200us,
           forwarding: {value: 2000/s, low: 1500/s, high: 3000/s, basis: assumed}}
services:
  web: {network: main, instances: 4, concurrency: 1000, service_time: 100us, service_law: fixed}
clients:
  base: {network: inner, service: web, population: 600, timeout: 500ms, syn: linux-classic,
         connection: keep_alive, demand: {kind: closed, think: 6s}, retry: RETRY}
  late: {network: inner, service: web, population: 100, timeout: 500ms, syn: linux-classic,
         connection: keep_alive, start_spread: 100ms, demand: {kind: closed, think: 6s}, retry: immediate}
activities:
  failover: {title: fail over, kind: reconnect, service: web, at: 4s,
             reactions: [{clients: base, reconnect: 100%, spread: 1s}]}
  grow: {title: grow, kind: scale, from: 100, to: 600, at: 4s, clients_added: late}
  restart: {kind: restart, service: web, at: 4s, reactions: [{clients: base}]}
objectives: {collapse_probability: 10%}
BELIEF
"""
BELIEF = """
beliefs:
  fast:
    {says: the device is fast, otherwise: the device is slow, counter: {crossings.device.forwarding: 400/s}}
"""


def world(retry="immediate", belief=""):
    return read_world(WORLD.replace("RETRY", retry).replace("BELIEF", belief), "reconnects.yaml")


def found(file, activity, *, within_s=300.0, multiple=1, spreads=True, threads=2):
    bounds = Bounds(within_s=within_s, multiple_count=multiple, spreads=spreads)
    with ThreadPoolExecutor(threads) as executor:
        return find_ramp(file, activity, bounds, seed=7, executor=executor)


def test_the_fastest_safe_spread_is_found_and_a_faster_one_is_not_safe():
    """600 clients at once lock the device up; spread far enough they do not, and not much less does."""
    file = world()
    answer = found(file, "failover")
    assert answer.ramp is not None
    total_s = answer.ramp.pace.total_s
    assert 1.0 < total_s <= 30.0
    with ThreadPoolExecutor(2) as executor:
        trial = Trial(file, "failover", seed=11, executor=executor)
        assert trial.few(answer.ramp.changes)
        hurried = pace(file.world, "failover", batches_count=1, total_s=total_s / 4, spreads=True)
        slow_device = {"crossings.device.forwarding": 1400.0}
        assert not trial.few(slow_device, overlay_of(file.world, hurried))


def test_the_margin_is_in_every_assumed_number_and_said():
    """It is proven with the device a third slower and a third faster."""
    answer = found(world(), "failover")
    assert answer.ramp is not None
    assert 2 == answer.ramp.proof.variants_count
    assert 7 == answer.ramp.proof.seed  # the search had other chance
    assert "each assumed number 30 % less and more" in " ".join(ramp_text("t", answer).split())


def test_batches_are_multiples_of_what_is_asked_for():
    """Whole racks of fifty: every step adds a multiple of it."""
    answer = found(world(), "grow", multiple=50, spreads=False)
    assert answer.ramp is not None
    assert answer.ramp.pace.batches_count > 1
    counts = [100, *(count for _, count in answer.ramp.steps)]
    assert {0} == {(b - a) % 50 for a, b in itertools.pairwise(counts)}
    assert 600 == counts[-1]


def test_where_no_ramp_is_safe_it_says_what_would_make_one():
    """A belief that makes the device too slow for the clients as they are: no pace helps."""
    answer = found(world(belief=BELIEF), "grow", within_s=60.0)
    assert answer.ramp is None
    assert ("belief", "the device is slow") == (answer.needs[0].kind, answer.needs[0].path)
    assert "No pace is safe if the device is slow" in ramp_text("t", answer)


@pytest.mark.evidence
def test_one_thread_and_two_find_the_same():
    """The answer does not depend on the executor."""
    file = world()
    assert found(file, "failover", threads=1) == found(file, "failover", threads=2)


def test_a_multiple_that_does_not_divide_the_step_is_said():
    """500 instances are no whole number of 300."""
    with pytest.raises(InputError, match="no whole number"):
        sizes(world().world, "grow", Bounds(within_s=60.0, multiple_count=300))


def test_an_activity_without_batches_has_no_multiple():
    """Clients that only reconnect do not come in racks."""
    with pytest.raises(InputError, match="no batches"):
        sizes(world().world, "failover", Bounds(within_s=60.0, multiple_count=2))


@pytest.mark.parametrize("within_s", [9.5, 37.0, 95.7])
def test_no_pace_is_longer_than_its_bound(within_s):
    """Whole seconds are rounded down where up would be too late."""
    file = world()
    with ThreadPoolExecutor(1) as executor:
        finder = _Finder(Trial(file, "grow", seed=7, executor=executor), Bounds(within_s=within_s))
    for batches in (1, 2, 5, 9):
        assert within_s >= finder.at(batches, within_s).total_s > within_s - batches


def test_a_pace_is_in_whole_seconds_and_leaves_time_to_be_judged():
    """Ten batches in 12 s are one every 2 s, and the horizon grows by what is added."""
    file = world()
    one = pace(file.world, "grow", batches_count=10, total_s=12.0, spreads=False)
    assert (2.0, 20.0, None) == (one.pause_s, one.total_s, one.spread_s)
    assert (18.0, 600) == steps(file.world, one)[-1]
    slowed = overlay(file, overlay_of(file.world, one)).world
    assert pytest.approx(20.0 + 20.0 - 0.1) == slowed.horizon_s


def test_batches_begin_at_what_the_world_has_where_the_activity_does_not_say():
    """Four instances grow to eight: six at the first of two batches, not four of nothing."""
    more = {"activities.more": {"kind": "scale", "service": "web", "to": 8, "at": "4s"}}
    file = overlay(world(), more)
    one = pace(file.world, "more", batches_count=2, total_s=20.0, spreads=False)
    assert ((0.0, 6), (10.0, 8)) == steps(file.world, one)
    assert (1, 2, 4) == sizes(file.world, "more", Bounds(within_s=60.0))


def test_a_restart_is_stepped_and_a_reconnect_is_spread():
    """A restart's batches touch a part each; an endpoint change reaches everybody at once."""
    bounds = Bounds(within_s=60.0)
    assert (1, 2, 4) == sizes(world().world, "restart", bounds)
    assert (1,) == sizes(world().world, "failover", bounds)


def test_assumed_numbers_are_moved_both_ways_and_others_are_not():
    """Only what the world calls assumed, and not what the candidate sets."""
    file = world()
    moved = margin_variants(file, "grow")
    assert [("crossings.device.forwarding", 1400.0), ("crossings.device.forwarding", 2600.0)] == [
        (variant.path, variant.value) for variant in moved
    ]
    assert () == margin_variants(file, "grow", but={"crossings.device.forwarding"})
    measured = overlay(file, {"crossings.device.forwarding.basis": "measured"})
    assert () == margin_variants(measured, "grow")
