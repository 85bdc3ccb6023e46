"""Gaps come to the same however they are gathered; nothing is agreed on without all who had been named."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.journal.carried_lines import NotCarriedError
from tidegate.journal.clock import Stamp
from tidegate.journal.compaction import (
    LEAST_AGE_S,
    Cut,
    Gap,
    Left,
    Runs,
    Statement,
    agreed,
    around,
    asked_for,
    entries_count,
    gaps_digest,
    joined,
    outside,
    statement,
)
from tidegate.journal.entry import FIRST_HASH, Draft, place
from tidegate.journal.left_lines import left_lines, read_left

PLACES = st.sets(st.tuples(st.sampled_from(["east", "west"]), st.integers(2, 30)))
CUT = Cut(1.0, 1.0 + LEAST_AGE_S)


def digest(place_: tuple[str, int]) -> str:
    return hashlib.sha256(repr(place_).encode()).hexdigest()


def gathered(places: set[tuple[str, int]], others: tuple[Gap, ...] = ()) -> tuple[Gap, ...]:
    runs = Runs()
    for one in sorted(places, key=lambda one: one[1]):  # the chains mixed, each in its order
        runs.take(*one, digest(one))
    return runs.with_others(others)


def places_of(gaps: tuple[Gap, ...]) -> set[tuple[str, int]]:
    return {(gap.label, number) for gap in gaps for number in range(gap.first, gap.last + 1)}


@given(PLACES, PLACES)
def test_gaps_hold_just_what_left_and_come_to_the_same_in_one_step_or_two(first, second):
    once, twice = gathered(first | second), gathered(second - first, gathered(first))
    assert once == twice == joined(reversed(once))
    assert first | second == places_of(once)
    assert len(first | second) == entries_count(once)
    assert all(gap.hash == digest((gap.label, gap.last)) for gap in once)
    assert gaps_digest(once) == gaps_digest(reversed(twice))
    holding = around(once)
    for label in ("east", "west", "mid"):
        for number in range(1, 33):
            assert ((label, number) in places_of(once)) is (holding(label, number) is not None)
    assert [] == list(outside(gathered(first), once)) or not first
    assert places_of(tuple(outside(once, gathered(first)))) >= second - first


@given(PLACES)
def test_what_left_is_read_back_as_it_was_written(places):
    left = Left(gaps=gathered(places), proofs=())
    assert left == read_left(left_lines(left))


@pytest.mark.parametrize(
    "line",
    [b'{"gap"', b'{"gap": []}', b'{"gap": ["west", 1, 2, "%s"]}' % (b"0" * 64),
     b'{"gap": ["west", 3, 2, "%s"]}' % (b"0" * 64), b'{"gap": ["west", 2, 3, "0"]}', b"{}"],
)  # fmt: skip
def test_a_line_that_is_no_gap_is_refused(line):
    with pytest.raises(NotCarriedError):
        read_left([line])


def said(site: str, *sites: str, digest_: str = "d", said_s: float = 9e9) -> Statement:
    return Statement(site=site, cut=CUT, digest=digest_, sites=sites, said_s=said_s)


@pytest.mark.parametrize(
    ("statements", "is_agreed"),
    [
        ([said("west", "east", "west")], False),
        ([said("west", "east", "west"), said("east", "east", "west")], True),
        ([said("west", "east", "west"), said("east", "east", "west", digest_="e")], False),
        ([said("west", "west", digest_="e"), *[said(one, "east", "west") for one in ("west", "east")]], True),
        ([said("west", "west")], False),  # east had been named
        ([said("west", "west", said_s=1.0)], True),  # it had not
        ([said("west", "east", "gone", "west"), said("east", "east", "gone", "west")], False),
    ],
)  # fmt: skip
def test_all_who_had_been_named_must_say_the_same(statements, is_agreed):
    assert is_agreed is bool(agreed(statements, {"west": 0.5, "east": 2.0}))


def test_what_is_too_young_or_looks_ahead_is_no_statement():
    def entry(before_s, until_s):
        payload = {"before_s": before_s, "until_s": until_s, "digest": "d", "entries": 1.0, "sites": ["west"]}
        draft = Draft(kind="site.compacted", subject="x", payload=payload)
        return place(draft, "west", 2, Stamp(round(9e6 * 1e6), 0), FIRST_HASH)

    assert statement(entry(1.0, 9e6)) is not None
    assert statement(entry(9e6 - LEAST_AGE_S + 1.0, 9e6)) is None
    assert statement(entry(1.0, 9e6 + 1.0)) is None


def test_the_last_that_a_site_which_still_writes_asks_for_counts():
    later = Statement(site="gone", cut=Cut(2.0, 9e9), digest="d", sites=(), said_s=9e9)
    assert CUT == asked_for([said("west"), later], ["west"], Cut(0.0, 0.0))
    assert asked_for([said("west"), later], ["west"], CUT) is None
