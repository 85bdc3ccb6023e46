"""Did the prediction hold? Measured runs beside predicted ones: the ending, and the errors.

The ending must be the one predicted. Where the prediction itself is undecided, or is another one where
the world's numbers are a few percent other, only a measured share that is improbable under it is a
disagreement. Time to recover and packets must lie within stated bounds of the predicted median, or in the
band of the predicted runs; drops, limits' refusals and percentiles are reported with their errors and
decide nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np

from tidegate.evaluate.judging.verdict import Probability
from tidegate.rehearse.outcome import Outcome
from tidegate.rehearse.prediction import HIGH_PERCENT, LOW_PERCENT, Prediction

DECIDED = 0.05  # beyond this from both ends the prediction counts as undecided
IMPROBABLE = 0.025
RECOVERY_TOLERANCE, RECOVERY_SLACK_S = 0.3, 0.5
PACKETS_TOLERANCE = 0.1


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Median and range of one quantity over runs."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One quantity, measured and predicted.

    Parameters
    ----------
    name, unit
        "time to recover" in "s", "packets" in "count", …
    predicted
        Median and the band of 90 % of the runs; None where no run has it.
    measured
        Median and range over the repeats; None likewise.
    error_ratio
        Predicted over measured, less one, medians; None where either is missing or nothing was measured.
    error_low_ratio, error_high_ratio
        The least and the greatest such error over the repeats.
    tolerance_ratio
        How far it may be off; None where it decides nothing.
    agrees
        Whether it is within that; None where it decides nothing or cannot be compared.
    """

    name: str
    unit: str
    predicted: Spread | None
    measured: Spread | None
    error_ratio: float | None
    error_low_ratio: float | None
    error_high_ratio: float | None
    tolerance_ratio: float | None
    agrees: bool | None


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How a prediction compares with the real runs.

    Parameters
    ----------
    predicted_recovers
        Probability that a run recovers.
    recovered_count, runs_count
        Real runs that recovered, of how many.
    undecided
        Whether the prediction says that chance decides (between 5 % and 95 %), here or nearby.
    near_edge
        Whether it does so only where the world's numbers are a few percent other.
    ending_agrees
        Whether the real runs ended as predicted.
    quantities
        Time to recover, packets, drops, refusals, percentiles.
    holds
        Whether the ending and every quantity that decides agree.
    """

    predicted_recovers: Probability
    recovered_count: int
    runs_count: int
    undecided: bool
    near_edge: bool
    ending_agrees: bool
    quantities: tuple[Compared, ...]
    holds: bool


def compare(prediction: Prediction, measured: Sequence[Outcome]) -> Agreement:
    """Compare real runs with what was predicted of them.

    Parameters
    ----------
    prediction
        Made before.
    measured
        The ending of each valid real run; at least one.
    """
    predicted = prediction.outcomes
    quantities = (
        _compared(
            "time to recover", "s", predicted, measured, lambda one: one.recovery_s,
            tolerance=RECOVERY_TOLERANCE, slack=RECOVERY_SLACK_S,
        ),
        _compared(
            "packets", "count", predicted, measured, lambda one: float(one.packets_count),
            tolerance=PACKETS_TOLERANCE,
        ),
        _compared("dropped", "count", predicted, measured, lambda one: float(one.dropped_count)),
        _compared("refused by a limit", "count", predicted, measured, lambda one: float(one.shed_count)),
        _compared("given up", "count", predicted, measured, lambda one: float(one.given_up_count)),
        _compared("request p50", "s", predicted, measured, lambda one: one.p50_s),
        _compared("request p99", "s", predicted, measured, lambda one: one.p99_s),
    )  # fmt: skip
    recovered_count = sum(one.recovered for one in measured)
    recovers = prediction.recovers
    undecided = is_undecided(recovers)
    near_edge = is_near_edge(prediction)
    possible = _widest(prediction) if near_edge else recovers
    ending_agrees = _ending_agrees(possible, recovered_count, len(measured), decided=not near_edge)
    return Agreement(
        predicted_recovers=recovers,
        recovered_count=recovered_count,
        runs_count=len(measured),
        undecided=undecided or near_edge,
        near_edge=near_edge,
        ending_agrees=ending_agrees,
        quantities=quantities,
        holds=ending_agrees and all(one.agrees is not False for one in quantities),
    )


def is_undecided(recovers: Probability) -> bool:
    """Whether a prediction says that chance decides."""
    return DECIDED < recovers.value < 1 - DECIDED


def is_near_edge(prediction: Prediction) -> bool:
    """Whether a prediction is decided, and another one where the world's numbers are a few percent other."""
    value = prediction.recovers.value
    if is_undecided(prediction.recovers):
        return False
    return any(is_undecided(one) or abs(one.value - value) > 0.5 for one in prediction.nearby)


def _widest(prediction: Prediction) -> Probability:
    each = (prediction.recovers, *prediction.nearby)
    return replace(prediction.recovers, low=min(one.low for one in each), high=max(one.high for one in each))


def _ending_agrees(recovers: Probability, recovered_count: int, runs_count: int, *, decided: bool) -> bool:
    """Whether so many recoveries are as predicted: all or none where that is what was said."""
    if decided and recovers.value <= DECIDED:
        return recovered_count == 0
    if decided and recovers.value >= 1 - DECIDED:
        return recovered_count == runs_count
    too_many = _at_least(recovered_count, runs_count, recovers.high)
    too_few = _at_least(runs_count - recovered_count, runs_count, 1 - recovers.low)
    return too_many > IMPROBABLE and too_few > IMPROBABLE


def _at_least(count: int, runs_count: int, share: float) -> float:
    """Return the probability of `count` or more of `runs_count` at that share each."""
    return sum(
        comb(runs_count, n) * share**n * (1 - share) ** (runs_count - n) for n in range(count, runs_count + 1)
    )


def _compared(
    name: str,
    unit: str,
    predicted: Sequence[Outcome],
    measured: Sequence[Outcome],
    read: Callable[[Outcome], float | None],
    *,
    tolerance: float | None = None,
    slack: float = 0.0,
) -> Compared:
    ours = [value for value in map(read, predicted) if value is not None]
    real = [value for value in map(read, measured) if value is not None]
    expected = _spread(ours, LOW_PERCENT, HIGH_PERCENT)
    seen = _spread(real, 0, 100)
    errors = [expected.median / value - 1.0 for value in real if value > 0] if expected else []
    agrees = None
    if tolerance is not None and expected is not None and seen is not None:
        agrees = _within(seen.median, expected, tolerance, slack)
    return Compared(
        name=name,
        unit=unit,
        predicted=expected,
        measured=seen,
        error_ratio=expected.median / seen.median - 1.0 if expected and seen and seen.median > 0 else None,
        error_low_ratio=min(errors, default=None),
        error_high_ratio=max(errors, default=None),
        tolerance_ratio=tolerance,
        agrees=agrees,
    )


def _within(value: float, expected: Spread, tolerance: float, slack: float) -> bool:
    """Whether a value is in the band, or near enough to the median."""
    low = min(expected.low, expected.median * (1 - tolerance)) - slack
    high = max(expected.high, expected.median * (1 + tolerance)) + slack
    if expected.low == 0 < expected.high:
        # Chance decides whether it is felt at all, so that the median says nothing.
        high = expected.high * (1 + tolerance) + slack
    return low <= value <= high


def _spread(values: Sequence[float], low: float, high: float) -> Spread | None:
    if not values:
        return None
    cuts = np.percentile(values, (50, low, high))
    return Spread(median=float(cuts[0]), low=float(cuts[1]), high=float(cuts[2]))
