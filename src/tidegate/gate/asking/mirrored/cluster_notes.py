"""What is said in a cluster, of whom? Events of an autoscaler whose own would mislead, or that waits.

Source: Kubernetes' reference of core/v1 Event; a message holds at most 1,024 bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.gate.asking.bookings import Scaler
from tidegate.gate.asking.held_up import Wait
from tidegate.gate.asking.ruling import Ruling
from tidegate.gate.change.plan import SizeChange

BROUGHT_DOWN, HELD_UP = "TidegateBroughtDown", "TidegateHeldUp"
_LONGEST_BYTES = 1_000


@dataclass(frozen=True, kw_only=True)
class Note:
    """One thing that is to be said.

    Parameters
    ----------
    about
        Of which workload.
    reason
        In one word.
    message
        For people.
    """

    about: str
    reason: str
    message: str


def brought_down(growth: SizeChange, to_count: int, ruling: Ruling) -> Note:
    """Return what is said where a step was brought down: the true size; the autoscaler names its wish."""
    why = f"asked for {growth.after_count:,}, and {to_count:,} was written: {ruling.why}"
    return Note(about=growth.address, reason=BROUGHT_DOWN, message=_short(why))


def held_up(wait: Wait, since: str, ruling: Ruling) -> Note:
    """Return what is said of one that waits."""
    why = f"held up at {wait.from_count:,} since {since}, asks for {wait.to_count:,}: {ruling.why}"
    return Note(about=wait.address, reason=HELD_UP, message=_short(why))


def event_of(note: Note, scaler: Scaler, *, now_s: float, reporter: str) -> Mapping[str, Any]:
    """Return the Event that says a note of an autoscaler; the same note has the same name.

    Parameters
    ----------
    note, scaler
        What, and of whom.
    now_s
        Seconds since 1970.
    reporter
        Which gate says it.
    """
    at = dt.datetime.fromtimestamp(now_s, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = f"{scaler.uid} {note.reason} {note.message}"
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    namespace, name = scaler.key.namespace, scaler.key.name
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": namespace, "name": f"{name[:200]}.{digest}"},
        "involvedObject": {
            "apiVersion": scaler.api_version,
            "kind": scaler.key.kind,
            "namespace": namespace,
            "name": name,
            "uid": scaler.uid,
        },
        "type": "Warning",
        "reason": note.reason,
        "message": note.message,
        "source": {"component": "tidegate"},
        "reportingComponent": "tidegate",
        "reportingInstance": reporter[:120],
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": 1,
    }


def again(now_s: float, count: int) -> Mapping[str, Any]:
    """Return what of an Event changes where the same is said again."""
    at = dt.datetime.fromtimestamp(now_s, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"lastTimestamp": at, "count": count}


def _short(text: str) -> str:
    return text.encode(errors="replace")[:_LONGEST_BYTES].decode(errors="ignore")
