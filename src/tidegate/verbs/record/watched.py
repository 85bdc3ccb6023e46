"""Watched: what a watch sees becomes part of the record.

What is broken speaks as an alert does, under its own name: it opens outages and raises them, lowers nothing
and closes nothing. That nothing is seen opens one outage of the watch itself, and what stands for a place
that is not seen is not known to work, as long as that lasts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.journal.entry import Draft
from tidegate.journal.moment import clock_text
from tidegate.observe.place_reading import PlaceState
from tidegate.track.affected import scope
from tidegate.track.alert import Alert, AlertBatch
from tidegate.track.component import Claim, Component, Status, last_of
from tidegate.track.correlate import explains
from tidegate.track.outage import Outage
from tidegate.track.watch_alert import BLIND, WatchAlerts
from tidegate.verbs.record.alert import hear, seen_draft
from tidegate.verbs.record.outage import Desk, Report, find_outage, open_outage
from tidegate.verbs.record.probed import ANSWERED

if TYPE_CHECKING:
    from tidegate.observe.place_reading import Watched

SOURCE = "watch"
FOUND = "Found by the watch, and seen by nobody yet"
"""How a note of the watch begins."""
_UNSEEN = "the watch does not see it since"


def hear_watch(desk: Desk, alerts: WatchAlerts, found: Watched) -> tuple[Outage, ...]:
    """Take what a watch sees into the record; return the outages that this opened or joined.

    Seen again, the same changes nothing.

    Parameters
    ----------
    desk
        Where we work.
    alerts
        What the watch said before.
    found
        What it sees now.
    """
    said = alerts.take(found)
    blind = [one for one in said if one.labels["alertname"] == BLIND]
    broken = tuple(one for one in said if one.labels["alertname"] != BLIND)
    batch = AlertBatch(alerts=broken, truncated_count=0, receiver=SOURCE, external_url="")
    touched = [*(hear(desk, batch, source=SOURCE) if broken else ())]
    touched += [_hear_blind(desk, one) for one in blind]
    claims = list(_claims(desk, alerts, found))
    if claims:
        desk.say(claims)
    return tuple(touched)


def note(desk: Desk, one: Outage, text: str) -> None:
    """Keep for operators what a machine found out about an outage."""
    payload = {"text": f"{FOUND}: {text}", "source": "the world"}
    desk.say([Draft(kind="outage.noted", subject=one.id, payload=payload, by=desk.by)])


def _hear_blind(desk: Desk, alert: Alert) -> Outage:
    """Keep that the watch is blind, or no longer is: in its outage that is open, else in a new one."""
    outages = desk.state.outages()
    subject = explains(outages, alert)
    if not subject or (alert.is_firing and not find_outage(desk.state, subject).is_open):
        lasting = (one for one in outages if one.is_open and _is_blind(one))
        subject = next((one.id for one in lasting), "")
    if not subject:
        report = Report(title=alert.summary, since_s=alert.starts_s, source=SOURCE, certainty="possible")
        subject = open_outage(desk, report).id
    desk.say([seen_draft(desk, subject, alert)])
    return find_outage(desk.state, subject)


def _is_blind(one: Outage) -> bool:
    return any(seen.labels.get("alertname") == BLIND for seen in one.seen)


def _claims(desk: Desk, alerts: WatchAlerts, found: Watched) -> Iterator[Draft]:
    """Yield claims that components are not known to work, and that they are as before again."""
    unseen = _unseen_nouns(alerts, found)
    for one in desk.state.components():
        own = desk.state.own_claims(one.id)
        last = last_of(own, "system")
        is_unseen = last is not None and last.because.startswith(_UNSEEN)
        since_s = _since(one, unseen)
        if since_s is not None and not is_unseen and not _is_answered(last, found.at_s):
            because = f"{_UNSEEN} {clock_text(since_s, found.at_s)}"
            yield _claim(desk, one, Status.UNKNOWN, because, found.at_s)
        elif since_s is None and is_unseen:
            yield _restored(desk, one, _before(own), found.at_s)


def _before(own: tuple[Claim, ...]) -> Claim | None:
    """Return what a machine claimed before; None where nothing, or where a person said more since."""
    before = last_of([claim for claim in own if not claim.because.startswith(_UNSEEN)], "system")
    manual = last_of(own, "manual")
    is_overruled = before is not None and manual is not None and manual.at_s > before.at_s
    return None if is_overruled else before


def _is_answered(last: Claim | None, now_s: float) -> bool:
    """Whether a probe says that it answers: that is seen, whatever the watch does not see."""
    return last is not None and last.because == ANSWERED and last.is_alive(now_s)


def _unseen_nouns(alerts: WatchAlerts, found: Watched) -> dict[str, float]:
    """Return what is not seen, and since when; where nothing is, all that crossings reach as well."""
    is_all = bool(found.sources) and all(one.state is PlaceState.BLIND for one in found.sources)
    nouns: dict[str, float] = {}
    for one in found.readings:
        if not one.unseen:
            continue
        noun, since_s = alerts.noun(one), min(each.since_s for each in one.unseen)
        reached = [each.name for each in scope(alerts.world, noun).services] if is_all else []
        for name in (noun, *reached):
            nouns[name] = min(nouns.get(name, since_s), since_s)
    return nouns


def _since(one: Component, unseen: dict[str, float]) -> float | None:
    return unseen.get(one.noun or one.id)


def _claim(desk: Desk, one: Component, status: Status, because: str, at_s: float) -> Draft:
    payload = {"status": status.value, "source": "system", "because": because}
    return Draft(kind="component.claimed", subject=one.id, payload=payload, by=desk.by, at_s=at_s)


def _restored(desk: Desk, one: Component, before: Claim | None, at_s: float) -> Draft:
    """Return the claim that stood before; where none did, or it is no longer worth anything, it works."""
    if before is None:
        return _claim(desk, one, Status.OPERATIONAL, "the watch sees it again", at_s)
    said = _claim(desk, one, before.status, before.because or "as before it was not seen", at_s)
    until = {"until_s": before.until_s} if before.until_s is not None else {}
    return replace(said, payload={**said.payload, **until})
