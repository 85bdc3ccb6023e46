"""Outages that two sites opened for one thing become one by rule, at every site the same."""

from __future__ import annotations

import itertools

import pytest

from heard_sites import Site, heal, sites
from record_sample import NOON_S
from tidegate.inform.site.visibility import is_public
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.track.alert import Alert
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageEvent, OutageState
from tidegate.track.same_outage import stranded, twins
from tidegate.verbs.record.alert import seen_draft
from tidegate.verbs.record.case import Submission, burst, received, sort_cases
from tidegate.verbs.record.closing import end
from tidegate.verbs.record.outage import Report, merge, move, open_outage, publish, write_update


def open_ids(site: Site) -> list[str]:
    return [one.id for one in site.state.outages() if one.is_open]


def test_the_earliest_takes_in_the_others_and_every_site_says_the_same():
    west, east = sites("west", "east")
    first = west.opens("Shop", shop="partial_outage")
    second = east.opens("Shop is down", shop="major_outage", search="partial_outage")
    heal(west, east)
    for one in (west, east):
        one.turn()  # both write the same, for neither has heard of the other's
    heal(west, east)
    for one in (west, east):
        assert [first.id] == open_ids(one)
        found = one.state.outage(first.id)
        assert {"shop": Status.MAJOR, "search": Status.PARTIAL} == found.components
        assert first.id == one.state.outage(second.id).into
        assert () == one.state.outage(second.id).conflicts
        one.turn()
        assert [first.id] == open_ids(one)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ({"shop": "major_outage"}, True),
        ({"search": "major_outage"}, False),
        ({"shop": "major_outage", "since_s": NOON_S + 901}, False),
        ({"shop": "major_outage", "since_s": NOON_S - 900}, True),
    ],
)
def test_what_is_the_same(other, is_same):
    west, east = sites("west", "east")
    west.opens("a", shop="major_outage")
    east.opens("b", **other)
    heal(west, east)
    assert is_same is bool(twins(west.state.outages(), west.state.story))
    assert [one.one.id for one in twins(west.state.outages(), west.state.story)] == [
        one.one.id for one in twins(east.state.outages(), east.state.story)
    ]


def test_the_same_alert_makes_them_one_and_one_site_alone_never_merges():
    west, east = sites("west", "east")
    alert = Alert(fingerprint="f1", is_firing=True, starts_s=NOON_S, ends_s=None, labels={}, annotations={})
    for site in (west, east):
        one = site.opens("a")
        site.desk().say([seen_draft(site.desk(), one.id, alert)])
    assert () == twins(west.state.outages(), west.state.story)
    west.opens("b", shop="major_outage"), west.opens("c", shop="major_outage")
    assert () == twins(west.state.outages(), west.state.story)
    heal(west, east)
    assert 1 == len(twins(west.state.outages(), west.state.story))


def burst_at(site: Site, first: int):
    """Have five cases come at a site that name nothing; return the outage that they open, and their ids."""
    drafts = [received(Submission(text="it is down", key=f"k{n}"), b"") for n in range(first, first + 5)]
    site.desk().say(drafts)
    opened = burst(site.desk("system"))
    assert opened is not None
    return opened, {one.subject for one in drafts}


def test_one_burst_of_cases_is_one_outage_with_the_cases_of_both():
    west, east = sites("west", "east")
    first, theirs = burst_at(west, 0)
    east.journal.now_s += 60
    second, others = burst_at(east, 10)
    heal(west, east)
    for one in (west, east):
        one.turn()
    heal(west, east)
    sort_cases(east.desk("system"), list(east.state.cases.values()))
    heal(west, east)
    for one in (west, east):
        assert [first.id] == open_ids(one)
        assert theirs | others == {case.id for case in one.state.cases.values() if case.outage == first.id}
    assert second.id != first.id


@pytest.mark.parametrize("said", [{"title": "Paying fails"}, {"components": {"shop": "major_outage"}}])
def test_a_burst_of_which_somebody_said_more_stays_apart(said):
    west, east = sites("west", "east")
    burst_at(west, 0)
    second, _ = burst_at(east, 10)
    east.desk().say([Draft(kind="outage.changed", subject=second.id, payload=said, by="ann")])
    heal(west, east)
    assert () == twins(west.state.outages(), west.state.story)


def test_two_bursts_an_hour_apart_stay_two():
    west, east = sites("west", "east")
    burst_at(west, 0)
    east.journal.now_s += 3600
    burst_at(east, 10)
    heal(west, east)
    assert () == twins(west.state.outages(), west.state.story)


def test_people_who_name_two_causes_mean_two_things():
    west, east = sites("west", "east")
    for site, cause, source in ((west, "login", "operator"), (east, "store", "operator")):
        site.journal.now_s += 1
        report = Report(title=cause, cause=cause, source=source, components={"shop": "major_outage"})
        open_outage(site.desk(), report)
    heal(west, east)
    assert () == twins(west.state.outages(), west.state.story)


def test_an_exercise_is_nobodys_twin():
    west, east = sites("west", "east")
    west.opens("a", shop="major_outage")
    open_outage(east.desk(), Report(title="b", components={"shop": "major_outage"}, is_exercise=True))
    heal(west, east)
    assert () == twins(west.state.outages(), west.state.story)


def test_who_parts_them_is_right_for_ever():
    """Also against a site that merges them again before it has heard of it."""
    west, mid, east = sites("west", "mid", "east")
    west.opens("a", shop="major_outage")
    second = east.opens("b", shop="major_outage")
    heal(west, mid, east)
    west.turn()
    move(west.desk(), west.state.outage(second.id), OutageEvent.SPLIT, because="another thing")
    mid.journal.now_s += 60
    mid.turn()  # later, in the order of all sites, than the word of the operator
    heal(west, mid, east)
    for one in (west, mid, east):
        one.turn()
        assert OutageState.CONFIRMED is one.state.outage(second.id).state
    heal(west, mid, east)
    assert 2 == len(open_ids(east))


def test_a_page_that_is_red_stays_red():
    """The earlier one nobody had confirmed; the later one the public reads of."""
    west, east = sites("west", "east")
    first = west.opens("a", shop="degraded_performance")
    second = east.opens("b", shop="major_outage")
    desk = east.desk()
    move(desk, second, OutageEvent.CONFIRM)
    words = write_update(desk, east.state.outage(second.id))
    publish(desk, words.outage, update=words.update, despite=True)
    assert not is_public(west.state.outage(first.id))
    heal(west, east)
    west.turn(), east.turn()
    heal(west, east)
    one = east.state.outage(first.id)
    assert is_public(one)
    assert OutageState.CONFIRMED is one.state
    assert {"shop": Status.MAJOR} == one.components
    assert is_public(east.state.outage(second.id))  # what was read under its address stays there


def test_whoever_holds_the_later_one_holds_the_whole():
    west, east = sites("west", "east")
    first = west.opens("a", shop="major_outage")
    second = east.opens("b", shop="major_outage")
    east.desk().say([Draft(kind="outage.held", subject=second.id, payload={"who": "bob"}, by="bob")])
    heal(west, east)
    west.turn()
    assert "bob" == west.state.outage(first.id).holder


def test_what_was_merged_into_each_other_is_open_again():
    """An operator merges one way, the rule at another site the other way: something must stay open."""
    west, east = sites("west", "east")
    first = west.opens("a", shop="major_outage")
    second = east.opens("b", shop="major_outage")
    heal(west, east)
    merge(west.desk(), west.state.outage(first.id), west.state.outage(second.id))
    east.turn()
    heal(west, east)
    assert [] == open_ids(west)
    west.turn(), east.turn()
    heal(west, east)
    assert [second.id] == open_ids(west) == open_ids(east)  # the operator's word counts


def test_what_was_ended_by_somebody_who_knew_only_a_part_leaves_the_rest_open():
    west, east = sites("west", "east")
    first = west.opens("a", shop="major_outage")
    second = east.opens("b", shop="major_outage", search="major_outage")
    east.hear(west)
    east.turn()  # merged at one site, while the other has not even heard of the second
    end(west.desk(), west.state.outage(first.id))
    heal(west, east)
    assert [] == open_ids(east)
    west.turn(), east.turn()
    heal(west, east)
    assert [second.id] == open_ids(west) == open_ids(east)
    assert () == stranded(west.state.outages(), west.state.story)


def test_who_ends_the_whole_ends_its_parts():
    west, east = sites("west", "east")
    first = west.opens("a", shop="major_outage")
    east.opens("b", shop="major_outage")
    heal(west, east)
    west.turn()
    end(west.desk(), west.state.outage(first.id))
    west.turn()
    assert [] == open_ids(west)


def test_the_rule_gives_the_same_in_any_order():
    west, mid, east = sites("west", "mid", "east")
    west.opens("a", shop="major_outage")
    mid.opens("b", shop="major_outage", search="degraded_performance")
    east.opens("c", search="degraded_performance")
    entries = [entry for site in (west, mid, east) for entry in site.journal.entries()]
    found = set()
    for order in itertools.islice(itertools.permutations(entries), 0, 5000, 7):
        state = State().take_all(order)
        found.add(tuple((one.one.id, one.into.id) for one in twins(state.outages(), state.story)))
    assert 1 == len(found)
