"""Who tells what was scaled? Each file by what it holds; one of a kind that is not known is a fault."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tidegate.errors import InputError
from tidegate.gate.past.cloud_trail import is_trail, read_trail
from tidegate.gate.past.history import History, Reading, history, mapping
from tidegate.gate.past.kubernetes_events import is_of_kubernetes, read_events, settle_events
from tidegate.gate.past.replica_series import read_replicas
from tidegate.gate.past.scaling_activities import is_activities, read_activities
from tidegate.gate.past.scaling_table import is_table, read_scalings

_ALLOWED = (
    "`kubectl get events,hpa -A -o json`, an answer of Prometheus to a range query, CloudTrail, "
    "`describe-scaling-activities`, or CSV with time, address, from, to"
)


def read_history(texts: Sequence[tuple[str, str]]) -> History:
    """Return what files tell of what was scaled.

    Parameters
    ----------
    texts
        Each with its name.

    Raises
    ------
    InputError
        With all that is wrong with any of them; or if they tell of nothing that was scaled.
    """
    reading = Reading()
    for text, source in texts:
        reading.source = source
        try:
            _read(reading, text)
        except InputError as error:
            reading.faults += error.faults
    settle_events(reading)
    found = history(reading)
    if not found.scaled:
        why = "; ".join(f"{count:,} {reason}" for reason, count in found.passed.items())
        reading.source = ", ".join(source for _, source in texts)[:200]
        reading.fault(
            "tells of nothing that was scaled",
            value="",
            allowed=_ALLOWED + (f". Passed over: {why}" if why else ""),
        )
        raise InputError(*reading.faults)
    return found


def _read(reading: Reading, text: str) -> None:
    if is_table(text):
        read_scalings(reading, text)
        return
    if text.lstrip()[:1] not in {"{", "["}:
        reading.fault("is of no kind that is known", allowed=_ALLOWED)
        return
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        reading.fault("is no JSON, or was cut off", allowed=_ALLOWED)
        return
    if is_trail(document):
        read_trail(reading, document)
    elif is_activities(document):
        read_activities(reading, document)
    elif is_of_kubernetes(document):
        read_events(reading, document)
    elif isinstance(document, list) or "resultType" in mapping(document.get("data")) or "error" in document:
        read_replicas(reading, text)
    else:
        reading.fault("is of no kind that is known", value=", ".join(list(document)[:6]), allowed=_ALLOWED)
