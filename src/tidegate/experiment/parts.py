"""What does the whole do, where only parts of it were run? From tipping points at fractions of its size.

The tipping points of seeds scatter as one over the square root of the size around a mean that mostly stays
where it is: many small chances average out. So the scatter of the whole follows from that of its parts; its
mean is the common one, unless the means of two parts differ by more than chance allows (three standard
errors); then it is where a + b / sqrt(size) leads to, as of instances that are restarted one by one, of
which a part has fewer.

All in logarithms of the size of the question (times today's demand). What is said of the whole is right
where a part keeps the grain of everything; that is seen to elsewhere.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.experiment.tail import LEAST_SCATTER, chi_square, least_extreme

DRIFT_ERRORS = 3.0
LEAST_SHARE = 1e-3
"""The least chance that is read from one law alone."""
_T_975 = (
    12.706,
    4.303,
    3.182,
    2.776,
    2.571,
    2.447,
    2.365,
    2.306,
    2.262,
    2.228,
    2.201,
    2.179,
    2.160,
    2.145,
    2.131,
)
"""Student's 97.5 % quantiles for 1, 2, … degrees of freedom (Abramowitz and Stegun 1964, table 26.10)."""
_NORMAL_975 = 1.96


@dataclass(frozen=True, kw_only=True)
class Part:
    """Where seeds tip at one fraction of the size.

    Parameters
    ----------
    fraction
        Of the whole's size, above 0 and at most 1.
    tipping
        Of two or more seeds, above 0.
    """

    fraction: float
    tipping: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Whole:
    """Where the whole tips.

    Parameters
    ----------
    times, low, high
        Where half of the seeds would tip, with its 95 % interval.
    scatter, scatter_high
        The standard deviation of the logarithms of the whole's tipping points, and what it is at most (97.5
        %).
    drifts
        Whether the parts' means differ by more than chance, and were followed to the whole.
    """

    times: float
    low: float
    high: float
    scatter: float
    scatter_high: float
    drifts: bool

    @property
    def share(self) -> float:
        """The chance that the whole tips at size 1: by the normal law, where that is not small.

        One law says nothing of what is rarer than `LEAST_SHARE`; there this is the bound by the worse of two
        laws, and never more than that share.
        """
        chance = statistics.NormalDist().cdf(-math.log(self.times) / self.scatter)
        return chance if chance >= LEAST_SHARE else min(LEAST_SHARE, self.share_bounds()[1])

    def share_bounds(self, fraction: float = 1.0) -> tuple[float, float]:
        """Return the bounds of that chance, for the whole or for a part of it: the worse of two laws."""
        law, least, most = statistics.NormalDist(), self.scatter, self.scatter_high
        # Where it tips above size 1 more scatter makes it more probable, and where it tips below it less.
        near, far = math.log(self.low), math.log(self.high)
        near *= math.sqrt(fraction) / (most if near > 0.0 else least)
        far *= math.sqrt(fraction) / (least if far > 0.0 else most)
        return law.cdf(-far), max(law.cdf(-near), least_extreme(near))


def whole_from(parts: Sequence[Part], *, resolution_ratio: float) -> Whole:
    """Return where the whole tips, from parts of it.

    Parameters
    ----------
    parts
        One or more, of different fractions.
    resolution_ratio
        How far apart the two sizes may be between which a seed was seen to tip.
    """
    logs = [[math.log(one) for one in part.tipping] for part in parts]
    free = sum(len(one) - 1 for one in logs)
    seen = sum(
        part.fraction * (len(one) - 1) * statistics.variance(one)
        for part, one in zip(parts, logs, strict=True)
    )
    finest = min(part.fraction for part in parts) * resolution_ratio**2 / 12.0
    unit = math.sqrt(max(seen / free, finest, min(part.fraction for part in parts) * LEAST_SCATTER**2))
    means = [statistics.fmean(one) for one in logs]
    weights = [part.fraction * len(part.tipping) for part in parts]
    reach = _T_975[free - 1] if free <= len(_T_975) else _NORMAL_975
    drifts = len(parts) > 1 and _drifts(parts, means, weights, unit)
    if drifts:
        mean, error = _followed(parts, means, weights, unit)
    else:
        mean = sum(w * m for w, m in zip(weights, means, strict=True)) / sum(weights)
        error = unit / math.sqrt(sum(weights))
    return Whole(
        times=math.exp(mean),
        low=math.exp(mean - reach * error),
        high=math.exp(mean + reach * error),
        scatter=unit,
        scatter_high=unit * math.sqrt(free / chi_square(free)),
        drifts=drifts,
    )


def _drifts(parts: Sequence[Part], means: Sequence[float], weights: Sequence[float], unit: float) -> bool:
    ordered = sorted(range(len(parts)), key=lambda i: parts[i].fraction)
    least, most = ordered[0], ordered[-1]
    error = unit * math.sqrt(1.0 / weights[least] + 1.0 / weights[most])
    return abs(means[most] - means[least]) > DRIFT_ERRORS * error


def _followed(
    parts: Sequence[Part], means: Sequence[float], weights: Sequence[float], unit: float
) -> tuple[float, float]:
    """Return the mean of the whole where a weighted line over 1 / sqrt(size) leads, and its error."""
    places = [1.0 / math.sqrt(part.fraction) for part in parts]
    total = sum(weights)
    middle = sum(w * x for w, x in zip(weights, places, strict=True)) / total
    height = sum(w * m for w, m in zip(weights, means, strict=True)) / total
    spread = sum(w * (x - middle) ** 2 for w, x in zip(weights, places, strict=True))
    slope = sum(w * (x - middle) * m for w, x, m in zip(weights, places, means, strict=True)) / spread
    error = unit * math.sqrt(1.0 / total + (1.0 - middle) ** 2 / spread)
    return height + slope * (1.0 - middle), error
