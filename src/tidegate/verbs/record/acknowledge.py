"""Acknowledge: hold an outage, or let the least words become public where nobody does.

Whoever holds an outage is answerable for its words; the policy then keeps silent.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.inform.call import call_plan
from tidegate.inform.sending_turn import CALLS, Turn, alone
from tidegate.inform.standing_rules import CLOSING_S, Policy, duties
from tidegate.journal.entry import Draft
from tidegate.track.outage import Outage
from tidegate.verbs.record.outage import Desk, Words, find_outage, publish, write_update

AHEAD_S = 300.0
"""How long before a promised update its words are drafted."""


def hold(desk: Desk, one: Outage, who: str) -> Outage:
    """Take an outage in hand, or let it go with an empty name."""
    desk.say([Draft(kind="outage.held", subject=one.id, payload={"who": who}, by=desk.by)])
    return find_outage(desk.state, one.id)


def ask_over(desk: Desk, one: Outage, who: str) -> Outage:
    """Ask somebody to take an outage over; it stays where it is until they do. An empty name asks nobody."""
    desk.say([Draft(kind="outage.asked", subject=one.id, payload={"who": who}, by=desk.by)])
    return find_outage(desk.state, one.id)


def unanswered_since(one: Outage, now_s: float) -> float | None:
    """Return since when nobody answers for an outage, in seconds since 1970; None where somebody does.

    Nobody holds it; or whoever does has let a promised update pass.
    """
    if not one.is_open or one.is_exercise:
        return None
    if not one.holder:
        return max(one.opened_s, one.hands.since_s)
    return one.promise_s if one.is_overdue(now_s) else None


def call_unanswered(
    desk: Desk, row: Sequence[str], every_s: float, *, is_turn: Turn = alone
) -> tuple[str, ...]:
    """Call the next operators' channel for each outage that nobody answers for; return who was called.

    Parameters
    ----------
    desk
        Where we work.
    row
        Who is called, in turn.
    every_s
        How long each has to answer.
    is_turn
        Says whether it is this site that calls.
    """
    now_s, called = desk.clock(), []
    for one in desk.state.outages() if row else ():
        since_s = unanswered_since(one, now_s)
        due = None if since_s is None else one.hands.next_call(row, since_s, every_s)
        named = f"call {one.id} {len(one.hands.calls) + 1}"
        if due is not None and now_s >= due[1] and is_turn(named, CALLS):
            who = due[0]
            because = "its promised update is overdue" if one.holder else "nobody has it in hand"
            said = Draft(
                kind="outage.called", subject=one.id, payload={"who": who, "because": because}, by=desk.by
            )
            desk.say([said, call_plan(one, who)])
            called.append(who)
    return tuple(called)


def acknowledge_unheld(desk: Desk, policy: Policy, *, is_turn: Turn = alone) -> tuple[Words, ...]:
    """Publish the least acknowledgement of each outage that waited too long; return what was published.

    Words that break a rule that must be kept stay a draft, for a person to mend. `is_turn` says whether it is
    this site that publishes.
    """
    published = []
    for duty in duties(desk.state.outages(), policy, desk.clock()):
        tried = any(one.by == desk.by and one.at_s >= duty.since_s for one in duty.outage.drafts)
        if duty.kind == "acknowledge" and not tried and is_turn(f"acknowledge {duty.outage.id}", ""):
            words = write_update(desk, duty.outage)
            if words.may_be_public:
                what = f"published the least acknowledgement of {duty.outage.id}: nobody held it in time"
                publish(desk, words.outage, update=words.update)
                subject = f"{words.update}-policy"
                payload = {"what": what, "because": "policy", "about": duty.outage.id}
                desk.say([Draft(kind="decision.made", subject=subject, payload=payload, by=desk.by)])
                published.append(words)
    return tuple(published)


def draft_unsaid(desk: Desk) -> tuple[Words, ...]:
    """Draft what is soon to be said and waits for nobody's pen: then one action is left to publish.

    That is the first word on an open outage, each next one from five minutes before it is promised, and the
    closing words of one that is over and of whose end nobody was told.
    """
    now_s = desk.clock()
    return tuple(write_update(desk, one) for one in desk.state.outages() if _needs_words(one, now_s))


def draft_anew(desk: Desk) -> tuple[Words, ...]:
    """Make the drafts anew that nobody wrote at, where components are otherwise than when they were made."""
    return tuple(write_update(desk, one) for one in desk.state.outages() if _is_outdated(one))


def _is_outdated(one: Outage) -> bool:
    waits = one.waiting[-1] if one.is_open and one.waiting else None
    return waits is not None and waits.is_made and waits.components != one.components


def _needs_words(one: Outage, now_s: float) -> bool:
    if not one.is_open:
        since_s = one.until_s
        is_lately = since_s is not None and now_s - since_s < CLOSING_S
        return is_lately and one.is_left_open and not one.waiting
    if not one.told:
        return not one.waiting
    is_soon = one.promise_s is not None and now_s >= one.promise_s - AHEAD_S
    return is_soon and not any(waits.at_s > one.told[-1].at_s for waits in one.drafts)
