"""How often is a share said to be clear of a threshold, wrongly, by whoever looks again and again?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tidegate.experiment.interval import share_interval
from tidegate.experiment.looks import share_bounds
from tidegate.experiment.replicate import BATCH_COUNT, DEAR_COUNT, MOST_RUNS_COUNT, SURE_COUNT

THRESHOLD = 0.01
SHARES = (0.003, 0.006, 0.009, 0.01, 0.011, 0.015, 0.03)
QUESTIONS_COUNT = 20_000
LOOKS = (DEAR_COUNT, SURE_COUNT, *range(BATCH_COUNT, MOST_RUNS_COUNT + 1, BATCH_COUNT))
Bounds = Callable[[int, int], tuple[float, float]]
RULES: dict[str, Bounds] = {"valid at every look": share_bounds, "of one look, used at each": share_interval}


def limits(bounds: Bounds, runs_count: int) -> tuple[int, int]:
    """Return the most collapses that still say "less", and the fewest that say "more": -1, n + 1 for none."""
    less = -1
    while less < runs_count and bounds(less + 1, runs_count)[1] < THRESHOLD:
        less += 1
    more = less + 1
    while more <= runs_count and bounds(more, runs_count)[0] <= THRESHOLD:
        more += 1
    if runs_count < BATCH_COUNT:  # looked at only to see whether all collapse
        return -1, runs_count if more <= runs_count else runs_count + 1
    return less, more


def trials(seed: int = 5) -> dict[str, dict[str, dict[str, float]]]:
    """Return, by share and rule, how many of the questions end how, and after how many runs."""
    found: dict[str, dict[str, dict[str, float]]] = {f"{100 * p:g} %": {} for p in SHARES}
    for rule, bounds in RULES.items():
        ends = [limits(bounds, n) for n in LOOKS]
        for p in SHARES:
            found[f"{100 * p:g} %"][rule] = _asked(p, ends, np.random.default_rng(seed))
    return found


def _asked(p: float, ends: list[tuple[int, int]], rng: np.random.Generator) -> dict[str, float]:
    """Ask all questions at once, look by look."""
    count = np.zeros(QUESTIONS_COUNT, dtype=np.int64)
    said = np.zeros(QUESTIONS_COUNT, dtype=np.int64)  # -1 less, 1 more, 0 open
    runs = np.full(QUESTIONS_COUNT, LOOKS[-1], dtype=np.int64)
    before = 0
    for look, (less, more) in zip(LOOKS, ends, strict=True):
        count += rng.binomial(look - before, p, QUESTIONS_COUNT)
        before = look
        now = np.where(count <= less, -1, np.where(count >= more, 1, 0))
        runs[(said == 0) & (now != 0)] = look
        said = np.where(said == 0, now, said)
    return {
        "holds": float((said < 0).mean()),
        "fails": float((said > 0).mean()),
        "open": float((said == 0).mean()),
        "runs": float(runs.mean()),
    }
