"""A law: how times are spread about their mean.

A law is a shape, and the quantity beside it its mean: whatever moves the mean (a range, a trigger, a
protection, a rehearsal) moves the whole law. What was seen brings a mean of its own, where none is written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from tidegate.world.field import key

WHOLE_PPB = 1_000_000_000
EXPONENTIAL_LONGEST_TIMES = 21.0
"""So many means are exceeded once in a billion draws."""
_LONGEST_S = 86400.0
_LEAST_DRAW = 2.0**-54  # a draw of 0 stands for what lies between it and the next


class Stretch(NamedTuple):
    """A part of a law within which any time is as likely as any other; shares and times in billionths.

    Parameters
    ----------
    until_ppb
        The share of all draws that are in it or below.
    least_ppb, most_ppb
        From where to where it reaches, of the mean.
    """

    until_ppb: int
    least_ppb: int
    most_ppb: int


@dataclass(frozen=True, kw_only=True)
class EmpiricalLaw:
    """Times as they were seen: values with weights, or quantiles with a straight line between each two."""

    values_s: tuple[float, ...] = key("Times of which one is drawn.", default=(), most=_LONGEST_S)
    weights_count: tuple[float, ...] = key(
        "How often each of the values is drawn, compared with the others; left out: all equally often.",
        default=(),
        above=True,
    )
    quantiles_s: Mapping[str, float] = key(
        "Times by the share of draws below them: `p50`, `p99.9` and so on; `max` must be given, for a tail "
        "that nobody states cannot be guessed; `min` is 0s where it is left out.",
        factory=dict,
        most=_LONGEST_S,
    )


@dataclass(frozen=True, kw_only=True)
class Law:
    """How times are spread about their mean.

    Parameters
    ----------
    word
        fixed, exponential, lognormal (whose variation stands beside it), uniform, or empirical.
    stretches
        The law from its shortest times to its longest, for the last two.
    mean_s
        The mean that an empirical law brings along; None of any other.
    """

    word: str
    stretches: tuple[Stretch, ...] = ()
    mean_s: float | None = None

    @property
    def varies(self) -> bool:
        """Whether not all times are the same."""
        return self.word != "fixed"

    def times(self, u: float) -> float:
        """Return how many times the mean a draw comes to.

        Parameters
        ----------
        u
            Uniform, 0 <= u <= 1; of an exponential law a greater one is a shorter time.
        """
        if self.word == "exponential":
            return -math.log(max(u, _LEAST_DRAW))
        if not self.stretches:
            return 1.0
        share, before = u * WHOLE_PPB, 0
        for until, least, most in self.stretches:
            if until >= share:
                return (least + (most - least) * (share - before) / (until - before)) * 1e-9
            before = until
        return self.stretches[-1].most_ppb * 1e-9

    @property
    def longest_times(self) -> float:
        """The longest time, over the mean; of an exponential law one that is hardly ever exceeded."""
        if self.word == "exponential":
            return EXPONENTIAL_LONGEST_TIMES
        return self.stretches[-1].most_ppb * 1e-9 if self.stretches else 1.0

    @cached_property
    def variation_ratio(self) -> float:
        """The standard deviation over the mean; a lognormal law's stands beside it, so it has none here."""
        if self.word == "exponential":
            return 1.0
        square, before = 0.0, 0
        for until, least, most in self.stretches:
            share, a, b = (until - before) / WHOLE_PPB, least * 1e-9, most * 1e-9
            square += share * (a * a + a * b + b * b) / 3.0
            before = until
        return math.sqrt(max(square - 1.0, 0.0)) if self.stretches else 0.0

    def longer_ratio(self, times: float) -> float:
        """Return the share of draws that are longer than so many times the mean."""
        if self.word == "exponential":
            return math.exp(-max(times, 0.0))
        if not self.stretches:
            return float(times < 1.0)
        longer, before, at = 0.0, 0, times * WHOLE_PPB
        for until, least, most in self.stretches:
            above = float(least > at) if least == most else min(max((most - at) / (most - least), 0.0), 1.0)
            longer += (until - before) / WHOLE_PPB * above
            before = until
        return longer


FIXED = Law(word="fixed")
EXPONENTIAL = Law(word="exponential")
LOGNORMAL = Law(word="lognormal")
UNIFORM = Law(word="uniform", stretches=(Stretch(WHOLE_PPB, 0, 2 * WHOLE_PPB),))
NAMED = {law.word: law for law in (FIXED, EXPONENTIAL, LOGNORMAL, UNIFORM)}


def law_of_values(values_s: Sequence[float], weights: Sequence[float] = ()) -> Law:
    """Return the law of times that were seen so often.

    Parameters
    ----------
    values_s
        At least one, not all 0.
    weights
        One for each, above 0; none: all are equally likely.
    """
    pairs = sorted(zip(values_s, weights or [1.0] * len(values_s), strict=True))
    total = math.fsum(weight for _, weight in pairs)
    return _law([(weight / total, value_s, value_s) for value_s, weight in pairs])


def law_of_quantiles(points: Sequence[tuple[float, float]]) -> Law:
    """Return the law with these quantiles, and a straight line between each two.

    Parameters
    ----------
    points
        (share, time) from share 0 to share 1, both rising.
    """
    return _law([(upper[0] - lower[0], lower[1], upper[1]) for lower, upper in pairwise(points)])


def _law(parts: Sequence[tuple[float, float, float]]) -> Law:
    """Return the law of (share, from, to), from its shortest times to its longest."""
    mean_s = math.fsum(share * (least_s + most_s) / 2.0 for share, least_s, most_s in parts)
    stretches: list[Stretch] = []
    reached = 0.0
    for i, (share, least_s, most_s) in enumerate(parts):
        reached += share
        until = WHOLE_PPB if i == len(parts) - 1 else round(reached * WHOLE_PPB)
        least, most = (round(time_s / mean_s * WHOLE_PPB) for time_s in (least_s, most_s))
        if until > (stretches[-1].until_ppb if stretches else 0):
            stretches.append(Stretch(until, least, most))
    return Law(word="empirical", stretches=tuple(stretches), mean_s=mean_s)
