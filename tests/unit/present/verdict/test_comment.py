"""The comment on a change: the words of the terminal as Markdown, in which no title is markup."""

from __future__ import annotations

from dataclasses import replace

import present_sample as sample
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.comment import comments_text


def comment(*verdicts, undecided=()) -> str:
    return comments_text([answer_of(one) for one in verdicts], undecided)


def test_what_passes_is_one_line() -> None:
    """Silence would read as: did it run?"""
    text = comment(replace(sample.PROCEED, notes=()))
    assert 2 == len(text.splitlines())
    assert "● **PROCEED** · us\\_east\\_1\\_2021/scale\\_metadata: normal again after 14 s" in text


def test_the_order_is_that_of_the_terminal() -> None:
    """Verdict, reason, table, what to do, how sure, and the rest folded."""
    text = comment(sample.PROTECT_FIRST)
    order = ["<!-- tidegate us_east_1_2021/scale_metadata -->", "### ◆ PROTECT FIRST", "| --- | --- |",
             "**To merge:**", "**How sure:**", "<details>"]  # fmt: skip
    places = [text.index(one) for one in order]
    assert sorted(places) == places
    assert "does not recover | 252 of 260 runs | 2 of 800 runs | 0 of 380" in text


def test_no_title_is_markup_or_calls_anybody() -> None:
    """World files are written by others."""
    nasty = "<img src=x> [a](http://b) @everyone --> *bold* | cell"
    text = comment(replace(sample.STOP, activity_title=nasty, world="w--><script>"))
    assert "<img" not in text
    assert "<script" not in text
    assert "[a](" not in text
    assert "@everyone" not in text
    assert "| cell" not in text.splitlines()[1].replace("\\|", "")


def test_the_worst_is_first_and_what_is_undecided_is_told() -> None:
    """Several activities are several comments; what could not be judged is one as well."""
    text = comment(sample.PROCEED, sample.STOP, undecided=("aws_x is new to this world.",))
    assert text.index("STOP") < text.index("PROCEED") < text.index("aws\\_x is new")
