"""Which objectives does one run miss, of each population, though service recovers? Counted run by run.

A run that collapses is counted as that. Percentiles of requests are read off all runs together
(`latency`): what a single run shows of them is too few.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.evaluate.reading.measures import Outcome
from tidegate.evaluate.reading.worst_minute import worst_shares
from tidegate.simulate.tables import Tables
from tidegate.world.objective import Objectives

KEYS = ("unserved_within", "lost", "success")
"""Objectives that a single run keeps or misses."""


def missed_objectives(tables: Tables, outcome: Outcome, wanted: Objectives) -> tuple[frozenset[str], ...]:
    """Return, for each judged population, the objectives that a run misses; none where it collapses.

    In a run that is never bad a few requests fail by chance: of few that ask, any of them is a large share.
    """
    if outcome.collapsed or outcome.bad_s == 0.0:
        return (frozenset(),) * len(outcome.lost_ratios)
    shares = worst_shares(tables, outcome.run)
    each = zip(outcome.unserved_s, outcome.lost_ratios, shares, strict=True)
    return tuple(frozenset(_missed(*one, wanted)) for one in each)


def _missed(unserved_s: float, lost_ratio: float, served_ratio: float, wanted: Objectives) -> Iterator[str]:
    if unserved_s > wanted.unserved_within_s:
        yield "unserved_within"
    if lost_ratio > wanted.lost_ratio:
        yield "lost"
    if served_ratio < wanted.least_success_ratio:
        yield "success"


def misses_any(tables: Tables, outcome: Outcome, wanted: Objectives) -> bool:
    """Whether a run recovers and misses an objective all the same, of any population."""
    return any(missed_objectives(tables, outcome, wanted))
