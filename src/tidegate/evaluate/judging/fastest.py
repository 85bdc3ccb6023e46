"""How fast may it be, where slower holds? The pace in the verdict's line, proven by the same rule.

The fluid engine says where to look, the bench proves. Bounded: at most two paces are proven, so that the
answer is not kept waiting; the fastest with margin in every number is what `tidegate ramp` finds.
"""

from __future__ import annotations

from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.judging.decide import Held
from tidegate.evaluate.judging.trial import Trial
from tidegate.evaluate.variants.slower import NAME, Gradual, quicker
from tidegate.experiment.search import least

PROOFS_COUNT = 2
_NEAR = 0.3  # the fluid engine need not be nearer: what it finds is slowed by as much before it is proven
_LEAST_RATIO = 1.0 / 64.0


def fastest(bench: Bench, slowed: Gradual, held: Held) -> tuple[Gradual, Held]:
    """Return the fastest pace that was proven, at the slowest the one that is known to hold.

    Parameters
    ----------
    bench
        The question, with its activity.
    slowed, held
        The pace that holds, and what shows it.
    """
    assert bench.activity is not None
    ratio = _screened(bench, slowed)
    for _ in range(PROOFS_COUNT if ratio is not None and held.sure else 0):
        assert ratio is not None
        one = quicker(bench.file, bench.activity, slowed, ratio)
        if one is None:
            break
        found = bench.holds(NAME, one.title, one.changes)
        if found is not None and found.sure:
            return one, found
        ratio **= 0.5  # half the way, as paces go
    return slowed, held


def _screened(bench: Bench, slowed: Gradual) -> float | None:
    """Return which share of a pace's times is worth proving, by the fluid engine; None for none."""
    activity = bench.activity
    assert activity is not None
    trial = Trial(bench.file, activity, seed=bench.seed, executor=bench.executor, progress=bench.progress)

    def holds(ratio: float) -> bool:
        one = quicker(bench.file, activity, slowed, ratio)
        changes = slowed.changes if one is None else one.changes
        return (one is not None or ratio >= 1.0) and trial.screen_all(changes, trial.worlds, ())

    found = least(holds, low=_LEAST_RATIO, high=1.0, ratio=_NEAR)
    return None if found is None or found >= 1.0 else min(found * (1.0 + _NEAR), 1.0)
