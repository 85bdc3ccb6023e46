from __future__ import annotations

from types import SimpleNamespace

import pytest

from tidegate.evaluate.judging.rests import estimate_text, rank
from tidegate.evaluate.judging.verdict import Probability
from tidegate.evaluate.variants.ranges import RangeRuns
from tidegate.experiment.interval import share_interval
from tidegate.world.belief import Estimate
from tiny_worlds import twin

WORLD = twin(basis="assumed").world
RATE = Estimate(path="crossings.device.forwarding", value=2000.0, low=1000.0, high=20000.0, measure="ask")
WAIT = Estimate(path="clients.base.timeout", value=0.5, low=0.25, high=1.0)


def case(name, collapsed, runs_count=300):
    low, high = share_interval(collapsed, runs_count)
    share = Probability(value=collapsed / runs_count, low=low, high=high, runs_count=runs_count)
    return SimpleNamespace(name=name, collapse=share)


def runs(name="believed", *, below=10_000.0, points_count=40):
    """Points over both ranges at which it collapses exactly where the rate is low."""
    points = tuple(
        {RATE.path: 1000.0 + 475.0 * i, WAIT.path: 0.25 + 0.75 * (i * 7 % points_count) / points_count}
        for i in range(points_count)
    )
    collapsed = tuple(point[RATE.path] < below for point in points)
    return RangeRuns(case=name, points=points, collapsed=collapsed)


def test_a_number_that_decides_has_the_full_effect():
    """Collapse wherever it is low, none where it is high: an effect of one, downwards."""
    assert -1.0 == pytest.approx(runs(below=10_500.0).effect(RATE.path))


def test_a_number_beside_it_has_little():
    """A number that moves with nothing has next to no effect."""
    assert abs(runs().effect(WAIT.path)) <= 0.15


def test_the_greatest_effect_stands_first():
    """Beliefs and numbers are ranked together; numbers of no effect are left out."""
    cases = [case("believed", 0), case("counter:back_off", 150)]
    found = rank(WORLD, cases, (RATE, WAIT), (runs(),))
    assert [RATE.path, "back_off"] == [rest.path for rest in found]
    assert found[0].effect_ratio > found[1].effect_ratio == 0.5


@pytest.mark.parametrize(
    ("believed", "other", "expected"), [(0, 0, False), (0, 300, True), (300, 300, False), (300, 0, True)]
)
def test_a_belief_flips_where_its_two_sides_differ(believed, other, expected):
    """It flips the verdict where exactly one side collapses too often."""
    (rest,) = rank(WORLD, [case("believed", believed), case("counter:back_off", other)], (), ())
    assert expected == rest.flips


def test_few_runs_alone_flip_nothing():
    """Two sides that both look safe are the same side, however few the runs."""
    (rest,) = rank(WORLD, [case("believed", 0, 5), case("counter:back_off", 0, 5)], (), ())
    assert not rest.flips


def test_a_number_flips_only_by_what_it_does_as_believed():
    """An effect under a counter-belief ranks a number but does not flip the verdict."""
    cases = [case("believed", 0), case("counter:back_off", 300)]
    found = {r.path: r for r in rank(WORLD, cases, (RATE,), (runs("counter:back_off"),))}
    assert not found[RATE.path].flips
    found = {r.path: r for r in rank(WORLD, cases, (RATE,), (runs("believed"),))}
    assert found[RATE.path].flips


def test_the_only_number_decides_however_little_of_its_range_fails():
    """Beside others an effect of a fifth may be chance; alone it is nobody else's."""
    ranged, cases = runs(below=2_900.0), [case("believed", 0), case("counter:back_off", 0)]
    (rest,) = [one for one in rank(WORLD, cases, (RATE,), (ranged,)) if one.kind == "number"]
    assert (RATE.path, True) == (rest.path, rest.flips)
    assert rest.effect_ratio < 0.3
    assert [] == [one for one in rank(WORLD, cases, (RATE, WAIT), (ranged,)) if one.kind == "number"]


def test_a_number_is_written_as_the_file_writes_it():
    """Its path, value, basis and range in the file's own units."""
    assert "crossings.device.forwarding is 2k/s, assumed between 1k/s and 20k/s" == estimate_text(RATE)
