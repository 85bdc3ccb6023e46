"""For how long does what came in stay? From what stands, and from what came, sample by sample.

What stands at a moment is what never leaves, and what came within the last so many seconds. The one number
that is looked for is how long; chance itself tells it, since every burst that comes in goes out again so much
later. What came by a moment between two samples is only known in a straight line, which is wrong by a known
variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tidegate.fit.courses import Course, Floats
from tidegate.fit.profile import DROP, Profile, logarithmic, profile

_LEAST_SAMPLES = 24
_LEAST_EXPLAINED = 0.5
_MOST_OF_RECORD = 0.5
_POINTS = 121


@dataclass(frozen=True, kw_only=True)
class Stay:
    """How long what comes in stays.

    Parameters
    ----------
    stay_s
        The time; its profile.
    standing, standing_low, standing_high
        What never leaves.
    """

    stay_s: Profile
    standing: float
    standing_low: float
    standing_high: float


def stay(standing: Course, came: Course) -> Stay | str:
    """Return for how long what came in stays; else why that is not told, as the end of a sentence.

    Parameters
    ----------
    standing
        What stands: a gauge.
    came
        What came in: a counter. All of it must leave after the same time.
    """
    if len(came.at_s) < _LEAST_SAMPLES:
        return "too few samples one after the other"
    every_s = float(np.median(np.diff(came.at_s)))
    longest_s = _MOST_OF_RECORD * float(came.at_s[-1] - came.at_s[0])
    used = standing.at_s >= came.at_s[0] + longest_s
    at_s, stands = standing.at_s[used], standing.values[used]
    if len(at_s) < _LEAST_SAMPLES or longest_s < 2.0 * every_s:
        return "too few samples one after the other"
    now = came.at(at_s)
    known = np.isfinite(now)
    at_s, stands, now = at_s[known], stands[known], now[known]
    if len(at_s) < _LEAST_SAMPLES or stands.var() <= 0.0:
        return "what stands does not move"
    model = _Model(at_s=at_s, stands=stands, now=now, came=came, every_s=every_s)
    searched = logarithmic(max(every_s / 2.0, 0.2), longest_s, _POINTS)
    likeliest_s = max(searched.tolist(), key=model.mean_height)
    samples_count = model.samples_count(likeliest_s)
    found = profile(lambda stay_s: samples_count * model.mean_height(stay_s), searched)
    if found.is_flat:
        return "it could be anything from " + f"{found.low:.3g} s to {found.high:.3g} s"
    if model.left_over(found.value) > (1.0 - _LEAST_EXPLAINED) * float(stands.var()):
        return "what stands does not follow what came in"
    levels = [model.level(one) for one in (found.low, found.value, found.high)]
    wide = math.sqrt(2.0 * DROP * model.left_over(found.value) / samples_count)
    return Stay(
        stay_s=found, standing=levels[1], standing_low=min(levels) - wide, standing_high=max(levels) + wide
    )


@dataclass(frozen=True, kw_only=True)
class _Model:
    """The likelihood of one time that all stay."""

    at_s: Floats
    stands: Floats
    now: Floats
    came: Course
    every_s: float

    def _over(self, stay_s: float) -> tuple[Floats, Floats]:
        """Return what stands beside those that came lately, and how sure that is by its variance."""
        then_s = self.at_s - stay_s
        recent = self.now - self.came.at(then_s)
        share = np.mod(then_s - self.came.at_s[0], self.every_s) / self.every_s
        per_s = float(self.came.values[-1] - self.came.values[0]) / float(
            self.came.at_s[-1] - self.came.at_s[0]
        )
        known = np.isfinite(recent)
        return (self.stands - recent)[known], (per_s * self.every_s * share * (1.0 - share))[known]

    def level(self, stay_s: float) -> float:
        """Return what never leaves."""
        return float(np.mean(self._over(stay_s)[0]))

    def left_over(self, stay_s: float) -> float:
        """Return the variance that is not explained."""
        return float(np.var(self._over(stay_s)[0]))

    def samples_count(self, stay_s: float) -> float:
        """Return as how many independent samples they count."""
        over = self._over(stay_s)[0]
        over = over - over.mean()
        follows = float((over[1:] * over[:-1]).sum() / max((over**2).sum(), 1e-12))
        follows = min(max(follows, 0.0), 0.95)
        return max(len(over) * (1.0 - follows) / (1.0 + follows), 3.0)

    def mean_height(self, stay_s: float) -> float:
        """Return the log of the likelihood of one sample, the best over what it does not look for."""
        over, known = self._over(stay_s)
        if len(over) < _LEAST_SAMPLES:
            return -np.inf
        over = over - over.mean()
        whole = max(float(over.var()), 1e-9)
        extra = np.concatenate([[1e-9], np.geomspace(1e-4, 2.0, 40) * whole])[:, None]
        variance = extra + known[None, :]
        each = -0.5 * (over[None, :] ** 2 / variance + np.log(variance)).mean(axis=1)
        return float(each.max())
