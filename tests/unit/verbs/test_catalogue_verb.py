from __future__ import annotations

import json

import pytest

from tidegate.errors import InputError
from tidegate.present.catalogue_text import catalogue_json, catalogue_text, entry_text
from tidegate.present.layout import columns_count
from tidegate.verbs.catalogue import entries, named


def test_each_entry_is_found_by_its_name():
    """What is listed can be shown whole, with its source and the day it was read."""
    for item in entries():
        assert item in named(item.name)
        text = entry_text(item)
        assert item.name in text
        assert item.source in text


def test_a_mistyped_name_is_answered_with_the_nearest():
    """One letter off is enough to be understood."""
    name = entries()[0].name
    with pytest.raises(InputError) as caught:
        named(name[:-1])
    assert caught.value.faults[0].nearest


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_the_list_names_every_entry_within_the_width(width):
    """Every name and every word of the titles, none beyond the page."""
    text = catalogue_text(entries(), width=width)
    assert all(item.name in text for item in entries())
    assert set(" ".join(item.title for item in entries()).split()) <= set(text.split())
    assert max(map(columns_count, text.splitlines())) <= width


def test_an_entry_is_wrapped_and_its_address_is_not():
    """Only the line of the source may be wider than the page."""
    for item in entries():
        for line in entry_text(item, width=80).splitlines():
            assert columns_count(line) <= 80 or line == f"  source   {item.source}"


def test_a_number_says_its_range_and_how_it_is_known():
    """The basis always; a range only where it is one; the source only where it is not the entry's."""
    (entry,) = named("linux-conntrack")
    text = entry_text(entry)
    assert "  forwarding: 150k/s (50k/s to 2M/s, assumed)\n" in text
    assert "    closed_hold: 120s (published)\n" in text
    assert 1 == text.count(entry.source)


def test_a_syn_schedule_says_what_its_numbers_are():
    """Seconds after the first one."""
    (entry,) = named("linux-classic")
    assert "a SYN is repeated after 1, 3, 7, 15, 31, 63 s" in entry_text(entry)


def test_the_json_holds_every_field():
    """Entries field by field, in ASCII, the same each time."""
    text = catalogue_json(entries())
    assert text.isascii()
    assert [item.name for item in entries()] == [item["name"] for item in json.loads(text)]
    assert text == catalogue_json(entries())
