"""How soon a surge of our own engine is seen, and how often one is seen that is none: a small part always."""

from __future__ import annotations

import math
from statistics import median

import pytest

from surge_trials import WORLDS, alarms, delay_s, engine_ratio, quiet, surging

SUDDEN = ("surge", "us_east_1_2021")


def test_a_sudden_surge_is_seen_within_ten_seconds() -> None:
    """At a variance of 20 times the mean, in the median; and nothing is seen in the calm hours before."""
    ratio = engine_ratio("surge", 0)
    series = [surging("surge", ratio, 20.0, seed) for seed in range(5)]
    begins = [alarms(one.counts) for one in series]
    assert median(delay_s(one, found) for one, found in zip(series, begins, strict=True)) <= 10.0
    assert [] == [i for one, found in zip(series, begins, strict=True) for i in found if i < one.onset]


@pytest.mark.parametrize("phi", [1.0, 20.0])
def test_two_days_with_their_course_have_no_alarm(phi: float) -> None:
    """A day goes half up and half down, and counts scatter."""
    assert [] == alarms(quiet(2, phi, 0.5, 3))


@pytest.mark.evidence
@pytest.mark.parametrize("seed", range(3, 7))
@pytest.mark.parametrize("phi", [1.0, 5.0, 20.0])
def test_a_month_has_one_false_alarm_a_week_at_most(phi: float, seed: int) -> None:
    """Of one series, with its daily course and Sundays."""
    assert len(alarms(quiet(30, phi, 0.5, seed))) <= 30 / 7


@pytest.mark.evidence
@pytest.mark.parametrize("name", SUDDEN)
def test_surges_of_bundled_worlds_are_seen_within_ten_seconds(name: str) -> None:
    """In the median of many, whatever the scatter up to 20 times; none is missed."""
    ratios = [engine_ratio(name, replication) for replication in range(2)]
    delays = [
        delay_s(one, alarms(one.counts))
        for phi in (1.0, 5.0, 20.0)
        for replication in range(2)
        for seed in range(10)
        for one in [surging(name, ratios[replication], phi, seed)]
    ]
    assert name in WORLDS
    assert median(delays) <= 10.0
    assert not any(math.isinf(one) for one in delays)
