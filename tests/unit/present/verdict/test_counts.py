"""Words for how sure: chosen by the end of the interval that speaks against the sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

import present_sample as sample
from tidegate.evaluate.judging.verdict import Ranges
from tidegate.present.verdict import counts


@pytest.mark.parametrize(
    ("least", "word"),
    [(0.995, "practically certain"), (0.93, "very likely"), (0.86, "likely"), (0.29, "")],
)
def test_words_cost_runs(least: float, word: str) -> None:
    """20 of 20 is likely, not certain; what is less than that has no word, only its number."""
    assert word == counts.chance_word(least)


@pytest.mark.parametrize(
    ("share", "says"),
    [
        ((1.0, 0.86, 1.0, 20), "at least 86 in 100 would not"),
        ((1.0, 0.293, 1.0, 3), "at least 29 in 100 would not"),
        ((0.5, 0.297, 0.703, 20), "29 to 71 in 100 would not"),
        ((0.0, 0.0, 0.139, 20), "at most 14 in 100 would not"),
        ((0.0, 0.0, 0.0092, 400), "fewer than 1 in 100 would not"),
        ((0.0, 0.0, 4e-6, 44), "fewer than 1 in 100,000 would not"),
        ((0.0005, 0.00001, 0.004, 2000), "fewer than 1 in 100 would not"),
    ],
)
def test_a_bound_is_always_of_those_that_do_not_recover(share: tuple, says: str) -> None:
    """One way for every chance, so that less is always safer; it is rounded to the cautious side."""
    assert says == counts.bound_text(sample.probability(*share))


def test_runs_are_counted() -> None:
    """Counts with their denominators; where none failed, what was run at more demand is told as well."""
    assert "20 of 20 runs do not recover" == counts.runs_clause(sample.probability(1.0, 0.86, 1.0, 20))
    calm = replace(sample.probability(0.0, 0.0, 0.009, 20), harder_times=1.2, harder_runs_count=24)
    assert "all 20 runs stay normal, and 24 harder ones (1.2 times the demand)" == counts.runs_clause(
        calm, holds="stay normal"
    )
    part = replace(sample.probability(0.3, 0.2, 0.4, 20), of_whole=True)
    assert "of the whole do not recover" in counts.runs_clause(part)
    least = replace(sample.probability(0.001, 0.0, 0.002, 20), of_whole=True)
    assert counts.runs_clause(least).startswith("at most 0.1\u00a0% of all runs of the whole")


@pytest.mark.parametrize(
    ("agree", "word"), [(1.0, "firm"), (0.8, "fairly firm"), (0.67, "it leans this way"), (0.5, "open")]
)
def test_firmness_is_told_apart_from_chance(agree: float, word: str) -> None:
    """How many of the worlds drawn end the same way."""
    assert word == counts.firm_word(agree)


def test_worlds_drawn_are_counted() -> None:
    """All, none or some of them, and in how many luck decides."""
    ranges = Ranges(
        case="believed", collapse=sample.probability(0.675, 0.5, 0.8, 40), numbers_count=31, mixed_count=2
    )
    assert (
        "with other numbers from the 31 ranges, 27 of 40 worlds fail (in 2 luck decides)"
        == counts.worlds_clause(ranges)
    )
    calm = replace(ranges, collapse=sample.probability(0.0, 0.0, 0.1, 40), numbers_count=1, mixed_count=0)
    assert "with another from its range, all 40 worlds hold" == counts.worlds_clause(calm)
    assert "luck" not in counts.worlds_clause(ranges, says_luck=False)
