from __future__ import annotations

import pytest

from tidegate.evaluate.case import slower_changes
from tidegate.evaluate.decide import decide, failed_objectives
from tidegate.evaluate.verdict import CaseEvidence, ClientsEvidence, Probability, Ranges, Rest
from tidegate.experiment.interval import share_interval
from tidegate.world.file.overlay import overlay
from tiny_worlds import grow, twin

ASSUMED = twin(basis="assumed").world
MEASURED = twin(basis="measured").world
NUMBER = "crossings.device.forwarding"


def clients(**changes):
    values = {
        "name": "base", "title": "base", "service": "web", "success_floor_ratio": 1.0, "connect_p50_s": 0.001,
        "connect_p99_s": 0.01, "request_p50_s": 0.001, "request_p99_s": 0.01, "given_up_count": 0.0,
    }  # fmt: skip
    return ClientsEvidence(**{**values, **changes})


def case(name, collapsed, runs_count=300, *, served=()):
    low, high = share_interval(collapsed, runs_count)
    return CaseEvidence(
        name=name,
        title=name,
        collapse=Probability(value=collapsed / runs_count, low=low, high=high, runs_count=runs_count),
        recovery_s=1.0,
        recovery_low_s=1.0,
        recovery_high_s=1.0,
        draining_ratio=0.0,
        times_s=(0.0, 1.0),
        activity_at_s=0.5,
        activity_until_s=0.6,
        crossings=(),
        clients=served,
    )


def over_ranges(share, name="believed"):
    found = Probability(value=share, low=0.0, high=1.0, runs_count=40)
    return Ranges(case=name, collapse=found, numbers_count=1)


def number(*, flips):
    return Rest(
        path=NUMBER, says="", kind="number", basis="assumed", source="", measure="", effect_ratio=0.5,
        flips=flips,
    )  # fmt: skip


SAFE, SURE, FEW = case("believed", 0), case("believed", 300), case("believed", 0, 20)
HELD, BROKEN = case("counter:back_off", 0), case("counter:back_off", 300)
FLIPS = (number(flips=True),)


@pytest.mark.parametrize(
    ("claim", "world", "cases", "ranges", "rests", "failed", "expected"),
    [
        ("safe in every case proceeds", ASSUMED, (SAFE, HELD), (), (), (), ("proceed", "", "")),
        ("sure collapse stops", ASSUMED, (SURE, HELD), (), (), (), ("stop", "", "")),
        ("sure collapse stops before any belief", ASSUMED, (SURE, BROKEN), (), (), (), ("stop", "", "")),
        ("collapse that a number decides cannot be told",
         ASSUMED, (SURE, HELD), (over_ranges(0.5),), FLIPS, (), ("cannot_tell", "", NUMBER)),
        ("collapse over nearly all of the range stops",
         ASSUMED, (SURE, HELD), (over_ranges(0.95),), FLIPS, (), ("stop", "", "")),
        ("collapse over hardly any of the range stops: the value given is in it",
         ASSUMED, (SURE, HELD), (over_ranges(0.05),), FLIPS, (), ("stop", "", "")),
        ("a mixed range without one number that flips stops",
         ASSUMED, (SURE, HELD), (over_ranges(0.5),), (number(flips=False),), (), ("stop", "", "")),
        ("a belief never measured holds it up",
         ASSUMED, (SAFE, BROKEN), (), (), (), ("stop", "back_off", "")),
        ("a measured belief may hold it up", MEASURED, (SAFE, BROKEN), (), (), (), ("proceed", "", "")),
        ("the belief comes before the ranges",
         ASSUMED, (SAFE, BROKEN), (over_ranges(0.5),), FLIPS, (), ("stop", "back_off", "")),
        ("safe at the value but not over its range cannot be told",
         ASSUMED, (SAFE, HELD), (over_ranges(0.2),), FLIPS, (), ("cannot_tell", "", NUMBER)),
        ("one point in twenty of the range is let pass",
         ASSUMED, (SAFE, HELD), (over_ranges(0.05),), FLIPS, (), ("proceed", "", "")),
        ("ranges of a counter-belief do not decide",
         ASSUMED, (SAFE, HELD), (over_ranges(0.5, "counter:back_off"),), FLIPS, (), ("proceed", "", "")),
        ("another objective that fails stops",
         ASSUMED, (SAFE, HELD), (), (), ("too slow",), ("stop", "", "")),
        ("the ranges come before other objectives",
         ASSUMED, (SAFE, HELD), (over_ranges(0.2),), FLIPS, ("too slow",), ("cannot_tell", "", NUMBER)),
        ("too few runs to show it cannot be told",
         ASSUMED, (FEW, HELD), (), (), (), ("cannot_tell", "", "")),
        ("too few runs do not hide a broken belief",
         ASSUMED, (FEW, BROKEN), (), (), (), ("stop", "back_off", "")),
    ],
)  # fmt: skip
def test_the_rules_in_their_order(claim, world, cases, ranges, rests, failed, expected):
    """Each rule decides where those before it do not."""
    found = decide(world, cases, ranges, rests, failed)
    assert expected == (found.verdict, found.condition, found.deciding), claim


def objectives(**wanted):
    return overlay(twin(), {f"objectives.{name}": value for name, value in wanted.items()}).world


@pytest.mark.parametrize(
    ("wanted", "served", "words"),
    [
        ({}, clients(success_floor_ratio=0.1), []),
        ({"success": "99%"}, clients(success_floor_ratio=0.995), []),
        ({"success": "99%"}, clients(success_floor_ratio=0.5), ["50.0 % of requests succeed"]),
        ({"request_p99": "100ms"}, clients(request_p99_s=0.05), []),
        ({"request_p99": "100ms"}, clients(request_p99_s=0.25), ["0.25 s; the objective is 0.1 s"]),
        ({"request_p99": "100ms"}, clients(request_p99_s=None), []),
        ({"success": "99%", "request_p99": "1ms"}, clients(success_floor_ratio=0.5), ["50.0 %", "99th"]),
    ],
)  # fmt: skip
def test_objectives_that_fail_are_named_with_both_numbers(wanted, served, words):
    """A sentence for each objective that does not hold as believed, none for those that do."""
    said = failed_objectives(objectives(**wanted), case("believed", 0, served=(served,)))
    assert len(words) == len(said)
    assert all(word in sentence for word, sentence in zip(words, said, strict=True))


def test_acting_slower_is_ten_batches_over_half_of_what_is_left():
    """Ten batches, spread over at most half of the time simulated after its start."""
    world = grow().world
    changes = slower_changes(world, "grow")
    slowed = overlay(grow(), changes).world
    assert 10 == slowed.activities["grow"].batches_count
    assert 0.4 == pytest.approx(slowed.activities["grow"].pause_s)
    assert 2.0 == pytest.approx(slowed.clients["pods"].start_spread_s)  # a quarter of what is left


def test_acting_slower_spreads_each_reaction_tenfold():
    """Clients that reconnect over 2 s reconnect over 20 s, where that is over in time to be judged."""
    file = overlay(grow(), {"horizon": "400s"})
    slowed = overlay(file, slower_changes(file.world, "restart")).world
    assert 20.0 == pytest.approx(slowed.activities["restart"].reactions[0].spread_s)


def test_a_plan_already_gradual_keeps_its_batches():
    """Acting slower never means fewer batches or a shorter pause."""
    file = overlay(grow(), {"activities.grow.batches": 40, "activities.grow.pause": "1s"})
    changes = slower_changes(file.world, "grow")
    assert (40, 1.0) == (changes["activities.grow.batches"], changes["activities.grow.pause"])
