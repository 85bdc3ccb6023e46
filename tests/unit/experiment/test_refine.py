"""Grids whose regions are known."""

from __future__ import annotations

import pytest

from tidegate.experiment.refine import filled, refine, size_near


def region(cell):
    i, j = cell
    return "down" if 2 * i + j > 50 else "up"


def looked(seen):
    def look(cells):
        seen.extend(cells)
        return [region(cell) for cell in cells]

    return look


def test_only_the_edge_is_looked_at_closely_and_the_map_is_right():
    """Every cell is as if it had been looked at, with a third of the looks."""
    seen = []
    found = refine(33, 33, looked(seen), str)
    cells = filled(33, 33, found)
    assert {(i, j): region((i, j)) for i in range(33) for j in range(33)} == cells
    assert len(seen) == len(set(seen)) < 33 * 33 / 3


def test_what_is_known_is_not_looked_at_again():
    """A survey goes on where it was."""
    first, again = [], []
    found = refine(17, 17, looked(first), str)
    half = dict(list(found.items())[: len(found) // 2])
    assert found == refine(17, 17, looked(again), str, known=half)
    assert len(first) - len(half) == len(again)


@pytest.mark.parametrize(("asked", "given"), [(9, 9), (10, 9), (20, 17), (33, 33), (1, 9)])
def test_sizes_are_those_that_can_be_halved(asked, given):
    """A multiple of eight, and one."""
    assert given == size_near(asked)
