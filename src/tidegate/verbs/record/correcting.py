"""Correcting: something on record was never so. What was said stays on record, and so does what was wrong.

What followed from a cause that was wrong follows from the corrected one, where the world knows it.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.journal.entry import Draft
from tidegate.track.affected import scope
from tidegate.track.outage import Outage
from tidegate.verbs.record.outage import Desk, find_outage, titles


def correct(
    desk: Desk, one: Outage, *, because: str, fields: Mapping[str, object], evidence: str = ""
) -> Outage:
    """Say that something on record was never so.

    Parameters
    ----------
    desk, one
        Where we work, and the outage.
    because
        What was wrong.
    fields
        What was so instead, by the names of the journal's fields.
    evidence
        Why a corrected cause is held to be so; empty where nothing is known.
    """
    payload: dict[str, object] = {**fields, "because": because}
    payload |= {"evidence": evidence} if evidence else {}
    payload |= _following(desk, str(fields.get("cause", "")))
    desk.say([Draft(kind="outage.corrected", subject=one.id, payload=payload, by=desk.by)])
    return find_outage(desk.state, one.id)


def _following(desk: Desk, cause: str) -> dict[str, object]:
    """Return the tooling that goes down with a cause that the world knows, and what it is called."""
    world = desk.world
    if world is None or cause not in (*world.crossings, *world.services):
        return {}
    dark = [tool.name for tool in scope(world, cause).tooling]
    called = titles(world, desk.state)
    return {"dark": dark, "titles": {name: called[name] for name in dark if name in called}}
