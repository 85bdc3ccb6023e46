"""What the product says of rare collapses and at what cost, to be held against what was counted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.reading.measures import measure
from tidegate.evaluate.variants.case import believed_case
from tidegate.evaluate.variants.scope import script_of
from tidegate.experiment.interval import share_interval
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

SIMULATED_IN = ("variants.case", "variants.demand", "reading.fate")


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


def count_truth(file: WorldFile, runs_count: int, *, seed: int) -> Truth:
    """Count the collapses of a world in so many runs to the horizon."""
    tables = lower(script_of(file, None), horizon_s=file.world.horizon_s)
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

    def brute_events(self, truth: Truth) -> float:
        """How many happenings it takes to state the same bound by runs none of which collapses."""
        return truth.events_count * math.log(0.025) / math.log1p(-min(self.high, 0.999))


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
