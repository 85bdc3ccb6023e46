"""How far is a plan from where it tips, in times of today's demand and the step; or why that is unknown."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.judging.verdict import Edge
from tidegate.evaluate.variants.demand import MOST_TIMES
from tidegate.evaluate.variants.louder import is_helped
from tidegate.evaluate.variants.scope import script_of


@dataclass(frozen=True, kw_only=True)
class Edges:
    """How far a plan stands from where it tips.

    Parameters
    ----------
    demand, step
        In times of today's demand and of the planned step; None where that is not known.
    unknown
        Where neither is: what is known instead, or why not, as a sentence. Empty where one is.
    """

    demand: Edge | None
    step: Edge | None
    unknown: str


def edges_of(bench: Bench) -> Edges:
    """Return how far a plan stands from its edges."""
    demand, step = _demand_edge(bench), _step_edge(bench)
    return Edges(demand=demand, step=step, unknown="" if demand or step else _why_unknown(bench))


def _demand_edge(bench: Bench) -> Edge | None:
    """Return how far from today's demand the plan tips."""
    if bench.plan_has_missed:
        return None  # where that would collapse does not matter
    tipping, whole = bench.tipping, bench.whole
    if whole is not None:
        return Edge(at_times=whole.times, low_times=whole.low, high_times=whole.high, most_times=MOST_TIMES)
    if tipping is None or tipping.seeds or tipping.below_count:
        return None
    return Edge(at_times=None, low_times=None, high_times=None, most_times=MOST_TIMES)


def _step_edge(bench: Bench) -> Edge | None:
    """Return at how large a step the activity tips."""
    step, tipping = bench.step, None if bench.plan_has_missed else bench.step_tipping
    if step is None or tipping is None:
        return None
    times = tipping.times
    if times is None and not tipping.above_count:
        return None
    return Edge(
        at_times=times,
        low_times=None,
        high_times=None,
        most_times=step.most_times,
        value=step.value(step.most_times if times is None else times),
        unit=step.unit,
    )


def _why_unknown(bench: Bench) -> str:
    """Return what stands in the place of an edge that runs would find."""
    script = script_of(bench.file, bench.activity)
    over = min(exceeded(script), key=lambda one: one.allowed / one.least_wanted, default=None)
    if over is not None:
        times = f"{over.allowed / over.least_wanted:.2g} times"
        if over.kind == "time":
            return f"By this sum it tips where that takes {times} as long."
        return f"By this sum it tips at {times} what is wanted."
    if bench.plan_has_missed:
        why = "it misses an objective at today's demand"
    elif is_helped(script):
        why = "more demand than today's would bring more help"
    elif bench.runs_count is not None:
        why = "so many runs were asked for, all at today's demand"
    elif bench.budget.is_spent:
        why = "that would have cost too much"
    else:
        why = "the part of its size that was run does not tell of the whole"
    return f"At how many times today's demand it tips was not looked for: {why}."
