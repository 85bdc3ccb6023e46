"""Alert: what a monitoring system says becomes part of the record.

The webhook of the server and a replay use the same function. It opens outages and raises them; it never
lowers, never confirms and never publishes: that is for people, or for a policy they have set.
"""

from __future__ import annotations

from tidegate.journal.entry import Draft
from tidegate.track.alert import Alert, AlertBatch, kept_labels
from tidegate.track.correlate import Group, correlate, explains
from tidegate.track.outage import Outage
from tidegate.verbs.outage import Desk, Report, find_outage, open_outage, titles


def hear(desk: Desk, batch: AlertBatch, *, source: str = "alert") -> tuple[Outage, ...]:
    """Take alerts into the record; return the outages that they opened or joined, as they are then.

    The same alerts sent again change nothing. `source` is what noticed the outages that they open.
    """
    outages = desk.state.outages()
    now_s = desk.clock()
    working = [work for work in desk.state.maintenance() if work.is_active(now_s)]
    groups = correlate(
        [alert for alert in batch.alerts if not explains(outages, alert)],
        world=desk.world,
        components=desk.state.components(),
        outages=outages,
        in_maintenance={name for work in working for name in work.components},
    )
    touched = [_take(desk, group, source) for group in groups]
    touched += _take_ceased(desk, batch)
    return tuple(find_outage(desk.state, subject) for subject in dict.fromkeys(touched))


def _take(desk: Desk, group: Group, source: str) -> str:
    """Open or raise the outage of one group, and keep its alerts; return its id."""
    raised = {name: status.value for name, status in group.components.items()}
    begins_s = min(alert.starts_s for alert in group.alerts)
    subject = group.outage
    drafts: list[Draft] = []
    if not subject:
        report = Report(
            title=_title(desk, group),
            since_s=begins_s,
            cause=group.cause,
            components=raised,
            source=source,
            certainty=group.certainty,
        )
        subject = open_outage(desk, report).id
    elif raised:
        drafts.append(
            Draft(kind="outage.changed", subject=subject, payload={"components": raised}, by=desk.by)
        )
    desk.say([*drafts, *(_seen(desk, subject, alert) for alert in group.alerts)])
    return subject


def _title(desk: Desk, group: Group) -> str:
    if not group.cause:
        return " ".join(group.alerts[0].summary.split())[:200] or "Alerts fire"
    called = titles(desk.world, desk.state).get(group.cause, group.cause)
    return f"{called[:1].upper()}{called[1:]} is disturbed"


def _take_ceased(desk: Desk, batch: AlertBatch) -> list[str]:
    """Keep that alerts ceased, once each; nothing is lowered by it."""
    touched, drafts = [], []
    outages = desk.state.outages()
    for alert in batch.alerts:
        subject = "" if alert.is_firing else explains(outages, alert)
        if subject and alert.key not in find_outage(desk.state, subject).ceased:
            touched.append(subject)
            drafts.append(_seen(desk, subject, alert))
    if drafts:
        desk.say(drafts)
    return touched


def _seen(desk: Desk, subject: str, alert: Alert) -> Draft:
    payload: dict[str, object] = {
        "fingerprint": alert.key,
        "status": "firing" if alert.is_firing else "resolved",
        "starts_s": alert.starts_s,
        "labels": kept_labels(alert),
    }
    payload |= {} if alert.ends_s is None else {"ends_s": alert.ends_s}
    payload |= {"summary": alert.summary[:2000]} if alert.summary else {}
    at_s = alert.starts_s if alert.is_firing else alert.ends_s
    return Draft(kind="alert.seen", subject=subject, payload=payload, by=desk.by, at_s=at_s)
