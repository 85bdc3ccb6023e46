"""What stands in a cluster, and what of it is not over? Kept from what was read; the time is an argument.

The age of a pod says which steps are not over, so that nothing need be remembered: a gate that has just
begun, and another beside it, see the same. Where the cluster was not heard for a while nothing is said of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tidegate.gate.asking.bookings import Scalers
from tidegate.gate.asking.going_on import Standing
from tidegate.gate.asking.mirrored.cluster_departures import Departed
from tidegate.gate.asking.mirrored.cluster_objects import (
    NEVER_S,
    NO_OVERRIDE,
    Key,
    Override,
    Pod,
    Workload,
    key_of_object,
    mapping,
    pod_of,
    workload_of,
)

WORKLOADS = {"deployments": "Deployment", "statefulsets": "StatefulSet", "replicasets": "ReplicaSet"}
SCALERS, PODS = "horizontalpodautoscalers", "pods"
_READERS: Mapping[str, Callable[[Mapping[str, Any]], Pod | Workload | None]] = {
    PODS: pod_of,
    **{resource: partial(workload_of, kind=kind) for resource, kind in WORKLOADS.items()},
}
READ = (*WORKLOADS, SCALERS, PODS)
"""What is read, by the name of the API's resource."""
MOST_OBJECTS = 200_000
"""Of one resource: about 100 MB. Where there are more, nothing is said of the cluster."""
SILENT_FOR_S = 60.0
"""After so long without a word of a resource what is known of the cluster is no longer believed."""
_MADE_WITHIN_S = 5.0
"""A Deployment that is new has its first ReplicaSet so soon; one that comes later is of another template."""
_FULL_PARTS = 3


@dataclass(slots=True)
class _Read:
    """How far one resource was read: since and up to when by our clock, and how far theirs is ahead."""

    began_s: float = float("inf")
    heard_s: float = float("-inf")
    ahead_s: float = 0.0
    is_too_large: bool = False


@dataclass
class Mirror:
    """What is known of one cluster.

    Parameters
    ----------
    scalers
        Its autoscalers, which the contract of admission shares.
    onlooker
        Called with each object before it is taken in: its resource, what happened to it ("" where it is
        listed), and the object. None where nobody looks.
    """

    scalers: Scalers = field(default_factory=Scalers)
    onlooker: Callable[[str, str, Mapping[str, Any]], None] | None = None
    _workloads: dict[Key, Workload] = field(default_factory=dict)
    _pods: dict[str, Pod] = field(default_factory=dict)
    _of_owner: dict[Key, dict[str, Pod]] = field(default_factory=dict)
    _sets: dict[Key, set[Key]] = field(default_factory=dict)
    _names: dict[str, set[Key]] = field(default_factory=dict)
    _read: dict[str, _Read] = field(default_factory=lambda: {one: _Read() for one in READ})
    _departed: Departed = field(default_factory=Departed)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # -- what is read ---------------------------------------------------------------------------

    def replace(self, resource: str, objects: Iterable[Mapping[str, Any]]) -> None:
        """Take in all objects of a resource; what is not among them is gone."""
        if self.onlooker is not None:
            objects = map(partial(self._shown, resource), objects)
        if resource == SCALERS:
            self.scalers.replace(objects)
            return
        # Read before anybody has to wait for it.
        kept = [one for one in map(_READERS[resource], objects) if one is not None]
        with self._lock:
            before = dict(self._pods) if resource == PODS else {}
            self._clear(resource)
            self._read[resource].is_too_large = False
            for one in kept:
                self._put(resource, one)
                if isinstance(one, Pod):
                    self._compare(before.pop(one.uid, None), one)
            for pod in before.values():
                self._leaves(pod)

    def take(self, resource: str, happened: str, found: Mapping[str, Any]) -> None:
        """Take in one event of a watch: "ADDED", "MODIFIED" or "DELETED"."""
        if self.onlooker is not None:
            self.onlooker(resource, happened, found)
        with self._lock:
            before = self._pod_before(found) if resource == PODS else None
            if happened == "DELETED":
                self._forget(resource, found)
            else:
                self._take(resource, found)
            if resource != PODS:
                return
            after = self._pod_before(found)
            if after is not None:
                self._compare(before, after)
            elif before is not None:
                self._leaves(before)

    def hear(self, resource: str, now_s: float, ahead_s: float | None = None) -> None:
        """Put down that all of a resource was heard up to now.

        Parameters
        ----------
        resource
            Which.
        now_s
            By our clock.
        ahead_s
            How far the cluster's clock is ahead of ours; None where that was not said.
        """
        read = self._read[resource]
        read.began_s = min(read.began_s, now_s)
        read.heard_s = now_s
        if ahead_s is not None:
            read.ahead_s = ahead_s
        if resource == PODS:
            with self._lock:
                self._departed.hear(now_s)

    # -- what is asked --------------------------------------------------------------------------

    def doubt(self, now_s: float) -> str:
        """Return why nothing can be said of the cluster now; empty where something can."""
        for resource, read in self._read.items():
            if read.is_too_large:
                return f"the cluster has more than {MOST_OBJECTS:,} {resource}: it was not read whole."
            if read.heard_s == float("-inf"):
                return f"the {resource} of the cluster were not read yet."
            if now_s - read.heard_s > SILENT_FOR_S:
                silent_s = now_s - read.heard_s
                return f"nothing was heard of the {resource} of the cluster for {silent_s:,.0f} s."
        return ""

    def find(self, name: str) -> Workload | None:
        """Return the workload that a world calls by a name; None where none or several are called so."""
        parts = name.split("/")
        with self._lock:
            if len(parts) > _FULL_PARTS:
                return self._workloads.get(Key(*parts[-3:]))
            found = self._names.get(name, set())
            return self._workloads.get(next(iter(found))) if len(found) == 1 else None

    def carried_out(self, key: Key) -> Workload | None:
        """Return what a workload carries out, such as the Deployment of a ReplicaSet; None without one."""
        with self._lock:
            own = self._workloads.get(key)
            return None if own is None or own.owner is None else self._workloads.get(own.owner)

    def override(self, key: Key) -> Override:
        """Return what a workload says of whether its changes are to go through."""
        with self._lock:
            own = self._workloads.get(key)
            return NO_OVERRIDE if own is None else own.override

    def refused_s(self, name: str, now_s: float) -> float:
        """Return for how long the writes of what scales a workload have been refused, as it says itself."""
        with self._lock:
            own = self.find(name)
            scaler = None if own is None else self.scalers.of(own.key)
            if scaler is None or scaler.refused_since_s is None:
                return 0.0
            return max(now_s + self._read[SCALERS].ahead_s - scaler.refused_since_s, 0.0)

    def standing(
        self, name: str, settles_s: float, now_s: float, *, leaves_s: float = 0.0
    ) -> Standing | None:
        """Return what stands of a workload, and what of that for long; None where none is called so.

        Parameters
        ----------
        name
            By which a world knows it.
        settles_s
            How long a step takes until it is over.
        now_s
            By our clock.
        leaves_s
            How long what left may still be there, where that is longer.
        """
        with self._lock:
            own = self.find(name)
            if own is None:
                return None
            pods = self._pods_of(own.key)
            read = self._read[PODS]
            at_s = now_s + read.ahead_s
            calm_from_s = at_s - settles_s
            staying = [one for one in pods if not one.is_leaving]
            young_s = [min(one.since_s, at_s) for one in staying if one.since_s > calm_from_s]
            calm_count = min(len(staying) - len(young_s), own.count)
            are_all_there = len(staying) >= own.count
            leaving_count = len(pods) - min(len(staying), own.count)
            owners = {own.key, *self._sets.get(own.key, ()), *(() if own.owner is None else (own.owner,))}
            leaves_s = max(leaves_s, settles_s)
            gone_count, gone_s = self._departed.since(owners, now_s - leaves_s, now_s)
            return Standing(
                count=max(own.count, len(staying) if young_s else 0),
                calm_count=calm_count,
                begun_s=(max(young_s, default=at_s) if are_all_there else at_s) - read.ahead_s,
                is_anew=bool(young_s) and self._is_rolled(own, pods, calm_from_s),
                gone_count=gone_count + leaving_count,
                gone_s=now_s if leaving_count else gone_s,
                unseen_until_s=self._unseen_s(own) + leaves_s,
            )

    # -- how it is kept -------------------------------------------------------------------------

    def _unseen_s(self, own: Workload) -> float:
        """Return by our clock when a size was written before pods were read: who left was not seen."""
        read = self._read[PODS]
        scaler = self.scalers.of(own.key)
        sized_s = max(own.sized_s, -NEVER_S if scaler is None else scaler.scaled_s)
        is_made = sized_s <= own.created_s + _MADE_WITHIN_S < NEVER_S
        at_s = sized_s - read.ahead_s
        return -NEVER_S if is_made or at_s > read.began_s else at_s

    def _pod_before(self, found: Mapping[str, Any]) -> Pod | None:
        return self._pods.get(str(mapping(found.get("metadata")).get("uid", "")))

    def _compare(self, before: Pod | None, after: Pod) -> None:
        """Take down what of a pod left though it is there: the containers that were there before."""
        if before is not None and before.since_s < after.since_s:
            self._leaves(before)
        elif before is None and after.ended_s > float("-inf"):
            self._departed.left(self._made_by(after), after.ended_s - self._read[PODS].ahead_s)

    def _leaves(self, pod: Pod) -> None:
        """Take down that a pod left; one that had not begun to run held nothing."""
        if pod.since_s < NEVER_S:
            self._departed.leaves(self._made_by(pod))

    def _made_by(self, pod: Pod) -> Key:
        own = self._workloads.get(pod.owner)
        return pod.owner if own is None or own.owner is None else own.owner

    def _pods_of(self, key: Key) -> list[Pod]:
        owners = (key, *self._sets.get(key, ()))
        return [pod for owner in owners for pod in self._of_owner.get(owner, {}).values()]

    def _is_rolled(self, own: Workload, pods: list[Pod], calm_from_s: float) -> bool:
        """Whether pods are being replaced by those of another template, or have just been."""
        if len({one.revision for one in pods}) > 1:
            return True
        sets = (self._workloads[one] for one in self._sets.get(own.key, ()) if one in self._workloads)
        used_s = [one.created_s for one in sets if one.key in self._of_owner]
        return any(calm_from_s < made_s > own.created_s + _MADE_WITHIN_S for made_s in used_s)

    def _take(self, resource: str, found: Mapping[str, Any]) -> None:
        self._forget(resource, found)
        if resource == SCALERS:
            self.scalers.see(found, str(mapping(found.get("metadata")).get("namespace", "")))
            return
        one = _READERS[resource](found)
        if one is not None:
            self._put(resource, one)

    def _shown(self, resource: str, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an object that is listed, once it was looked at."""
        if self.onlooker is not None:
            self.onlooker(resource, "", found)
        return found

    def _put(self, resource: str, one: Pod | Workload) -> None:
        kept = self._pods if isinstance(one, Pod) else self._workloads
        if len(kept) >= MOST_OBJECTS:
            self._read[resource].is_too_large = True
        elif isinstance(one, Pod):
            self._pods[one.uid] = one
            self._of_owner.setdefault(one.owner, {})[one.uid] = one
        else:
            self._workloads[one.key] = one
            for name in _short_names(one.key):
                self._names.setdefault(name, set()).add(one.key)
            if one.owner is not None:
                self._sets.setdefault(one.owner, set()).add(one.key)

    def _forget(self, resource: str, found: Mapping[str, Any]) -> None:
        if resource == SCALERS:
            self.scalers.forget(found)
        elif resource == PODS:
            self._drop_pod(str(mapping(found.get("metadata")).get("uid", "")))
        else:
            key = key_of_object(found, WORKLOADS[resource])
            if key is not None:
                self._drop_workload(key)

    def _drop_pod(self, uid: str) -> None:
        pod = self._pods.pop(uid, None)
        if pod is not None:
            beside = self._of_owner[pod.owner]
            del beside[uid]
            if not beside:
                del self._of_owner[pod.owner]

    def _drop_workload(self, key: Key) -> None:
        own = self._workloads.pop(key, None)
        if own is None:
            return
        for name in _short_names(key):
            self._names[name].discard(key)
            if not self._names[name]:
                del self._names[name]
        if own.owner is not None:
            self._sets[own.owner].discard(key)
            if not self._sets[own.owner]:
                del self._sets[own.owner]

    def _clear(self, resource: str) -> None:
        if resource == PODS:
            self._pods.clear()
            self._of_owner.clear()
        else:
            for key in [one for one in self._workloads if one.kind == WORKLOADS[resource]]:
                self._drop_workload(key)


def _short_names(key: Key) -> tuple[str, ...]:
    small = key.kind.lower()
    names = (f"{key.namespace}/{small}/{key.name}", f"{small}/{key.namespace}/{key.name}")
    owned = key.kind == "ReplicaSet"  # a Deployment may be called as one of its own
    full = f"{key.kind}/{key.namespace}/{key.name}"
    return (full, *names) if owned else (full, *names, f"{key.namespace}/{key.name}")
