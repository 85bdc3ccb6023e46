"""What does the event engine expect of a rehearsal? Many runs of the scaled world, told as one.

The prediction is made before the measurement and without it: world, activity and seed are all it
takes. Where runs happen is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from tidegate.evaluate.judging.evidence import probability
from tidegate.evaluate.judging.verdict import Probability, Series
from tidegate.experiment.interval import share_interval
from tidegate.rehearse.course import UNITS, Key, course
from tidegate.rehearse.measurement import BIN_S
from tidegate.rehearse.outcome import Outcome, outcome
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables
from tidegate.world.world import WorldFile

RUNS_COUNT = 100
LOW_PERCENT, HIGH_PERCENT = 5, 95


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What is expected of one real run.

    Parameters
    ----------
    tables
        What was run, in the measurement's time bins.
    recovers
        Probability that a run recovers, with its 95 % interval.
    outcomes
        One for each run.
    series
        By owner and quantity: the mean over the runs, and the band that 90 % of them stay in.
    nearby
        How often worlds recover whose numbers are a few percent other; empty where that was not asked.
    """

    tables: Tables
    recovers: Probability
    outcomes: tuple[Outcome, ...]
    series: Mapping[Key, Series]
    nearby: tuple[Probability, ...] = ()


def tables_of(file: WorldFile, activity: str | None) -> Tables:
    """Return the tables of a rehearsable world, in the time bins of a measurement."""
    script = write_script(file, activity)
    return lower(script, horizon_s=file.world.horizon_s, bin_s=BIN_S, aged=False)


def predict(
    tables: Tables,
    *,
    seed: int,
    runs_count: int = RUNS_COUNT,
    executor: Executor,
    progress: Callable[[int], None] | None = None,
) -> Prediction:
    """Run the event engine as often as asked and gather what it expects.

    Parameters
    ----------
    tables
        The rehearsable world, from `tables_of`.
    seed
        Chooses the random streams.
    runs_count
        Runs.
    executor
        Where they happen; the prediction does not depend on it.
    progress
        Called with the number of runs done; may raise to end.
    """
    runs = []
    for run in executor.map(lambda i: simulate(tables, seed=seed, replication=i), range(runs_count)):
        runs.append(run)
        if progress is not None:
            progress(len(runs))
    outcomes = tuple(outcome(tables, run) for run in runs)
    recovered_count = sum(one.recovered for one in outcomes)
    courses = [course(tables, run) for run in runs]
    return Prediction(
        tables=tables,
        recovers=probability(recovered_count, runs_count, share_interval(recovered_count, runs_count)),
        outcomes=outcomes,
        series={key: _band(key, np.stack([one[key] for one in courses])) for key in courses[0]},
    )


def _band(key: Key, runs: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Series:
    low, high = (np.percentile(runs, percent, axis=0) for percent in (LOW_PERCENT, HIGH_PERCENT))
    return Series(
        name=key[1],
        unit=UNITS.get(key[1], "per_s"),
        values=tuple(float(value) for value in runs.mean(axis=0)),
        low=tuple(float(value) for value in low),
        high=tuple(float(value) for value in high),
    )
