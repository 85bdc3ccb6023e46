"""What a sender finds that begins after another was killed."""

from __future__ import annotations

import pytest

from notice_sample import informed, published, subscribed
from record_sample import NOON_S
from tidegate.inform.recipients import plans
from tidegate.inform.resumption import IN_DOUBT, resumed
from tidegate.journal.entry import Draft


def done(subject: str, outcome: str = "delivered") -> Draft:
    return Draft(kind="delivery.done", subject=subject, payload={"outcome": outcome})


def tried(subject: str, next_s: float) -> Draft:
    return Draft(kind="delivery.attempted", subject=subject, payload={"outcome": "x", "next_s": next_s})


@pytest.fixture(name="here")
def desk():
    """A desk at which one notice is owed."""
    found, clock, _ = informed()
    subscribed(found)
    clock.now_s += 1
    found.say(list(plans(found.state, *published(found))))
    return found


def owed_notice(here) -> str:
    return next(name for name, one in here.state.deliveries.items() if one.update != "question")


def test_an_end_that_the_journal_lacks_is_written_and_one_it_has_is_not(here):
    """Delivered is delivered; said twice, it is written once."""
    named = owed_notice(here)
    assert [done(named)] == resumed(here.state, [done(named)], [], NOON_S)
    here.say([done(named)])
    assert [] == resumed(here.state, [done(named)], [named], NOON_S)


def test_a_try_that_the_journal_lacks_is_written(here):
    """The next try keeps its time, so a crash is no way to be tried sooner."""
    named = owed_notice(here)
    assert [tried(named, 9e9)] == resumed(here.state, [tried(named, 9e9)], [], NOON_S)
    here.say([tried(named, 9e9)])
    assert [] == resumed(here.state, [tried(named, 9e9)], [], NOON_S)


def test_what_is_in_doubt_is_sent_again_and_the_record_says_so(here):
    """At least once: due at once, and counted as a try."""
    named = owed_notice(here)
    (found,) = resumed(here.state, [], [named, "not known here"], NOON_S)
    assert ("delivery.attempted", named) == (found.kind, found.subject)
    assert {"outcome": IN_DOUBT, "next_s": NOON_S} == found.payload


def test_a_subscription_that_ended_ends_once(here):
    """A receiver that is gone stays gone."""
    (asked,) = here.state.subscriptions()
    ended = Draft(kind="subscription.ended", subject=asked.id, payload={"because": "gone"})
    assert [ended] == resumed(here.state, [ended], [], NOON_S)
    here.say([ended])
    assert [] == resumed(here.state, [ended], [], NOON_S)
