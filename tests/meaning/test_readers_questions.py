"""What five fresh readers asked of an answer and did not find: each is said, on the one screen.

How sure is what is to be done instead? What of it is guessed? What if it is ignored? What else must be known?
"""

from __future__ import annotations

import pytest

from tidegate.present.verdict.answer import Answer
from tiny_answers import DOUBLED, GUESSED, answer
from tiny_answers import screen_words as screen

POOL = {"value": 10, "low": 5, "high": 60, **GUESSED}
ACCEPTED = {"value": 800, "low": 150, "high": 1600, **GUESSED}


@pytest.fixture(name="doubted", scope="module")
def of_a_count_that_hangs_on_a_belief(tmp_path_factory) -> Answer:
    return answer(tmp_path_factory.mktemp("doubted"), beliefs=DOUBLED, services__web__connections=300)


def test_a_count_that_hangs_on_a_belief_is_not_called_certain_by_itself(doubted):
    """*Certain* beside an *if* was understood by none of five."""
    said = screen(doubted)
    assert "PROTECT FIRST" in said
    assert (
        "sure If two processes per pod, which nobody has measured, it is a count, and certain as far as its "
        "numbers are true" in said
    )
    assert " if so, " not in said.lower()
    assert "sure Certain" not in said


def test_how_sure_what_is_to_be_done_instead_is(doubted):
    """By the least sure of its cases, as believed and with the belief wrong, in counts."""
    (said,) = [one for one in doubted.sure.must if one.startswith("So protected it holds")]
    runs = doubted.verdict.remedy_runs
    assert 2 == len(runs)
    assert "practically certain. All " in said
    assert "whichever belief is wrong: fewer than 1 in" in said
    assert "So protected" in screen(doubted)


def test_what_comes_of_ignoring_it_is_never_cut(doubted):
    """However much else there is to say."""
    said = screen(doubted).partition(" else ")[2]
    assert said
    assert "left out" not in said.partition(" note ")[0].partition("world.report.html")[0]


def test_all_numbers_that_must_be_known_are_named_at_once(tmp_path):
    """Neither by itself is enough at its safe end, both are: two things to measure, and one check more."""
    told = answer(tmp_path, clients__pods__pool=POOL, services__web__connections=ACCEPTED)
    assert {"clients.pods.pool", "services.web.connections"} == {one.path for one in told.verdict.needed}
    assert told.verdict.needed_left.value == 0.0
    said = screen(told)
    assert "CANNOT TELL it depends on 2 numbers: " in said
    assert "--set clients.pods.pool=VALUE" in said
    assert "--set services.web.connections=VALUE" in said
    assert "the pool of pods: ask its owner." in said
    assert "all 20 runs hold" in said


def test_what_would_fit_stays_in_the_answer_where_a_number_decides(tmp_path):
    """It stood in the first words only, which the answer replaces."""
    pool = {"value": 40, "low": 5, "high": 60, **GUESSED}
    told = answer(tmp_path, clients__pods__pool=pool, services__web__connections=800)
    assert "cannot_tell" == told.verdict.verdict
    said, done = screen(told), " ".join(told.do.must)
    assert "it would fit with the size that " in done
    assert "or the pool of pods: 20, or the connections that web accepts: " in done
    assert "Or set the pool of pods: 20 instead of 40: with that it holds" in said, "which says more"
    assert "why By arithmetic: with clients.pods.pool 60, web accepts 800 connections, and 2,400 are" in said
    assert "where between them it turns is not known" not in said


def test_what_would_fit_is_told_of_the_belief_that_decides(doubted):
    """As believed nothing is exceeded; what the belief itself says of the world is no way out."""
    assert "If two processes per pod, by arithmetic alone, at the numbers given, it would fit with" in screen(
        doubted
    )
    assert ["activities.grow.to", "services.web.connections"] == [one.path for one in doubted.verdict.fits]


def test_one_number_that_is_enough_is_said_to_be(tmp_path):
    """With it at its safe end nothing else decides."""
    accepted = {**ACCEPTED, "low": 150, "high": 900}
    told = answer(tmp_path, clients__pods__pool=10, services__web__connections=accepted)
    assert ["services.web.connections"] == [one.path for one in told.verdict.needed]
    assert "it depends on the connections that web accepts" in screen(told)


def test_guesses_are_not_called_your_numbers(tmp_path):
    """Only where none is assumed are they yours."""
    guessed = answer(tmp_path, clients__pods__pool={"value": 5, "low": 4, "high": 6, **GUESSED})
    assert "Taking 1 guess as true, all " in screen(guessed)
    known = answer(tmp_path)
    assert "With your numbers, all " in screen(known)


UNSURE = {"value": 300, "low": 100, "high": 600, **GUESSED}


def test_what_is_not_enough_to_show_is_not_offered_instead(tmp_path):
    """Whoever showed that a pod runs one process would be held up again: 16 of 40 worlds drawn fail."""
    told = answer(tmp_path, beliefs=DOUBLED, services__web__connections=UNSURE)
    assert "PROTECT FIRST" in screen(told)
    assert not told.verdict.condition_settles
    assert "or show" not in screen(told).lower()
    assert (
        "It is not enough to show that a pod runs one process: with other guesses 16 of 40 worlds fail even "
        "then." in told.do.must
    )
    assert (
        "Proof against “two processes per pod” is not enough: with other guesses 16 of 40 worlds fail even "
        "then." in told.do.brief
    )


def test_what_is_enough_to_show_is_offered_with_how_sure_it_is_then(doubted):
    assert doubted.verdict.condition_settles
    assert "or show that a pod runs one process" in doubted.remedy
    assert any(one.startswith("Otherwise practically certain to hold (all ") for one in doubted.sure.may)
    assert any("whether a pod runs one process, which is enough: " in one for one in doubted.do.must)


def test_a_belief_that_was_measured_decides_nothing(tmp_path):
    """Neither the reason, nor a column, nor what comes of it is of a world that was ruled out."""
    measured = {"processes": {**DOUBLED["processes"], "basis": "measured"}}
    told = answer(tmp_path, beliefs=measured, services__web__connections=UNSURE)
    assert "CANNOT TELL it depends on the connections that web accepts" in screen(told)
    assert not told.verdict.condition
    assert "two processes" not in screen(told)
    assert all(one.case == "believed" for one in told.verdict.dark)
