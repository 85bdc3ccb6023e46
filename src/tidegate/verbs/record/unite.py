"""Unite: outages that two sites opened for the same thing become one, and what that left closed is opened.

Every site does so by itself, for what it sees. Two sites that do it at once say the same, and the second time
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.inform.site.visibility import is_public
from tidegate.journal.entry import Draft
from tidegate.track.component import RANK, Status
from tidegate.track.lifecycle import OutageEvent, OutageState
from tidegate.track.outage import Outage
from tidegate.track.same_outage import SAME, Twin, stranded, twins
from tidegate.verbs.record.outage import Desk, find_outage

STRANDED = "what it was made part of by rule is over, or part of it, and nobody said that this is"
"""Why the rule parts again; part of the record."""
_RULE: dict[str, object] = {"rule": True}


def unite_twins(desk: Desk) -> tuple[Twin, ...]:
    """Merge the outages that are the same as earlier ones of other sites; return which.

    The one that takes them in becomes no better than they were, and as public: a page does not turn green
    because two sites saw the same.
    """
    found = twins(desk.state.outages(), desk.state.story)
    for twin in found:
        one, into = find_outage(desk.state, twin.one.id), find_outage(desk.state, twin.into.id)
        desk.say(_merged(desk, one, into))
    return found


def part_stranded(desk: Desk) -> tuple[Outage, ...]:
    """Open the outages again that would stand for nothing open although nobody ended them; return which."""
    found = stranded(desk.state.outages(), desk.state.story)
    for one in found:
        payload = {"event": OutageEvent.SPLIT.value, "because": STRANDED, **_RULE}
        desk.say([Draft(kind="outage.moved", subject=one.id, payload=payload, by=desk.by)])
    return found


def _merged(desk: Desk, one: Outage, into: Outage) -> Sequence[Draft]:
    drafts = [Draft(kind="outage.changed", subject=into.id, payload=_taken_in(one, into), by=desk.by)]
    is_told = one.state is not OutageState.EMERGING or (is_public(one) and not is_public(into))
    if is_told and into.state is OutageState.EMERGING:
        payload = {"event": OutageEvent.CONFIRM.value, "because": SAME, **_RULE}
        drafts.append(Draft(kind="outage.moved", subject=into.id, payload=payload, by=desk.by))
    if one.holder and not into.holder:
        held = {"who": one.holder, **_RULE}
        drafts.append(Draft(kind="outage.held", subject=into.id, payload=held, by=desk.by))
    payload = {"event": OutageEvent.MERGE.value, "into": into.id, "because": SAME, **_RULE}
    # The merge comes last: whoever sees it sees what was taken over.
    return [*drafts, Draft(kind="outage.moved", subject=one.id, payload=payload, by=desk.by)]


def _taken_in(one: Outage, into: Outage) -> dict[str, object]:
    """Return what an outage lacks of another, and nothing else: what is said of it meanwhile stays."""
    worse = {
        name: status.value
        for name, status in one.components.items()
        if RANK[status] > RANK[into.components.get(name, Status.OPERATIONAL)] or name not in into.components
    }
    payload: dict[str, object] = {"takes_in": [one.id], **_RULE}
    payload |= {"components": worse} if worse else {}
    if not set(one.segments) <= set(into.segments):
        payload["segments"] = sorted({*one.segments, *into.segments})
    if not set(one.dark) <= set(into.dark):
        payload["dark"] = sorted({*one.dark, *into.dark})
    for name in ("sees", "keeps", "does", "titles"):
        had, more = getattr(into, name), getattr(one, name)
        if not set(more) <= set(had):
            payload[name] = {**more, **had}
    if one.since_s < into.since_s:
        payload["since_s"] = one.since_s
    return payload
