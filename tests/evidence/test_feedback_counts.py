"""Worlds that stay down have a cycle that arithmetic names; worlds without one hardly ever stay down."""

from __future__ import annotations

import pathlib

import pytest

from feedback_counts import STAYS, WELL, counted

LAST_SEED = 150
LEAST_NAMED = 0.9
MOST_DOWN = 0.03


@pytest.mark.evidence
def test_worlds_that_stay_down_have_a_cycle_that_is_named():
    """Nine in ten at least, and of those without one no more than three in a hundred stay down."""
    found = [one for one in map(counted, range(1, LAST_SEED + 1)) if one is not None]
    down = [one for one in found if one.fate == STAYS and not (one.is_over and one.gain < 1.0)]
    without = [one for one in found if one.gain < 1.0 and not one.is_over and one.fate in {STAYS, WELL}]
    assert sum(one.gain >= 1.0 for one in down) >= LEAST_NAMED * len(down)
    assert sum(one.fate == STAYS for one in without) <= MOST_DOWN * len(without)


def test_the_committed_page_says_how_many_were_named():
    """The page of cycles states worlds, and those that stay down without one."""
    page = pathlib.Path(__file__).parents[2] / "docs/evidence/cycles.md"
    assert "a cycle is named in" in page.read_text(encoding="utf-8")
