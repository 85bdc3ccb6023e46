from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import present_sample as sample
from tidegate.evaluate.judging.verdict import Probability
from tidegate.present.layout import columns_count
from tidegate.present.verdict.terminal import verdict_text

GOLDEN = Path(__file__).parents[3] / "golden" / "present"
WAYS = {
    "stop": (sample.STOP, {}),
    "stop_ascii": (sample.STOP, {"unicode": False}),
    "stop_narrow": (sample.STOP, {"width": 44}),
    "proceed": (sample.PROCEED, {}),
    "cannot_tell": (sample.CANNOT_TELL, {}),
    "protect_first": (sample.PROTECT_FIRST, {}),
}


@pytest.mark.parametrize("name", WAYS)
def test_terminal_golden(name: str, update_golden: bool) -> None:
    """The words and their layout change only on purpose."""
    verdict, options = WAYS[name]
    text = verdict_text(verdict, elapsed_s=2.8, report="report.html", **options)
    path = GOLDEN / f"{name}.txt"
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", sample.SAMPLES)
@given(width=st.integers(30, 140), unicode=st.booleans())
def test_no_line_is_wider_than_asked(name: str, width: int, unicode: bool) -> None:
    """Whatever the width, no line goes beyond it."""
    text = verdict_text(
        sample.SAMPLES[name], width=width, unicode=unicode, elapsed_s=2.8, report="report.html"
    )
    assert max(columns_count(line) for line in text.splitlines()) <= width


def test_without_unicode_everything_is_ascii() -> None:
    """A pipe that knows only ASCII gets only ASCII, even from titles that are not."""
    verdict = replace(sample.STOP, activity_title="Größe ändern → 600 · 東京")
    assert verdict_text(verdict, unicode=False, elapsed_s=None, report=None).isascii()


def test_colour_adds_nothing_but_colour() -> None:
    """Taking the escape sequences away leaves the plain text."""
    coloured = verdict_text(sample.STOP, colour=True, elapsed_s=1.0, report=None)
    plain = verdict_text(sample.STOP, colour=False, elapsed_s=1.0, report=None)
    for code in ("0", "1", "2", "1;31"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert plain == coloured


def test_titles_cannot_steer_the_terminal() -> None:
    """Control characters in a world's titles never reach the terminal."""
    verdict = replace(sample.STOP, activity_title="\x1b[2Jscale\u202e\x07")
    text = verdict_text(verdict, elapsed_s=None, report=None)
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_it_says_loudly_that_holding_back_is_worse() -> None:
    """Where not acting is worse, that comes before the table."""
    idle = replace(sample.NOT_ACTING, collapse=Probability(value=0.99, low=0.97, high=1.0, runs_count=200))
    verdict = replace(
        sample.STOP, cases=(sample.BELIEVED, sample.BACK_OFF_FAILS, idle), holding_back_is_worse=True
    )
    text = verdict_text(verdict, elapsed_s=None, report=None)
    assert text.index("HOLDING BACK IS WORSE") < text.index("as believed")


def test_a_fourth_case_is_folded_into_a_line() -> None:
    """At most three columns; what has none is still said."""
    others = tuple(
        replace(sample.BACK_OFF_FAILS, name=f"counter:{i}", title=f"belief {i} fails") for i in range(3)
    )
    verdict = replace(sample.STOP, cases=(sample.BELIEVED, sample.BACK_OFF_FAILS, *others))
    text = verdict_text(verdict, elapsed_s=None, report=None)
    assert "P(collapse) also if belief 1 fails 97 % (93–99); if belief 2 fails" in text


@pytest.mark.parametrize(
    ("verdict", "opening"),
    [("slow_down", "run it in smaller steps"), ("protect_first", "before edge is protected")],
)
def test_conditions_have_their_words(verdict: str, opening: str) -> None:
    """What must be done first opens the advice."""
    text = verdict_text(replace(sample.STOP, verdict=verdict), elapsed_s=None, report=None)
    assert opening in " ".join(text.split())


def test_the_lucky_few_do_not_hide_a_collapse() -> None:
    """Where most runs collapse, the recovery time of the others is not the answer."""
    lucky = replace(sample.BACK_OFF_FAILS, recovery_s=20.0)
    verdict = replace(sample.STOP, cases=(sample.BELIEVED, lucky))
    assert "did not within 60 min" in verdict_text(verdict, elapsed_s=None, report=None)


def test_a_world_without_crossings_has_an_answer() -> None:
    """Nothing about crossings is needed to print a verdict."""
    bare = replace(sample.BELIEVED, crossings=(), clients=())
    text = verdict_text(replace(sample.PROCEED, cases=(bare,)), elapsed_s=None, report=None)
    assert "PROCEED" in text


def test_a_belief_can_be_what_decides() -> None:
    """Where a belief decides and is not known, no range is spoken of."""
    verdict = replace(sample.CANNOT_TELL, deciding=sample.RESTS_ON[0].path, rests_on=sample.RESTS_ON)
    text = " ".join(verdict_text(verdict, elapsed_s=None, report=None).split())
    assert "We do not know whether back-off works when the endpoint list changes, and it decides." in text
    assert "CANNOT TELL one belief decides" in text


def test_proceed_says_that_beliefs_were_tested() -> None:
    """Where no counter-belief changes the answer, that is said."""
    counter = replace(sample.BACK_OFF_FAILS, collapse=sample.PROCEED.cases[0].collapse)
    verdict = replace(sample.PROCEED, cases=(*sample.PROCEED.cases, counter))
    text = " ".join(verdict_text(verdict, elapsed_s=None, report=None).split())
    assert "That holds whichever one of the beliefs is wrong." in text


def test_what_is_late_and_not_lost_is_shown() -> None:
    """Where nearly all is served and service is away all the same, table and advice say what is wrong."""
    counter = sample.BACK_OFF_FAILS
    slow = tuple(
        replace(one, success_floor_ratio=0.98, waiting_peak_count=1390.0, waiting_normal_count=210.0)
        for one in counter.clients
    )
    verdict = replace(sample.STOP, cases=(sample.BELIEVED, replace(counter, clients=slow)))
    lines = verdict_text(verdict, elapsed_s=None, report=None).splitlines()
    (row,) = (line for line in lines if "requests waiting at once" in line)
    assert "1.4 k   usually 210" in row
    assert "Requests are late rather than lost: 1.4 k wait at once" in " ".join(" ".join(lines).split())
    lost = replace(sample.STOP, cases=(sample.BELIEVED, counter))
    assert "waiting at once" not in verdict_text(lost, elapsed_s=None, report=None)


def test_proceed_says_what_it_leaves_nothing_of() -> None:
    """A limit that is exactly full holds, and the reader hears of it in the first paragraph."""
    note = "It leaves nothing: services.db.connections is 4,000 of 4,000."
    text = verdict_text(replace(sample.PROCEED, notes=(note,)), elapsed_s=None, report=None)
    (paragraph,) = (part for part in text.split("\n\n") if "It may go ahead as planned" in part)
    assert note in " ".join(paragraph.split())
