"""What a record of flows says of what it does not show: limits are no lower than what it went through."""

from __future__ import annotations

import random

import pytest

from recorded_flows import Drawn
from tidegate.discover.discovered import Recorded
from tidegate.discover.flow_book import FlowBook
from tidegate.discover.tree_number import Described
from tidegate.discover.world_tree import world_tree
from tidegate.verbs.discover import discover
from tidegate.world.file.read import read_world


@pytest.mark.parametrize(("stood", "least"), [([10], 65_536), ([10, 70_001, 9], 70_001)])
def test_the_table_has_room_for_what_once_stood_in_it(stood: list[int], least: int) -> None:
    """Few entries leave what such tables have; 70,001 that stood in one are its least."""
    described = Described(name="it", source="a dump", is_pseudonymous=False, device="linux-nat")
    crossings = world_tree(FlowBook(entries_by_dump=stood), (), described)["crossings"]
    assert isinstance(crossings, dict)
    entries = crossings["nat"]["table"]["entries"]
    assert ("assumed", f"{least}") == (entries["basis"], entries["low"])
    assert int(entries["low"]) < int(entries["value"]) < int(entries["high"])


@pytest.mark.parametrize("rate_per_s", [60.0, 6_000.0])
def test_the_device_sets_up_what_it_was_seen_to_set_up(rate_per_s: float) -> None:
    """Who saw 6,000 a second go through a device does not think of one that can 5,000."""
    made = Drawn(random.Random(1), 0.2)  # noqa: S311  drawn, not secret
    made.opened([f"10.0.1.{1 + i}" for i in range(20)], ("10.1.0.7", 80), rate_per_s, 0.01)
    record = Recorded(source="events", pieces=[made.events().encode()])
    found = discover([record], name="it", device="linux-nat", day="today", is_pseudonymous=False)
    setup = read_world(found.text, "found").estimates["crossings.nat.setup"]
    assert "assumed" == setup.basis
    assert max(5_000.0, 0.95 * rate_per_s) <= setup.low <= max(5_000.0, 1.1 * rate_per_s)
    assert setup.low < setup.value < setup.high
