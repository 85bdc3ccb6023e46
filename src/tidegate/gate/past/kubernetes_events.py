"""What did autoscalers of Kubernetes do? Events as `kubectl get events,hpa -A -o json` prints them.

An event names the autoscaler and not what it scales; that is in the autoscaler's object, or in its own name
nowhere. Events of one text are folded into one with a first and a last time; what is between is not told.

Source: pkg/controller/podautoscaler/horizontal.go ("New size: %d; reason: %s", reason SuccessfulRescale);
Kubernetes' reference of v1 Event and events.k8s.io/v1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tidegate.gate.asking.intent import names_in_kubernetes
from tidegate.gate.past.history import Reading, Told, mapping, pairs

_SCALER = "HorizontalPodAutoscaler"
_SIZE = re.compile(r"New size: (\d{1,8});", re.ASCII)
_DONE = "SuccessfulRescale"


def is_of_kubernetes(document: object) -> bool:
    """Whether a document is a list of Kubernetes, or one of what is read here."""
    said = mapping(document)
    kind = str(said.get("kind", ""))
    return isinstance(said.get("items"), list) or kind in {"Event", _SCALER}


def read_events(reading: Reading, document: Mapping[str, Any]) -> None:
    """Take in events and autoscalers."""
    items = document.get("items")
    for path, item in pairs(items if isinstance(items, list) else [document], "items"):
        one = mapping(item)
        kind = str(one.get("kind") or str(document.get("kind", "")).removesuffix("List"))
        if kind == _SCALER:
            _scaler(reading, one)
        elif kind == "Event":
            _event(reading, one, path)
        else:
            reading.passed[
                f"objects of Kubernetes that are neither events nor autoscalers ({kind[:40]})"
            ] += 1


def _scaler(reading: Reading, one: Mapping[str, Any]) -> None:
    named, target = mapping(one.get("metadata")), mapping(mapping(one.get("spec")).get("scaleTargetRef"))
    namespace = str(named.get("namespace", "default"))
    words = (target.get("apiVersion", "apps/v1"), target.get("kind"), namespace, target.get("name"))
    reading.targets[namespace, str(named.get("name"))] = "/".join(map(str, words))


def _event(reading: Reading, one: Mapping[str, Any], path: str) -> None:
    about = mapping(one.get("involvedObject")) or mapping(one.get("regarding"))
    if about.get("kind") != _SCALER or one.get("reason") != _DONE:
        reading.passed["events of another kind than an autoscaler's SuccessfulRescale"] += 1
        return
    found = _SIZE.match(str(one.get("message") or one.get("note") or ""))
    if found is None:
        reading.fault("tells no new size", f"{path}.message", one.get("message"), "New size: N; reason: …")
        return
    series = mapping(one.get("series"))
    first = one.get("firstTimestamp") or one.get("deprecatedFirstTimestamp") or one.get("eventTime")
    last = series.get("lastObservedTime") or one.get("lastTimestamp") or one.get("deprecatedLastTimestamp")
    count = one.get("count") or series.get("count") or one.get("deprecatedCount") or 1
    times = [first or last, *([last] if first and last and last != first else [])]
    if isinstance(count, int) and count > len(times):
        reading.passed["that Kubernetes folded into another event, so that their time is not told"] += (
            count - len(times)
        )
    who = (str(about.get("namespace", "default")), str(about.get("name")))
    for said in times:
        at_s = reading.moment(said, f"{path}.lastTimestamp")
        if at_s is not None:
            reading.wished.append((at_s, who, int(found[1])))


def settle_events(reading: Reading) -> None:
    """Give each event what its autoscaler scales; without the autoscaler's object nobody knows it."""
    for at_s, who, count in reading.wished:
        address = reading.targets.get(who)
        if address is None:
            namespace, name = who
            why = f"of autoscaler {namespace}/{name}, whose object is in no file (kubectl get events,hpa)"
            reading.passed[why] += 1
            continue
        _, _, kind, space, own = (["", "", *address.split("/")])[-5:]
        names = names_in_kubernetes(kind, space, own)
        one = Told(
            at_s=at_s, system="kubernetes", address=address, aliases=names, before_count=None,
            after_count=count,
        )  # fmt: skip
        reading.told.append(one)
