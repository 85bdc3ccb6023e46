"""The answer under its labels: what decides, what to do, how sure; nothing that warns is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

import present_sample as sample
from tidegate.evaluate.judging.remedy import Setting
from tidegate.evaluate.judging.verdict import Ranges
from tidegate.present.verdict.answer import answer_of, says
from tidegate.present.verdict.said import Asked


def told(verdict, label: str) -> str:
    return " ".join(answer_of(verdict, Asked(world="w.yaml")).parts[label].must)


@pytest.mark.parametrize("verdict", ["slow_down", "protect_first", "stop"])
def test_it_says_how_to_find_out_whether_the_belief_is_true(verdict: str) -> None:
    """Who measures what the answer hangs on needs neither to wait nor to protect."""
    said = told(replace(sample.PROTECT_FIRST, verdict=verdict), "do")
    assert "ind out first whether back-off works when the endpoint list changes: measure with" in said


def test_commands_name_the_world_and_the_activity_as_they_have_to() -> None:
    """A command can be typed as it stands; of a world that no file states it says how to get one."""
    assert "`tidegate ramp w.yaml --activity scale_metadata`" in told(sample.SLOW_DOWN, "do")
    (nowhere, *_) = answer_of(sample.SLOW_DOWN).do.must
    assert "`--save WORLD`" in nowhere


def test_what_the_worlds_drawn_say_is_told_beside_the_runs() -> None:
    """The numbers as they are and the numbers off are two things, each with its count."""
    said = told(sample.STOP, "sure")
    assert said.startswith("Very likely to fail. With your numbers, 252 of 260 runs do not recover: 93 to 99")
    assert "1 in 100 is accepted. With other numbers from the 9 ranges, 53 of 64 worlds fail" in said


def test_what_passes_on_a_condition_is_as_sure_as_the_plan_is() -> None:
    """The case in which the belief is wrong is told as a reason, and is not what the answer rests on."""
    calm = sample.PROCEED.cases[0]
    verdict = replace(
        sample.PROCEED, condition=sample.STOP.condition, cases=(calm, sample.BACK_OFF_FAILS), ranges=()
    )
    assert told(verdict, "sure").startswith("Practically certain. With your numbers, all 400 runs recover:")


def test_few_runs_get_no_word_that_sounds_unlikely() -> None:
    """Three of three that fail are no reason to call it unlikely."""
    few = replace(sample.BACK_OFF_FAILS, collapse=sample.probability(1.0, 0.29, 1.0, 3))
    said = told(replace(sample.STOP, cases=(sample.BELIEVED, few)), "sure")
    assert said.startswith("Sure that too many fail. With your numbers, 3 of 3 runs do not recover:")
    assert "at least 29 in 100 would not; 1 in 100 is accepted." in said


def test_arithmetic_is_certain_and_contrary_runs_are_told() -> None:
    """A count is a count; that the runs recover all the same is not hidden."""
    over = replace(sample.BELIEVED, exceeded=("db accepts 100 connections, and 200 are wanted",),
                   collapse=sample.probability(0.0, 0.0, 0.14, 20))  # fmt: skip
    verdict = replace(sample.STOP, condition="", condition_settles=False, cases=(over,), ranges=())
    said = told(verdict, "sure")
    opening = "Certain, as far as these numbers are true: a count. All 20 runs are normal again at the end,"
    assert f"{opening} and yet the limit is exceeded." == said


def test_what_does_not_hold_over_the_ranges_says_so() -> None:
    """Where the world at hand holds, and slower is better all the same, the ranges are the reason."""
    ranges = (Ranges(case="believed", collapse=sample.probability(0.25, 0.1, 0.4, 40), numbers_count=1),)
    calm = replace(sample.BELIEVED, collapse=sample.probability(0.0, 0.0, 0.009, 400))
    verdict = replace(
        sample.SLOW_DOWN,
        condition="",
        condition_settles=False,
        cases=(calm, *sample.SLOW_DOWN.cases[2:]),
        ranges=ranges,
    )
    assert "It holds at the numbers given, but with another from its range, 10 of 40" in told(verdict, "why")
    assert "objective" not in told(verdict, "sure")


def test_every_other_case_that_fails_is_named() -> None:
    """A column is for one counter-belief; that it fails in others as well is said."""
    others = tuple(
        replace(sample.BACK_OFF_FAILS, name=f"counter:{i}", title=f"belief {i} fails") for i in range(3)
    )
    verdict = replace(sample.STOP, cases=(sample.BELIEVED, sample.BACK_OFF_FAILS, *others))
    assert "It fails as well if belief 0 fails, if belief 1 fails, if belief 2 fails." in told(verdict, "why")


def test_a_belief_can_be_what_decides() -> None:
    """Where a belief decides and is not known, no range is spoken of."""
    verdict = replace(sample.CANNOT_TELL, deciding=sample.RESTS_ON[0].path, rests_on=sample.RESTS_ON)
    assert "We do not know whether back-off works when the endpoint list changes, and it decides." == told(
        verdict, "why"
    )
    assert "it depends on whether back-off works" in answer_of(verdict).remedy


def test_proceed_says_that_beliefs_were_tested_and_what_it_leaves_nothing_of() -> None:
    """Where no counter-belief changes the answer, that is said; so is a limit that is exactly full."""
    note = "It leaves nothing: 4,000 of 4,000 of the connections that db accepts."
    counter = replace(sample.BACK_OFF_FAILS, collapse=sample.PROCEED.cases[0].collapse)
    verdict = replace(sample.PROCEED, cases=(*sample.PROCEED.cases, counter), notes=(note,))
    said = told(verdict, "why")
    assert "That holds whichever one of the beliefs is wrong." in said
    assert note in said


def test_more_settings_than_fit_beside_the_word_are_all_told() -> None:
    """A protection of several settings is worth nothing without one of them."""
    remedy = sample.PROTECT_FIRST.remedy
    several = replace(
        remedy, settings=(*remedy.settings, Setting(path="crossings.edge.admission.burst", value="12"))
    )
    said = told(replace(sample.PROTECT_FIRST, remedy=several), "do")
    assert "crossings.edge.admission.rate=3500/s" in said
    assert "crossings.edge.admission.burst=12" in said


def test_json_has_the_same_words_under_the_same_labels() -> None:
    """Who reads the JSON reads what stands in the terminal."""
    answer = answer_of(sample.STOP)
    words = says(answer)
    assert ["verdict", "remedy", "why", "do", "sure", "else", "note"] == list(words)
    assert answer.remedy == words["remedy"]
