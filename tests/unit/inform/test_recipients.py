"""Who is owed a notice."""

from __future__ import annotations

from notice_sample import KEY, informed, published, spoken, subscribed
from tidegate.inform.notice_counts import standing, unplanned
from tidegate.inform.recipients import STALE_S, fresh_updates, plans
from tidegate.inform.token import Purpose, token
from tidegate.inform.wish import Wish
from tidegate.journal.entry import Draft
from tidegate.verbs.record.correcting import correct
from tidegate.verbs.record.notify import change, end


def told(here, one, update) -> set[str]:
    """Plan an update, and return whom."""
    drafts = list(plans(here.state, one, update))
    here.say(drafts)
    return {draft.payload["subscription"] for draft in drafts}


def test_components_severity_and_segments_choose():
    """Everybody, those of the component, those who want the severity; a segment's words only to it."""
    here, clock, _ = informed()
    wishes = {
        "all": {}, "login": {"components": ["login"]}, "shop": {"components": ["shop"]},
        "worst": {"severity": "critical"}, "buyers": {"segments": ["buyers"]},
    }  # fmt: skip
    ids = {
        subscribed(here, address=f"https://{name}.example.org/", **wish).id: name
        for name, wish in wishes.items()
    }
    clock.now_s += 1
    degraded = published(here, components={"login": "degraded_performance"})
    assert {"all", "login", "buyers"} == {ids[one] for one in told(here, *degraded)}
    assert {"all", "login", "worst", "buyers"} == {ids[one] for one in told(here, *published(here))}
    assert {"buyers"} == {ids[one] for one in told(here, *published(here, segment="buyers"))}


def test_only_who_had_agreed_before_the_words_were_published_hears_them():
    """Who comes later reads the site; who has ended hears nothing; nothing is planned twice."""
    here, clock, _ = informed()
    early, left = subscribed(here), subscribed(here, address="https://b.example.org/")
    end(here, left.id, token(KEY, Purpose.END, left.id), key=KEY)
    clock.now_s += 1
    one, update = published(here)
    clock.now_s += 1
    late = subscribed(here, address="https://c.example.org/")
    assert {early.id} == told(here, one, update)
    assert set() == told(here, one, update)
    assert {early.id, late.id} == told(here, *spoken(here, one))


def test_who_was_told_hears_the_end_although_it_was_corrected_to_be_small():
    """A correction below somebody's severity does not leave them with the first alarm."""
    here, clock, _ = informed()
    asked = subscribed(here, severity="major")
    clock.now_s += 1
    one, update = published(here)
    assert {asked.id} == told(here, one, update)
    one = correct(here, one, because="it was slow, not out", fields={"components": {"login": "operational"}})
    assert "none" == one.impact
    clock.now_s += 1
    assert {asked.id} == told(here, *spoken(here, one))


def test_of_an_exercise_only_operators_hear():
    """A drill alarms no customer."""
    here, clock, _ = informed()
    subscribed(here)
    crew = subscribed(here, channel="operators", address="on-call")
    clock.now_s += 1
    assert {crew.id} == told(here, *published(here, is_exercise=True))


def test_old_words_are_news_to_nobody():
    """After a day nothing more is planned, so that a record read in floods no one."""
    here, clock, _ = informed()
    subscribed(here)
    clock.now_s += 1
    published(here)
    assert 1 == len(list(fresh_updates(here.state.outages(), clock.now_s + STALE_S - 1)))
    assert [] == list(fresh_updates(here.state.outages(), clock.now_s + STALE_S))


def test_how_notices_stand_is_counted():
    """Owed, tried, ended and unplanned are told apart, by channel."""
    here, clock, _ = informed()
    subscribed(here)
    clock.now_s += 1
    one, update = published(here)
    assert {"webhook": 1} == unplanned(here.state, clock.now_s)
    told(here, one, update)
    owed = [row.id for row in here.state.deliveries.values()][-1]
    here.say(
        [Draft(kind="delivery.attempted", subject=owed, payload={"outcome": "x", "next_s": clock.now_s + 9})]
    )
    found = standing(here.state, clock.now_s)
    assert ({}, {"webhook": 2}, 1, clock.now_s + 9, {"webhook": 1}) == (
        unplanned(here.state, clock.now_s), found.owed, found.tried_count, found.next_s, found.confirmed
    )  # fmt: skip


def test_who_asked_for_something_else_is_not_held_to_what_was_told():
    """Somebody who narrows what is heard of meanwhile hears no more of what does not fit."""
    here, clock, _ = informed()
    asked = subscribed(here)
    clock.now_s += 1
    one, update = published(here)
    assert {asked.id} == told(here, one, update)
    clock.now_s += 1
    wish = Wish(channel="", address="", components=["shop"])
    assert ("shop",) == change(here, here.state.subscription(asked.id), wish, segments=()).components
    clock.now_s += 1
    assert set() == told(here, *spoken(here, one))
    assert {asked.id} == told(here, *published(here, components={"shop": "major_outage"}))
