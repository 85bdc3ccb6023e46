"""Limits against what was measured: what is lost is the worst, what is late or blind a condition."""

from __future__ import annotations

import pytest

from drill_sample import case, drill, reading, word
from tidegate.errors import InputError
from tidegate.observe.drill.drill_judged import Failing, Held, held, judge, worst
from tidegate.observe.drill.drill_limits import DrillLimits, check_limits

LIMITS = DrillLimits()


def failings(one, limits=LIMITS):
    return [found.failing for found in judge(one, limits)]


def test_what_keeps_to_every_limit_is_held():
    assert not failings(reading())
    assert drill().held is Held.HELD


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({"cases": (case(found_at=()),)}, Failing.LOST_CASES),
        ({"words": (word(notice_s=None, notices_count=0),)}, Failing.LOST_NOTICES),
        ({"cases": (case(receipt_s=None, receipts_count=0),)}, Failing.LOST_NOTICES),
        ({"is_healed": False, "why": "it did not end"}, Failing.NOT_HEALED),
    ],
)
def test_what_is_lost_or_stays_cut_does_not_hold(changes, failing):
    one = reading(**changes)
    assert failing in failings(one)
    assert held(judge(one, LIMITS)) is Held.LOST


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({"words": (word(page_s={"west": 31.0}),)}, Failing.LATE_WORD),
        ({"words": (word(page_s={"west": None}),)}, Failing.NO_WORD),
        ({"words": (word(outage="", page_s={}),)}, Failing.NO_WORD),
        ({"words": ()}, Failing.NO_WORD),
        ({"words": (word(notice_s=31.0),)}, Failing.LATE_NOTICES),
        ({"words": (word(notice_s=None, notices_count=0, is_owed=True),)}, Failing.OWED_NOTICES),
        ({"words": (word(notices_count=3),)}, Failing.REPEATED),
        ({"cases": (case(case=""),)}, Failing.NO_CASE),
        ({"cases": ()}, Failing.NO_CASE),
        ({"identical_s": 31.0}, Failing.LATE_HEALING),
        ({"identical_s": None}, Failing.NOT_IDENTICAL),
        ({"unheard": ("east",)}, Failing.UNHEARD),
        ({"unsaid": ("east",)}, Failing.UNSAID),
        ({"stale": ("east",)}, Failing.STALE),
        ({"mute": ("east",)}, Failing.MUTE),
        ({"why": "nft: not allowed"}, Failing.NOT_DRILLED),
    ],
)
def test_what_is_late_or_blind_or_not_measured_is_a_condition(changes, failing):
    one = reading(**changes)
    assert failings(one) == [failing]
    assert held(judge(one, LIMITS)) is Held.CONDITIONS


def test_a_case_at_one_site_is_not_lost():
    assert not failings(reading(cases=(case(found_at=("east",)),)))


def test_a_case_that_was_refused_is_not_lost():
    assert not reading(cases=(case(case="", found_at=()),)).lost_cases


def test_limits_that_somebody_named_are_kept_to():
    loose = DrillLimits(lost_cases=1, repeated=2, unheard=1, heal_s=60.0)
    one = reading(
        cases=(case(found_at=()),), words=(word(notices_count=3),), unheard=("east",), identical_s=31.0
    )
    assert not failings(one, loose)


def test_without_a_receiver_no_notice_is_missed():
    assert not failings(reading(words=(word(notice_s=None, notices_count=0),), has_receiver=False))


def test_the_worst_cut_is_the_drill_and_nothing_drilled_did_not_hold():
    assert worst([Held.HELD, Held.LOST, Held.CONDITIONS]) is Held.LOST
    assert worst([]) is Held.CONDITIONS


@pytest.mark.parametrize(
    ("wrong", "flag"),
    [
        ({"heal_s": 0.0}, "--heal"),
        ({"first_word_s": float("nan")}, "--first-word"),
        ({"repeated": -1}, "--repeated"),
    ],
)
def test_limits_that_are_none_are_refused(wrong, flag):
    with pytest.raises(InputError) as raised:
        check_limits(DrillLimits(**wrong))
    assert [flag] == [fault.path for fault in raised.value.faults]
