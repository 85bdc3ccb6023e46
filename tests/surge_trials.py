"""Series with and without a surge, whose truth is known: our own engine's, and quiet months.

Counts every 5 s. What the engine gives is taken for the mean, beside what is usual; about it counts scatter
as a negative binomial law with a variance of `phi` times the mean, as bursts make it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tidegate.adapters.files.worlds import read_world_text
from tidegate.evaluate.reading.run_record import samples
from tidegate.observe.surge_detector import SurgeDetector
from tidegate.verbs.simulate import run_once
from tidegate.world.file.read import read_world

EVERY_S = 5.0
DAY_COUNT = 17_280
USUAL_COUNT = 200.0
WEEK_S = 604_800.0
BEGAN_S = 1_700_006_400.0
CALM_COUNT = 1_440
"""Two hours without anything before a surge: what is usual is learned in them."""
WORLDS = {"surge": "nat", "us_east_1_2021": "edge", "gitlab_nat": "cloud_nat"}
"""Bundled worlds that a surge passes a crossing of, and which one."""


@dataclass(frozen=True, kw_only=True)
class Surging:
    """A series with a surge.

    Parameters
    ----------
    name
        Of the world.
    counts
        What came every 5 s.
    onset
        The first sample of which the engine's own mean is a quarter above the usual.
    peak_ratio
        The highest mean beside the usual.
    """

    name: str
    counts: Sequence[float]
    onset: int
    peak_ratio: float


def scattered(means: np.ndarray, phi: float, seed: int) -> np.ndarray:
    """Return counts with these means and a variance of `phi` times as much."""
    draw = np.random.default_rng(seed)
    if phi <= 1.0:
        return draw.poisson(means).astype(float)
    return draw.negative_binomial(np.maximum(means, 1e-9) / (phi - 1.0), 1.0 / phi).astype(float)


def quiet(days: float, phi: float, wave_ratio: float, seed: int) -> np.ndarray:
    """Return counts of days in which nothing happens but their course, and quieter Sundays."""
    steps = np.arange(int(days * DAY_COUNT))
    day = 1.0 + wave_ratio * np.sin(2 * np.pi * steps / DAY_COUNT)
    is_sunday = (steps // DAY_COUNT) % 7 == 6
    return scattered(USUAL_COUNT * day * np.where(is_sunday & (wave_ratio > 0), 0.7, 1.0), phi, seed)


def engine_ratio(name: str, replication: int) -> np.ndarray:
    """Return what a world's crossing is offered every 5 s, beside what it is offered at first."""
    file = read_world(*read_world_text(name))
    run = run_once(file, next(iter(file.world.activities), None), seed=7, replication=replication)
    rows = [
        (row.time_s, row.value)
        for row in samples(*run)
        if row.kind == "crossing" and row.name == WORLDS[name] and row.quantity == "offered_per_s"
    ]
    ends_s, per_s = (np.array(column) for column in zip(*rows, strict=True))
    widths_s = np.diff(ends_s, prepend=0.0)
    total = np.concatenate([[0.0], np.cumsum(per_s * widths_s)])
    grid_s = np.arange(0.0, ends_s[-1] + 1e-9, EVERY_S)
    counts = np.diff(np.interp(grid_s, np.concatenate([[0.0], ends_s]), total))
    usual = np.median(per_s[per_s > 0][: max(len(per_s) // 20, 3)]) * EVERY_S
    return counts / usual


def surging(name: str, ratio: np.ndarray, phi: float, seed: int) -> Surging:
    """Return a calm and then a surge, scattered."""
    above = np.nonzero(ratio >= 1.25)[0]
    means = USUAL_COUNT * np.concatenate([np.ones(CALM_COUNT), ratio, np.full(24, ratio[-1])])
    onset = CALM_COUNT + (int(above[0]) if len(above) else len(ratio))
    return Surging(name=name, counts=scattered(means, phi, seed), onset=onset, peak_ratio=float(ratio.max()))


def alarms(counts: Sequence[float]) -> list[int]:
    """Return the samples with which our alarms begin."""
    detector = SurgeDetector(is_rate=True, false_alarm_s=WEEK_S)
    found, was = [], False
    for i, count in enumerate(counts):
        detector.take(BEGAN_S + i * EVERY_S, count / EVERY_S, EVERY_S)
        is_now = detector.since_s is not None
        if is_now and not was:
            found.append(i)
        was = is_now
    return found


def fixed_threshold(counts: Sequence[float], times: float = 2.0) -> list[int]:
    """Return where a fixed threshold is crossed: `times` the mean of the first day, or of what there is."""
    limit = times * float(np.mean(counts[: min(DAY_COUNT, CALM_COUNT)]))
    return list(_begins(count > limit for count in counts))


def _begins(over: Iterator[bool]) -> Iterator[int]:
    was = False
    for i, is_now in enumerate(over):
        if is_now and not was:
            yield i
        was = is_now


def delay_s(one: Surging, found: Sequence[int]) -> float:
    """Return how long after its begin a surge is seen, its own sample included; infinite where it is not."""
    seen = [i for i in found if i >= one.onset]
    return (seen[0] - one.onset + 1) * EVERY_S if seen else math.inf
