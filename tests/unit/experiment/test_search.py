"""The least that is enough, on functions whose answer is known."""

from __future__ import annotations

import pytest

from tidegate.experiment.search import cheapest, least


@pytest.mark.parametrize(("edge", "found"), [(0.5, 1.0), (37.0, 37.0), (100.0, 100.0), (101.0, None)])
def test_the_least_value_that_holds(edge, found):
    """To a tenth above the edge; the lowest where that holds already, none where the greatest does not."""
    value = least(lambda v: v >= edge, low=1.0, high=100.0)
    assert (None if found is None else pytest.approx(found, rel=0.1)) == value
    assert value is None or value >= edge


def test_the_cheapest_that_is_proven_is_chosen_and_screens_spare_proofs():
    """What the screen refuses is never proven; what the proof refuses is counted."""
    proven = []

    def prove(candidate):
        proven.append(candidate)
        return "proof" if candidate >= 4 else None

    chosen = cheapest([5, 1, 4, 2, 3], cost=float, screen=lambda c: c != 2, prove=prove)
    assert chosen is not None
    assert (4, "proof", 3) == (chosen.candidate, chosen.proof, chosen.refused_count)
    assert [1, 3, 4] == proven
    assert cheapest([1], cost=float, screen=lambda c: True, prove=lambda c: None) is None
