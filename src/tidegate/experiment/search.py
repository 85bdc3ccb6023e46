"""The least that is enough: one number as small as it may be, the cheapest of many candidates.

Shared by whoever lays candidates over a world; what a candidate is, and what it means to hold, is
passed in. Candidates are screened by something cheap and proven by something exact, in that order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

C = TypeVar("C")
P = TypeVar("P")


def least(holds: Callable[[float], bool], *, low: float, high: float, ratio: float = 0.1) -> float | None:
    """Return the smallest value that holds, to a ratio, on a logarithmic scale; None if none does.

    Parameters
    ----------
    holds
        Taken to hold for every value above one for which it holds.
    low, high
        Between which values, both above zero.
    ratio
        How near to the smallest is near enough.
    """
    if holds(low):
        return low
    if not holds(high):
        return None
    while high > low * (1.0 + ratio):
        middle = math.sqrt(low * high)
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


@dataclass(frozen=True, kw_only=True)
class Chosen(Generic[C, P]):
    """The cheapest candidate that was proven.

    Parameters
    ----------
    candidate, proof
        Which, and what proves it.
    refused_count
        How many cheaper ones were tried in vain.
    """

    candidate: C
    proof: P
    refused_count: int


def cheapest(
    candidates: Sequence[C],
    *,
    cost: Callable[[C], float],
    screen: Callable[[C], bool],
    prove: Callable[[C], P | None],
) -> Chosen[C, P] | None:
    """Return the cheapest candidate that passes the screen and is proven; None if none is.

    Parameters
    ----------
    candidates
        In any order; equal costs keep theirs.
    cost
        What is to be small.
    screen
        Cheap, and may err.
    prove
        Exact; gives what proves the candidate, or None.
    """
    for refused, candidate in enumerate(sorted(candidates, key=cost)):
        proof = prove(candidate) if screen(candidate) else None
        if proof is not None:
            return Chosen(candidate=candidate, proof=proof, refused_count=refused)
    return None
