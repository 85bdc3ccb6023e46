"""Does the engine do what was seen, with the fitted numbers? The posterior predictive check.

Each run has other values, spread over their intervals, so that the band of the runs holds what is not known
of the numbers and what is chance. A quiet span is compared window by window; a silence, of which only the
beginning is known to a sample, sample by sample, with beginnings spread between two samples.

Source: Gelman, Meng and Stern (1996), Posterior predictive assessment of model fitness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidegate.evaluate.variants.fraction import choose_fraction, expected_events
from tidegate.fit.courses import Course, Floats, History
from tidegate.fit.exported import BIN_S, exported
from tidegate.fit.fitted import Fitted, Number
from tidegate.fit.numbers import Told
from tidegate.fit.stretches import Stretch
from tidegate.observe.noun_reading import COUNTER, form_of
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import from_document
from tidegate.world.world import WorldFile

RUNS = 8
WARM_S, LONGEST_S = 60.0, 600.0
_WINDOWS = 6
_LONGEST_STEPS_S = 3_600.0
_MOST_EVENTS = 10_000_000
_DEVIATIONS = 3.0
_SLACK_RATIO = 0.02
_INSIDE_RATIO = 0.8
_LEFT_OUT = ("triggers", "activities", "beliefs")
_OF_A_SILENCE = (".timeout", ".retry.layers.0.base", ".retry.layers.0.retries")
QUIET = "quiet"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One reading, as it was seen and as the engine has it.

    Parameters
    ----------
    reading, span
        Which, and over which span: "quiet", or the clients that nobody answered.
    times_s
        Since the span began.
    seen, likely, low, high
        What was seen, and the middle and the band of the runs, at each time: a rate for a counter.
    holds
        Whether what was seen lies in the band.
    """

    reading: str
    span: str
    times_s: tuple[float, ...]
    seen: tuple[float, ...]
    likely: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    holds: bool

    @property
    def inside_ratio(self) -> float:
        """The share of times at which it lies in the band."""
        each = [a <= v <= b for a, v, b in zip(self.low, self.seen, self.high, strict=True)]
        return sum(each) / len(each)


@dataclass(frozen=True, kw_only=True)
class Span:
    """What a run is to do over again.

    Parameters
    ----------
    name, stretch
        "quiet" or the clients' name, and when.
    silent_service
        Who answers nobody; empty where all is well.
    """

    name: str
    stretch: Stretch
    silent_service: str = ""


def spans(file: WorldFile, told: Told) -> tuple[Span, ...]:
    """Return what is run again: the longest quiet span, and each silence that told something."""
    found = []
    if told.quiet is not None:
        found.append(Span(name=QUIET, stretch=told.quiet))
    for name, stretch in told.silences.items():
        if any(isinstance(one, Fitted) and _span_of(one.path) == name for one in told.numbers):
            short = Stretch(first_s=stretch.first_s, last_s=min(stretch.last_s, stretch.first_s + LONGEST_S))
            found.append(Span(name=name, stretch=short, silent_service=file.world.clients[name].service))
    return tuple(found)


def compared(
    file: WorldFile,
    told: Told,
    history: History,
    *,
    every_s: float,
    seed: int,
    heard: Callable[[str, int], None] | None = None,
) -> tuple[Compared, ...]:
    """Return how the engine with the fitted numbers does beside what was seen, for every reading it has.

    Parameters
    ----------
    file
        The world with its old numbers.
    told
        What was fitted.
    history
        What was seen.
    every_s
        The distance of samples.
    seed
        Chooses the random streams.
    heard
        Told what is run, and how many runs are done.
    """
    found: list[Compared] = []
    for span in spans(file, told):
        runs = []
        for number in range(RUNS):
            if heard is not None:
                heard(
                    f"the {'quiet span' if span.name == QUIET else 'silence of ' + span.name} again", number
                )
            runs.append(_run(file, _drawn(told.numbers, number), span, every_s, seed=seed, number=number))
        found += _beside(span, history, runs, every_s)
    return tuple(found)


def not_reproduced(number: Fitted, found: Sequence[Compared]) -> tuple[Compared, ...]:
    """Return the readings of a number that the engine does not reproduce."""
    span = _span_of(number.path)
    return tuple(
        one for one in found if one.span == span and one.reading in number.readings and not one.holds
    )


def is_compared(number: Fitted, found: Sequence[Compared]) -> bool:
    """Whether anything that a number was read from stands beside a run."""
    span = _span_of(number.path)
    return any(one.span == span and one.reading in number.readings for one in found)


def _span_of(path: str) -> str:
    """Return over which span a number is checked."""
    return path.split(".")[1] if path.endswith(_OF_A_SILENCE) else QUIET


def _drawn(numbers: Sequence[Number], number: int) -> dict[str, float]:
    """Return values spread over their intervals, in another order for each number."""
    values = {}
    fitted = [one for one in numbers if isinstance(one, Fitted)]
    for i, one in enumerate(fitted):
        share = ((number * (2 * i + 3) + i) % RUNS + 0.5) / RUNS
        inner = one.low + (one.high - one.low) * (0.15 + 0.7 * share)
        values[one.path] = inner if one.high > one.low else one.value
    return values


def _run(
    file: WorldFile, values: Mapping[str, float], span: Span, every_s: float, *, seed: int, number: int
) -> History:
    """Return what exporters show of one run, in bins of the engine's."""
    document: dict[str, Any] = {key: one for key, one in file.document.items() if key not in _LEFT_OUT}
    horizon_s = WARM_S + min(span.stretch.length_s, _longest_s(every_s)) + 2.0 * every_s
    world = overlay(from_document(document, file.source), {**values, "horizon": horizon_s})
    if span.silent_service:
        begins_s = WARM_S + every_s * (number + 0.5) / RUNS
        place = f"services.{span.silent_service}"
        gone = {
            "at": begins_s, "set": {f"{place}.instances": 0, f"{place}.when_down": "silent"},
            "gone_connections": "stay",
        }  # fmt: skip
        world = from_document({**world.document, "triggers": {"nobody_answers": gone}}, file.source)
    script = write_script(world)
    tables = lower(script, horizon_s=horizon_s, fraction=fraction_of(script, horizon_s), bin_s=BIN_S)
    return exported(world.world, tables, simulate(tables, seed=seed, replication=number), BIN_S)


def fraction_of(script: Script, horizon_s: float) -> float:
    """Return the fraction of the world's size that is run: all of it, unless a run takes many seconds."""
    if expected_events(script, horizon_s) <= _MOST_EVENTS:
        return 1.0
    return choose_fraction(script, horizon_s)


def _longest_s(every_s: float) -> float:
    """Return how long is run: ten minutes, or as many steps as are compared at least."""
    return max(LONGEST_S, min((_WINDOWS + 2) * every_s, _LONGEST_STEPS_S))


def _beside(span: Span, history: History, runs: Sequence[History], every_s: float) -> list[Compared]:
    length_s = _part_s(span.stretch, every_s)
    found = []
    for name, course in history.items():
        if name not in runs[0]:
            continue
        parts = []
        for first_s in _begins(span, course, name, length_s, every_s):
            at_s = np.arange(first_s, first_s + length_s + 0.5 * every_s, every_s)
            seen = moved(course, at_s, name)
            known = np.isfinite(seen)
            if len(at_s) < _WINDOWS + 1 or known.sum() < _WINDOWS:
                continue
            ours = np.stack([moved(run[name], at_s - first_s + WARM_S, name) for run in runs])
            times_s = (at_s[1:] - span.stretch.first_s)[known]
            place = _by_window if span.name == QUIET else by_sample
            parts.append(place(name, span.name, times_s, seen[known], ours[:, known], every_s))
        if parts:
            found.append(_joined(parts))
    return found


def _begins(span: Span, course: Course, name: str, length_s: float, every_s: float) -> list[float]:
    """Return where what is compared begins: the beginning, the busiest and the end of a quiet span.

    A world at rest does the same all the while, so that one run stands beside each of them.
    """
    first_s, end_s = span.stretch.first_s, span.stretch.last_s - length_s
    if span.name != QUIET or end_s < first_s + length_s:
        return [first_s]
    # None overlaps another, so that nothing counts twice.
    between = [float(one) for one in np.arange(first_s + length_s, end_s - length_s + 1e-6, length_s)]
    if not between:
        return [first_s, end_s]
    levels = [_level(course, name, one, length_s, every_s) for one in between]
    return [first_s, between[levels.index(max(levels))], end_s]


def _level(course: Course, name: str, first_s: float, length_s: float, every_s: float) -> float:
    seen = moved(course, np.arange(first_s, first_s + length_s + 0.5 * every_s, every_s), name)
    return float(seen[np.isfinite(seen)].mean()) if np.isfinite(seen).any() else -np.inf


def _part_s(stretch: Stretch, every_s: float) -> float:
    """Return how long each compared part is: whole steps, all of a span that is short, else a part of it."""
    parts_count = max(1, int(np.ceil(stretch.length_s / _longest_s(every_s) - 1e-9)))
    steps_count = int(stretch.length_s / parts_count / every_s + 1e-6)
    return max(steps_count, 1) * every_s


def _joined(parts: Sequence[Compared]) -> Compared:
    """Return the parts of one reading as one, which holds where each does."""
    return Compared(
        reading=parts[0].reading, span=parts[0].span,
        times_s=tuple(at_s for one in parts for at_s in one.times_s),
        seen=tuple(value for one in parts for value in one.seen),
        likely=tuple(value for one in parts for value in one.likely),
        low=tuple(value for one in parts for value in one.low),
        high=tuple(value for one in parts for value in one.high),
        holds=all(one.holds for one in parts),
    )  # fmt: skip


def moved(course: Course, at_s: Floats, name: str) -> Floats:
    """Return a rate for a counter and a level for a gauge, at the end of each step."""
    values = course.at(at_s)
    return np.diff(values) / np.diff(at_s) if form_of(name) == COUNTER else values[1:]


def _by_window(
    name: str, span: str, times_s: Floats, seen: Floats, ours: Floats, _every_s: float
) -> Compared:
    parts = [one for one in np.array_split(np.arange(len(seen)), _WINDOWS) if len(one)]
    windows = np.array([seen[one].mean() for one in parts])
    predicted = np.stack([ours[:, one].mean(axis=1) for one in parts], axis=1)
    unsure = np.array([_unsure_of_mean(seen[one]) for one in parts])
    middle = float(predicted.mean())
    wide = _DEVIATIONS * np.sqrt(float(predicted.var(ddof=1)) + unsure**2) + _SLACK_RATIO * abs(middle)
    inside = int((np.abs(windows - middle) <= wide).sum())
    return Compared(
        reading=name, span=span, times_s=tuple(float(times_s[one[-1]]) for one in parts),
        seen=tuple(windows.tolist()), likely=(middle,) * len(parts), low=tuple((middle - wide).tolist()),
        high=tuple((middle + wide).tolist()), holds=inside >= len(parts) - 1,
    )  # fmt: skip


def _unsure_of_mean(values: Floats) -> float:
    """Return the deviation of the mean of samples that follow each other."""
    if len(values) < 2:
        return 0.0
    over = values - values.mean()
    follows = float((over[1:] * over[:-1]).sum() / max(float((over**2).sum()), 1e-12))
    follows = min(max(follows, 0.0), 0.9)
    return float(np.sqrt(values.var(ddof=1) * (1.0 + follows) / (1.0 - follows) / len(values)))


def by_sample(name: str, span: str, times_s: Floats, seen: Floats, ours: Floats, every_s: float) -> Compared:
    """Return a reading beside runs sample by sample: in the band of the runs, and of chance about it."""
    middle = np.median(ours, axis=0)
    counted = every_s if form_of(name) == COUNTER else 1.0
    chance = np.sqrt(np.maximum(np.maximum(middle, seen) * counted, 1.0)) / counted
    wide = _DEVIATIONS * chance + _SLACK_RATIO * np.abs(middle)
    low, high = ours.min(axis=0) - wide, ours.max(axis=0) + wide
    inside = float(((low <= seen) & (seen <= high)).mean())
    return Compared(
        reading=name, span=span, times_s=tuple(times_s.tolist()), seen=tuple(seen.tolist()),
        likely=tuple(middle.tolist()), low=tuple(low.tolist()), high=tuple(high.tolist()),
        holds=inside >= _INSIDE_RATIO,
    )  # fmt: skip
