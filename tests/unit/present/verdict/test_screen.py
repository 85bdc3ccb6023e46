"""One screen: at most twenty lines of eighty columns, the same words with and without colour."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import present_sample as sample
from tidegate.evaluate.judging.remedy import Setting
from tidegate.evaluate.judging.verdict import Probability
from tidegate.present.layout import columns_count
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.said import Asked
from tidegate.present.verdict.screen import LINES_COUNT, REST_TOLD, exit_words, screen_text
from tidegate.verbs.check import exit_code
from tidegate.world.file.was_read import WasRead
from whole_sentences import halved

GOLDEN = Path(__file__).parents[3] / "golden" / "present"
ASKED = Asked(world="world.yaml", names_activity=False)
WAYS = {
    "stop": (sample.STOP, {}),
    "stop_ascii": (sample.STOP, {"unicode": False}),
    "stop_narrow": (sample.STOP, {"width": 44}),
    "proceed": (sample.PROCEED, {}),
    "cannot_tell": (sample.CANNOT_TELL, {}),
    "cannot_tell_two": (sample.CANNOT_TELL_TWO, {}),
    "protect_first": (sample.PROTECT_FIRST, {}),
    "slow_down": (sample.SLOW_DOWN, {}),
}


def footer_of(*verdicts) -> tuple[str, ...]:
    """Return the last line's parts as `check` has them: the code is that of the worst verdict."""
    words = [one.verdict for one in verdicts]
    return ("report.html", REST_TOLD, exit_words(exit_code(words), words))


def shown(*verdicts, **options) -> str:
    answers = [answer_of(one, ASKED) for one in verdicts]
    return screen_text(answers, footer=footer_of(*verdicts), **options)


@pytest.mark.parametrize("name", WAYS)
def test_screen_golden(name: str, update_golden: bool) -> None:
    """The words and their layout change only on purpose."""
    verdict, options = WAYS[name]
    text = shown(verdict, **options)
    path = GOLDEN / f"{name}.txt"
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", sample.SAMPLES)
@given(width=st.integers(30, 140), unicode=st.booleans())
def test_no_line_is_wider_than_asked(name: str, width: int, unicode: bool) -> None:
    """Whatever the width, no line goes beyond it; where it is wide enough there are few."""
    lines = shown(sample.SAMPLES[name], width=width, unicode=unicode).splitlines()
    assert max(map(columns_count, lines)) <= width
    assert width < 80 or len(lines) <= LINES_COUNT


@pytest.mark.parametrize("name", sample.SAMPLES)
def test_what_any_answer_has(name: str) -> None:
    """The labels in their order, each alone in its column; no word that is not believed."""
    verdict = sample.SAMPLES[name]
    lines = shown(verdict).splitlines()
    labels = [line[2:8].strip() for line in lines if line[:2] == "  " and line[2:3] != " "]
    wanted = ["why", "do", "sure", *(["else"] if verdict.verdict != "proceed" else [])]
    assert wanted == [one for one in labels if one in {"why", "do", "sure", "else"}]
    assert not [word for word in ("P(", "collapse") if word in "\n".join(lines)]


def test_without_unicode_everything_is_ascii() -> None:
    """A pipe that knows only ASCII gets only ASCII, even from titles that are not."""
    verdict = replace(sample.STOP, activity_title="Größe ändern → 600 · 東京")
    assert shown(verdict, unicode=False).isascii()


def test_colour_adds_nothing_but_colour() -> None:
    """Taking the escape sequences away leaves the plain text."""
    coloured = shown(sample.STOP, colour=True)
    for code in ("0", "1", "2", "1;31"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert shown(sample.STOP) == coloured


def test_titles_cannot_steer_the_terminal() -> None:
    """Control characters in a world's titles never reach the terminal."""
    verdict = replace(sample.STOP, activity_title="\x1b[2Jscale\u202e\x07")
    assert not {"\x1b", "\x07", "\u202e"} & set(shown(verdict))


def test_it_says_loudly_that_holding_back_is_worse() -> None:
    """Where not acting is worse, that comes before anything else."""
    idle = replace(sample.NOT_ACTING, collapse=Probability(value=0.99, low=0.97, high=1.0, runs_count=200))
    verdict = replace(
        sample.STOP, cases=(sample.BELIEVED, sample.BACK_OFF_FAILS, idle), holding_back_is_worse=True
    )
    text = shown(verdict)
    assert text.index("HOLDING BACK IS WORSE") < text.index("  why")


def test_the_verdict_stands_in_the_third_line_with_its_remedy() -> None:
    """`check … | head -3` is a whole answer."""
    third = shown(sample.PROTECT_FIRST).splitlines()[2]
    assert third.startswith("  PROTECT FIRST   the admission rate of edge: 3500/s")


def test_what_must_be_said_is_never_left_out_whatever_there_is_of_it() -> None:
    """Ten limits, ten objectives and ten notes fit; that there is more of them is said."""
    ten = range(10)
    exceeded = tuple(f"place {i} accepts {i},000 connections, and 9,999 are wanted" for i in ten)
    believed = replace(sample.BELIEVED, exceeded=exceeded, collapse=sample.BACK_OFF_FAILS.collapse)
    unused = "Not used, and it bears on start and stop: "
    verdict = replace(
        sample.STOP,
        condition="",
        condition_settles=False,
        cases=(believed,),
        failed_objectives=tuple(f"clients {i}: nobody is answered for 90 s; that is too long." for i in ten),
        notes=(
            *(f"By arithmetic: {one}." for one in exceeded),
            *(f"{unused}spec.part{i} of Deployment api." for i in ten),
        ),
        fits=tuple(Setting(path=f"services.place{i}.connections", value="9999", now="1000") for i in ten),
        read=(WasRead(source="api.yaml", line=3, says="replicas: 3", why="not stated"),),
    )
    text = shown(verdict)
    said = " ".join(text.split())
    assert len(text.splitlines()) <= LINES_COUNT
    assert "STOP place 0 accepts 0,000 connections, and 9,999 are wanted (and 9 more)" in said
    assert "11 left out: --more" in text.partition("  note")[2]
    assert not halved(text, answer_of(verdict, ASKED))
    assert "the connections that place2 accepts: 9999 instead of 1000" in said
    assert "7 more" in said


def test_several_activities_are_told_by_the_worst_of_them() -> None:
    """The worst is first and told whole; the others have their line, and none is hidden."""
    text = shown(sample.PROCEED, replace(sample.STOP, activity="grow"))
    assert text.index("STOP   grow:") < text.index("PROCEED   scale_metadata:")
    many = [replace(sample.PROCEED, activity=f"step_{i}") for i in range(30)]
    crowded = shown(*many, sample.CANNOT_TELL)
    assert len(crowded.splitlines()) <= LINES_COUNT
    assert "CANNOT TELL   scale_metadata:" in crowded
    assert "and 26 more: PROCEED (--more)" in crowded


def test_the_last_line_keeps_its_word_longest() -> None:
    """Beside a long report's name the hint gets shorter, then the seed goes, and the code's word last."""
    parts = ("--more for the rest", "exit 3: protect first")
    answers = [answer_of(sample.PROTECT_FIRST)]
    last = [
        screen_text(answers, footer=(f"{'w' * count}.html", *parts)).splitlines()[-1].partition(" · ")[2]
        for count in (15, 30, 38, 50)
    ]
    assert [
        "seed 7 · --more for the rest · exit 3: protect first",
        "seed 7 · --more · exit 3: protect first",
        "--more · exit 3: protect first",
        "--more · exit 3",
    ] == last


def test_a_world_without_crossings_has_an_answer() -> None:
    """Nothing about crossings is needed to print a verdict."""
    bare = replace(sample.BELIEVED, crossings=(), clients=())
    assert "PROCEED" in shown(replace(sample.PROCEED, cases=(bare,)))
