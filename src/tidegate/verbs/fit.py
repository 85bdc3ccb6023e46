"""Fit: which numbers of a world does its history show? Text and series in, changed text out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tidegate.discover.discovered import Recorded
from tidegate.errors import CannotTellError, Fault, InputError
from tidegate.fit.courses import Course, History, course_of
from tidegate.fit.fitted import Fitted, Number, Untold
from tidegate.fit.judged_number import Finding, Findings
from tidegate.fit.numbers import told
from tidegate.fit.reproduced import Compared, compared, is_compared, not_reproduced
from tidegate.fit.set_up import set_up_numbers
from tidegate.journal.moment import utc
from tidegate.observe.answering import Answering
from tidegate.observe.noun_reading import COUNTER, check_readings, is_number_of_the_file
from tidegate.observe.samples import Missing, Telemetry
from tidegate.verbs.fit_bound import Labelling, bound_history
from tidegate.verbs.fit_flows import flow_history
from tidegate.world.belief import Estimate
from tidegate.world.file.edit import edit
from tidegate.world.file.read import read_world
from tidegate.world.file.shape import slot_at
from tidegate.world.file.value import value_at
from tidegate.world.world import WorldFile

FLOWS_EVERY_S = 5.0
"""How far apart samples of flow records are taken, where no file of series says otherwise."""
_DIGITS = 4
_DOUBTED_TIMES = 100.0
_OURS = ("value", "low", "high", "basis", "source")


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What is fitted, of what and into what.

    Parameters
    ----------
    text, source
        The world file and its name.
    answering
        Which series is which reading; None where flow records alone are read.
    telemetry
        Where they are read; None likewise.
    bound
        Where the series of nouns are read that `known_as` binds to them, where no file says which is which.
    flows
        Flow records.
    stated_every_s
        How far apart samples are, where no file says it.
    first_s, last_s
        From when until when, in seconds since 1970.
    seed
        Chooses the random streams of the check.
    measured
        The measured policies that stand beside the world.
    """

    text: str
    source: str
    answering: Answering | None = None
    telemetry: Telemetry | None = None
    bound: Labelling | None = None
    flows: tuple[Recorded, ...] = ()
    first_s: float = -math.inf
    last_s: float = math.inf
    seed: int = 7
    measured: Mapping[str, Any] | None = None
    stated_every_s: float = FLOWS_EVERY_S

    @property
    def every_s(self) -> float:
        """How far apart samples are."""
        return self.stated_every_s if self.answering is None else self.answering.every_s

    @property
    def source_name(self) -> str:
        """What people call where it is read."""
        names = [one.name for one in (self.telemetry, self.bound) if one is not None]
        return ", ".join((*names, *(one.source for one in self.flows)))


def fit(asked: Fit, heard: Callable[[str, int], None] | None = None) -> Findings:
    """Return which numbers of a world its history shows, and its text with those that the engine reproduces.

    Parameters
    ----------
    asked
        The world and where its history is.
    heard
        Told what is run, and how many runs are done.

    Raises
    ------
    InputError
        If the world or what its readings are called is wrong, with every fault.
    CannotTellError
        If no reading is there, or the source cannot be asked.
    """
    file = read_world(asked.text, asked.source, measured=asked.measured)
    history, unread = read_history(file, asked)
    every_s = asked.every_s
    found = told(file, history, every_s)
    more = tuple(set_up_numbers(file, found, history, every_s=every_s, seed=asked.seed, heard=heard))
    found = replace(found, numbers=(*found.numbers, *more))
    seen = compared(file, found, history, every_s=every_s, seed=asked.seed, heard=heard)
    origin = _origin(asked.source_name, history)
    numbers = tuple(_finding(file, number, seen, origin) for number in found.numbers)
    changes = {
        one.number.path: _estimate(file, one.number, origin)
        for one in numbers
        if one.state == "new" and isinstance(one.number, Fitted)
    }
    return Findings(
        world=file.world.name, origin=origin, numbers=numbers, compared=seen, courses=found.courses,
        unread=unread, edited=edit(asked.text, asked.source, changes, measured=asked.measured),
    )  # fmt: skip


def read_history(file: WorldFile, asked: Fit) -> tuple[History, dict[str, str]]:
    """Return the readings of a world, and why those that are not there are not.

    Raises
    ------
    InputError
        If none are stated for this world, or wrong ones.
    CannotTellError
        If none of them is there.
    """
    flows = dict(flow_history(file.world, asked.flows, asked.every_s)) if asked.flows else {}
    if asked.bound is not None:
        shown, unread = bound_history(file, asked.bound, asked.first_s, asked.last_s, asked.every_s)
        return {**flows, **shown}, unread
    if asked.answering is None or asked.telemetry is None:
        return flows, {}
    name = file.world.name
    answers = asked.answering.worlds.get(name)
    if answers is None or not answers.readings:
        allowed = f"`readings:` below `worlds: {name}:`, as `crossings.nat.flows_held: EXPRESSION`"
        what = "states no readings of this world"
        raise InputError(Fault(what=what, path="--series", value=name, allowed=allowed))
    check_readings(answers.readings, file.world)
    every_s = asked.every_s
    history: dict[str, Course] = flows
    unread = {}
    for reading, (form, said) in answers.readings.items():
        found = asked.telemetry.read(said, asked.first_s, asked.last_s, every_s)
        if isinstance(found, Missing):
            unread[reading] = found.why
            continue
        course = course_of(found, every_s, is_counter=form == COUNTER)
        if isinstance(course, str):
            unread[reading] = f"{said} {course}"
        else:
            history[reading] = course
    if not history:
        each = "".join(f"\n  {reading}: {why}" for reading, why in unread.items())
        raise CannotTellError(f"{asked.telemetry.name} has none of the readings of {name}:{each}")
    return history, unread


def _origin(source: str, history: History) -> str:
    first_s = min(float(one.at_s[0]) for one in history.values())
    last_s = max(float(one.at_s[-1]) for one in history.values())
    length_s = last_s - first_s
    length = f"{length_s / 86_400:.1f} d" if length_s >= 172_800 else f"{length_s / 60:.0f} min"
    return f"{source}, {length} until {utc(last_s):%Y-%m-%d %H:%M} UTC"


def _finding(file: WorldFile, number: Number, seen: tuple[Compared, ...], origin: str) -> Finding:
    before = _before(file, number.path)
    if isinstance(number, Untold):
        return Finding(number=number, before=before, state="untold")
    against = not_reproduced(number, seen)
    if against:
        return Finding(number=number, before=before, state="kept", against=against)
    if is_number_of_the_file(number.path) and number.readings == (number.path,):
        if before is not None and _is_doubted(number.value, before):
            return Finding(number=number, before=before, state="doubted")
        beside = True
    else:
        beside = is_compared(number, seen)
    value, low, high = _written(number)
    if before is not None and (before.value, before.low, before.high, before.source) == (
        value,
        low,
        high,
        origin,
    ):
        return Finding(number=number, before=before, state="same", is_compared=beside)
    off_ratio = None
    if before is not None and before.basis == "measured":
        apart = before.high < number.low or before.low > number.high
        off_ratio = before.value / number.value - 1.0 if apart and number.value else None
    return Finding(number=number, before=before, state="new", off_ratio=off_ratio, is_compared=beside)


def _is_doubted(value: float, before: Estimate) -> bool:
    """Whether a number is a hundred times the old one or its hundredth, its range included."""
    if before.low <= value <= before.high or before.value <= 0:
        return False
    return value <= 0 or not 1.0 / _DOUBTED_TIMES < value / before.value < _DOUBTED_TIMES


def _before(file: WorldFile, path: str) -> Estimate | None:
    known = file.estimates.get(path)
    if known is not None:
        return known
    value = value_at(file.world, path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Estimate(path=path, value=value, low=value, high=value, basis="")


def _estimate(file: WorldFile, number: Fitted, origin: str) -> dict[str, Any]:
    """Return a number as the file has it; what a person wrote beside it stays."""
    value, low, high = _written(number)
    return {
        **_beside(file.document, number.path),
        "value": value, "low": low, "high": high, "basis": "measured", "source": origin,
    }  # fmt: skip


def _written(number: Fitted) -> tuple[float, float, float]:
    """Return value, low and high as they are written: counts are whole, all else has four digits."""
    slot = slot_at(number.path)
    if slot is not None and slot.shape.kind == "number" and slot.shape.whole:
        value, low, high = round(number.value), math.floor(number.low + 1e-9), math.ceil(number.high - 1e-9)
        return value, min(low, value), max(high, value)
    value_, low_ = _rounded(number.value, round), _rounded(number.low, math.floor)
    high_ = _rounded(number.high, math.ceil)
    return value_, min(low_, value_), max(high_, value_)


def _rounded(value: float, to_whole: Callable[[float], int]) -> float:
    """Return a number of four digits, on the side that it is rounded to."""
    if value == 0.0:
        return 0.0
    power = math.floor(math.log10(abs(value))) - _DIGITS + 1
    scaled = to_whole(value / 10.0**power)
    return float(f"{scaled}e{power}")


def _beside(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    here: Any = document
    for step in path.split("."):
        if isinstance(here, list):
            here = here[int(step)] if step.isdecimal() and int(step) < len(here) else None
        elif isinstance(here, Mapping):
            here = here.get(step)
        else:
            here = None
    return {key: one for key, one in here.items() if key not in _OURS} if isinstance(here, Mapping) else {}
