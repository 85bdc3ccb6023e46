"""What was said of an outage, and when? The entries of a written record, a sentence each."""

from __future__ import annotations

from tidegate.track.recorded import Recorded

_KINDS = ("outage.", "case.burst")
_MOST_CHARACTERS = 120


def said_then(record: Recorded) -> list[tuple[float, str]]:
    """Return when each thing was said of outages, in seconds since 1970, and what.

    Parameters
    ----------
    record
        The record.
    """
    found = []
    for one in record.entries():
        if one.kind.startswith(_KINDS):
            words = one.payload.get("text") or one.payload.get("title") or one.payload.get("state") or ""
            said = one.kind + (f": {words}" if isinstance(words, str) and words else "")
            found.append((one.stamp.said_s, said[:_MOST_CHARACTERS]))
    return found
