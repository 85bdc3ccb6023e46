"""Addresses of segments' own pages: not to be guessed, and not for ever."""

from __future__ import annotations

from dataclasses import replace

import site_sample as sample
from record_sample import NOON_S
from tidegate.inform.site.segment_link import (
    SEASON_S,
    is_private,
    lapses_s,
    season_of,
    segment_pages,
    segment_token,
)


def paths(setting, now_s=NOON_S):
    return [path for _, path, _ in segment_pages(setting, now_s)]


def test_without_a_secret_there_are_no_pages():
    """No secret, no address."""
    assert [] == paths(replace(sample.SETTING, link_secret=b""))


def test_addresses_differ_by_secret_segment_and_season():
    """Whoever knows one address knows no other."""
    tokens = {
        segment_token(secret, segment, season)
        for secret in (b"a", b"b")
        for segment in ("buyers", "readers")
        for season in (1, 2)
    }
    assert 8 == len(tokens)
    assert {32} == {len(token) for token in tokens}


def test_an_address_works_for_one_to_two_seasons():
    """The address given out today is there in 90 days and gone in 180."""
    given_out = paths(sample.SETTING)[0]
    assert given_out in paths(sample.SETTING, NOON_S + SEASON_S)
    assert given_out not in paths(sample.SETTING, NOON_S + 2 * SEASON_S)
    assert SEASON_S <= lapses_s(season_of(NOON_S)) - NOON_S <= 2 * SEASON_S


def test_private_paths_are_told_apart():
    """Segments' pages are private in every language, others are not."""
    assert is_private("for/abc.html")
    assert is_private("de/for/abc.html")
    assert not is_private("index.html")
    assert not is_private("for.html")
