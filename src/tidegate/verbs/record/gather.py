"""Gather: several outages that were found to be one become one."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.track.outage import Outage
from tidegate.verbs.record.outage import Desk, merge


def gather(desk: Desk, into: Outage, others: Sequence[Outage], because: str = "") -> Outage:
    """Make several outages one, which takes over their components and segments; return it."""
    for one in others:
        into = merge(desk, one, into, because=because)
    return into
