"""Addresses of a population, written so that a world file takes them, and read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.discover.address_list import AND_MORE, MOST_CHARACTERS, listed, named


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        (("10.0.0.1", "10.0.0.10", "10.0.0.2"), "10.0.0.1, 10.0.0.2, 10.0.0.10"),
        (("10.0.0.255", "10.0.1.0", "10.0.1.1"), "10.0.0.255-10.0.1.1"),
        (("fd00::1", "10.0.0.9", "pod-3"), "10.0.0.9, fd00::1, pod-3"),
        ((), ""),
    ],
)
def test_neighbours_are_one(addresses, said) -> None:
    assert said == listed(addresses)
    assert set(addresses) == named([said])


def test_six_hundred_neighbours_are_all_named_and_as_many_apart_are_counted() -> None:
    near = [f"10.0.{i // 200}.{i % 200 + 1}" for i in range(600)]
    assert "10.0.0.1-10.0.0.200, 10.0.1.1-10.0.1.200, 10.0.2.1-10.0.2.200" == listed(near)
    apart = [f"10.{i // 100}.{i % 100}.7" for i in range(600)]
    text = listed(apart)
    kept = named([text]) & set(apart)
    assert len(text) < 4_000 < MOST_CHARACTERS + 200
    assert f"{AND_MORE} {600 - len(kept)} more" in text
    assert AND_MORE in named([text])


@given(st.sets(st.ip_addresses(v=4).map(str), max_size=60))
def test_whatever_is_written_is_read(addresses) -> None:
    assert addresses == named([listed(sorted(addresses))])


@pytest.mark.parametrize("word", ["10.0.0.9-10.0.0.1", "a-b", "10.0.0.0-11.0.0.0", "web-1"])
def test_what_is_no_short_run_of_addresses_is_a_word(word) -> None:
    assert {word} == named([word])
