"""What does a monitoring system say? Alertmanager's webhook, version 4, as alerts; every fault named.

An alert is named by its fingerprint and when it began, never by `alertname`: one of many that ceases
must not end them all. What an alert means for an outage must not live here.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.journal.kinds import LONGEST_LINE_BYTES
from tidegate.journal.moment import parse_moment

MOST_ALERTS = 10_000
_VERSION = "4"
_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something that fires, or no longer fires.

    Parameters
    ----------
    fingerprint
        Names its labels.
    is_firing
        It fires now.
    starts_s, ends_s
        When it began, and ceased, in seconds since 1970; None while it fires.
    labels, annotations
        As sent.
    """

    fingerprint: str
    is_firing: bool
    starts_s: float
    ends_s: float | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    @property
    def key(self) -> str:
        """What names this alert, and no other, however often it is sent."""
        return f"{self.fingerprint}@{self.starts_s:.3f}"

    @property
    def summary(self) -> str:
        """What it says in words."""
        said = self.annotations
        return said.get("summary") or said.get("description") or self.labels.get("alertname", "")


@dataclass(frozen=True, kw_only=True)
class AlertBatch:
    """One call of the webhook.

    Parameters
    ----------
    alerts
        The alerts sent.
    truncated_count
        How many more there were; that one is not sent does not mean that it ceased.
    receiver, external_url
        As sent.
    """

    alerts: tuple[Alert, ...]
    truncated_count: int
    receiver: str
    external_url: str


def read_webhook(payload: object) -> AlertBatch:
    """Return the alerts of a webhook call; fields that are not known are passed over.

    Raises
    ------
    InputError
        With every fault.
    """
    if not isinstance(payload, Mapping):
        raise InputError(Fault(what="is not an Alertmanager webhook", allowed="a JSON object, version 4"))
    faults: list[Fault] = []
    if payload.get("version") != _VERSION:
        shown = str(payload.get("version"))[:_SHOWN]
        faults.append(Fault(what="has another version", path="version", value=shown, allowed=_VERSION))
    sent = payload.get("alerts")
    if not isinstance(sent, list) or len(sent) > MOST_ALERTS:
        allowed = f"a list of at most {MOST_ALERTS:,} alerts"
        raise InputError(*faults, Fault(what="has no alerts", path="alerts", allowed=allowed))
    found = [_alert(item, f"alerts.{number}", faults) for number, item in enumerate(sent)]
    truncated = payload.get("truncatedAlerts", 0)
    if type(truncated) is not int or truncated < 0:
        allowed = "a whole number, at least 0"
        shown = str(truncated)[:_SHOWN]
        faults.append(Fault(what="is no count", path="truncatedAlerts", value=shown, allowed=allowed))
    if faults:
        raise InputError(*faults)
    return AlertBatch(
        alerts=tuple(alert for alert in found if alert is not None),
        truncated_count=truncated,
        receiver=str(payload.get("receiver", "")),
        external_url=str(payload.get("externalURL", "")),
    )


def _alert(item: object, path: str, faults: list[Fault]) -> Alert | None:
    """Return one alert, or None after adding its faults."""
    if not isinstance(item, Mapping):
        faults.append(Fault(what="is not an alert", path=path, allowed="a JSON object"))
        return None
    before = len(faults)
    status = item.get("status")
    if status not in {"firing", "resolved"}:
        shown = str(status)[:_SHOWN]
        faults.append(
            Fault(what="has no status", path=f"{path}.status", value=shown, allowed="firing, resolved")
        )
    labels = _words(item.get("labels", {}), f"{path}.labels", faults)
    annotations = _words(item.get("annotations", {}), f"{path}.annotations", faults)
    starts_s = _moment(item.get("startsAt"), f"{path}.startsAt", faults)
    ends_s = _moment(item["endsAt"], f"{path}.endsAt", faults) if item.get("endsAt") else None
    fingerprint = item.get("fingerprint") or _fingerprint(labels)
    if not isinstance(fingerprint, str) or len(fingerprint) > _SHOWN or not fingerprint.isalnum():
        allowed = f"at most {_SHOWN} letters and digits"
        faults.append(Fault(what="is no fingerprint", path=f"{path}.fingerprint", allowed=allowed))
    if len(faults) > before or starts_s is None:
        return None
    is_firing = status == "firing"
    # While it fires, `endsAt` is the zero time, or when it will be taken to have ceased.
    ends_s = None if is_firing or ends_s is None or ends_s <= 0 else ends_s
    return Alert(
        fingerprint=str(fingerprint),
        is_firing=is_firing,
        starts_s=starts_s,
        ends_s=ends_s,
        labels=labels,
        annotations=annotations,
    )


def _words(found: object, path: str, faults: list[Fault]) -> dict[str, str]:
    if isinstance(found, Mapping) and all(isinstance(word, str) for pair in found.items() for word in pair):
        return dict(found)
    faults.append(Fault(what="are not texts by name", path=path, allowed="a JSON object of texts"))
    return {}


def _moment(found: object, path: str, faults: list[Fault]) -> float | None:
    try:
        return parse_moment(found if isinstance(found, str) else "")
    except InputError as error:
        fault = error.faults[0]
        faults.append(Fault(what=fault.what, path=path, value=str(found)[:_SHOWN], allowed=fault.allowed))
        return None


def _fingerprint(labels: Mapping[str, str]) -> str:
    """Return a name for labels where the sender, overriding the body, left it out."""
    words = "\0".join(f"{name}\0{labels[name]}" for name in sorted(labels))
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def kept_labels(alert: Alert) -> dict[str, str]:
    """Return the labels as the journal keeps them: one line each, cut where they are too long."""
    return dict(_lines(alert.labels))


def _lines(labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in labels.items():
        line = " ".join(text.split())
        yield name[:100], line.encode("utf-8", "replace")[:LONGEST_LINE_BYTES].decode("utf-8", "ignore")
