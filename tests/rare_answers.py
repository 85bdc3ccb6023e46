"""What the product says of rare collapses and at what cost, to be held against what was counted."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any
from unittest import mock

from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.reading.measures import measure
from tidegate.evaluate.variants.demand import (
    RESOLUTION_RATIO,
    Louder,
    find_tipping,
    patience_s,
)
from tidegate.evaluate.variants.fraction import smaller_fraction
from tidegate.evaluate.variants.louder import is_helped
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.world_case import believed_case, run_case
from tidegate.experiment.interval import share_interval
from tidegate.experiment.parts import Part, whole_from
from tidegate.experiment.replicate import BATCH_COUNT, Rule
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

LEAST_TRUE_SEEDS = 20
SIMULATED_IN = ("variants.world_case", "variants.demand", "reading.run_fate")


@dataclass
class Cost:
    """Runs made, and the happenings of all of them."""

    runs_count: int = 0
    events_count: int = 0

    def counting(self) -> Callable[..., Run]:
        """Return what runs a world and counts that."""

        def counted(*args: Any, **options: Any) -> Run:
            run = simulate(*args, **options)
            self.runs_count += 1
            self.events_count += run.events_count
            return run

        return counted


@contextmanager
def counted_runs() -> Iterator[Cost]:
    """Count every run that the product makes meanwhile."""
    cost = Cost()
    patches = [mock.patch(f"tidegate.evaluate.{one}.simulate", cost.counting()) for one in SIMULATED_IN]
    for patch in patches:
        patch.start()
    try:
        yield cost
    finally:
        for patch in patches:
            patch.stop()


@dataclass(frozen=True, kw_only=True)
class Truth:
    """How often a world collapses, counted.

    Parameters
    ----------
    count, runs_count
        Runs that collapsed, and all of them.
    events_count
        Happenings of one run, on average.
    """

    count: int
    runs_count: int
    events_count: float
    share: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "share", self.count / self.runs_count)

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval."""
        return share_interval(self.count, self.runs_count)


def count_truth(file: WorldFile, runs_count: int, *, seed: int, fraction: float = 1.0) -> Truth:
    """Count the collapses of a world in so many runs to the horizon."""
    tables = lower(script_of(file, None), horizon_s=file.world.horizon_s, fraction=fraction)
    within_s = file.world.objectives.recover_within_s
    count = events = 0
    for i in range(runs_count):
        run = simulate(tables, seed=seed, replication=i)
        count += measure(tables, run, recover_within_s=within_s).collapsed
        events += run.events_count
    return Truth(count=count, runs_count=runs_count, events_count=events / runs_count)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the product says of a world at a seed.

    Parameters
    ----------
    low, high
        The bounds of the chance of collapse.
    tips_at
        Times today's demand, where it says so.
    harder_times
        At how many times it was asked where it was; None where runs were counted.
    cost
        Of the answer.
    """

    low: float
    high: float
    tips_at: float | None
    harder_times: float | None
    cost: Cost


def answer(file: WorldFile, acceptable: float, *, seed: int, executor: Executor) -> Answer:
    """Ask the product how probable the collapse of a world is, against an acceptable probability."""
    asked = overlay(file, {"objectives.collapse_probability": acceptable})
    bench = Bench(file=asked, activity=None, seed=seed, executor=executor)
    with counted_runs() as cost:
        found = bench.run(believed_case(asked, None))
        tipping = bench.__dict__.get("tipping")  # only where it was asked for
    low, high = found.bounds
    return Answer(
        low=low,
        high=high,
        tips_at=None if tipping is None else tipping.times,
        harder_times=None if found.harder is None else found.harder.times,
        cost=cost,
    )


def _tipping_runs(file: WorldFile, activity: str | None, fraction: float, seed: int) -> Louder:
    case = believed_case(file, activity)
    within_s = patience_s(script_of(file, activity), ())
    return Louder(case=case, fraction=fraction, seed=seed, within_s=within_s)


def whole_truth(file: WorldFile, activity: str | None, *, executor: Executor) -> dict[str, Any]:
    """Return where 24 seeds of the whole tip: mean of the logarithms, its 95 % interval, scatter."""
    seeds: list[float] = []
    for seed in (1, 2):
        runs = _tipping_runs(file, activity, 1.0, seed)
        seeds += find_tipping(runs, acceptable=1e-300, executor=executor).seeds
    if len(seeds) < LEAST_TRUE_SEEDS:
        return {"times": None, "seeds": len(seeds)}
    logs = [math.log(one) for one in seeds]
    mean, scatter = statistics.fmean(logs), statistics.stdev(logs)
    reach = 2.07 * scatter / math.sqrt(len(seeds))  # Student's quantile for 23 degrees of freedom
    ends = {"times": mean, "low": mean - reach, "high": mean + reach}
    return {name: math.exp(one) for name, one in ends.items()} | {"scatter": scatter, "seeds": len(seeds)}


def whole_answers(
    file: WorldFile, activity: str | None, repeats: int, *, executor: Executor
) -> list[dict[str, Any]]:
    """Return what the two smallest parts that keep their grain say of the whole, in several repeats."""
    script = script_of(file, activity)
    larger = smaller_fraction(script, smaller_fraction(script, 1.0))
    fractions = [larger, smaller_fraction(script, larger)]
    found = []
    for seed in range(101, 101 + repeats):
        runs = {one: _tipping_runs(file, activity, one, seed) for one in dict.fromkeys(fractions)}
        tipping = {one: find_tipping(run, acceptable=0.01, executor=executor) for one, run in runs.items()}
        parts = [Part(fraction=one, tipping=its.seeds) for one, its in tipping.items() if its.all_known]
        if parts:
            whole = whole_from(parts, resolution_ratio=RESOLUTION_RATIO)
            found.append(
                {
                    "fractions": [part.fraction for part in parts],
                    "times": whole.times,
                    "low": whole.low,
                    "high": whole.high,
                    "scatter": whole.scatter,
                    "drifts": whole.drifts,
                }
            )
    return found


def held_against(
    file: WorldFile, runs_count: int, *, most_events: float, executor: Executor
) -> dict[str, Any] | None:
    """Hold what is said of a world where the first runs show no collapse against so many counted ones.

    None where some of the first do, where more demand may bring help, or where its runs are dear; a `count`
    of None where it was not asked at more demand.
    """
    script = script_of(file, None)
    if is_helped(script):
        return None
    bench = Bench(file=file, activity=None, seed=7, executor=executor)
    rule = Rule(threshold=bench.acceptable, exact_count=BATCH_COUNT)
    case = believed_case(file, None)
    first = run_case(case, fraction=bench.fraction, seed=7, rule=rule, executor=executor)
    outcomes = first.replications.outcomes
    if first.replications.count or fmean(one.run.events_count for one in outcomes) > most_events:
        return None
    found = bench.run(case, most=BATCH_COUNT + 1)
    if found.harder is None:
        return {"count": None}
    truth = count_truth(file, runs_count, seed=99, fraction=bench.fraction)
    return {"count": truth.count, "high": found.harder.high, "times": found.harder.times}
