"""A drill as a line of a file, and what got worse since the last one."""

from __future__ import annotations

import json

import pytest

from drill_sample import BEGAN_S, case, drill, reading, word
from tidegate.errors import InputError
from tidegate.observe.drill.drill_change import worse_since
from tidegate.observe.drill.drill_record import begun_line, drill_line, last_alike, read_drills

DRILLS = drill(reading("mail", hit=("east",)), reading("peers", unheard=("west",), identical_s=None))


def worse(before, now):
    return [(one.cut, one.measure) for one in worse_since(before, now)]


def test_a_drill_is_read_as_it_was_written():
    assert (DRILLS,) == read_drills(drill_line(DRILLS), "drills.jsonl")


def test_the_line_says_who_when_what_and_what_came_of_it():
    line = json.loads(drill_line(DRILLS))
    assert ("ada", BEGAN_S, "conditions") == (line["by"], line["at_s"], line["held"])
    assert ["mail", "peers"] == [one["cut"] for one in line["readings"]]


def test_a_drill_that_began_and_did_not_end_is_no_drill_to_compare_with():
    begun = begun_line(by="ada", at_s=BEGAN_S, sites=["west"], commands={"peers": "cut it"})
    assert (DRILLS,) == read_drills(begun + drill_line(DRILLS), "drills.jsonl")


def test_every_line_that_is_no_drill_is_named():
    with pytest.raises(InputError) as raised:
        read_drills('{"format": 1}\n' + drill_line(DRILLS) + "[]\nno\n", "drills.jsonl")
    assert [1, 3, 4] == [fault.place.line for fault in raised.value.faults]


def test_only_a_drill_of_the_same_sites_is_compared():
    other, older = drill(sites=("a", "b")), drill(at_s=BEGAN_S - 10)
    assert drill() == last_alike([older, drill(), other], drill(at_s=BEGAN_S + 10))
    assert last_alike([other, drill(is_real=True)], drill()) is None


def test_the_same_again_is_not_worse():
    assert not worse(DRILLS, DRILLS)


def test_what_is_lost_now_and_was_not_is_worse():
    now = drill(reading(cases=(case(found_at=()),), words=(word(notice_s=None, notices_count=0),)))
    assert [("mail", "cases lost"), ("mail", "notices lost")] == worse(drill(), now)


def test_a_time_is_worse_only_where_it_is_clearly_longer():
    assert not worse(drill(), drill(reading(identical_s=2.9)))
    assert [("mail", "sites identical")] == worse(drill(), drill(reading(identical_s=3.1)))
    assert not worse(drill(reading(identical_s=20.0)), drill(reading(identical_s=29.0)))


def test_what_came_once_and_never_comes_is_worse_and_never_is_not_worse_than_never():
    never = drill(reading(identical_s=None))
    assert [("mail", "sites identical")] == worse(drill(), never)
    assert not worse(never, never)


def test_what_is_not_cut_any_more_is_said():
    assert [("peers", "is not cut any more")] == worse(DRILLS, drill(reading("mail")))
