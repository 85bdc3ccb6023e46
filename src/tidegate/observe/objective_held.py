"""Did it hold between two moments? It failed, it held, or the samples do not say."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.journal.moment import utc
from tidegate.observe.answering import Objective
from tidegate.observe.samples import Missing, Series


@dataclass(frozen=True, kw_only=True)
class Held:
    """Whether one thing held.

    Parameters
    ----------
    failed
        How it failed, as a sentence without its point; empty where it did not.
    unknown
        Why that cannot be told; empty where it can.
    """

    failed: str = ""
    unknown: str = ""


def held(
    objective: Objective, found: Series | Missing, first_s: float, last_s: float, every_s: float
) -> Held:
    """Return whether an objective held from a moment to another.

    What was seen to fail failed, whatever is missing beside it; it is only held where no sample is missing.

    Parameters
    ----------
    objective
        What must hold.
    found
        Its series, some samples earlier included.
    first_s, last_s
        From when until when, in seconds since 1970.
    every_s
        How far apart its samples are.
    """
    if isinstance(found, Missing):
        return Held(unknown=f"{objective.name}: {found.why}")
    failed = (_grown if objective.is_counter else _beyond)(objective, found, first_s, last_s)
    if failed:
        return Held(failed=failed)
    gap = found.gap(first_s, last_s, every_s)
    if objective.is_counter and found.at(first_s, within_s=3 * every_s) is None:
        gap = gap or "has no sample before it"
    return Held(unknown=f"{objective.name} {gap}") if gap else Held()


def _grown(objective: Objective, found: Series, first_s: float, last_s: float) -> str:
    """Return by how much a counter grew beyond what it may, from its last sample before on."""
    earlier = [at_s for at_s in found.at_s if at_s <= first_s]
    grown = found.between(earlier[-1] if earlier else first_s, last_s).increase()
    bound = _bound(objective, grown)
    return f"{objective.name} grew by {grown:,.6g}{bound}" if bound else ""


def _beyond(objective: Objective, found: Series, first_s: float, last_s: float) -> str:
    """Return where a number was beyond its bounds for longer than it may be."""
    inside, since_s = found.between(first_s, last_s), None
    for at_s, value in zip(inside.at_s, inside.values, strict=True):
        bound = _bound(objective, value)
        if not bound:
            since_s = None
            continue
        since_s = at_s if since_s is None else since_s
        if at_s - since_s >= objective.for_s:
            return f"{objective.name} was {value:,.6g} at {utc(at_s):%H:%M:%S} UTC{bound}"
    return ""


def _bound(objective: Objective, value: float) -> str:
    """Return the bound that a value is beyond, as the end of a clause; empty where it is beyond none."""
    if objective.most is not None and value > objective.most:
        return f", and may be {objective.most:,.6g} at most"
    if objective.least is not None and value < objective.least:
        return f", and must be {objective.least:,.6g} at least"
    return ""
