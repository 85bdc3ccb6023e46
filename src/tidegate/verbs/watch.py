"""Watch: is a surge beginning, where, how far are limits, and what is not seen? Samples in, places out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tidegate.adapters.telemetry.live_source import LiveSource
from tidegate.errors import Fault, InputError, TidegateError
from tidegate.observe.answering import Answering, Answers
from tidegate.observe.live_number import LiveNumber, live_numbers, unbound, unread
from tidegate.observe.place_reading import Watched
from tidegate.observe.watching import Manner, Watching
from tidegate.world.world import WorldFile

_RATE = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)\s*/\s*(min|h|hour|d|day|week|month)", re.ASCII)
_SPANS_S = {
    "min": 60.0, "h": 3600.0, "hour": 3600.0, "d": 86_400.0, "day": 86_400.0, "week": 604_800.0,
    "month": 2_592_000.0,
}  # fmt: skip


def read_numbers(file: WorldFile, answering: Answering | None) -> tuple[LiveNumber, ...]:
    """Return what is read of a world; it must be something.

    Parameters
    ----------
    file
        The world.
    answering
        Which series answers what, where that is stated.

    Raises
    ------
    InputError
        With every binding that is none, or if nothing of the world is bound to a source.
    """
    answers = Answers() if answering is None else answering.worlds.get(file.world.name, Answers())
    numbers = live_numbers(file, answers)
    if not any(one.is_promised for one in numbers):
        places = ", ".join(unbound(file, numbers)[:5]) or file.world.name
        allowed = """`known_as: {prometheus: '{instance="…"}'}` on a place, or `readings:` in --series"""
        raise InputError(
            Fault(what="is not bound to any series, so that nothing could be seen", value=places,
                  allowed=allowed)
        )  # fmt: skip
    return numbers


def begin(file: WorldFile, numbers: Sequence[LiveNumber], *, manner: Manner, began_s: float) -> Watching:
    """Return a watch that has seen nothing yet."""
    known = tuple(numbers)
    return Watching(
        file.world.name, known, manner=manner, began_s=began_s, unbound=unbound(file, known),
        unread=unread(file, known),
    )  # fmt: skip


def look(watching: Watching, sources: Sequence[LiveSource], now_s: float) -> Watched:
    """Look at every source once; one that cannot be read is blind and keeps no other from being looked at.

    Parameters
    ----------
    watching
        Takes what came.
    sources
        Where series come from.
    now_s
        The time, in seconds since 1970.
    """
    for source in sources:
        try:
            found = source.look(now_s)
        except InputError as error:
            one = error.faults[0]
            watching.source_read(source.name, now_s, why=" ".join(f"{one.what} {one.value}".split())[:200])
        except TidegateError as error:
            watching.source_read(source.name, now_s, why=" ".join(str(error).split())[:200])
        else:
            watching.source_read(source.name, now_s, delay_s=source.delay_s)
            watching.take(found, now_s, source=source.name, system=source.system)
    return watching.look(now_s)


def false_alarm_s(said: str) -> float:
    """Return how long it is between two false alarms, of a rate such as ``1/week``.

    Raises
    ------
    InputError
        If it is none.
    """
    found = _RATE.fullmatch(said.strip())
    if found is None or float(found[1]) <= 0:
        allowed = "a rate such as 1/week, 2/day or 0.5/month"
        raise InputError(
            Fault(what="is no rate of alarms", path="--false-alarms", value=said[:60], allowed=allowed)
        )
    return _SPANS_S[found[2]] / float(found[1])
