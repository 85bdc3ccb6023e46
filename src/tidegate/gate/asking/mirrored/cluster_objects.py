"""What of an object of Kubernetes does the gate need? A few fields of each, so that many take little memory.

Whatever is odd in an object is passed over, and never makes a pod look older or a workload smaller than it
is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

OVERRIDE = "tidegate.dev/override"
OVERRIDE_UNTIL = f"{OVERRIDE}-until"
_HASHES = ("pod-template-hash", "controller-revision-hash")
_LONGEST = 300
_MOST_COUNT = 10_000_000
NEVER_S = float("inf")


class Key(NamedTuple):
    """What an object of a kind is called.

    Parameters
    ----------
    kind, namespace, name
        As Kubernetes has them.
    """

    kind: str
    namespace: str
    name: str


class Override(NamedTuple):
    """What an object says of its changes.

    Parameters
    ----------
    why
        Why they are to go through; empty where nobody says so.
    until_s
        Until when, in seconds since 1970; None where it says no time.
    """

    why: str = ""
    until_s: float | None = None


NO_OVERRIDE = Override()


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """What has pods.

    Parameters
    ----------
    key, uid
        Its name, and which of those that had it.
    count
        Pods that it asks for; 1 where nothing is said, as the server takes it.
    created_s
        When it was made.
    owner
        What carries it out, such as the Deployment of a ReplicaSet; None where nothing does.
    override
        Whether its changes are to go through, whatever is known.
    sized_s
        When its size was last written, as the server keeps it; negative infinity where it does not.
    """

    key: Key
    uid: str
    count: int
    created_s: float
    owner: Key | None = None
    override: Override = NO_OVERRIDE
    sized_s: float = -NEVER_S


@dataclass(frozen=True, kw_only=True, slots=True)
class Pod:
    """One pod.

    Parameters
    ----------
    uid
        Which.
    owner
        The workload or ReplicaSet that made it.
    revision
        Which template it was made of; empty where nothing says so.
    since_s
        Since when all its containers have been running, in seconds since 1970 by the cluster's clock;
        infinite while one does not: it has to connect yet.
    ended_s
        When one of its containers ended that was begun anew since; negative infinity where none did.
    is_leaving
        Whether it was told to end.
    """

    uid: str
    owner: Key
    revision: str
    since_s: float
    is_leaving: bool
    ended_s: float = -NEVER_S


def mapping(found: object) -> Mapping[str, Any]:
    """Return a mapping; an empty one of what is none."""
    return found if isinstance(found, dict) else {}


def items(found: object) -> list[Mapping[str, Any]]:
    """Return the mappings of a list; none of what is no list."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def moment_s(text: object) -> float | None:
    """Return a moment of Kubernetes in seconds since 1970; None where it is none."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo else None


def key_of_object(found: Mapping[str, Any], kind: str) -> Key | None:
    """Return what an object is called; None where it has no name."""
    meta = mapping(found.get("metadata"))
    name, namespace = meta.get("name"), meta.get("namespace")
    if not isinstance(name, str) or not isinstance(namespace, str) or not name:
        return None
    return Key(kind, namespace, name)


def controller_of(found: Mapping[str, Any]) -> Key | None:
    """Return what carries an object out; None where nothing does."""
    meta = mapping(found.get("metadata"))
    for one in items(meta.get("ownerReferences")):
        if one.get("controller") is True:
            return Key(str(one.get("kind")), str(meta.get("namespace", "")), str(one.get("name")))
    return None


def override_of(found: Mapping[str, Any]) -> Override:
    """Return what an object says of whether it is to go through."""
    notes = mapping(mapping(found.get("metadata")).get("annotations"))
    why = " ".join(str(notes.get(OVERRIDE, "")).split())[:_LONGEST]
    return Override(why=why, until_s=moment_s(notes.get(OVERRIDE_UNTIL)) if why else None)


def count_of(found: object, default: int) -> int | None:
    """Return a size; None where it is none."""
    if found is None:
        return default
    is_count = isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= _MOST_COUNT
    return found if is_count and isinstance(found, int) else None


def workload_of(found: Mapping[str, Any], kind: str) -> Workload | None:
    """Return a workload; None where the object is none."""
    key, meta = key_of_object(found, kind), mapping(found.get("metadata"))
    count = count_of(mapping(found.get("spec")).get("replicas"), 1)
    if key is None or count is None:
        return None
    return Workload(
        key=key,
        uid=str(meta.get("uid", ""))[:_LONGEST],
        count=count,
        created_s=moment_s(meta.get("creationTimestamp")) or NEVER_S,
        owner=controller_of(found),
        override=override_of(found),
        sized_s=_sized_s(meta),
    )


def _sized_s(meta: Mapping[str, Any]) -> float:
    """Return when one of those who manage an object last wrote its size."""
    wrote_s = (
        moment_s(one.get("time"))
        for one in items(meta.get("managedFields"))
        if "f:replicas" in mapping(mapping(one.get("fieldsV1")).get("f:spec"))
    )
    return max((at_s for at_s in wrote_s if at_s is not None), default=-NEVER_S)


def pod_of(found: Mapping[str, Any]) -> Pod | None:
    """Return a pod that a workload made; None for one that nothing made, or that has ended."""
    meta, status = mapping(found.get("metadata")), mapping(found.get("status"))
    owner = controller_of(found)
    if owner is None or status.get("phase") in {"Succeeded", "Failed"}:
        return None
    labels = mapping(meta.get("labels"))
    return Pod(
        uid=str(meta.get("uid", "")),
        owner=owner,
        revision=next((str(labels[one])[:_LONGEST] for one in _HASHES if one in labels), ""),
        since_s=_running_since_s(meta, status),
        is_leaving=bool(meta.get("deletionTimestamp")),
        ended_s=_ended_s(status),
    )


def _ended_s(status: Mapping[str, Any]) -> float:
    """Return when the last of those containers ended that were begun anew since."""
    last = (mapping(one.get("lastState")) for one in items(status.get("containerStatuses")))
    ended_s = (moment_s(mapping(one.get("terminated")).get("finishedAt")) for one in last)
    return max((at_s for at_s in ended_s if at_s is not None), default=-NEVER_S)


def _running_since_s(meta: Mapping[str, Any], status: Mapping[str, Any]) -> float:
    """Return since when all containers have been running; a restart of one makes it connect anew."""
    created_s = moment_s(meta.get("creationTimestamp"))
    containers = items(status.get("containerStatuses"))
    if created_s is None or not containers:
        return NEVER_S
    since_s = created_s
    for one in containers:
        started_s = moment_s(mapping(mapping(one.get("state")).get("running")).get("startedAt"))
        if started_s is None:
            return NEVER_S
        since_s = max(since_s, started_s)
    return since_s
