"""Survey: the regions of a world over two of its numbers, found point by point.

Only the edges between regions are looked at closely. Points can be kept as lines of a file, so that
an interrupted survey goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.evaluate.searching.region import Standing, standing
from tidegate.evaluate.variants.axis import Axis, number_at, path_axis
from tidegate.experiment.refine import Cell, filled, refine, size_near
from tidegate.experiment.seed_edge import Span
from tidegate.world.file.digest import file_digest
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

FORMAT_VERSION = 1
_LOGARITHMIC = 10.0  # a span that covers more than this factor is cut evenly in its logarithm


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a map.

    Parameters
    ----------
    axis, span
        What is varied, and between which values.
    count
        How many values.
    now
        The value in the world itself; None where it states none.
    """

    axis: Axis
    span: Span
    count: int
    now: float | None

    def value(self, i: int) -> float:
        """Return the value of one column or row."""
        share = i / (self.count - 1)
        low, high = self.span.low, self.span.high
        if low > 0.0 and high / low > _LOGARITHMIC:
            return self.span.at(low * (high / low) ** share)
        return self.span.at(low + (high - low) * share)


@dataclass(frozen=True, kw_only=True)
class Map:
    """The regions over two numbers.

    Parameters
    ----------
    world, activity
        What was surveyed.
    x, y
        Its sides.
    seed
        Of the runs.
    looked
        What was found where runs were made.
    cells
        Every cell, those between filled in.
    """

    world: str
    activity: str
    x: Side
    y: Side
    seed: int
    looked: Mapping[Cell, Standing]
    cells: Mapping[Cell, Standing]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is to be surveyed.

    Parameters
    ----------
    file
        The world, overlays already laid.
    activity
        The activity that happens; None for the triggers alone.
    x, y
        The paths, each with where to begin and end; None takes the number's range.
    columns_count, rows_count
        About how many values of each.
    seed
        Chooses the random streams.
    """

    file: WorldFile
    x: tuple[str, str | None, str | None]
    y: tuple[str, str | None, str | None]
    activity: str | None
    columns_count: int
    rows_count: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class _Point:
    """One cell's work; a value, so that it can be sent elsewhere."""

    file: WorldFile
    activity: str | None
    x: Side
    y: Side
    seed: int

    def __call__(self, cell: Cell) -> Standing:
        values = {**self.x.axis.changes(self.x.value(cell[0])), **self.y.axis.changes(self.y.value(cell[1]))}
        return standing(overlay(self.file, values), self.activity, seed=self.seed)


def sides(ask: Ask) -> tuple[Side, Side]:
    """Return the map's sides, across and up.

    Raises
    ------
    InputError
        If a path leads to no number, a span is missing or wrong, or both paths are the same.
    """
    if ask.x[0] == ask.y[0]:
        raise InputError(Fault(what="both sides are the same number", kind="statement", path=ask.x[0]))
    found = []
    for letter, (path, low, high), count in (
        ("x", ask.x, ask.columns_count),
        ("y", ask.y, ask.rows_count),
    ):
        ends = (f"--{letter}-from", f"--{letter}-to")
        axis, span = path_axis(ask.file, path, low=low, high=high, options=ends)
        found.append(Side(axis=axis, span=span, count=size_near(count), now=number_at(ask.file, path)))
    return found[0], found[1]


def heading(ask: Ask) -> str:
    """Return the line that a file of kept points must begin with to belong to this survey."""
    x, y = sides(ask)
    world = file_digest(ask.file)
    ends = [[side.axis.name, side.span.low, side.span.high, side.count] for side in (x, y)]
    what = {
        "format": FORMAT_VERSION,
        "world": world,
        "activity": ask.activity,
        "sides": ends,
        "seed": ask.seed,
    }
    return json.dumps(what)


def point_line(cell: Cell, found: Standing) -> str:
    """Return one point as a line of the file that keeps them."""
    return json.dumps([*cell, found.region, found.collapse_ratio])


def read_points(lines: Sequence[str], ask: Ask) -> dict[Cell, Standing]:
    """Return the points that a file has kept; a last line cut short is left out.

    Raises
    ------
    InputError
        If the file belongs to another survey.
    """
    if not lines:
        return {}
    if lines[0] != heading(ask):
        allowed = "the file of the same world, sides and seed, or a new name"
        raise InputError(
            Fault(what="the file of kept points belongs to another map", kind="statement", allowed=allowed)
        )
    known = {}
    for line in lines[1:]:
        try:
            i, j, region, share = json.loads(line)
        except ValueError:
            continue  # interrupted while it was written
        known[int(i), int(j)] = Standing(region=str(region), collapse_ratio=float(share))
    return known


def survey(
    ask: Ask,
    *,
    executor: Executor,
    known: Mapping[Cell, Standing] | None = None,
    keep: Callable[[Cell, Standing], None] | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Map:
    """Find the regions over two numbers, looking only where neighbours differ.

    Parameters
    ----------
    ask
        World, sides and how fine.
    executor
        Where the points are run; the answer does not depend on it.
    known
        Points found before.
    keep
        Called with each point as it is found.
    progress
        Called with how many points are known; may raise to end.
    """
    x, y = sides(ask)
    work = _Point(file=ask.file, activity=ask.activity, x=x, y=y, seed=ask.seed)
    done = len(known or {})

    def look(cells: Sequence[Cell]) -> list[Standing]:
        nonlocal done
        found = []
        for cell, one in zip(cells, executor.map(work, cells), strict=True):
            found.append(one)
            done += 1
            if keep is not None:
                keep(cell, one)
            if progress is not None:
                progress("points of the map", done)
        return found

    looked = refine(x.count, y.count, look, _region, known=known)
    return Map(
        world=ask.file.world.name,
        activity=ask.activity or "",
        x=x,
        y=y,
        seed=ask.seed,
        looked=looked,
        cells=filled(x.count, y.count, looked),
    )


def _region(one: Standing) -> str:
    return one.region
