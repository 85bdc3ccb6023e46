"""What does PagerDuty say? An event of its webhooks, version 3, as an alert.

One incident is one alert, named by the incident. Its urgency and priority say whom to wake, not how bad it
is, so they say nothing of a severity here. Events that are about no incident's state mean nothing: they
are taken, for PagerDuty ends a subscription whose calls are refused.

Source: https://developer.pagerduty.com/docs/webhooks/v3-overview/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tidegate.errors import Fault, InputError
from tidegate.track.alert import Alert, AlertBatch, is_web_address, moment_in, read_webhook

_SHOWN = 60
_NO_ALERTS = AlertBatch(alerts=(), truncated_count=0, receiver="", external_url="")
_STATUSES = ("triggered", "acknowledged", "resolved")
_NAMED = ("service", "priority", "escalation_policy")


def read_alerts(payload: object) -> AlertBatch:
    """Return what a call of a monitoring system's webhook says, whichever of those known here it is.

    Raises
    ------
    InputError
        With every fault.
    """
    if isinstance(payload, Mapping) and "event" in payload and "alerts" not in payload:
        return read_event(payload["event"])
    return read_webhook(payload)


def read_event(event: object) -> AlertBatch:
    """Return the alert that an event of PagerDuty is; none where it is about no incident's state.

    Raises
    ------
    InputError
        With every fault.
    """
    if not isinstance(event, Mapping) or not isinstance(event.get("event_type"), str):
        raise InputError(Fault(what="is not an event", path="event", allowed="a JSON object with event_type"))
    found = event.get("data")
    if not isinstance(found, Mapping) or found.get("type") != "incident":
        return _NO_ALERTS
    faults: list[Fault] = []
    named = found.get("id")
    if not isinstance(named, str) or not named.isalnum() or len(named) > _SHOWN:
        allowed = f"at most {_SHOWN} letters and digits"
        faults.append(_fault("names no incident", "id", named, allowed))
    status = found.get("status")
    if status not in _STATUSES:
        faults.append(_fault("has no status", "status", status, ", ".join(_STATUSES)))
    starts_s = moment_in(found.get("created_at"), "event.data.created_at", faults)
    at_s = moment_in(event.get("occurred_at"), "event.occurred_at", faults)
    if faults or starts_s is None:
        raise InputError(*faults)
    is_firing = status != "resolved"
    alert = Alert(
        fingerprint=str(named), is_firing=is_firing, starts_s=starts_s, ends_s=None if is_firing else at_s,
        labels=dict(_labels(found)), annotations={"summary": _text(found.get("title"))},
        links=dict(_links(found)),
    )  # fmt: skip
    return AlertBatch(alerts=(alert,), truncated_count=0, receiver="PagerDuty", external_url="")


def _labels(found: Mapping[object, object]) -> Iterator[tuple[str, str]]:
    for name in _NAMED:
        named = found.get(name)
        text = _text(named.get("summary")) if isinstance(named, Mapping) else ""
        if text:
            yield name, text
    for name in ("status", "urgency"):
        if text := _text(found.get(name)):
            yield name, text


def _links(found: Mapping[object, object]) -> Iterator[tuple[str, str]]:
    bridge = found.get("conference_bridge")
    called = bridge.get("conference_url") if isinstance(bridge, Mapping) else None
    for name, address in (("incident", found.get("html_url")), ("conference", called)):
        if isinstance(address, str) and is_web_address(address):
            yield name, address


def _text(found: object) -> str:
    return " ".join(found.split()) if isinstance(found, str) else ""


def _fault(what: str, name: str, value: object, allowed: str) -> Fault:
    return Fault(what=what, path=f"event.data.{name}", value=str(value)[:_SHOWN], allowed=allowed)
