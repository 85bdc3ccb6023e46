"""Over what share of the ranges the outcome holds: one run a point, and another at the odd ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tidegate.evaluate.variants import ranges
from tidegate.evaluate.variants.world_case import believed_case
from tidegate.experiment.latin_hypercube import latin_hypercube
from tidegate.world.belief import Estimate
from tiny_worlds import twin


def estimate(path, low, high):
    return Estimate(path=path, value=low, low=low, high=high, basis="assumed", source="", measure="")


BOTH = (estimate("a", 0.0, 1.0), estimate("b", 1.0, 2.0))


def test_a_number_is_the_same_whichever_others_are_varied():
    """Each number has a random stream of its own, so that points can be asked about again."""
    together, alone = latin_hypercube(BOTH, 40, 7), latin_hypercube(BOTH[1:], 40, 7)
    assert [point["b"] for point in together] == [point["b"] for point in alone]
    assert [point["a"] for point in together] != [point["b"] - 1.0 for point in together]


@pytest.fixture(name="asked")
def asked_points(monkeypatch):
    """Replace the runs: a point collapses where a is above a half, but for the odd one."""
    asked = []

    def missed(_case, point, replication, **_):
        asked.append(replication)
        return "collapse" if (point["a"] > 0.5) != (replication == 3) else ""

    monkeypatch.setattr(ranges, "_missed", missed)
    return asked


def test_only_the_odd_ones_are_run_again(asked):
    """A point that differs from most of its neighbours is run with other chance; there chance decides."""
    with ThreadPoolExecutor(1) as executor:
        found = ranges.run_ranges(
            believed_case(twin(), None), BOTH[:1], fraction=1.0, seed=7, executor=executor
        )
    again = {replication - 40 for replication in asked if replication >= 40}
    assert 3 in again
    assert len(again) <= 4
    assert 1 == found.mixed_count
    assert abs(found.effect("a")) > 0.9


def test_the_suspects_are_asked_first_and_may_be_enough(asked):
    """Points at which the plan collapses refute what is changed after a few runs."""
    points = latin_hypercube(BOTH[:1], 40, 7)
    suspects = [i for i, point in enumerate(points) if point["a"] > 0.5]
    with ThreadPoolExecutor(1) as executor:
        held = ranges.holds_over_ranges(
            believed_case(twin(), None),
            BOTH[:1],
            most_ratio=0.05,
            fraction=1.0,
            seed=7,
            executor=executor,
            suspects=suspects,
        )
    assert held is None
    assert set(asked) <= set(suspects)
    assert len(asked) <= 8


def test_odd_is_what_differs_from_most_of_its_neighbours():
    """Along one number: a lone outcome amid others is odd, an edge is not."""
    places = np.linspace(0.0, 1.0, 20)[:, None]
    step = np.arange(20) >= 10
    assert [] == [i for i in ranges._odd_ones(places, step) if i not in {9, 10}]
    lone = np.zeros(20, dtype=bool)
    lone[4] = True
    assert [4] == ranges._odd_ones(places, lone)
