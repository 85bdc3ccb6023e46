"""A map with few points: a coarse grid first, then only where neighbours differ.

What a point is, and what is found there, is not known here. Cells that were never looked at take what
the corners about them agree on.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

Cell = tuple[int, int]
F = TypeVar("F")

FIRST_STEP = 8


def size_near(count: int) -> int:
    """Return the nearest number of columns that a grid can be refined to: a multiple of 8, and one."""
    return max(round((count - 1) / FIRST_STEP), 1) * FIRST_STEP + 1


def refine(
    columns: int,
    rows: int,
    look: Callable[[Sequence[Cell]], Sequence[F]],
    label: Callable[[F], Hashable],
    *,
    known: Mapping[Cell, F] | None = None,
) -> dict[Cell, F]:
    """Return what was found at the cells that had to be looked at.

    Parameters
    ----------
    columns, rows
        Size of the grid, each a multiple of 8 and one.
    look
        Looks at several cells at once, in their order.
    label
        What must agree between neighbours for nothing to be looked at between them.
    known
        Found before; not looked at again.
    """
    found = dict(known or {})
    step = FIRST_STEP
    wanted = [(i, j) for j in range(0, rows, step) for i in range(0, columns, step)]
    while wanted:
        new = [cell for cell in wanted if cell not in found]
        found |= dict(zip(new, look(new), strict=True))
        if step == 1:
            break
        step //= 2
        wanted = _between(found, columns, rows, step, label)
    return found


def _between(
    found: Mapping[Cell, F], columns: int, rows: int, step: int, label: Callable[[F], Hashable]
) -> list[Cell]:
    """Return the cells at half the last distance about which corners differ."""
    wanted: dict[Cell, None] = {}
    for j in range(0, rows - 1, 2 * step):
        for i in range(0, columns - 1, 2 * step):
            corners = [(i + a, j + b) for a in (0, 2 * step) for b in (0, 2 * step)]
            labels = {label(found[corner]) for corner in corners if corner in found}
            if len(labels) > 1:
                wanted |= {(i + a * step, j + b * step): None for b in range(3) for a in range(3)}
    return list(wanted)


def filled(columns: int, rows: int, found: Mapping[Cell, F]) -> dict[Cell, F]:
    """Return every cell: those looked at, and the others as the nearest one that was."""
    whole: dict[Cell, F] = {}
    for j in range(rows):
        for i in range(columns):
            cell = (i, j)
            if cell in found:
                whole[cell] = found[cell]
                continue
            nearest = min(found, key=lambda c, i=i, j=j: (abs(c[0] - i) + abs(c[1] - j), c))  # type: ignore[misc]
            whole[cell] = found[nearest]
    return whole
