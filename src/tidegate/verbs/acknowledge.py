"""Acknowledge: hold an outage, or let the least words become public where nobody does.

Whoever holds an outage is answerable for its words; the policy then keeps silent.
"""

from __future__ import annotations

from tidegate.inform.policy import Policy, duties
from tidegate.journal.entry import Draft
from tidegate.track.outage import Outage
from tidegate.verbs.outage import Desk, Words, find_outage, publish, write_update


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
    """Draft words for each open outage that has none, public or waiting: one action is left to publish."""
    unsaid = [one for one in desk.state.outages() if one.is_open and not one.updates and not one.drafts]
    return tuple(write_update(desk, one) for one in unsaid)
