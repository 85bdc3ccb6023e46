"""Customers' requests for help."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Mapping

import pytest

from record_sample import NOON_S, Memory, desk
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.track.case import (
    CaseState,
    case_id,
    impact_rank,
    is_burst,
    likely_outage,
    receipt,
)
from tidegate.verbs.record.outage import Report, open_outage


class CaseEvent(enum.Enum):
    """What can happen to a case; the values are those of the journal's entries."""

    LINK = "case.linked"
    REPLY = "case.replied"
    CLOSE = "case.closed"
    REOPEN = "case.reopened"


_S, _E = CaseState, CaseEvent

NEXT_STATE: Mapping[tuple[CaseState, CaseEvent], CaseState] = {
    (_S.RECEIVED, _E.LINK): _S.LINKED,
    (_S.RECEIVED, _E.REPLY): _S.REPLIED,
    (_S.RECEIVED, _E.CLOSE): _S.CLOSED,
    (_S.RECEIVED, _E.REOPEN): _S.REOPENED,
    (_S.LINKED, _E.LINK): _S.LINKED,
    (_S.LINKED, _E.REPLY): _S.REPLIED,
    (_S.LINKED, _E.CLOSE): _S.CLOSED,
    (_S.LINKED, _E.REOPEN): _S.REOPENED,
    (_S.REPLIED, _E.LINK): _S.REPLIED,
    (_S.REPLIED, _E.REPLY): _S.REPLIED,
    (_S.REPLIED, _E.CLOSE): _S.CLOSED,
    (_S.REPLIED, _E.REOPEN): _S.REOPENED,
    # A late link or reply does not open a case again; only the customer does.
    (_S.CLOSED, _E.LINK): _S.CLOSED,
    (_S.CLOSED, _E.REPLY): _S.CLOSED,
    (_S.CLOSED, _E.CLOSE): _S.CLOSED,
    (_S.CLOSED, _E.REOPEN): _S.REOPENED,
    (_S.REOPENED, _E.LINK): _S.REOPENED,
    (_S.REOPENED, _E.REPLY): _S.REPLIED,
    (_S.REOPENED, _E.CLOSE): _S.CLOSED,
    (_S.REOPENED, _E.REOPEN): _S.REOPENED,
}


def asked(journal: Memory, name: str = "c", **payload) -> None:
    journal.append(
        [Draft(kind="case.received", subject=name, payload={"text": "help", "channel": "web", **payload})]
    )


def happened(journal: Memory, event: CaseEvent, name: str = "c") -> None:
    payload = {CaseEvent.LINK: {"outage": "o"}, CaseEvent.REPLY: {"text": "we know"}}.get(event, {})
    journal.append([Draft(kind=event.value, subject=name, payload=payload)])


def case(journal: Memory, name: str = "c"):
    return State().take_all(journal.entries()).cases[name]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_every_walk_through_the_table(length):
    """Whatever happens in whatever order, the state folded from entries is the one the table leads to."""
    for events in itertools.product(CaseEvent, repeat=length):
        journal, state = Memory(), CaseState.RECEIVED
        asked(journal)
        for event in events:
            happened(journal, event)
            state = NEXT_STATE[state, event]
        assert state is case(journal).state, events


def test_every_pair_is_in_the_table():
    """Nothing that a customer or we can do to a case is refused."""
    assert set(itertools.product(CaseState, CaseEvent)) == set(NEXT_STATE)


def test_the_same_submission_is_one_case():
    """A key makes the same case at every site; another text or person does not get it; no key is new."""
    given = {"key": "k", "contact": "a@b", "text": "help", "entropy": b""}
    assert case_id(**given) == case_id(**{**given, "entropy": b"other"})
    assert 4 == len(
        {case_id(**given), *(case_id(**{**given, name: "x"}) for name in ("key", "contact", "text"))}
    )
    assert case_id(key="", contact="", text="", entropy=b"1") != case_id(
        key="", contact="", text="", entropy=b"2"
    )


def test_a_receipt_names_the_entry_and_the_text():
    """What is signed is readable, and changes with every fact in it."""
    journal = Memory()
    asked(journal)
    found = receipt(journal.entries()[-1], "here")
    assert ("c", "here", 2, NOON_S) == (found.case, found.site, found.number, found.said_s)
    text = found.signed_text()
    assert "case c\n" in text
    assert "by site here as entry 2\n" in text
    assert 64 == len(found.text_hash)


def received(**payload):
    journal = Memory()
    asked(journal, **payload)
    return case(journal)


def outage(**report):
    here, _, _ = desk()
    return open_outage(here, Report(title="t", **report))


def test_a_case_is_linked_by_component_before_segment():
    """What it names counts most, then who asks; a case that fits neither stays alone."""
    here, _, _ = desk()
    shop = open_outage(here, Report(cause="login"))
    search = open_outage(here, Report(title="t", components={"search": "major_outage"}, segments=["readers"]))
    both = (shop, search)
    assert (search.id, "names search") == likely_outage(
        received(components=["search"], segment="buyers"), both
    )
    assert (shop.id, "segment buyers is affected") == likely_outage(received(segment="buyers"), both)
    assert ("", "") == likely_outage(received(segment="strangers"), both)
    assert ("", "") == likely_outage(received(), both)
    assert ("", "") == likely_outage(received(), (shop,))
    assert ("", "") == likely_outage(received(segment="buyers", denied=[shop.id]), (shop,))


def test_a_case_from_another_day_is_not_linked():
    """Time must fit too: an hour before the begin at most."""
    assert "" == likely_outage(received(segment="buyers"), (outage(cause="login", since_s=NOON_S + 3601),))[0]
    assert "" != likely_outage(received(segment="buyers"), (outage(cause="login", since_s=NOON_S + 3599),))[0]


def test_the_worst_hit_are_answered_first():
    """Reopened, then worst hit, then the heavier segment, then the oldest."""
    shop = outage(cause="login")
    journal = Memory()
    for name, payload in {
        "old": {},
        "hit": {"outage": shop.id},
        "heavy": {"outage": shop.id, "segment": "buyers"},
        "again": {},
    }.items():
        journal.now_s += 1
        asked(journal, name, **payload)
    happened(journal, CaseEvent.REOPEN, "again")
    cases = State().take_all(journal.entries()).cases.values()
    found = sorted(cases, key=lambda one: impact_rank(one, {shop.id: shop}, {"buyers": 9}))
    assert ["again", "heavy", "hit", "old"] == [one.id for one in found]


def test_a_burst_is_more_than_chance():
    """Six cases in ten minutes are a burst on a quiet day, and none on a day with as many always."""
    now_s = 200_000.0
    recent = [now_s - 60.0 * minute for minute in range(6)]
    busy = [now_s - 600.0 - 100.0 * number for number in range(864)]
    assert is_burst(recent, now_s)
    assert not is_burst([*recent, *busy], now_s)
    assert not is_burst(recent[:4], now_s)
