"""Exact answers: one question at a time, in a process that can be ended, kept once they are there."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tidegate.evaluate.searching.what_if import Slider, Stop
from tidegate.present.console.what_if_page import name_of_stop, place_of
from tidegate.server.exact_answers import ExactAnswers
from tiny_worlds import grow_text


@pytest.fixture
def world() -> tuple[str, str]:
    return grow_text(), "world.yaml"


@pytest.fixture
def hasty(world) -> Iterator[ExactAnswers]:
    """One that gives every question up at once."""
    answers = ExactAnswers("world.yaml", *world, longest_s=0.0)
    yield answers
    answers.close()


def settled(answers: ExactAnswers, *asked: object) -> str:
    until_s = time.monotonic() + 60.0
    while (found := answers.ask(*asked)).again_s and time.monotonic() < until_s:
        time.sleep(0.05)
    return found.part


def test_a_question_that_takes_too_long_is_ended_and_says_so(hasty):
    assert "There is no exact answer: it takes more than 0 s" in settled(hasty, "grow", {}, {})


def test_a_queue_that_is_full_says_so_at_once(hasty):
    """Each value is a question of its own."""
    found = [hasty.ask("grow", {"size": str(i)}, {}) for i in range(12)]
    assert [True] * 8 == [one.again_s > 0 for one in found[:8]]
    assert "too much waits" in found[-1].part


def test_what_the_world_does_not_take_is_told(world):
    answers = ExactAnswers("world.yaml", *world)
    try:
        said = settled(answers, "grow", {"pool": "none"}, {"clients.pods.pool": -1})
    finally:
        answers.close()
    assert "There is no exact answer" in said
    assert "clients.pods.pool" in said


def test_one_that_is_closed_takes_no_more(world):
    answers = ExactAnswers("world.yaml", *world)
    answers.close()
    assert "too much waits" in answers.ask("grow", {}, {}).part


def test_the_world_is_that_of_the_start(world, monkeypatch, tmp_path):
    """What stands on disk by now is another world: sliders and answers are of one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "world.yaml").write_text("name: [")
    answers = ExactAnswers("world.yaml", *world)
    try:
        said = settled(answers, "grow", {}, {})
    finally:
        answers.close()
    assert "There is no exact answer" not in said


def test_values_that_are_called_alike_have_addresses_of_their_own():
    """Two beliefs whose opposites read the same are two questions."""
    alike = [Stop(text=text, changes={}, patch=()) for text in ("as believed", "it is slow", "it is slow")]
    slider = Slider(key="belief", label="", stops=tuple(alike), planned=0)
    names = [name_of_stop(slider, at) for at in range(3)]
    assert ["as believed", "it is slow #1", "it is slow #2"] == names
    assert [0, 1, 2] == [place_of(slider, name) for name in names]
    assert place_of(slider, "it is slow") is None
