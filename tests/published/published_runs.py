"""How is a world of this folder run many times, and what is read from the runs?

Every number comes from the event engine, run to the horizon. Nothing here knows what was published.
"""

from __future__ import annotations

import math
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

WORLDS = pathlib.Path(__file__).with_name("worlds")
EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
SEED = 7
Counts = NDArray[np.int64]
T = TypeVar("T")


def world_path(name: str) -> pathlib.Path:
    """Return where the world of that name is: in this folder or, with its folder named, an example."""
    return (EXAMPLES if "/" in name else WORLDS) / f"{name}.yaml"


@cache
def world_file(name: str) -> WorldFile:
    """Return the world of that name."""
    path = world_path(name)
    return read_world(path.read_text(encoding="utf-8"), path.name)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One run with names for its rows; times are seconds since its start."""

    run: Run
    tables: Tables

    @property
    def bin_s(self) -> float:
        return self.tables.bin_ns / 1e9

    def bins(self, from_s: float, until_s: float) -> slice:
        """Return the time bins between two moments."""
        last = min(round(until_s / self.bin_s), self.run.bins_count)
        return slice(round(from_s / self.bin_s), last)

    def population(self, name: str, series: str) -> Counts:
        """Return one series of one population, a value a bin."""
        j = self.tables.populations.index(name)
        return getattr(self.run.populations, series)[: self.run.bins_count, j]

    def crossing(self, series: str) -> Counts:
        """Return one series summed over all crossings, a value a bin."""
        return getattr(self.run.crossings, series)[: self.run.bins_count].sum(axis=1)

    def rate_per_s(self, name: str, series: str, from_s: float, until_s: float) -> float:
        """Return the mean rate of one series between two moments."""
        bins = self.bins(from_s, until_s)
        return float(self.population(name, series)[bins].sum()) / ((bins.stop - bins.start) * self.bin_s)


def lowered(name: str, changes: Mapping[str, object] | None = None, *, fraction: float = 1.0) -> Tables:
    """Return the tables of a world of this folder with `changes` laid over it."""
    file = overlay(world_file(name), changes or {})
    return lower(write_script(file), horizon_s=file.world.horizon_s, fraction=fraction)


def each_run(tables: Tables, runs_count: int, read: Callable[[Seen], T]) -> list[T]:
    """Run `runs_count` replications and return what `read` sees in each."""
    return [
        read(Seen(run=simulate(tables, seed=SEED, replication=i), tables=tables)) for i in range(runs_count)
    ]


def share_bounds(hits_count: int, runs_count: int, *, confidence_ratio: float = 0.95) -> tuple[float, float]:
    """Return the Wilson interval of a share."""
    z = NormalDist().inv_cdf(0.5 + confidence_ratio / 2.0)
    share = hits_count / runs_count
    middle = (share + z * z / (2 * runs_count)) / (1 + z * z / runs_count)
    half = z * math.sqrt(share * (1 - share) / runs_count + z * z / (4 * runs_count**2))
    half /= 1 + z * z / runs_count
    return max(0.0, middle - half), min(1.0, middle + half)


def spread_words(values: list[float], digits: int = 1) -> str:
    """Return median and range as words: ``9.1 (8.3–9.6)``."""
    low, middle, high = (f"{x:,.{digits}f}" for x in (min(values), float(np.median(values)), max(values)))
    return middle if low == high else f"{middle} ({low}–{high})"


def share_words(hits_count: int, runs_count: int) -> str:
    """Return a share with its 95 % interval as words: ``200 of 200 (98–100 %)``."""
    low, high = share_bounds(hits_count, runs_count)
    return f"{hits_count} of {runs_count} ({100 * low:.0f}–{100 * high:.0f} %)"


def served_ratio(seen: Seen, name: str, from_s: float, until_s: float) -> float:
    """Return what was served of what was wanted between two moments."""
    wanted = seen.rate_per_s(name, "fresh_count", from_s, until_s)
    return seen.rate_per_s(name, "served_count", from_s, until_s) / max(wanted, 1e-9)
