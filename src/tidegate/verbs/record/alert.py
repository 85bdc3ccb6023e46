"""Alert: what a monitoring system says becomes part of the record.

The webhook of the server and a replay use the same function. It opens outages and raises them; it never
lowers, never confirms and never publishes: that is for people, or for a policy they have set. What it says
is worse of an outage that the public was told of waits for a person's word. People also say what a label
means, where no rule knows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.errors import Fault, InputError
from tidegate.inform.site.visibility import is_public
from tidegate.journal.entry import Draft, new_id
from tidegate.track.affected import components_hit, scope
from tidegate.track.alert import Alert, AlertBatch, kept_annotations, kept_labels
from tidegate.track.component import RANK, Status
from tidegate.track.correlate import Group, correlate, counted_to, explains, severity
from tidegate.track.outage import Outage
from tidegate.verbs.record.component import find_component
from tidegate.verbs.record.outage import Desk, Report, change, find_outage, open_outage, titles


def hear(desk: Desk, batch: AlertBatch, *, source: str = "alert") -> tuple[Outage, ...]:
    """Take alerts into the record; return the outages that they opened or joined, as they are then.

    The same alerts sent again change nothing. `source` is what noticed the outages that they open.
    """
    outages = desk.state.outages()
    now_s = desk.clock()
    back = {alert.key: known for alert in batch.alerts if (known := _ceased_in(outages, alert))}
    again = [alert for alert in batch.alerts if alert.key in back and back[alert.key].is_open]
    working = [work for work in desk.state.maintenance() if work.is_active(now_s)]
    groups = correlate(
        [alert for alert in batch.alerts if _is_new(outages, back, alert)],
        world=desk.world,
        components=desk.state.components(),
        outages=outages,
        in_maintenance={name for work in working for name in work.components},
        bindings=desk.state.bindings(),
    )
    if again:
        desk.say([seen_draft(desk, explains(outages, alert), alert) for alert in again])
    touched = [explains(outages, alert) for alert in again]
    touched += [_take(desk, group, source) for group in groups]
    touched += _take_ceased(desk, batch)
    return tuple(find_outage(desk.state, subject) for subject in dict.fromkeys(touched))


def _is_new(outages: Sequence[Outage], back: Mapping[str, Outage], alert: Alert) -> bool:
    """Whether an alert is to be counted to an outage: not known yet, or back after its outage was over."""
    return not explains(outages, alert) or (alert.key in back and not back[alert.key].is_open)


def _ceased_in(outages: Sequence[Outage], alert: Alert) -> Outage | None:
    """Return the outage in which an alert had ceased that fires now; None where it had not."""
    known = counted_to(outages, alert) if alert.is_firing else None
    return known if known is not None and alert.key in known.ceased else None


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
            components={**_guessed(desk, group), **raised},
            source=source,
            certainty=group.certainty,
        )
        subject = open_outage(desk, report).id
    else:
        drafts += _raised(desk, find_outage(desk.state, subject), group.components)
    desk.say([*drafts, *(seen_draft(desk, subject, alert) for alert in group.alerts)])
    return subject


def _raised(desk: Desk, one: Outage, components: Mapping[str, Status]) -> list[Draft]:
    """Return the entry that raises components; where the public was told of the outage, a person confirms it.

    Else an alert would change what the public reads, and nobody would have said so.
    """
    waits = one.unconfirmed
    worse = {
        name: status.value
        for name, status in components.items()
        if name not in waits or RANK[status] > RANK[waits[name]]
    }
    payload: dict[str, object] = {"components": worse, **({"unconfirmed": True} if is_public(one) else {})}
    return [Draft(kind="outage.changed", subject=one.id, payload=payload, by=desk.by)] if worse else []


def _guessed(desk: Desk, group: Group) -> dict[str, str]:
    """Return what may be said of what the cause reaches: nothing worse than the alerts say themselves."""
    if desk.world is None or not group.cause:
        return {}
    most = max(group.components.values(), key=RANK.__getitem__, default=Status.UNKNOWN)
    hit = components_hit(scope(desk.world, group.cause), desk.state.components())
    return {name: min(status, most, key=RANK.__getitem__).value for name, status in hit.items()}


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
            drafts.append(seen_draft(desk, subject, alert))
    if drafts:
        desk.say(drafts)
    return touched


def seen_draft(desk: Desk, subject: str, alert: Alert) -> Draft:
    """Return the entry that counts an alert to an outage."""
    payload: dict[str, object] = {
        "fingerprint": alert.key,
        "status": "firing" if alert.is_firing else "resolved",
        "starts_s": alert.starts_s,
        "labels": kept_labels(alert),
    }
    payload |= {} if alert.ends_s is None else {"ends_s": alert.ends_s}
    payload |= {"summary": alert.summary[:2000]} if alert.summary else {}
    payload |= {"annotations": kept_annotations(alert)} if alert.annotations else {}
    payload |= {"links": dict(alert.links)} if alert.links else {}
    at_s = alert.starts_s if alert.is_firing else alert.ends_s
    return Draft(kind="alert.seen", subject=subject, payload=payload, by=desk.by, at_s=at_s)


def bind(desk: Desk, label: str, value: str, component: str) -> tuple[Outage, ...]:
    """Say which component alerts that carry a label mean; return the open outages that this raises.

    Parameters
    ----------
    desk
        Where we work.
    label, value
        The label's name and value.
    component
        The component; empty to undo what was said.

    Raises
    ------
    InputError
        If there is no such component, or no label is named.
    """
    if not label or not value:
        raise InputError(
            Fault(what="names no label", value=f"{label}={value}"[:60], allowed="name and value")
        )
    if component:
        find_component(desk.state, component)
    payload = {"label": label, "value": value, "component": component}
    subject = new_id(f"binding\0{label}\0{value}".encode())
    desk.say([Draft(kind="binding.made", subject=subject, payload=payload, by=desk.by)])
    raised = []
    for one in desk.state.outages() if component else ():
        said = [
            severity(seen.labels) for seen in one.seen if seen.is_firing and seen.labels.get(label) == value
        ]
        worst = max(said, key=RANK.__getitem__, default=None)
        known = RANK[one.components.get(component, Status.OPERATIONAL)]
        if one.is_open and worst is not None and RANK[worst] > known:
            change(desk, one, components={component: worst.value})
            raised.append(find_outage(desk.state, one.id))
    return tuple(raised)
