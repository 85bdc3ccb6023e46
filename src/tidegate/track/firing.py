"""Which alerts still fire of what is over? What no open outage counts is nobody's until a person looks.

An alert stays with the outage it was first counted to, and with that one's whole when it becomes part of
another. That an outage is over ends none of its alerts.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.track.alert import SeenAlert
from tidegate.track.outage import Outage


def still_firing(one: Outage, outages: Sequence[Outage]) -> tuple[SeenAlert, ...]:
    """Return the alerts of an outage, and of those that became part of it, that still fire."""
    held, parts = {one.id}, [one]
    while more := [other for other in outages if other.into in held and other.id not in held]:
        held |= {other.id for other in more}
        parts += more
    found = {seen.key: seen for part in parts for seen in part.seen if seen.is_firing}
    return tuple(sorted(found.values(), key=lambda seen: (seen.starts_s, seen.key)))


def uncounted(outages: Sequence[Outage]) -> tuple[tuple[SeenAlert, Outage], ...]:
    """Return the alerts that fire while no open outage counts them, each with the outage that did."""
    counted = {seen.key for one in outages if one.is_open for seen in still_firing(one, outages)}
    found = {
        seen.key: (seen, one)
        for one in outages
        if not one.is_open and not one.into
        for seen in still_firing(one, outages)
        if seen.key not in counted
    }
    return tuple(sorted(found.values(), key=lambda pair: (pair[0].starts_s, pair[0].key)))
