"""Counters as exporters have them: restarts, wrong answers, gaps, and what is no counter."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.fit.courses import Course, course_of
from tidegate.observe.samples import series_of


def course(values, *, every_s=5.0, times=None):
    at_s = times or [every_s * i for i in range(len(values))]
    return course_of(series_of(zip(at_s, values, strict=True)), every_s, is_counter=True)


def growth(found):
    assert isinstance(found, Course)
    return float(found.steps()[2].sum()), int(found.is_torn.sum())


def test_a_restart_tells_nothing_of_its_own_step_and_all_of_the_others():
    """100 a step; the third step holds the restart: what came in it is not known."""
    assert (600.0, 1) == growth(course([0, 100, 200, 30, 130, 230, 330, 430]))


def test_a_wrong_answer_is_no_restart():
    """Once 0, then where it was: neither the fall nor the way back is a count."""
    assert (400.0, 2) == growth(course([1000, 1100, 1200, 0, 1400, 1500, 1600]))


def test_a_gap_tells_nothing():
    """Between samples that are more than three times too far apart a restart may have been."""
    assert (300.0, 1) == growth(course([0, 100, 500, 600, 700], times=[0.0, 5.0, 25.0, 30.0, 35.0]))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([5], "fewer than two samples"),
        ([0, 1e300, 2e300], "fewer than two samples"),
        ([0, 9, 3, 9, 2, 8, 1, 7, 0], "is no counter: it falls 4 times"),
    ],
)
def test_what_is_no_counter_says_so(values, why):
    assert why in course(values)


def test_between_samples_it_is_a_straight_line_and_across_a_tear_nothing():
    found = course([0, 100, 200, 30, 130])
    assert isinstance(found, Course)
    assert 50.0 == found.at(np.array([2.5]))[0]
    assert np.isnan(found.at(np.array([12.0]))[0])
    assert np.isnan(found.at(np.array([-1.0, 99.0]))).all()
