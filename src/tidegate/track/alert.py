"""What does a monitoring system say? Alertmanager's webhook and Grafana's, as alerts; every fault named.

An alert that is wrong is left out with what is wrong of it, and hides no other: whoever sends does not try
again.

An alert is named by its fingerprint and when it began, never by `alertname`: one of many that ceases
must not end them all. What an alert means for an outage must not live here.

Sources: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config (version 4) and
https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
(version 1: the same alerts, with links to dashboard, panel and silence).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.journal.entry_kinds import LONGEST_LINE_BYTES
from tidegate.journal.moment import parse_moment

MOST_ALERTS = 10_000
MOST_KEPT = 40
"""Annotations kept of one alert; texts are cut at `LONGEST_ANNOTATION_BYTES`."""
LONGEST_ANNOTATION_BYTES = 2_000
_VERSIONS: Mapping[object, str] = {"4": "Alertmanager", "1": "Grafana"}
_LINKS: Mapping[str, str] = {
    "generatorURL": "source",
    "dashboardURL": "dashboard",
    "panelURL": "panel",
    "silenceURL": "silence",
    "imageURL": "image",
}
_RUNBOOKS = ("runbook_url", "runbook", "runbookUrl")
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
    links
        Where to look, by what is there: "source", "dashboard", "panel", "silence", "incident", …
    """

    fingerprint: str
    is_firing: bool
    starts_s: float
    ends_s: float | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    links: Mapping[str, str] = field(default_factory=dict)

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
class SeenAlert:
    """An alert as the journal knows it.

    Parameters
    ----------
    key
        What names it, however often it was sent.
    is_firing, starts_s, ends_s
        As in `Alert`.
    summary, labels, annotations, links
        What it says, and where to look.
    """

    key: str
    is_firing: bool
    starts_s: float
    ends_s: float | None
    summary: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    links: Mapping[str, str]

    @property
    def runbook(self) -> str:
        """Where it is written what to do; empty where nothing is."""
        found = (self.annotations.get(name, "") for name in _RUNBOOKS)
        return next((text for text in found if is_web_address(text)), "")


def seen_alert(payload: Mapping[str, Any], before: SeenAlert | None) -> SeenAlert:
    """Return an alert from its entry in the journal; what it no longer says stays as it was said `before`."""
    return SeenAlert(
        key=payload["fingerprint"],
        is_firing=payload["status"] == "firing",
        starts_s=payload["starts_s"],
        ends_s=payload.get("ends_s"),
        summary=payload.get("summary", "") or (before.summary if before else ""),
        labels=payload["labels"],
        annotations=payload.get("annotations") or (before.annotations if before else {}),
        links=payload.get("links") or (before.links if before else {}),
    )


def is_web_address(text: str) -> bool:
    """Whether a text is an address that may be shown as a link."""
    is_short = len(text.encode("utf-8", "replace")) <= LONGEST_LINE_BYTES
    return text.startswith(("https://", "http://")) and is_short and text.isprintable() and " " not in text


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
    left_out
        What was wrong with the alerts that are not among them.
    """

    alerts: tuple[Alert, ...]
    truncated_count: int
    receiver: str
    external_url: str
    left_out: tuple[Fault, ...] = ()


def read_webhook(payload: object) -> AlertBatch:
    """Return the alerts of a call of Alertmanager's webhook or Grafana's; unknown fields are passed over.

    Raises
    ------
    InputError
        With every fault of the whole, or if none of its alerts is right.
    """
    if not isinstance(payload, Mapping):
        allowed = "a JSON object as Alertmanager, Grafana or PagerDuty sends it"
        raise InputError(Fault(what="is not a webhook of alerts", allowed=allowed))
    faults: list[Fault] = []
    version = payload.get("version")
    if not isinstance(version, str) or version not in _VERSIONS:
        allowed = ", ".join(f"{number} ({sender})" for number, sender in _VERSIONS.items())
        shown = str(version)[:_SHOWN]
        faults.append(Fault(what="has another version", path="version", value=shown, allowed=allowed))
    sent = payload.get("alerts")
    if not isinstance(sent, list) or len(sent) > MOST_ALERTS:
        allowed = f"a list of at most {MOST_ALERTS:,} alerts"
        raise InputError(*faults, Fault(what="has no alerts", path="alerts", allowed=allowed))
    left_out: list[Fault] = []
    found = [_alert(item, f"alerts.{number}", left_out) for number, item in enumerate(sent)]
    alerts = tuple(alert for alert in found if alert is not None)
    truncated = payload.get("truncatedAlerts", 0)
    if type(truncated) is not int or truncated < 0:
        allowed = "a whole number, at least 0"
        shown = str(truncated)[:_SHOWN]
        left_out.append(Fault(what="is no count", path="truncatedAlerts", value=shown, allowed=allowed))
        truncated = 0
    if faults or (sent and not alerts):
        raise InputError(*faults, *left_out)
    return AlertBatch(
        alerts=alerts,
        truncated_count=truncated,
        receiver=str(payload.get("receiver", "")),
        external_url=str(payload.get("externalURL", "")),
        left_out=tuple(left_out),
    )


def _alert(item: object, path: str, faults: list[Fault]) -> Alert | None:
    """Return one alert, or None after adding its faults."""
    if not isinstance(item, Mapping):
        faults.append(Fault(what="is not an alert", path=path, allowed="a JSON object"))
        return None
    before = len(faults)
    status = item.get("status")
    if status not in ("firing", "resolved"):  # no set: what was sent may be a list
        shown = str(status)[:_SHOWN]
        faults.append(
            Fault(what="has no status", path=f"{path}.status", value=shown, allowed="firing, resolved")
        )
    labels = _words(item.get("labels", {}), f"{path}.labels", faults)
    annotations = _words(item.get("annotations", {}), f"{path}.annotations", faults)
    starts_s = moment_in(item.get("startsAt"), f"{path}.startsAt", faults)
    ends_s = moment_in(item["endsAt"], f"{path}.endsAt", faults) if item.get("endsAt") else None
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
        links=dict(_links(item)),
    )


def _links(item: Mapping[object, object]) -> Iterator[tuple[str, str]]:
    for name, called in _LINKS.items():
        found = item.get(name)
        if isinstance(found, str) and is_web_address(found):
            yield called, found


def _words(found: object, path: str, faults: list[Fault]) -> dict[str, str]:
    """Return texts by name; null is none, as Go writes an empty map."""
    if found is None:
        return {}
    if isinstance(found, Mapping) and all(isinstance(word, str) for pair in found.items() for word in pair):
        return dict(found)
    faults.append(Fault(what="are not texts by name", path=path, allowed="a JSON object of texts"))
    return {}


def moment_in(found: object, path: str, faults: list[Fault]) -> float | None:
    """Return a time that was sent, in seconds since 1970; None after adding why it is none."""
    try:
        return parse_moment(found if isinstance(found, str) else "")
    except InputError as error:
        faults.append(replace(error.faults[0], path=path, value=str(found)[:_SHOWN]))
        return None


def _fingerprint(labels: Mapping[str, str]) -> str:
    """Return a name for labels where the sender, overriding the body, left it out."""
    words = "\0".join(f"{name}\0{labels[name]}" for name in sorted(labels))
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def kept_labels(alert: Alert) -> dict[str, str]:
    """Return the labels as the journal keeps them: one line each, cut where they are too long."""
    return dict(_lines(alert.labels))


def kept_annotations(alert: Alert) -> dict[str, str]:
    """Return the annotations as the journal keeps them: the first ones, each cut where it is too long."""
    kept = {}
    for name, text in list(alert.annotations.items())[:MOST_KEPT]:
        whole = text.replace("\0", "").encode("utf-8", "replace")[:LONGEST_ANNOTATION_BYTES]
        kept[" ".join(name.split())[:100]] = whole.decode("utf-8", "ignore")
    return kept


def _lines(labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in labels.items():
        line = " ".join(text.split())
        yield (
            " ".join(name.split())[:100],
            line.encode("utf-8", "replace")[:LONGEST_LINE_BYTES].decode("utf-8", "ignore"),
        )
