"""The one state, and the nouns of inform."""

from __future__ import annotations

from dataclasses import replace

from record_sample import NOON_S, Memory, desk
from tidegate.inform.delivery import delivery_id
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.track.component import Status
from tidegate.verbs.record.outage import Report, open_outage


def test_kinds_of_a_newer_site_are_counted_and_left_alone():
    """An entry of an unknown kind or version changes nothing but the count."""
    journal = Memory()
    journal.append([Draft(kind="component.declared", subject="shop", payload={"title": "Shop"})])
    state = State().take_all(journal.entries())
    strange = journal.entries()[-1]
    state.take(replace(strange, kind="component.painted"))
    state.take(replace(strange, version=9, payload={}))
    assert (4, 2, ["Shop"]) == (
        state.entries_count,
        state.unknown_count,
        [c.title for c in state.components()],
    )


def test_components_show_the_outage_that_names_them():
    """While an outage is open its components are as it says; an exercise changes nothing."""
    here, _, _ = desk(with_world=False)
    here.say([Draft(kind="component.declared", subject=name, payload={"title": name}) for name in ("a", "b")])
    open_outage(here, Report(title="x", components={"a": "major_outage"}))
    open_outage(here, Report(title="y", components={"b": "major_outage"}, is_exercise=True))
    assert [Status.MAJOR, Status.OPERATIONAL] == [here.state.status(name, NOON_S) for name in ("a", "b")]


def subscribed(*kinds: str, **asked):
    journal = Memory()
    payload = {"channel": "email", "address": "a@b", **asked}
    journal.append([Draft(kind="subscription.asked", subject="s", payload=payload)])
    journal.append([Draft(kind=f"subscription.{kind}", subject="s") for kind in kinds])
    return State().take_all(journal.entries()).subscription("s")


def test_nothing_is_sent_before_the_address_agreed():
    """Asked is not confirmed; ended is not confirmed either; confirmed again is."""
    found = [subscribed(*kinds).is_confirmed for kinds in ((), ("confirmed",), ("confirmed", "ended"))]
    assert [False, True, False] == found
    assert subscribed("confirmed", "ended", "confirmed").is_confirmed


def test_a_subscription_hears_what_it_asked_for():
    """By component and by least impact."""
    here, _, _ = desk(with_world=False)
    one = open_outage(here, Report(title="x", components={"a": "partial_outage"}))
    wants = [
        subscribed("confirmed", **asked).wants(one)
        for asked in (
            {},
            {"components": ["a"]},
            {"components": ["b"]},
            {"severity": "critical"},
            {"severity": "major"},
        )
    ]
    assert [True, True, False, False, True] == wants
    assert not subscribed().wants(one)


def test_a_notice_is_owed_until_it_is_done():
    """Tries keep it owed and say when next; done it stays done, and delivered wins over given up."""
    journal, name = Memory(), delivery_id("u", "s", "email")
    planned = {"update": "u", "subscription": "s", "channel": "email"}
    journal.append([Draft(kind="delivery.planned", subject=name, payload=planned)])
    journal.append(
        [Draft(kind="delivery.attempted", subject=name, payload={"outcome": "busy", "next_s": NOON_S})]
    )
    row = State().take_all(journal.entries()).deliveries[name]
    assert (True, 1, NOON_S) == (row.is_owed, row.attempts_count, row.next_s)
    for outcome in ("delivered", "gave_up"):
        journal.append([Draft(kind="delivery.done", subject=name, payload={"outcome": outcome})])
    row = State().take_all(journal.entries()).deliveries[name]
    assert (False, "delivered") == (row.is_owed, row.outcome)


def test_accounts_and_decisions_are_read():
    """The last word on an account counts; decisions are listed by time."""
    journal = Memory()
    for role in ("viewer", "admin"):
        journal.append([Draft(kind="account.declared", subject="a", payload={"name": "ann", "role": role})])
    journal.append([Draft(kind="decision.made", subject="d", payload={"what": "wait"}, by="ann")])
    state = State().take_all(journal.entries())
    assert [("ann", "admin", False)] == [(one.name, one.role, one.is_ended) for one in state.accounts()]
    assert [("wait", "ann")] == [(one.what, one.by) for one in state.decisions()]
