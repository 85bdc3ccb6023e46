"""Edges of functions whose edge is known."""

from __future__ import annotations

import pickle
import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tidegate.experiment.boundary import find_edge, screen_edge, trace
from tidegate.experiment.seed_edge import Bracket, Span


@dataclass(frozen=True)
class Normal:
    """Seeds that tip where a normal law says."""

    middle: float
    width: float

    def __call__(self, value, seed):
        return value >= self.edge(seed)

    def edge(self, seed):
        return self.middle + self.width * statistics.NormalDist().inv_cdf((seed + 0.5) / 40)


@dataclass(frozen=True)
class Rescued:
    """Collapses from 100 on, but holds again from 150 to 180: bisection of a seed is not enough."""

    def __call__(self, value, seed):
        return value >= 100.0 and not 150.0 <= value <= 180.0


SPAN = Span(low=10.0, high=200.0)


def edge_of(task, span=SPAN, near=100.0, threads=2):
    with ThreadPoolExecutor(threads) as executor:
        return find_edge(task, span, near=near, executor=executor)


@pytest.mark.parametrize("near", [10.0, 60.0, 100.0, 199.0])
def test_the_quantiles_are_those_of_the_seeds(near):
    """Wherever it begins, half of the seeds tip at the middle, 1 % at 2.3 widths below."""
    edge = edge_of(Normal(100.0, 3.0), near=near)
    assert pytest.approx([93.0, 100.0, 107.0], rel=0.01) == [q.value for q in edge.quantiles]
    assert pytest.approx(3.0, rel=0.15) == edge.width
    assert ("per_seed", 0, 0, 0) == (
        edge.method, edge.contradictions_count, edge.below_count, edge.above_count
    )  # fmt: skip


def test_intervals_hold_the_truth_and_are_wider_in_the_tails():
    """The interval of the middle is narrower than that of 1 %, and both hold what is so."""
    tail, middle, _ = edge_of(Normal(100.0, 3.0)).quantiles
    assert tail.low < 93.0 < tail.high
    assert middle.low < 100.0 < middle.high
    assert middle.high - middle.low < tail.high - tail.low


def test_a_guess_nearby_costs_a_handful_of_runs_a_seed():
    """Begun at the fluid edge, a seed takes about four runs, not the twenty of a grid."""
    edge = edge_of(Normal(100.0, 3.0))
    assert edge.runs_count <= 40 * 5


def test_a_hard_limit_is_found_to_the_resolution_and_has_no_width():
    """Where chance plays no part all seeds agree, and the edge is as fine as was asked for."""
    edge = edge_of(Normal(123.4, 0.0))
    assert pytest.approx(123.4, rel=0.002) == edge.at(0.5).value
    assert 0.0 == edge.width


def test_whole_numbers_are_tried_whole():
    """Between 57 and 58 pods nothing is tried."""
    edge = edge_of(Normal(57.5, 0.0), Span(low=1, high=400, whole=True), near=90.0)
    assert 57.5 == edge.at(0.5).value


def test_an_edge_outside_of_the_span_is_said_to_be_outside():
    """All seeds hold, or all collapse: no value is made up."""
    above, below = edge_of(Normal(1000.0, 1.0)), edge_of(Normal(1.0, 0.0))
    assert (40, 0, None) == (above.above_count, above.below_count, above.at(0.5).value)
    assert (0, 40, None) == (below.above_count, below.below_count, below.at(0.5).value)


def test_an_edge_partly_outside_is_counted():
    """Half of the seeds tip inside: the middle is known, the upper tail is not."""
    edge = edge_of(Normal(100.0, 3.0), Span(low=10.0, high=101.0))
    assert pytest.approx(100.0, rel=0.02) == edge.at(0.5).value
    assert edge.at(0.99).value is None


def test_a_seed_that_contradicts_brings_in_the_sequential_test():
    """Monotony is looked at while running, and where it fails nothing is bisected seed by seed."""
    edge = edge_of(Rescued(), near=120.0)
    assert "sequential" == edge.method
    assert edge.contradictions_count > 0


def test_one_thread_and_four_give_the_same():
    """The edge does not depend on the executor."""
    assert edge_of(Normal(100.0, 3.0), threads=1) == edge_of(Normal(100.0, 3.0), threads=4)


def test_the_screen_is_bisected_to_its_edge():
    """The cheap estimate says where to begin; where it never tips, an end of the span."""
    assert pytest.approx(77.0, rel=0.02) == screen_edge(lambda value: value > 77.0, SPAN)
    assert SPAN.high == screen_edge(lambda value: False, SPAN)
    assert SPAN.low == screen_edge(lambda value: True, SPAN)


def test_a_row_of_edges_is_traced_from_one_to_the_next():
    """Each begins where the one before tipped."""
    with ThreadPoolExecutor(2) as executor:
        edges = trace([Normal(m, 2.0) for m in (100.0, 95.0, 90.0)], SPAN, near=100.0, executor=executor)
    assert pytest.approx([100.0, 95.0, 90.0], rel=0.01) == [edge.at(0.5).value for edge in edges]


def test_what_is_sent_to_other_processes_can_be_sent():
    """The seeds' work is a value."""
    work = Bracket(task=Normal(100.0, 3.0), span=SPAN)
    assert work(3, 100.0) == pickle.loads(pickle.dumps(work))(3, 100.0)  # noqa: S301  our own
