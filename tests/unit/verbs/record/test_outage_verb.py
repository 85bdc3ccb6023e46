"""Keeping the record: the use cases that console, API and command line share."""

from __future__ import annotations

import pytest

from record_sample import NOON_S, desk
from tidegate.errors import CannotTellError, InputError
from tidegate.inform.standing_rules import Policy, duties
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageEvent, OutageState
from tidegate.verbs.record.affected import parse_components
from tidegate.verbs.record.correcting import correct
from tidegate.verbs.record.outage import (
    Nowhere,
    Report,
    change,
    find_outage,
    merge,
    move,
    open_outage,
    overdue,
    publish,
    tried,
    write_update,
)


def test_a_cause_says_everything_else():
    """From the cause alone: title, components, segments, what they see, what goes dark."""
    here, _, _ = desk()
    one = open_outage(here, Report(cause="edge"))
    assert "Traffic between inner network and outer network is disturbed" == one.title
    assert {"edge": Status.MAJOR, "shop": Status.PARTIAL} == one.components
    assert (("buyers",), {"buyers": "paying"}, ("graphs",)) == (one.segments, one.sees, one.dark)
    assert "dashboards" == one.titles["graphs"]


def test_without_a_world_a_list_of_components_is_enough():
    """What the operator names is the scope."""
    here, _, _ = desk(with_world=False)
    one = open_outage(here, Report(title="Mail is out", components={"mail": "major_outage"}))
    words = write_update(here, move(here, one, OutageEvent.CONFIRM))
    assert words.may_be_public
    assert "Affected: users of mail." in words.texts["en"]


@pytest.mark.parametrize(
    "report", [Report(), Report(cause="nothing"), Report(title="x", segments=["nobody"])], ids=repr
)
def test_reports_that_say_nothing_usable_are_refused(report):
    """No title, an unknown cause, an unknown segment: a fault, and nothing on record."""
    here, _, _ = desk()
    with pytest.raises(InputError):
        open_outage(here, report)
    assert () == here.state.outages()


def test_first_words_are_there_at_once():
    """One call gives a complete draft that may be public."""
    here, _, _ = desk()
    words = write_update(here, move(here, open_outage(here, Report(cause="login")), OutageEvent.CONFIRM))
    assert words.may_be_public
    assert 1 == len(words.outage.drafts)


def test_one_call_makes_a_draft_public():
    """The latest draft is published with its promise, and is no draft any more."""
    here, _, _ = desk()
    one = move(here, open_outage(here, Report(cause="login")), OutageEvent.CONFIRM)
    write_update(here, one)
    publish(here, find_outage(here.state, one.id))
    one = find_outage(here.state, "")
    assert (1, 0, NOON_S + 1200) == (len(one.updates), len(one.drafts), one.promise_s)


def test_words_that_break_a_rule_are_held_back():
    """They are published only if somebody says so."""
    here, _, _ = desk()
    one = move(here, open_outage(here, Report(cause="login")), OutageEvent.CONFIRM)
    words = write_update(here, one, texts={"en": "All systems are fine."})
    assert not words.may_be_public
    with pytest.raises(CannotTellError, match="All systems"):
        publish(here, words.outage)
    assert () == find_outage(here.state, one.id).updates
    publish(here, words.outage, despite=True)
    assert 1 == len(find_outage(here.state, one.id).updates)


def test_an_overdue_promise_is_an_alarm():
    """After the promised time, until the next words, the outage is listed as overdue."""
    here, clock, _ = desk()
    one = move(here, open_outage(here, Report(cause="login")), OutageEvent.CONFIRM)
    publish(here, write_update(here, one).outage)
    assert () == overdue(here.state, clock.now_s + 1200)
    clock.now_s += 1201
    assert [one.id] == [late.id for late in overdue(here.state, clock.now_s)]
    publish(here, write_update(here, find_outage(here.state, one.id)).outage)
    assert () == overdue(here.state, clock.now_s)


def test_what_cannot_happen_says_what_can():
    """The fault names the events that are possible."""
    here, _, _ = desk()
    one = open_outage(here, Report(cause="login"))
    with pytest.raises(InputError) as caught:
        move(here, one, OutageEvent.RELAPSE)
    assert "confirm, resolve, merge, retract, end_exercise" == caught.value.faults[0].allowed


def test_resolving_a_drill_ends_the_drill():
    """An exercise is never a resolved outage."""
    here, _, _ = desk()
    one = open_outage(here, Report(cause="login", is_exercise=True))
    assert OutageState.EXERCISE is move(here, one, OutageEvent.RESOLVE).state


def test_two_outages_become_one():
    """The other takes over components, segments and the earlier begin; into itself is refused."""
    here, clock, _ = desk()
    shop = open_outage(here, Report(cause="shop"))
    clock.now_s += 60
    search = open_outage(here, Report(cause="search"))
    both = merge(here, shop, search, because="same switch")
    assert {"shop", "search"} == both.components.keys()
    assert (NOON_S, ("buyers", "readers")) == (both.since_s, both.segments)
    gone = find_outage(here.state, shop.id)
    assert (OutageState.MERGED, search.id) == (gone.state, gone.into)
    for one, into in ((search, search), (search, gone)):
        with pytest.raises(InputError):
            merge(here, one, into)


def test_changes_corrections_and_deeds_are_kept():
    """Each with its time; a status that does not exist is refused with all others."""
    here, clock, _ = desk()
    one = open_outage(here, Report(cause="login"))
    clock.now_s += 600
    change(here, one, components={"login": "degraded_performance"}, at_s=NOON_S + 300)
    correct(here, one, because="wrong clock", fields={"since_s": NOON_S - 60})
    one = tried(here, one, what="restarted it", effect="helped")
    assert (Status.DEGRADED, NOON_S - 60) == (one.components["login"], one.since_s)
    assert ["restarted it"] == [deed.what for deed in one.tried]
    with pytest.raises(InputError) as caught:
        parse_components(["a=gone", "b=operational", "c=majr_outage"])
    assert ["", "major_outage"] == [fault.nearest for fault in caught.value.faults]
    assert {"a": "major_outage"} == parse_components(["a"])


def test_outages_are_found_by_the_beginning_of_their_id():
    """An empty name means the only open one, then the latest; anything unclear is a fault."""
    here, clock, _ = desk()
    with pytest.raises(InputError):
        find_outage(here.state, "")
    one = open_outage(here, Report(cause="login"))
    assert one.id == find_outage(here.state, one.id[:5]).id == find_outage(here.state, "").id
    clock.now_s += 1
    open_outage(here, Report(cause="search"))
    with pytest.raises(InputError, match="more than one"):
        find_outage(here.state, "")
    move(here, one, OutageEvent.RESOLVE)
    assert one.id != find_outage(here.state, "").id


def test_a_record_that_is_only_read_takes_nothing():
    """A written record is not changed by working on it."""
    with pytest.raises(InputError, match="only be read"):
        Nowhere().append([])


def test_words_for_a_segment_are_no_answer_to_everybody():
    """They are on record for it alone; the promise, the silence and the draft of everybody's words stand."""
    here, clock, _ = desk()
    one = move(here, open_outage(here, Report(cause="login")), OutageEvent.CONFIRM)
    own = write_update(here, one)
    publish(here, own.outage, update=own.update, segment="buyers")
    one = find_outage(here.state, one.id)
    assert (("buyers",), ()) == (tuple(update.segment for update in one.updates), one.told)
    assert one.promise_s is None
    assert ["silent"] == [duty.kind for duty in duties([one], Policy(), clock.now_s)]
    words = write_update(here, one)
    publish(here, words.outage, update=words.update)
    assert NOON_S + 1200 == find_outage(here.state, one.id).promise_s


def test_words_for_a_segment_that_is_not_there_are_refused():
    """With a world its segments are named; without one those of the outage are known."""
    here, _, _ = desk()
    one = open_outage(here, Report(cause="login"))
    update = write_update(here, one).update
    with pytest.raises(InputError, match="is no segment"):
        publish(here, find_outage(here.state, one.id), update=update, segment="nobody")
    assert () == find_outage(here.state, one.id).updates


def test_a_draft_that_is_no_longer_so_is_not_published_by_itself():
    """Words from while it lasted do not become public after its end, nor old ones after newer ones."""
    here, clock, _ = desk()
    one = open_outage(here, Report(cause="login"))
    write_update(here, one)  # "we see a problem"
    clock.now_s += 1
    confirmed = write_update(here, move(here, one, OutageEvent.CONFIRM))
    publish(here, confirmed.outage, update=confirmed.update)
    clock.now_s += 1
    with pytest.raises(InputError, match="no draft waits"):
        publish(here, find_outage(here.state, one.id))
    write_update(here, find_outage(here.state, one.id))
    clock.now_s += 1
    over = move(here, find_outage(here.state, one.id), OutageEvent.RESOLVE)
    assert () == over.waiting
    with pytest.raises(InputError, match="no draft waits"):
        publish(here, over)
    last = write_update(here, over)
    assert last.update == publish(here, last.outage).update
