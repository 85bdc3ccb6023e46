"""An outage again, beside what the world predicts: how much of it lies in the band of the runs.

Agreement is a share with its interval: of stretches of half a minute, of all readings, those that lie in the
band. What leaves the band first, and stays out, is what the world does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tidegate.evaluate.judging.verdict import Verdict
from tidegate.evaluate.searching.escape import Escape
from tidegate.experiment.interval import share_interval
from tidegate.fit.courses import Course, Floats, History
from tidegate.fit.exported import BIN_S, exported
from tidegate.fit.reproduced import Compared, by_sample, fraction_of, moved
from tidegate.observe.noun_reading import COUNTER, form_of
from tidegate.observe.surge_detector import WEEK_S, SurgeDetector
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.world import World, WorldFile

RUNS = 20
LEAVES_SAMPLES = 3
"""So many samples one after the other outside of the band are no chance."""
BLOCK_S = 30.0
FULL_RATIO = 0.98
"""So near to a limit counts as reaching it: samples miss the moment."""
_KNOWN_COUNT = 240
_SURGING = (".new_flows", ".requests", ".attempts")


@dataclass(frozen=True, kw_only=True)
class Beside:
    """One reading of an outage beside its prediction.

    Parameters
    ----------
    compared
        It, with times since the outage began.
    left_s
        When it left the band and stayed out, since it began; None where it did not.
    """

    compared: Compared
    left_s: float | None


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Something that can be told of a reading at a moment.

    Parameters
    ----------
    at_s
        When, since the outage began.
    what
        "surge", "limit", "refused" or "silence".
    reading
        Of which reading.
    is_seen
        Whether it was seen in the record; else it is what the world predicts.
    since_s
        Of a surge: when it began, as far as that can be told.
    """

    at_s: float
    what: str
    reading: str
    is_seen: bool
    since_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class OutageAgain:
    """What a world predicts of an outage, beside what was seen.

    Parameters
    ----------
    readings
        Each that both have, those that leave the band first before the others.
    inside_count, blocks_count
        Stretches of half a minute since it began in the band, of how many.
    seen_ratio
        The share of what the world predicts since it began that was seen, of the readings that are there.
    moments
        What could be told, in order of time.
    """

    readings: tuple[Beside, ...]
    inside_count: int
    blocks_count: int
    seen_ratio: float
    moments: tuple[Moment, ...]

    @property
    def agreement(self) -> tuple[float, float, float]:
        """The share in the band, with its interval of 95 %."""
        low, high = share_interval(self.inside_count, self.blocks_count)
        return self.inside_count / self.blocks_count, low, high

    @property
    def first_out(self) -> Beside | None:
        """What leaves the band first; None where nothing does."""
        return next((one for one in self.readings if one.left_s is not None), None)


@dataclass(frozen=True, kw_only=True)
class Replay:
    """An outage again, with what would have been said of it.

    Parameters
    ----------
    world, activity
        Of which world, and what began it; empty for its triggers.
    began_s
        When, in seconds since 1970.
    source
        Where the series were read.
    again
        It, beside its prediction.
    verdict
        What would have been said beforehand; None where nobody asked.
    escape
        The way out of the collapse; None where the world does not collapse, or nobody asked.
    told
        What was on record, with when it was said, in seconds since it began.
    unread
        Readings that were not there, by their name, with why.
    """

    world: str
    activity: str
    began_s: float
    source: str
    again: OutageAgain
    verdict: Verdict | None
    escape: Escape | None
    told: tuple[tuple[float, str], ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


def outage_again(
    file: WorldFile,
    activity: str | None,
    history: History,
    *,
    began_s: float,
    every_s: float,
    seed: int,
    heard: Callable[[str, int], None] | None = None,
) -> OutageAgain | None:
    """Return an outage beside what the world predicts of it; None where they have nothing in common.

    Parameters
    ----------
    file
        The world.
    activity
        What began it; None for the world's triggers.
    history
        What was seen.
    began_s
        When it began, in seconds since 1970.
    every_s
        The distance of samples.
    seed
        Chooses the random streams.
    heard
        Told what is run, and how many runs are done.
    """
    script = write_script(file, activity)
    horizon_s, begins_s = file.world.horizon_s, script.disturbed_from_s
    tables = lower(script, horizon_s=horizon_s, fraction=fraction_of(script, horizon_s), bin_s=BIN_S)
    runs = []
    for number in range(RUNS):
        if heard is not None:
            heard("what the world predicts", number)
        runs.append(exported(file.world, tables, simulate(tables, seed=seed, replication=number), BIN_S))
    steps = np.arange(-(begins_s // every_s) + 1, (horizon_s - begins_s) // every_s)
    found = [
        one
        for name, course in history.items()
        if name in runs[0]
        and (one := _beside(name, course, runs, steps * every_s, began_s, begins_s, every_s))
    ]
    if not found:
        return None
    found.sort(key=lambda one: (one.left_s is None, one.left_s or 0.0))
    inside, blocks = _blocks([one.compared for one in found], every_s)
    if not blocks:
        return None
    seen_count = sum(at_s > 0 for one in found for at_s in one.compared.times_s)
    after_count = int((steps[1:] > 0).sum()) * len(found)
    moments = [
        *_seen(history, began_s, every_s, file.world),
        *_predicted([one.compared for one in found], file.world, every_s),
    ]
    return OutageAgain(
        readings=tuple(found), inside_count=inside, blocks_count=blocks,
        seen_ratio=seen_count / max(after_count, 1),
        moments=tuple(sorted(moments, key=lambda one: (one.at_s, one.reading, one.is_seen))),
    )  # fmt: skip


def _beside(
    name: str, course: Course, runs: Sequence[History], at_s: Floats, began_s: float, begins_s: float,
    every_s: float,
) -> Beside | None:  # fmt: skip
    seen = moved(course, at_s + began_s, name)
    known = np.isfinite(seen)
    if known.sum() < LEAVES_SAMPLES:
        return None
    ours = np.stack([moved(run[name], at_s + begins_s, name) for run in runs])
    compared = by_sample(name, "", at_s[1:][known], seen[known], ours[:, known], every_s)
    return Beside(compared=compared, left_s=_left_s(compared))


def _left_s(one: Compared) -> float | None:
    """Return when a reading left its band for longer than chance has it."""
    run = 0
    for i, (low, value, high) in enumerate(zip(one.low, one.seen, one.high, strict=True)):
        run = 0 if low <= value <= high else run + 1
        if run == LEAVES_SAMPLES:
            return one.times_s[i - LEAVES_SAMPLES + 1]
    return None


def _blocks(found: Sequence[Compared], every_s: float) -> tuple[int, int]:
    """Return how many stretches since it began lie in the band: most of the samples of each."""
    size = max(1, round(BLOCK_S / every_s))
    inside = blocks = 0
    for one in found:
        each = [
            a <= v <= b
            for at_s, a, v, b in zip(one.times_s, one.low, one.seen, one.high, strict=True)
            if at_s > 0
        ]
        for begin in range(0, len(each), size):
            part = each[begin : begin + size]
            blocks += 1
            inside += 2 * sum(part) > len(part)
    return inside, blocks


def _seen(history: History, began_s: float, every_s: float, world: World) -> Iterator[Moment]:
    for name, course in history.items():
        if name.endswith(_SURGING):
            yield from _surge(name, course, began_s, every_s)
        first_s = _first_at_limit(name, course.at_s, course.values, world)
        if first_s is not None:
            yield Moment(at_s=first_s - began_s, what="limit", reading=name, is_seen=True)
        if name.endswith(".refused"):
            begins, _, grown = course.steps()
            after = begins[grown > 0]
            if len(after):
                yield Moment(at_s=float(after[0]) - began_s, what="refused", reading=name, is_seen=True)


def _surge(name: str, course: Course, began_s: float, every_s: float) -> Iterator[Moment]:
    """Yield each surge as a watch would have seen it."""
    detector = SurgeDetector(is_rate=True, false_alarm_s=WEEK_S)
    was = None
    begins, lengths, grown = course.steps()
    for begin, length, growth in zip(begins.tolist(), lengths.tolist(), grown.tolist(), strict=True):
        detector.take(begin + length, growth / length, every_s)
        if detector.since_s is not None and was is None:
            since_s = detector.since_s - began_s
            yield Moment(
                at_s=begin + length - began_s, what="surge", reading=name, is_seen=True, since_s=since_s
            )
        was = detector.since_s


def _limit(name: str, world: World) -> float | None:
    section, noun, what = name.split(".", 2)
    if section != "crossings":
        return None
    crossing = world.crossings[noun]
    if what == "flows_held" and crossing.table is not None:
        return float(crossing.table.entries_count * crossing.devices_count)
    if what == "ports_used" and crossing.ports is not None:
        return crossing.ports.per_destination_count * crossing.ports.usable_ratio * crossing.devices_count
    return None


def _first_at_limit(name: str, at_s: Floats, values: Floats, world: World) -> float | None:
    limit = _limit(name, world)
    reached = np.flatnonzero(values >= FULL_RATIO * limit) if limit is not None else np.zeros(0)
    return float(at_s[int(reached[0])]) if len(reached) else None


def _predicted_surge(one: Compared, every_s: float) -> Iterator[Moment]:
    """Yield when a watch that knows what the runs have before would see their surge."""
    before = [value for at_s, value in zip(one.times_s, one.likely, strict=True) if at_s <= 0]
    if not before:
        return
    detector = SurgeDetector(is_rate=True, false_alarm_s=WEEK_S)
    usual = sum(before) / len(before)
    for step in range(-_KNOWN_COUNT, 0):
        detector.take(step * every_s, usual, every_s)
    for at_s, value in zip(one.times_s, one.likely, strict=True):
        if at_s > 0:
            detector.take(at_s, value, every_s)
            if detector.since_s is not None:
                yield Moment(
                    at_s=at_s, what="surge", reading=one.reading, is_seen=False, since_s=detector.since_s
                )
                return


def _predicted(found: Sequence[Compared], world: World, every_s: float) -> Iterator[Moment]:
    for one in found:
        if one.reading.endswith(_SURGING):
            yield from _predicted_surge(one, every_s)
        times_s, likely = np.array(one.times_s), np.array(one.likely)
        first_s = _first_at_limit(one.reading, times_s, likely, world)
        if first_s is not None:
            yield Moment(at_s=first_s, what="limit", reading=one.reading, is_seen=False)
        if one.reading.endswith(".refused") and form_of(one.reading) == COUNTER and (likely > 0).any():
            at_s = float(times_s[int((likely > 0).argmax())])
            yield Moment(at_s=at_s, what="refused", reading=one.reading, is_seen=False)
