"""Which parameters fit what was seen, how surely, and how well the model does as a whole.

Sequential Monte Carlo: a cloud of guesses drawn from the prior is led, step by step, to the posterior.
The cloud gives the intervals; the weights on the way multiply to the evidence, by which models are
compared, so that a model with more freedom must earn it. What the parameters mean must not live here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LogLikelihood = Callable[[Floats], Floats]

_MOVES = (1.0, 0.3, 0.1)
_MOST_STEPS = 200


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Guesses drawn from the posterior, one row each, and the logarithm of the model's evidence."""

    guesses: Floats
    log_evidence: float


def sample(log_likelihood: LogLikelihood, dimensions: int, *, size: int, seed: int, care: int = 1) -> Cloud:
    """Return a cloud of guesses in the unit cube.

    Parameters
    ----------
    log_likelihood
        Of many guesses at once.
    dimensions
        Parameters.
    size
        Guesses in the cloud.
    seed
        The same seed gives the same cloud.
    care
        How often all guesses wander at each step.
    """
    draw = np.random.default_rng(seed)
    guesses = draw.random((size, dimensions))
    logs = log_likelihood(guesses)
    heat, log_evidence = 0.0, 0.0
    for _ in range(_MOST_STEPS):
        step = _step(logs, 1.0 - heat)
        weights = np.exp(step * (logs - logs.max()))
        log_evidence += math.log(float(weights.mean())) + step * float(logs.max())
        heat += step
        chosen = _resampled(weights, draw)
        guesses, logs = guesses[chosen], logs[chosen]
        for _ in range(care):
            guesses, logs = _moved(guesses, logs, heat, log_likelihood, draw)
        if heat >= 1.0:
            break
    return Cloud(guesses=guesses, log_evidence=log_evidence)


def _step(logs: Floats, most: float) -> float:
    """Return how far the likelihood may be raised so that half of the guesses still count."""

    def counting(step: float) -> float:
        weights = np.exp(step * (logs - logs.max()))
        return float(weights.sum() ** 2 / (weights**2).sum())

    wanted = len(logs) / 2.0
    if counting(most) >= wanted:
        return most
    low, high = 0.0, most
    for _ in range(25):
        middle = (low + high) / 2.0
        low, high = (middle, high) if counting(middle) >= wanted else (low, middle)
    return max(low, 1e-9)


def _resampled(weights: Floats, draw: np.random.Generator) -> npt.NDArray[np.intp]:
    places = (np.arange(len(weights)) + draw.random()) / len(weights)
    heights = np.cumsum(weights) / weights.sum()
    return np.minimum(np.searchsorted(heights, places), len(weights) - 1)


def _moved(
    guesses: Floats, logs: Floats, heat: float, log_likelihood: LogLikelihood, draw: np.random.Generator
) -> tuple[Floats, Floats]:
    """Let every guess wander a little, so that the cloud does not shrink to copies of a few."""
    dimensions = guesses.shape[1]
    spread = np.atleast_2d(np.cov(guesses.T)) + 1e-12 * np.eye(dimensions)
    root = np.linalg.cholesky(spread) * 2.38 / math.sqrt(dimensions)
    for share in _MOVES:
        tried = guesses + share * draw.standard_normal(guesses.shape) @ root.T
        inside = ((tried > 0.0) & (tried < 1.0)).all(axis=1)
        tried_logs = log_likelihood(np.clip(tried, 0.0, 1.0))
        better = np.log(draw.random(len(logs))) < heat * (tried_logs - logs)
        takes = inside & better
        guesses = np.where(takes[:, None], tried, guesses)
        logs = np.where(takes, tried_logs, logs)
    return guesses, logs
