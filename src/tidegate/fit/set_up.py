"""What can a device set up a second? From a while in which its queue was full, by runs for each candidate.

There is no likelihood to write down: who finds the queue full sends its first packet again, and all of them
wait for each other. So the world is run over that while with each candidate, asked as it was seen to be
asked, and what was seen is held against the mean and the spread of the runs (a synthetic likelihood: Wood
2010). The number of runs is bounded, and the same chance serves all candidates, so that the likelihood is
smooth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tidegate.fit.courses import Floats, History
from tidegate.fit.exported import BIN_S, exported
from tidegate.fit.fitted import Fitted, Number, Untold
from tidegate.fit.numbers import Told
from tidegate.fit.profile import DROP, Profile
from tidegate.fit.stretches import Stretch
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import from_document
from tidegate.world.graph import route
from tidegate.world.world import WorldFile

LEAST_STEPS, LONGEST_S = 3, 240.0
_BEFORE_S, _AFTER_STEPS = 30.0, 4
_FARTHEST = 6.0
_COARSE, _FINE, _ROUNDS, _RUNS = 13, 7, 2, 3
_WINDOWS = 4
_MODEL_RATIO = 0.06
_WIDER = 1.06
"""What is asked within a step is taken to be even, which moves a rate by some percent."""
_MOST_OVER = 4.0
_MEASURE = "`tidegate calibrate` on the device, or its data sheet"
_LEFT_OUT = ("triggers", "activities", "beliefs")
_READ = ("packets_dropped", "new_flows", "refused")


@dataclass(frozen=True, kw_only=True)
class Overload:
    """A while in which a crossing's queue was full.

    Parameters
    ----------
    crossing
        Its name.
    stretch
        When, with a little before and after.
    """

    crossing: str
    stretch: Stretch


def overload(history: History, crossing: str, every_s: float) -> Overload | None:
    """Return the longest while in which packets of a crossing were lost; None of a short one."""
    dropped = history.get(f"crossings.{crossing}.packets_dropped")
    if dropped is None:
        return None
    lost = np.flatnonzero(np.diff(dropped.values) > 0)
    if len(lost) < LEAST_STEPS:
        return None
    groups = np.split(lost, np.flatnonzero(np.diff(lost) > _AFTER_STEPS) + 1)
    longest = max(groups, key=len)
    first_s = float(dropped.at_s[longest[0]]) - _BEFORE_S
    last_s = min(float(dropped.at_s[longest[-1] + 1]) + _AFTER_STEPS * every_s, first_s + LONGEST_S)
    if len(longest) < LEAST_STEPS or first_s < dropped.at_s[0]:
        return None
    stretch = Stretch(first_s=first_s, last_s=min(last_s, float(dropped.at_s[-1])))
    return Overload(crossing=crossing, stretch=stretch)


def set_up_numbers(
    file: WorldFile, told: Told, history: History, *, every_s: float, seed: int,
    heard: Callable[[str, int], None] | None = None,
) -> Iterator[Number]:  # fmt: skip
    """Yield what each crossing sets up a second, where its queue was full and the world says a rate at all.

    Parameters
    ----------
    file, history, every_s, seed, heard
        As for `set_up_rate`.
    told
        What was told of the other numbers.
    """
    values = {one.path: one.value for one in told.numbers if isinstance(one, Fitted)}
    for name, crossing in file.world.crossings.items():
        path, found = f"crossings.{name}.setup", overload(history, name, every_s)
        if crossing.setup_per_s is None or f"crossings.{name}.packets_dropped" not in history:
            continue
        if found is None:
            yield Untold(path=path, why="no queue was full for long enough", measure=_MEASURE)
            continue
        rate = set_up_rate(file, values, history, found, every_s=every_s, seed=seed, heard=heard)
        if isinstance(rate, Profile) and rate.is_flat:
            rate = f"anything from {rate.low:,.4g} to {rate.high:,.4g} a second would do as well"
        if isinstance(rate, str):
            yield Untold(path=path, why=rate, measure=_MEASURE)
        else:
            yield Fitted(
                path=path, value=rate.value, low=rate.low, high=rate.high,
                readings=(f"crossings.{name}.packets_dropped",),
                how="runs over the while in which its queue was full, for each candidate",
            )  # fmt: skip


def set_up_rate(
    file: WorldFile, values: Mapping[str, float], history: History, found: Overload, *, every_s: float,
    seed: int, heard: Callable[[str, int], None] | None = None,
) -> Profile | str:  # fmt: skip
    """Return what one device sets up a second; else why it is not told, as the end of a sentence.

    Parameters
    ----------
    file
        The world.
    values
        Numbers that were fitted before, by their paths.
    history
        What was seen.
    found
        The while.
    every_s
        The distance of samples.
    seed
        Chooses the random streams.
    heard
        Told what is run, and how many runs are done.
    """
    asked = _asked(file, history, found, every_s)
    if isinstance(asked, str):
        return asked
    crossing = file.world.crossings[found.crossing]
    assert crossing.setup_per_s is not None
    model = _Model(file, values, asked, history, found, every_s, seed, heard)
    tried: dict[float, float] = {}
    rates = np.geomspace(crossing.setup_per_s / _FARTHEST, crossing.setup_per_s * _FARTHEST, _COARSE)
    for _ in range(1 + _ROUNDS):
        for rate in rates.tolist():
            if rate not in tried:
                tried[rate] = model.height(rate)
        known = sorted(tried)
        best = known.index(max(known, key=lambda one: tried[one]))
        rates = np.geomspace(known[max(best - 1, 0)], known[min(best + 1, len(known) - 1)], _FINE)
    if model.over_ratio(max(tried, key=lambda one: tried[one])) > _MOST_OVER:
        return "with no rate does the engine do what was seen meanwhile"
    return _profile(tried)


def _profile(tried: Mapping[float, float]) -> Profile | str:
    """Return the interval of the candidates that are left, to the next one that is not on either side."""
    known = sorted(tried)
    most = max(tried.values())
    inside = [i for i, one in enumerate(known) if tried[one] >= most - DROP]
    first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, len(known) - 1)
    value = max(known, key=lambda one: tried[one])
    is_open = inside[0] == 0 or inside[-1] == len(known) - 1
    return Profile(
        value=value, low=known[first] / _WIDER, high=known[last] * _WIDER, is_open=is_open
    )  # fmt: skip


def _asked(file: WorldFile, history: History, found: Overload, every_s: float) -> dict[str, Floats] | str:
    """Return how much was asked in each step, by the path of the rate; else why that is not known."""
    at_s = np.arange(found.stretch.first_s, found.stretch.last_s + 0.5 * every_s, every_s)
    asked = {}
    for name, clients in file.world.clients.items():
        ends = clients.network, file.world.services[clients.service].network
        if found.crossing not in (route(file.world, *ends) or ()) or clients.demand.kind == "none":
            continue
        requests = history.get(f"clients.{name}.requests")
        if clients.demand.kind != "open":
            continue
        rates = None if requests is None else np.diff(requests.at(at_s)) / every_s
        if rates is None or not np.isfinite(rates).all():
            return f"what {name} asked meanwhile is not read"
        asked[f"clients.{name}.demand.rate"] = rates
    return asked


class _Model:
    """The synthetic likelihood."""

    def __init__(
        self, file: WorldFile, values: Mapping[str, float], asked: Mapping[str, Floats], history: History,
        found: Overload, every_s: float, seed: int, heard: Callable[[str, int], None] | None,
    ) -> None:  # fmt: skip
        self._found, self._every_s, self._seed, self._heard = found, every_s, seed, heard
        self._path = f"crossings.{found.crossing}.setup"
        document: dict[str, Any] = {key: one for key, one in file.document.items() if key not in _LEFT_OUT}
        horizon_s = found.stretch.length_s + every_s
        self._world = overlay(from_document(document, file.source), {**values, "horizon": horizon_s})
        steps = range(max((len(one) for one in asked.values()), default=0))
        each = [{path: float(max(one[i], 1e-3)) for path, one in asked.items()} for i in steps]
        self._triggers = {f"step_{i}": {"at": i * every_s, "set": rates} for i, rates in enumerate(each)}
        names = [f"crossings.{found.crossing}.{what}" for what in _READ]
        names += [path.replace(".demand.rate", ".served") for path in asked]
        self._names = [name for name in names if name in history]
        self._seen = np.array(list(self._summary(history, found.stretch.first_s)))
        self._runs_count = 0

    def _summary(self, history: History, first_s: float) -> Iterator[float]:
        """Yield the log of what each reading counted in each part of the while."""
        length_s = self._found.stretch.length_s
        marks_s = first_s + np.linspace(_BEFORE_S, length_s - self._every_s, _WINDOWS + 1)
        for name in self._names:
            grown = np.diff(history[name].at(marks_s))
            yield from np.log1p(np.maximum(np.nan_to_num(grown), 0.0)).tolist()

    def height(self, rate: float) -> float:
        """Return the log of the likelihood of one candidate."""
        over, variance = self._over(rate)
        return float(-0.5 * (over**2 / variance + np.log(variance)).sum())

    def over_ratio(self, rate: float) -> float:
        """Return how far a candidate is off what was seen, beside what chance and the model make of it."""
        over, variance = self._over(rate)
        return float((over**2 / variance).mean())

    def _over(self, rate: float) -> tuple[Floats, Floats]:
        world = overlay(self._world, {self._path: rate})
        world = from_document({**world.document, "triggers": self._triggers}, "a candidate")
        horizon_s = world.world.horizon_s
        tables = lower(write_script(world), horizon_s=horizon_s, bin_s=BIN_S)
        shown = []
        for number in range(_RUNS):
            if self._heard is not None:
                self._heard(f"candidates for {self._path}", self._runs_count)
            self._runs_count += 1
            run = exported(world.world, tables, simulate(tables, seed=self._seed, replication=number), BIN_S)
            shown.append(list(self._summary(_from_zero(run), 0.0)))
        runs = np.array(shown)
        variance = runs.var(axis=0, ddof=1) + _MODEL_RATIO**2
        return self._seen - runs.mean(axis=0), variance


def _from_zero(run: History) -> History:
    """Return readings that begin at time zero with nothing."""
    return {
        name: replace(
            one, at_s=np.concatenate([[0.0], one.at_s]), values=np.concatenate([[0.0], one.values]),
            is_torn=np.concatenate([[False], one.is_torn]),
        )
        for name, one in run.items()
    }  # fmt: skip
