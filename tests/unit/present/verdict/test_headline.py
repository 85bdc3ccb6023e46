"""The verdict's line: the remedy with its number, from what to what."""

from __future__ import annotations

from dataclasses import replace

import pytest

import present_sample as sample
from tidegate.evaluate.judging.remedy import Remedy, Setting
from tidegate.evaluate.judging.verdict import Edge
from tidegate.present.verdict.headline import LINE_COUNT, line_text, remedy_text, undecided_line


def test_a_setting_is_told_from_what_to_what() -> None:
    """Nobody knows what 11 means without the 20 it replaces."""
    remedy = Remedy(name="smaller pool", settings=(Setting(path="clients.pods.pool", value="11", now="20"),))
    verdict = replace(sample.PROTECT_FIRST, condition="", condition_settles=False, remedy=remedy)
    assert "the pool of pods: 11 instead of 20" == remedy_text(verdict)


def test_slow_down_says_the_pace_and_what_would_do_instead() -> None:
    """The pace that was shown to hold, or the proof that none is needed."""
    said = remedy_text(sample.SLOW_DOWN)
    belief = "back-off works when the endpoint list changes"
    assert f"run it over 21 s instead of 2 s, or show that {belief}" == said


def test_proceed_says_how_much_is_left() -> None:
    """A pass that names no number is not believed."""
    assert "normal again after 14\u00a0s; the nearest limit: 68\u00a0% of what edge can do" == remedy_text(
        sample.PROCEED
    )
    edge = Edge(at_times=1.3, low_times=None, high_times=None, most_times=4.0, value=105.3, unit="instances")
    assert remedy_text(replace(sample.PROCEED, step_edge=edge)).endswith("it tips at about 105 instances")


def test_proceed_says_what_it_costs_while_it_lasts() -> None:
    """An outage that passes is no calm: who reads only the verdict's line reads how much was answered."""
    believed = sample.PROCEED.cases[0]
    clients = tuple(replace(one, success_floor_ratio=0.87) for one in believed.clients)
    verdict = replace(sample.PROCEED, cases=(replace(believed, clients=clients), *sample.PROCEED.cases[1:]))
    said = remedy_text(verdict).replace("\u00a0", " ")
    assert "normal again after 14 s; 87 % of what is asked in the worst minute is answered" == said


def test_what_is_far_from_every_limit_is_not_nought_of_one() -> None:
    """0 % of a limit reads as if nothing had been looked at."""
    believed = sample.PROCEED.cases[0]
    far = tuple(
        replace(
            one, setup_peak_per_s=0.0, packets_peak_per_s=0.0, table_peak_ratio=None, ports_peak_ratio=None
        )
        for one in believed.crossings
    )
    verdict = replace(sample.PROCEED, cases=(replace(believed, crossings=far), *sample.PROCEED.cases[1:]))
    assert remedy_text(verdict).endswith("; no limit is near")


@pytest.mark.parametrize("name", sample.SAMPLES)
def test_one_line_fits_a_commit_status(name: str) -> None:
    """140 characters, one line, the word first, so that one can grep for it."""
    line = line_text(sample.SAMPLES[name])
    assert len(line) <= LINE_COUNT
    assert "\n" not in line
    assert "\u00a0" not in line
    assert line.startswith(
        sample.SAMPLES[name].verdict.upper().replace("_", " ") + " us_east_1_2021/scale_metadata: "
    )


def test_what_cannot_be_judged_has_its_line() -> None:
    """A growth that no world knows is a line as well, never silence."""
    assert undecided_line("x" * 300).startswith("CANNOT TELL xxx")
    assert len(undecided_line("x " * 300)) <= LINE_COUNT
