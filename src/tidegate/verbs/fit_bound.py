"""What do series show of nouns that are bound to them? Under the names that exporters give their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from tidegate.errors import CannotTellError, Fault, InputError
from tidegate.fit.courses import Course, History, course_of
from tidegate.fit.summed_course import summed_course
from tidegate.observe.answering import Answers
from tidegate.observe.known_series import KnownSeries
from tidegate.observe.label_matcher import selector
from tidegate.observe.live_number import LiveNumber, live_numbers
from tidegate.observe.noun_reading import COUNTER, KINDS, form_of
from tidegate.observe.prometheus_answer import Labelled
from tidegate.observe.promql import matchers_of, names_of
from tidegate.observe.samples import Missing
from tidegate.world.world import WorldFile

_NOT_FITTED = frozenset({"packets", "bits"})
"""Loads of which no number of a world is told; a machine has a series of them for each of its ports."""
_UNCLEAR = "differs between those that show it: say which with --series"


class Labelling(Protocol):
    """Where all series that an expression means are read."""

    name: str

    def every(
        self, said: str, first_s: float, last_s: float, every_s: float
    ) -> tuple[Labelled, ...] | Missing:
        """Return all series of an expression; none is no error."""


def bound_history(
    file: WorldFile, telemetry: Labelling, first_s: float, last_s: float, every_s: float
) -> tuple[History, dict[str, str]]:
    """Return the readings of nouns that `known_as` binds to series, and why some say nothing.

    Parameters
    ----------
    file
        The world.
    telemetry
        Where series are read.
    first_s, last_s
        From when until when.
    every_s
        How far apart samples are.

    Raises
    ------
    InputError
        If no noun is bound to anything that is fitted.
    CannotTellError
        If none of the series is there.
    """
    numbers = [one for one in live_numbers(file, Answers()) if _is_fitted(one)]
    if not numbers:
        bound = """`known_as: {prometheus: '{instance="…"}'}` on a crossing or a service"""
        allowed = f"{bound}, or `readings:` in --series"
        what = "is bound to no series, so that there is nothing to read"
        raise InputError(Fault(what=what, value=file.world.name, allowed=allowed))
    history: dict[str, Course] = {}
    unread: dict[str, str] = {}
    asked: list[str] = []
    for one in numbers:
        asked += [name.metric for name in names_of(one)]
        found = _read(one, telemetry, first_s, last_s, every_s)
        if isinstance(found, Course):
            history[one.path] = found
        elif found:
            unread[one.path] = found
    if not history:
        each = "".join(f"\n  {reading}: {why}" for reading, why in unread.items())
        named = ", ".join(dict.fromkeys(asked))
        raise CannotTellError(
            f"{telemetry.name} shows nothing under these labels that is known: {named}{each}"[:2_000]
        )
    return history, unread


def _is_fitted(one: LiveNumber) -> bool:
    if one.what in _NOT_FITTED or not names_of(one):
        return False
    return not one.is_load or one.what in KINDS[one.section]


def _read(
    one: LiveNumber, telemetry: Labelling, first_s: float, last_s: float, every_s: float
) -> Course | str:
    """Return what a number did; why nothing is made of it; nothing where nobody shows it."""
    shown: list[tuple[KnownSeries, tuple[Labelled, ...]]] = []
    for name in _of_form(one):
        found = telemetry.every(selector(name.metric, matchers_of(one, name)), first_s, last_s, every_s)
        if isinstance(found, Missing):
            return found.why
        rows = tuple(row for row in found if row.series.at_s)
        if rows:
            shown.append((name, rows))
            if one.what != "refused":  # what is turned away is counted in several places
                break
    if not shown:
        return ""
    if not one.is_load:
        return _number_of_the_file(shown[0], every_s)
    parts = [row.series for _, rows in shown for row in rows]
    name = shown[0][0]
    least_count = one.parts_count if name.is_each and len(shown) == 1 else 1
    return summed_course(
        parts, every_s, is_counter=name.form == COUNTER, least_count=least_count, times_ratio=name.times_ratio
    )


def _of_form(one: LiveNumber) -> Iterator[KnownSeries]:
    for name in names_of(one):
        if name.form == form_of(one.path):
            yield name


def _number_of_the_file(shown: tuple[KnownSeries, tuple[Labelled, ...]], every_s: float) -> Course | str:
    """Return a number of the world file itself, where all who show it show the same."""
    name, rows = shown
    if len({row.series.values[-1] for row in rows}) > 1:
        return _UNCLEAR
    found = course_of(rows[0].series, every_s, is_counter=False)
    if isinstance(found, str) or name.times_ratio == 1.0:
        return found
    return Course(at_s=found.at_s, values=found.values * name.times_ratio, is_torn=found.is_torn)
