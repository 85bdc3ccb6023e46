"""Acknowledge: hold an outage, or let the least words become public where nobody does.

Whoever holds an outage is answerable for its words; the policy then keeps silent.
"""

from __future__ import annotations

from tidegate.inform.policy import Policy, duties
from tidegate.journal.entry import Draft
from tidegate.track.outage import Outage
from tidegate.verbs.outage import Desk, Words, find_outage, publish, write_update

AHEAD_S = 300.0
"""How long before a promised update its words are drafted."""


def hold(desk: Desk, one: Outage, who: str) -> Outage:
    """Take an outage in hand, or let it go with an empty name."""
    desk.say([Draft(kind="outage.held", subject=one.id, payload={"who": who}, by=desk.by)])
    return find_outage(desk.state, one.id)


def acknowledge_unheld(desk: Desk, policy: Policy) -> tuple[Words, ...]:
    """Publish the least acknowledgement of each outage that waited too long; return what was published.

    Words that break a rule that must be kept stay a draft, for a person to mend.
    """
    published = []
    for duty in duties(desk.state.outages(), policy, desk.clock()):
        tried = any(one.by == desk.by and one.at_s >= duty.since_s for one in duty.outage.drafts)
        if duty.kind == "acknowledge" and not tried:
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

    That is the first word on an open outage, and each next one from five minutes before it is promised.
    """
    now_s = desk.clock()
    return tuple(write_update(desk, one) for one in desk.state.outages() if _needs_words(one, now_s))


def _needs_words(one: Outage, now_s: float) -> bool:
    if not one.is_open:
        return False
    if not one.told:
        return not one.waiting
    is_soon = one.promise_s is not None and now_s >= one.promise_s - AHEAD_S
    return is_soon and not any(waits.at_s > one.told[-1].at_s for waits in one.drafts)
