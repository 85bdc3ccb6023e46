"""Probed: what the probes of the world's services say becomes part of the record.

A probe that fails speaks as an alert does: it opens outages and raises them, under its own name. One that
is answered confirms the claim that its component works, and so keeps it from lapsing. It lowers nothing.

Shortcut: to keep the journal short, a claim is confirmed for two hours, in the last half hour of the one
before: a component whose probe fails, and whose outage nobody confirms, turns unknown half an hour to two
hours later.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.journal.entry import Draft
from tidegate.track.alert import AlertBatch
from tidegate.track.component import Claim, Status, last_of
from tidegate.track.outage import Outage
from tidegate.verbs.record.alert import hear
from tidegate.verbs.record.outage import Desk

CONFIRMED_S = 7200.0
ANSWERED = "its probe is answered"
"""Why a component is known to work whose probe is answered."""
_RENEWED_S = 1800.0


def hear_probes(
    desk: Desk, failing: AlertBatch, answered_s: Mapping[str, float], *, every_s: float
) -> tuple[Outage, ...]:
    """Take what probes say into the record; return the outages that they opened or joined.

    Said again, the same changes nothing.

    Parameters
    ----------
    desk
        Where we work.
    failing
        The probes that fail, and those that no longer do, as alerts.
    answered_s
        When the probe of each service was last answered, in seconds since 1970, for those whose latest was.
    every_s
        How often they ask.
    """
    touched = hear(desk, failing, source="probe") if failing.alerts else ()
    lasts_s = max(CONFIRMED_S, 4 * every_s)
    drafts = []
    for one in desk.state.components():
        at_s = answered_s.get(one.noun or one.id)
        if at_s is not None and _is_due(desk.state.own_claims(one.id), at_s):
            payload = {
                "status": Status.OPERATIONAL.value, "source": "system", "until_s": at_s + lasts_s,
                "because": ANSWERED,
            }  # fmt: skip
            drafts.append(
                Draft(kind="component.claimed", subject=one.id, payload=payload, by=desk.by, at_s=at_s)
            )
    if drafts:
        desk.say(drafts)
    return touched


def _is_due(claims: tuple[Claim, ...], at_s: float) -> bool:
    """Whether an answer at `at_s` says more than what is claimed already."""
    last = last_of(claims, "system")
    if last is None or last.status is not Status.OPERATIONAL:
        return True
    return last.until_s is not None and at_s > max(last.at_s, last.until_s - _RENEWED_S)
