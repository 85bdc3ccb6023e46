"""What a record of flows says of what it does not show: limits are no lower than what it went through."""

from __future__ import annotations

from array import array

import pytest

from tidegate.discover.flow_book import FlowBook, Place, Tally
from tidegate.discover.tree_number import Described
from tidegate.discover.world_tree import world_tree
from tidegate.world.file.quantity import parse_quantity
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world
from tidegate.world.world import WorldFile


def _seen(*, stood: int = 9, each_s: float = 0.1, device: str = "linux-nat") -> WorldFile:
    """Return the world of ten seconds with a flow every `each_s`, and dumps of so many entries at most."""
    opened_s = array("d", [number * each_s for number in range(round(10.0 / each_s))])
    book = FlowBook(entries_by_dump=[5, stood, 5], first_s=0.0, last_s=10.0)
    book.tallies[Place("10.1.0.7", 80, "tcp"), "10.0.1.1"] = Tally(opened_s=opened_s)
    described = Described(name="it", source="a record", is_pseudonymous=False, device=device)
    return read_world(write_world(world_tree(book, (), described)), "found")


@pytest.mark.parametrize(("stood", "least"), [(10, 65_536), (70_001, 70_001)])
def test_the_table_has_room_for_what_once_stood_in_it(stood: int, least: int) -> None:
    """Few entries leave what such tables have; 70,001 that stood in one are its least."""
    entries = _seen(stood=stood).estimates["crossings.nat.table.entries"]
    assert ("assumed", least) == (entries.basis, entries.low)
    assert entries.low < entries.value < entries.high


@pytest.mark.parametrize(("each_s", "least_per_s"), [(0.1, 5_000.0), (1 / 6_000, 6_000.0)])
def test_the_device_sets_up_what_it_was_seen_to_set_up(each_s: float, least_per_s: float) -> None:
    """Who saw 6,000 a second go through a device does not think of one that can 5,000."""
    setup = _seen(each_s=each_s).estimates["crossings.nat.setup"]
    assert ("assumed", least_per_s) == (setup.basis, setup.low)
    assert setup.low < setup.value < setup.high


@pytest.mark.parametrize(("stood", "entries"), [(9, "50k"), (50_001, "200004")])
def test_a_limit_that_is_published_of_the_device_is_not_guessed_anew(stood: int, entries: str) -> None:
    """Its table and its new flows a second are those of the catalogue, until more was seen there."""
    (crossing,) = _seen(stood=stood, device="huawei-nat-m").world.crossings.values()
    assert crossing.table is not None
    assert parse_quantity(entries, "count") == crossing.table.entries_count
    assert 10_000.0 == crossing.setup_per_s


def test_a_published_range_is_kept_until_more_was_seen() -> None:
    """A proxy that ends TLS sets up 1,300 to 13,100 a second as published: nobody guesses 5,000 instead."""
    setups = [
        _seen(each_s=each_s, device="haproxy-core-tls").estimates["crossings.nat.setup"]
        for each_s in (0.1, 1 / 20_000)
    ]
    assert [("published", 1_300.0), ("assumed", 20_000.0)] == [(one.basis, one.low) for one in setups]


def test_a_guess_of_the_catalogue_that_is_lower_is_not_raised() -> None:
    """A balancer of which 2,000 a second are thought possible is not thought to set up 5,000 at least."""
    setup = _seen(device="scaleway-lb-s").estimates["crossings.nat.setup"]
    assert ("assumed", 2_000.0) == (setup.basis, setup.low)
