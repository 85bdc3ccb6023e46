"""Survey: the regions of a world over two of its numbers; on the command line `tidegate map`."""

from __future__ import annotations

from tidegate.errors import Fault, InputError
from tidegate.evaluate.searching.survey import Ask, Map, heading, point_line, read_points, sides, survey
from tidegate.verbs.asked import DEFAULT_SEED, Check, activities_of
from tidegate.world.world import WorldFile

COLUMNS_COUNT, ROWS_COUNT = 33, 17
NAMED_COUNT = 8
"""So many numbers of a world are offered for the sides of a map."""

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
        Where to begin and end, as a file writes it; None takes the number's range.
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
        x=(x or "", *x_ends),
        y=(y or "", *y_ends),
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
        With the numbers whose ranges the world states, which need no more than their path.
    """
    if x and y:
        return
    ranged = [path for path, one in file.estimates.items() if one.is_uncertain]
    named = ", ".join(ranged[:NAMED_COUNT]) + (" …" if len(ranged) > NAMED_COUNT else "")
    known = f"numbers with a range in this world: {named}; " if ranged else ""
    allowed = f"{known}any other number with its --x-from and --x-to (--y-from, --y-to)"
    unnamed = [option for option, path in (("--x", x), ("--y", y)) if not path]
    what = "no number is named for " + " and ".join(unnamed)
    raise InputError(Fault(what=what, kind="statement", allowed=allowed))


__all__ = ["Ask", "Map", "asked", "heading", "point_line", "read_points", "survey"]
