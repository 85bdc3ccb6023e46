"""Which cases and notices are over: closed, ended, and of no outage that somebody still waits to hear of."""

from __future__ import annotations

import pytest

from tidegate.inform.over import is_known, is_private, over
from tidegate.inform.state import State
from tidegate.journal.clock import Stamp
from tidegate.journal.entry import FIRST_HASH, Draft, place


def folded(*said: tuple[str, str, dict[str, object]]) -> State:
    drafts = [Draft(kind=kind, subject=subject, payload=payload) for kind, subject, payload in said]
    return State().take_all(
        place(draft, "west", number, Stamp(number, 0), FIRST_HASH) for number, draft in enumerate(drafts, 1)
    )


CASE = ("case.received", "c", {"text": "a", "channel": "web"})
OPENED = ("outage.opened", "o", {"title": "Mail", "since_s": 1.0, "source": "operator"})
CONFIRMED = ("outage.moved", "o", {"event": "confirm"})
SAID = ("update.published", "o", {"update": "u", "texts": {"en": "It is broken."}})
CLOSING = ("update.published", "o", {"update": "v", "texts": {"en": "It is over."}})
RESOLVED = ("outage.moved", "o", {"event": "resolve"})
PLANNED = ("delivery.planned", "n", {"update": "u", "subscription": "s", "channel": "email"})
SENT = ("delivery.done", "n", {"outcome": "delivered"})


@pytest.mark.parametrize(
    ("said", "is_over"),
    [
        ([CASE], False),
        ([CASE, ("case.closed", "c", {})], True),
        ([CASE, ("case.closed", "c", {}), ("case.reopened", "c", {})], False),
        ([CASE, ("case.replied", "c", {"text": "a"})], False),
        ([("case.received", "c", {**CASE[2], "exercise": True})], True),
        ([("case.closed", "c", {})], True),
        ([PLANNED], False),
        ([PLANNED, ("delivery.attempted", "n", {"outcome": "down"})], False),
        ([PLANNED, SENT], True),
        ([OPENED, CONFIRMED, SAID, PLANNED, SENT], False),
        ([OPENED, CONFIRMED, SAID, PLANNED, SENT, RESOLVED], False),  # nobody was told of its end
        ([OPENED, CONFIRMED, SAID, PLANNED, SENT, RESOLVED, CLOSING], True),
    ],
)
def test_what_is_over(said, is_over):
    assert is_over is bool(list(over(folded(*said), ())))


def test_a_notice_of_an_outage_of_which_something_was_said_lately_is_not_over():
    state = folded(OPENED, CONFIRMED, SAID, PLANNED, SENT, RESOLVED, CLOSING)
    assert [] == list(over(state, {"o"}))


def test_a_notice_of_a_part_of_an_outage_that_lasts_is_not_over():
    merged = ("outage.moved", "o", {"event": "merge", "into": "p"})
    state = folded(OPENED, CONFIRMED, SAID, PLANNED, SENT, ("outage.opened", "p", OPENED[2]), merged)
    assert [] == list(over(state, ()))


def test_what_a_newer_site_says_is_not_known_and_what_is_public_not_private():
    one = place(Draft(kind="case.closed", subject="c"), "west", 2, Stamp(1, 0), FIRST_HASH)
    assert is_known(one)
    assert not is_known(type(one)(**{name: getattr(one, name) for name in one.__slots__} | {"version": 9}))
    assert is_private("case.closed")
    assert not is_private("outage.opened")
