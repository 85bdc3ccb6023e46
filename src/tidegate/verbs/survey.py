"""Survey: the regions of a world over two of its numbers; on the command line `tidegate map`."""

from __future__ import annotations

from tidegate.evaluate.searching.survey import Ask, Map, heading, point_line, read_points, sides, survey
from tidegate.verbs.check import DEFAULT_SEED, Check, activities_of
from tidegate.world.world import WorldFile

COLUMNS_COUNT, ROWS_COUNT = 33, 17

Ends = tuple[str | None, str | None]


def asked(  # noqa: PLR0913  one for each thing that can be said of a map
    file: WorldFile,
    activity: str | None,
    x: str,
    y: str,
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
    meant = activities_of(Check(file=file, activity=activity))[0]
    ask = Ask(
        file=file,
        activity=meant,
        x=(x, *x_ends),
        y=(y, *y_ends),
        columns_count=columns_count,
        rows_count=rows_count,
        seed=seed,
    )
    sides(ask)
    return ask


__all__ = ["Ask", "Map", "asked", "heading", "point_line", "read_points", "survey"]
