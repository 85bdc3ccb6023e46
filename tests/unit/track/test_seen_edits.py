"""Edits of people who did not know of each other's stand side by side; nothing that was said is lost."""

from __future__ import annotations

import itertools
import json

import pytest

from heard_sites import Site, heal, sites
from record_sample import Memory
from tidegate.errors import InputError
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageEvent
from tidegate.track.seen_edits import read_of, side_by_side
from tidegate.verbs.record.acknowledge import hold
from tidegate.verbs.record.correcting import correct
from tidegate.verbs.record.outage import Desk, Report, change, move, open_outage, publish, write_update
from tidegate.verbs.record.settling import settle


def both() -> tuple[Site, Site, str]:
    """Two sites that know of one outage."""
    west, east = sites("west", "east")
    one = west.opens("Shop", shop="major_outage", search="major_outage")
    heal(west, east)
    return west, east, one.id


def standing(site: Site, subject: str) -> dict[str, list[tuple[object, str, str]]]:
    found = side_by_side(site.state.story(subject))
    return {each.field: [(edit.value, edit.by, edit.site) for edit in each.edits] for each in found}


def test_two_edits_of_one_field_stand_side_by_side_at_every_site():
    west, east, subject = both()
    change(west.desk("ann"), west.state.outage(subject), components={"shop": "operational"})
    east.journal.now_s += 1
    change(east.desk("bob"), east.state.outage(subject), components={"shop": "partial_outage"})
    assert {} == standing(west, subject) == standing(east, subject)
    heal(west, east)
    expected = [("operational", "ann", "west"), ("partial_outage", "bob", "east")]
    assert {"components.shop": expected} == standing(west, subject) == standing(east, subject)
    assert Status.PARTIAL is west.state.outage(subject).components["shop"]  # the last one holds


def test_who_edits_again_having_seen_both_settles_it():
    west, east, subject = both()
    change(west.desk(), west.state.outage(subject), components={"shop": "operational"})
    change(east.desk(), east.state.outage(subject), components={"shop": "partial_outage"})
    heal(west, east)
    change(west.desk(), west.state.outage(subject), components={"shop": "operational"})
    heal(west, east)
    assert {} == standing(west, subject) == standing(east, subject)


def test_who_had_read_less_than_the_site_knows_settles_nothing():
    """The page was loaded before the sites heard each other again, and its form sent after."""
    west, east, subject = both()
    page = {entry.site: entry.number for entry in west.state.story(subject)}
    change(east.desk(), east.state.outage(subject), components={"shop": "partial_outage"})
    heal(west, east)
    desk = west.desk()
    desk.read = page
    change(desk, west.state.outage(subject), components={"shop": "operational"})
    assert ["components.shop"] == list(standing(west, subject))


def test_different_fields_and_equal_values_are_no_contradiction():
    west, east, subject = both()
    change(west.desk(), west.state.outage(subject), components={"shop": "operational"})
    change(east.desk(), east.state.outage(subject), components={"search": "operational"})
    correct(west.desk(), west.state.outage(subject), because="typo", fields={"title": "The shop"})
    correct(east.desk(), east.state.outage(subject), because="typo", fields={"title": "The shop"})
    heal(west, east)
    assert {} == standing(east, subject)


def test_words_states_and_hands_are_compared_as_well():
    west, east, subject = both()
    for site, who, event in ((west, "ann", OutageEvent.CONFIRM), (east, "bob", OutageEvent.RETRACT)):
        site.journal.now_s += 1
        move(site.desk(who), site.state.outage(subject), event)
        hold(site.desk(who), site.state.outage(subject), who)
    for site, text in ((west, "One."), (east, "Two.")):
        words = write_update(site.desk(), site.state.outage(subject), texts={"en": text})
        publish(site.desk(), words.outage, update=words.update, despite=True)
    heal(west, east)
    assert {"state", "holder", "words"} == set(standing(west, subject))
    assert 2 == len(west.state.outage(subject).updates)  # nothing is lost
    words = write_update(west.desk(), west.state.outage(subject), texts={"en": "Both."})
    publish(west.desk(), words.outage, update=words.update, despite=True)
    assert {"holder"} == set(standing(west, subject))


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("title", ({"title": "a"}, {"title": "b"})),
        ("cause", ({"cause": "a"}, {"cause": "b"})),
        ("sees.buyers", ({"sees": {"buyers": "x"}}, {"sees": {"buyers": "y"}})),
        ("components.shop", ({"components": {"shop": "unknown"}}, {"components": {"shop": "operational"}})),
    ],
)
def test_each_value_can_be_kept(field, fields):
    west, east, subject = both()
    for site, payload in zip((west, east), fields, strict=True):
        site.journal.now_s += 1
        site.desk().say([Draft(kind="outage.changed", subject=subject, payload=payload)])
    heal(west, east)
    kept = side_by_side(west.state.story(subject))[0].edits[0]
    one = settle(west.desk(), west.state.outage(subject), field, site=kept.site, said_s=kept.said_s)
    assert {} == standing(west, subject)
    noun, _, name = field.partition(".")
    value = getattr(one, noun)
    assert kept.value == (getattr(value[name], "value", value[name]) if name else value)
    with pytest.raises(InputError, match="any more"):
        settle(west.desk(), one, field, site=kept.site, said_s=kept.said_s)


def test_one_site_alone_carries_nothing():
    journal = Memory("here")
    desk = Desk(
        journal=journal, state=State(), by="ann", clock=lambda: journal.now_s, entropy=lambda: b"x" * 16
    )
    one = open_outage(desk, Report(title="a", components={"shop": "major_outage"}))
    change(desk, one, components={"shop": "operational"})
    assert all("seen" not in entry.payload for entry in journal.entries())


def test_the_same_stand_side_by_side_in_any_order():
    west, east, subject = both()
    change(west.desk(), west.state.outage(subject), components={"shop": "operational"})
    change(east.desk(), east.state.outage(subject), components={"shop": "partial_outage"})
    entries = [entry for site in (west, east) for entry in site.journal.entries()]
    found = {
        repr(side_by_side(State().take_all(order).story(subject)))
        for order in itertools.islice(itertools.permutations(entries), 0, 5000, 11)
    }
    assert 1 == len(found)


@pytest.mark.parametrize("text", ["", "x", "[]", '{"west": "x"}', '{"west": -1}', '{"west": 1e9}', "[[[["])
def test_what_a_page_carried_is_read_with_care(text):
    assert {} == read_of(text)


def test_what_a_page_carried_is_read():
    assert {"west": 7} == read_of(json.dumps({"west": "7"}))
