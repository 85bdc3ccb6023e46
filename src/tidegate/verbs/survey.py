"""Survey: the regions of a world over two of its numbers; on the command line `tidegate map`."""

from __future__ import annotations

from tidegate.errors import Fault, InputError
from tidegate.evaluate.judging.asked import DEFAULT_SEED, Check, activities_of
from tidegate.evaluate.searching.survey import Ask, Map, heading, point_line, read_points, sides, survey
from tidegate.evaluate.variants.axis import number_at, slot_of
from tidegate.world.file.quantity import format_quantity
from tidegate.world.world import WorldFile

COLUMNS_COUNT, ROWS_COUNT = 33, 17
NAMED_COUNT = 8
"""So many numbers of a world are offered for the sides of a map."""
AROUND_TIMES = 4.0
"""A number without a range is drawn from its share of so much to so many times what it is."""

Ends = tuple[str | None, str | None]


def asked(  # noqa: PLR0913  one for each thing that can be said of a map
    file: WorldFile,
    activity: str | None,
    x: str | None,
    y: str | None,
    *,
    x_ends: Ends = (None, None),
    y_ends: Ends = (None, None),
    columns_count: int = COLUMNS_COUNT,
    rows_count: int = ROWS_COUNT,
    seed: int = DEFAULT_SEED,
) -> Ask:
    """Return what is to be surveyed; faults in it are raised now, before anything runs.

    Parameters
    ----------
    file, activity
        The world, and what happens; None means its first activity, or its triggers alone.
    x, y
        The paths across and up.
    x_ends, y_ends
        Where to begin and end, as a file writes it; None takes the number's range, or without one a
        quarter and four times of what it is.
    columns_count, rows_count
        About how many values of each.
    seed
        Chooses the random streams.

    Raises
    ------
    InputError
        If the activity, a path or a span is wrong.
    """
    _refuse_unnamed(file, x, y)
    meant = activities_of(Check(file=file, activity=activity))[0]
    ask = Ask(
        file=file,
        activity=meant,
        x=(x or "", *_ends(file, x, x_ends)),
        y=(y or "", *_ends(file, y, y_ends)),
        columns_count=columns_count,
        rows_count=rows_count,
        seed=seed,
    )
    sides(ask)
    return ask


def _refuse_unnamed(file: WorldFile, x: str | None, y: str | None) -> None:
    """Say which numbers a map of this world can have at its sides, where a side is not named.

    Raises
    ------
    InputError
        With numbers of the world itself, those whose ranges it states first, and a call that works.
    """
    if x and y:
        return
    offered = offered_paths(file)
    named = ", ".join(offered[:NAMED_COUNT]) + (" …" if len(offered) > NAMED_COUNT else "")
    x_meant, y_meant = (path if path and number_at(file, path) is not None else None for path in (x, y))
    others = [path for path in offered if path not in {x, y}]
    sides_ = [
        x_meant or next(iter(others), ""),
        y_meant or next(iter(others[1:] if not x_meant else others), ""),
    ]
    call = f"--x {sides_[0]} --y {sides_[1]}"
    allowed = (
        f"{call}; any number of this world, such as {named}. Each is drawn over its range, or from a quarter "
        "to four times what it is; --x-from and --x-to (--y-from, --y-to) say otherwise"
    )
    unnamed = [option for option, path in (("--x", x), ("--y", y)) if not path]
    what = "no number is named for " + " and ".join(unnamed)
    raise InputError(Fault(what=what, kind="statement", allowed=allowed))


def offered_paths(file: WorldFile) -> tuple[str, ...]:
    """Return numbers of a world that a map is worth drawing over: how many and how often first."""
    world = file.world
    own = [f"activities.{name}.to" for name in world.activities]
    for key in ("population", "demand.rate", "timeout"):
        own += [f"clients.{name}.{key}" for name in world.clients]
    for key in ("setup", "forwarding"):
        own += [f"crossings.{name}.{key}" for name in world.crossings]
    for key in ("concurrency", "service_time"):
        own += [f"services.{name}.{key}" for name in world.services]
    stated = [path for path in own if (number_at(file, path) or 0.0) > 0.0]
    ranged = [path for path, one in file.estimates.items() if one.is_uncertain]
    return tuple(dict.fromkeys([*(path for path in stated if path in ranged), *stated, *ranged]))


def _ends(file: WorldFile, path: str | None, ends: Ends) -> Ends:
    """Return where to begin and end: as was said, over the number's range, or around what it is."""
    estimate = file.estimates.get(path or "")
    if ends != (None, None) or not path or (estimate is not None and estimate.is_uncertain):
        return ends
    now, slot = number_at(file, path), slot_of(path)
    if now is None or now <= 0.0 or slot is None or slot.shape.kind != "number":
        return ends
    low, high = now / AROUND_TIMES, now * AROUND_TIMES
    if slot.shape.whole:
        low, high = max(1.0, float(int(low))), float(round(high))
    if slot.shape.unit == "ratio":
        high = min(high, 1.0)
    return (
        format_quantity(float(f"{low:.4g}"), slot.shape.unit),
        format_quantity(float(f"{high:.4g}"), slot.shape.unit),
    )


__all__ = ["Ask", "Map", "asked", "heading", "point_line", "read_points", "survey"]
