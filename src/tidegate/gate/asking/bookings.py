"""For how long does an autoscaler take its own wish for done? As long as the longest period of its policies.

The HorizontalPodAutoscaler's controller throws away what the server returned, and books what it wished for:
a wish that was brought down is asked again only after that. Without `behavior` nothing is booked, and it asks
at every sync. A wish that was refused is not booked: its condition says since when.

Source: pkg/controller/podautoscaler/horizontal.go (Kubernetes 1.20 run, and read up to 1.36).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.behaviour.hpa.spec import KEPT_BEHAVIOR, behavior_of, kept_behavior
from tidegate.behaviour.hpa.stride import LONGEST_PERIOD_S, SYNC_S
from tidegate.gate.asking.mirrored.cluster_objects import Key, items, mapping, moment_s

MOST_SCALERS = 10_000
_HELD_BY_US = "FailedUpdateScale"


@dataclass(frozen=True, kw_only=True)
class Scaler:
    """One autoscaler.

    Parameters
    ----------
    key, uid, api_version
        What it is called; by which an Event is said of it.
    target
        What it scales.
    books_for_s
        For how long it takes its own wish for done; 0 where it asks at each sync.
    refused_since_s
        Since when its writes have been refused, by its own condition (seconds since 1970, the cluster's
        clock); None where they are not.
    scaled_s
        When it last wrote a size; negative infinity where it never did.
    """

    key: Key
    uid: str
    api_version: str
    target: Key
    books_for_s: float
    refused_since_s: float | None = None
    scaled_s: float = float("-inf")


@dataclass
class Scalers:
    """The autoscalers that were seen, as they were made and changed or as a cluster lists them."""

    _known: dict[Key, Scaler] = field(default_factory=dict)
    _of_target: dict[Key, dict[Key, Scaler]] = field(default_factory=dict)

    def see(self, found: Mapping[str, Any], namespace: str) -> None:
        """Take in an autoscaler's object; what is no such object is passed over."""
        scaler = _scaler_of(found, namespace)
        if scaler is None or (scaler.key not in self._known and len(self._known) >= MOST_SCALERS):
            return
        self._drop(scaler.key)
        self._known[scaler.key] = scaler
        self._of_target.setdefault(scaler.target, {})[scaler.key] = scaler

    def forget(self, found: Mapping[str, Any]) -> None:
        """Leave an autoscaler that is gone."""
        meta = mapping(found.get("metadata"))
        self._drop(Key("HorizontalPodAutoscaler", str(meta.get("namespace", "")), str(meta.get("name", ""))))

    def replace(self, objects: Iterable[Mapping[str, Any]]) -> None:
        """Take in all that there are, at once for who asks meanwhile; what is not among them is gone."""
        fresh = Scalers()
        for one in objects:
            fresh.see(one, str(mapping(one.get("metadata")).get("namespace", "")))
        self._known, self._of_target = fresh._known, fresh._of_target

    def of(self, target: Key) -> Scaler | None:
        """Return what scales a workload, of several the one that books for longest; None if none was seen."""
        found = tuple(self._of_target.get(target, {}).values())
        return max(found, key=lambda one: (one.books_for_s, one.key), default=None)

    def _drop(self, key: Key) -> None:
        scaler = self._known.pop(key, None)
        if scaler is None:
            return
        beside = self._of_target[scaler.target]
        del beside[key]
        if not beside:
            del self._of_target[scaler.target]


def _scaler_of(found: Mapping[str, Any], namespace: str) -> Scaler | None:
    spec, meta = mapping(found.get("spec")), mapping(found.get("metadata"))
    target = mapping(spec.get("scaleTargetRef"))
    if not target:
        return None
    return Scaler(
        key=Key("HorizontalPodAutoscaler", namespace, str(meta.get("name", ""))),
        uid=str(meta.get("uid", "")),
        api_version=str(found.get("apiVersion", "autoscaling/v2")),
        target=Key(str(target.get("kind")), namespace, str(target.get("name"))),
        books_for_s=_books_for_s(found),
        refused_since_s=_refused_since_s(found),
        scaled_s=moment_s(mapping(found.get("status")).get("lastScaleTime")) or float("-inf"),
    )


def _books_for_s(found: Mapping[str, Any]) -> float:
    """Return the longest period of its policies; versions without `behavior` keep it in an annotation."""
    spec = mapping(found.get("spec"))
    written = spec.get("behavior")
    kept = mapping(mapping(found.get("metadata")).get("annotations")).get(KEPT_BEHAVIOR)
    if written is None and isinstance(kept, str):
        try:
            written = kept_behavior(kept)
        except ValueError:
            return LONGEST_PERIOD_S
    behavior = behavior_of({"behavior": written})
    if behavior is None:
        return 0.0
    periods_s = (min(one.period_s, LONGEST_PERIOD_S) for one in behavior.up.policies)
    return max(periods_s, default=SYNC_S)


def _refused_since_s(found: Mapping[str, Any]) -> float | None:
    for one in items(mapping(found.get("status")).get("conditions")):
        if (one.get("type"), one.get("status")) == ("AbleToScale", "False"):
            return moment_s(one.get("lastTransitionTime")) if one.get("reason") == _HELD_BY_US else None
    return None
