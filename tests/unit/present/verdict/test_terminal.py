"""What stands below the screen: all cases and limits, the guesses, how it was computed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import present_sample as sample
from tidegate.evaluate.judging.remedy import Setting
from tidegate.present.layout import columns_count
from tidegate.present.verdict.terminal import more_text, undecided_text

GOLDEN = Path(__file__).parents[3] / "golden" / "present"


@pytest.mark.parametrize("name", ["stop", "proceed"])
def test_more_golden(name: str, update_golden: bool) -> None:
    """The words and their layout change only on purpose."""
    text = more_text(sample.SAMPLES[name], elapsed_s=2.8)
    path = GOLDEN / f"{name}_more.txt"
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", sample.SAMPLES)
@given(width=st.integers(30, 140), unicode=st.booleans())
def test_no_line_is_wider_than_asked_below_the_screen(name: str, width: int, unicode: bool) -> None:
    """Whatever the width, no line goes beyond it."""
    text = more_text(sample.SAMPLES[name], width=width, unicode=unicode)
    assert max(columns_count(line) for line in text.splitlines()) <= width


def test_a_fourth_case_is_folded_into_a_line() -> None:
    """At most three columns; what has none is still said."""
    others = tuple(
        replace(sample.BACK_OFF_FAILS, name=f"counter:{i}", title=f"belief {i} fails") for i in range(3)
    )
    verdict = replace(sample.STOP, cases=(sample.BELIEVED, sample.BACK_OFF_FAILS, *others))
    text = " ".join(more_text(verdict).split())
    assert "If belief 1 fails, 252 of 260 runs do not recover; if belief 2 fails, 252 of 260" in text


def test_all_that_was_counted_stands_below_the_screen() -> None:
    """One screen has the first two limits, objectives and ways out; none of the others is lost."""
    over = tuple(f"place {i} accepts 100 connections, and 200 are wanted" for i in range(9))
    verdict = replace(
        sample.STOP,
        notes=tuple(f"By arithmetic: {one}." for one in over),
        failed_objectives=tuple(f"clients {i}: nobody is answered for 90 s." for i in range(9)),
        fits=tuple(Setting(path=f"services.s{i}.connections", value="200") for i in range(9)),
    )
    text = " ".join(more_text(verdict).split())
    for i in range(9):
        for said in (over[i], f"clients {i}: nobody", f"the connections that s{i} accepts: 200"):
            assert said in text


def test_what_cannot_be_judged_is_told_whole() -> None:
    """Each sentence with what would help."""
    text = " ".join(undecided_text(("aws_x is new.", "aws_y as well.")).split())
    assert "CANNOT TELL · aws_x is new. · aws_y as well." in text
