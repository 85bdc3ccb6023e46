"""Costs from samples: the median, and an interval that holds whatever the scatter."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.rehearse.cost import GROUPS, KINDS, cost

TEN = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 99.0]


def test_ten_repetitions_leave_one_out_on_each_side():
    """Of ten, the second and the ninth bound the median with 97.9 %."""
    found = cost("forwarding", TEN)
    assert (5.5, 2.0, 9.0) == (found.cost_s, found.low_s, found.high_s)
    assert 1.0 - 22 / 1024 == found.confidence_ratio  # (1 + 10) / 1024 on each side
    assert 10 == found.repetitions_count
    assert 1.0 / 5.5 == found.per_cpu_s


@pytest.mark.parametrize(("count", "sure"), [(1, 0.0), (2, 0.5), (5, 0.9375), (6, 0.96875)])
def test_few_repetitions_give_their_whole_range_and_say_how_sure_it_is(count, sure):
    """The range is all there is; its confidence follows from the number alone."""
    found = cost("forwarding", TEN[:count])
    assert (1.0, float(count)) == (found.low_s, found.high_s)
    assert sure == found.confidence_ratio


@pytest.mark.parametrize("samples", [[-1.0, 1.0, 2.0], [0.0]])
def test_a_cost_that_cannot_be_told_from_nothing_is_none(samples):
    """An interval that reaches zero gives no rate."""
    assert cost("forwarding", samples) is None


@given(st.lists(st.floats(min_value=1e-9, max_value=1.0), min_size=1, max_size=60))
def test_the_value_lies_within_its_interval(samples):
    """For any samples: within the interval, and the interval within the samples."""
    found = cost("forwarding", samples)
    assert min(samples) <= found.low_s <= found.cost_s <= found.high_s <= max(samples)
    assert statistics.median(samples) == found.cost_s
    assert len(samples) < 6 or found.confidence_ratio >= 0.95


def test_the_interval_holds_as_often_as_it_says():
    """Of 4,000 skewed experiments the true median lies within 97.9 % of the intervals."""
    source = random.Random(5)  # noqa: S311  a fixed stream, no secret
    draws = ([source.lognormvariate(0.0, 1.0) for _ in range(10)] for _ in range(4000))
    found = [cost("forwarding", samples) for samples in draws]
    held = sum(one.low_s <= 1.0 <= one.high_s for one in found) / len(found)
    assert pytest.approx(0.979, abs=0.009) == held  # four standard errors


def test_every_kind_can_be_asked_for():
    """Each has a group, a unit that can be counted, and a key of its own."""
    assert {kind.group for kind in KINDS.values()} == set(GROUPS)
    assert {"packet", "flow", "connection"} == {kind.per for kind in KINDS.values()}
    assert len(KINDS) == len({kind.key for kind in KINDS.values()})
