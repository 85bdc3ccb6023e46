"""Settling: of what several sites said without knowing of each other, somebody says what is so."""

from __future__ import annotations

from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.journal.entry import Draft
from tidegate.track.outage import Outage
from tidegate.track.seen_edits import SETTLED_BY_WORD, side_by_side
from tidegate.verbs.record.acknowledge import hold
from tidegate.verbs.record.correcting import correct
from tidegate.verbs.record.outage import Desk, find_outage

SETTLED = "said otherwise at two sites at once; this is so"
"""Why a field is corrected; part of the record."""
_CORRECTED = ("title", "since_s", "cause")


def settle(desk: Desk, one: Outage, field: str, *, site: str, said_s: float) -> Outage:
    """Say that one of the values that stand side by side is so, and the others are not.

    Parameters
    ----------
    desk, one
        Where we work, and the outage.
    field
        The field, as `SideBySide` names it.
    site, said_s
        At which site the value was said, and when; seconds since 1970.

    Raises
    ------
    InputError
        If it does not stand there any more, or is settled in another way.
    """
    standing = {each.field: each.edits for each in side_by_side(desk.state.story(one.id))}
    edits = [edit for edit in standing.get(field, ()) if (edit.site, edit.said_s) == (site, said_s)]
    if not edits:
        raise InputError(Fault(what="does not stand side by side any more; look again", value=field[:60]))
    noun, _, name = field.partition(".")
    if noun not in SETTLED_BY_WORD:
        raise InputError(Fault(what="is settled by saying it anew", value=field[:60]))
    value: Any = edits[-1].value
    if noun == "holder":
        return hold(desk, one, str(value))
    if noun in _CORRECTED:
        return correct(desk, one, because=SETTLED, fields={noun: value})
    whole = {name: value} if noun == "components" else {**getattr(one, noun), name: value} if name else value
    desk.say([Draft(kind="outage.changed", subject=one.id, payload={noun: whole}, by=desk.by)])
    return find_outage(desk.state, one.id)
