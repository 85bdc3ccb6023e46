"""Fitted numbers of 40 drawn worlds beside the truth: as `docs/evidence/fits.md` has them."""

from __future__ import annotations

import pathlib
import statistics

import pytest

from fitted_worlds import tried

FIRST_SEED, WORLDS_COUNT = 200, 40


@pytest.mark.evidence
def test_what_is_given_holds_the_truth():
    """95 % inside their intervals, 90 % within a tenth, half narrower than a quarter; none invented."""
    found = [tried(seed) for seed in range(FIRST_SEED, FIRST_SEED + WORLDS_COUNT)]
    given = [one for world in found for one in world.given]
    assert sum(one.is_inside for one in given) >= 0.95 * len(given)
    assert sum(one.off_ratio <= 0.1 for one in given) >= 0.90 * len(given)
    assert statistics.median(one.width_ratio for one in given) <= 0.25
    assert [] == [path for world in found for path in world.invented]


def test_the_committed_page_says_what_it_was_written_from():
    """The page of fits states its worlds and every miss."""
    page = pathlib.Path(__file__).parents[2] / "docs/evidence/fits.md"
    text = page.read_text(encoding="utf-8")
    assert f"{WORLDS_COUNT} worlds are drawn" in text
    assert "Every miss" in text
