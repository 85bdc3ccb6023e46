"""Exact answers: one question at a time, in a process that can be ended, kept once they are there."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tidegate.server.exact_answers import ExactAnswers
from tiny_worlds import grow_text


@pytest.fixture
def world(tmp_path) -> str:
    path = tmp_path / "world.yaml"
    path.write_text(grow_text())
    return str(path)


@pytest.fixture
def hasty(world) -> Iterator[ExactAnswers]:
    """One that gives every question up at once."""
    answers = ExactAnswers(world, longest_s=0.0)
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
    answers = ExactAnswers(world)
    try:
        said = settled(answers, "grow", {"pool": "none"}, {"clients.pods.pool": -1})
    finally:
        answers.close()
    assert "There is no exact answer" in said
    assert "clients.pods.pool" in said


def test_one_that_is_closed_takes_no_more(world):
    answers = ExactAnswers(world)
    answers.close()
    assert "too much waits" in answers.ask("grow", {}, {}).part
