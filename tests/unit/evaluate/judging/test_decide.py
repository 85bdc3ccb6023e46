from __future__ import annotations

from dataclasses import replace

import pytest

from tidegate.evaluate.judging.decide import Gathered, Held, decide, failed_objectives
from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import CaseEvidence, ClientsEvidence, Probability, Ranges
from tidegate.evaluate.variants.world_case import slower_changes
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


def case(name, collapsed, runs_count=300, *, served=(), exceeded=()):
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
        exceeded=exceeded,
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
STRICT = overlay(twin(basis="assumed"), {"objectives.request_p99": "100ms"}).world
LATE = (clients(request_p99_s=0.25),)
SLOW, SLOW_IF_WRONG = case("believed", 0, served=LATE), case("counter:back_off", 0, served=LATE)
OVER = case("believed", 0, exceeded=("web accepts 1, and 2 are wanted",))
OVER_IF_WRONG = case("counter:back_off", 0, exceeded=("web accepts 1, and 2 are wanted",))
BACK_OFF = Rest(
    path="back_off_everywhere", says="", kind="belief", basis="assumed", source="", measure="",
    effect_ratio=1.0, flips=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "cases", "more", "expected"),
    [
        ("what holds more slowly is slowed down", (SURE, HELD), {"slower": Held(evidence=SAFE)}, "slow_down"),
        ("slower comes before a protection", (SURE, HELD),
         {"slower": Held(evidence=SAFE), "protected": Held(evidence=SAFE)}, "slow_down"),
        ("what holds protected is protected first", (SURE, HELD),
         {"protected": Held(evidence=SAFE)}, "protect_first"),
        ("what cannot be told is slowed down, too", (FEW, HELD),
         {"slower": Held(evidence=SAFE)}, "slow_down"),
        ("what few runs could not tell, they cannot tell slower either", (FEW, HELD),
         {"slower": Held(evidence=FEW, sure=False)}, "cannot_tell"),
        ("what cannot be told is not called in need of protection", (FEW, HELD),
         {"protected": Held(evidence=SAFE)}, "cannot_tell"),
        ("what may go ahead needs neither", (SAFE, HELD),
         {"slower": Held(evidence=SAFE), "protected": Held(evidence=SAFE)}, "proceed"),
    ],
)  # fmt: skip
def test_what_helps_decides_where_it_may_not_go_ahead_as_planned(claim, cases, more, expected):
    """Slow down and protect first are rules like the others, over what was gathered."""
    assert expected == decide(Gathered(world=ASSUMED, cases=cases, **more)).verdict, claim


def test_a_back_off_nobody_measured_is_a_condition_of_going_ahead_and_of_nothing_else():
    """It hangs on it only where everything else holds."""
    held = decide(Gathered(world=ASSUMED, cases=(SAFE, HELD), backoff=(BACK_OFF, BROKEN)))
    assert ("proceed", "back_off_everywhere") == (held.verdict, held.condition)
    assert "" == decide(Gathered(world=ASSUMED, cases=(SURE, HELD), backoff=(BACK_OFF, BROKEN))).condition


def test_few_runs_make_an_answer_less_sure_and_no_other():
    """What looks as if it held more slowly is still called slower, and said not to be sure."""
    found = decide(Gathered(world=ASSUMED, cases=(SURE, HELD), slower=Held(evidence=FEW, sure=False)))
    assert ("slow_down", False) == (found.verdict, found.sure)


@pytest.mark.parametrize(
    ("believed", "share", "rests"),
    [(SURE, 0.5, FLIPS), (SAFE, 0.2, FLIPS), (FEW, 0.2, FLIPS), (FEW, 0.2, ())],
)
def test_few_runs_do_not_hide_what_holds_more_slowly_where_a_range_decides(believed, share, rests):
    """Cannot tell by the ranges, and by no count of runs: more runs would say slow down, and so do few."""
    known = Gathered(world=ASSUMED, cases=(believed, HELD), ranges=(over_ranges(share),), rests_on=rests)
    assert "cannot_tell" == decide(known).verdict
    found = decide(replace(known, slower=Held(evidence=FEW, sure=False)))
    assert ("slow_down", False, "") == (found.verdict, found.sure, found.deciding)


@pytest.mark.parametrize(
    ("claim", "world", "cases", "ranges", "rests", "expected"),
    [
        ("safe in every case proceeds", ASSUMED, (SAFE, HELD), (), (), ("proceed", "", "")),
        ("sure collapse stops", ASSUMED, (SURE, HELD), (), (), ("stop", "", "")),
        ("sure collapse stops before any belief", ASSUMED, (SURE, BROKEN), (), (), ("stop", "", "")),
        ("collapse that a number decides cannot be told",
         ASSUMED, (SURE, HELD), (over_ranges(0.5),), FLIPS, ("cannot_tell", "", NUMBER)),
        ("collapse over nearly all of the range stops",
         ASSUMED, (SURE, HELD), (over_ranges(0.95),), FLIPS, ("stop", "", "")),
        ("collapse over hardly any of the range stops: the value given is in it",
         ASSUMED, (SURE, HELD), (over_ranges(0.05),), FLIPS, ("stop", "", "")),
        ("a mixed range without one number that flips stops",
         ASSUMED, (SURE, HELD), (over_ranges(0.5),), (number(flips=False),), ("stop", "", "")),
        ("a belief never measured holds it up",
         ASSUMED, (SAFE, BROKEN), (), (), ("stop", "back_off", "")),
        ("a measured belief may hold it up", MEASURED, (SAFE, BROKEN), (), (), ("proceed", "", "")),
        ("the belief comes before the ranges",
         ASSUMED, (SAFE, BROKEN), (over_ranges(0.5),), FLIPS, ("stop", "back_off", "")),
        ("safe at the value but not over its range cannot be told",
         ASSUMED, (SAFE, HELD), (over_ranges(0.2),), FLIPS, ("cannot_tell", "", NUMBER)),
        ("one point in twenty of the range is let pass",
         ASSUMED, (SAFE, HELD), (over_ranges(0.05),), FLIPS, ("proceed", "", "")),
        ("ranges of a counter-belief do not decide",
         ASSUMED, (SAFE, HELD), (over_ranges(0.5, "counter:back_off"),), FLIPS, ("proceed", "", "")),
        ("another objective that fails stops",
         STRICT, (SLOW, HELD), (), (), ("stop", "", "")),
        ("the ranges come before other objectives",
         STRICT, (SLOW, HELD), (over_ranges(0.2),), FLIPS, ("cannot_tell", "", NUMBER)),
        ("an objective that fails where a belief is wrong stops",
         STRICT, (SAFE, SLOW_IF_WRONG), (), (), ("stop", "back_off", "")),
        ("a limit exceeded by arithmetic stops, whatever the runs say",
         ASSUMED, (OVER, HELD), (), (), ("stop", "", "")),
        ("a limit that a number decides cannot be told",
         ASSUMED, (OVER, HELD), (over_ranges(0.5),), FLIPS, ("cannot_tell", "", NUMBER)),
        ("a limit exceeded where a belief is wrong stops",
         ASSUMED, (SAFE, OVER_IF_WRONG), (), (), ("stop", "back_off", "")),
        ("not safe over its range, though no single number decides, cannot be told",
         ASSUMED, (SAFE, HELD), (over_ranges(0.2),), (number(flips=False),), ("cannot_tell", "", NUMBER)),
        ("not safe over its range, and nobody knows by what, cannot be told",
         ASSUMED, (SAFE, HELD), (over_ranges(0.2),), (), ("cannot_tell", "", "")),
        ("too few runs where a belief is wrong cannot be told",
         ASSUMED, (SAFE, case("counter:back_off", 0, 20)), (), (), ("cannot_tell", "", "")),
        ("too few runs to show it cannot be told",
         ASSUMED, (FEW, HELD), (), (), ("cannot_tell", "", "")),
        ("too few runs do not hide a broken belief",
         ASSUMED, (FEW, BROKEN), (), (), ("stop", "back_off", "")),
    ],
)  # fmt: skip
def test_the_rules_in_their_order(claim, world, cases, ranges, rests, expected):
    """Each rule decides where those before it do not."""
    found = decide(Gathered(world=world, cases=cases, ranges=ranges, rests_on=rests))
    assert expected == (found.verdict, found.condition, found.deciding), claim


def objectives(**wanted):
    return overlay(grow(), {f"objectives.{name}": value for name, value in wanted.items()}).world


@pytest.mark.parametrize(
    ("wanted", "served", "words"),
    [
        ({}, clients(success_floor_ratio=0.95), []),
        ({}, clients(success_floor_ratio=0.1), ["95.0 % is the least unless objectives.success says other"]),
        ({"lost": "40%"}, clients(success_floor_ratio=0.65), []),
        ({"lost": "40%"}, clients(success_floor_ratio=0.5), ["60.0 % is the least unless"]),
        ({"lost": "1%"}, clients(success_floor_ratio=0.96), []),
        ({"success": "10%"}, clients(success_floor_ratio=0.2), []),
        ({"success": "99%"}, clients(success_floor_ratio=0.995), []),
        ({"success": "99%"}, clients(success_floor_ratio=0.5), ["50.0 % of requests succeed"]),
        ({"success": "99%"}, clients(success_floor_ratio=0.97), ["the objective is 99.0 %"]),
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
