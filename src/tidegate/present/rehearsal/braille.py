"""How are curves drawn in a terminal? Eight dots in each character, and a style for each cell.

The last curve that touches a cell decides its style, so draw what matters most last. Nothing here
knows what a curve is of.
"""

from __future__ import annotations

from collections.abc import Sequence

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_EMPTY = 0x2800
_WIDE, _HIGH = 2, 4
_MANY_DOTS = 3

Span = tuple[str, str]
"""A text and the name of its style; empty where it has none."""


class Canvas:
    """A grid of characters to draw curves on.

    Parameters
    ----------
    columns_count, rows_count
        Its size in characters.
    unicode
        Whether braille can be shown; otherwise a cell is ``.`` or ``#``.
    """

    def __init__(self, columns_count: int, rows_count: int, *, unicode: bool) -> None:
        self.columns_count = columns_count
        self.rows_count = rows_count
        self._unicode = unicode
        self._dots = [[0] * columns_count for _ in range(rows_count)]
        self._styles = [[""] * columns_count for _ in range(rows_count)]

    def curve(
        self, values: Sequence[float], *, most: float, of: int, style: str, thick: bool = False
    ) -> None:
        """Draw a curve from the left.

        Parameters
        ----------
        values
            In order of time.
        most
            The value at the top.
        of
            How many values fill the whole width.
        style
            Of the cells it touches.
        thick
            Whether it is two dots high.
        """
        last: int | None = None
        for x in range(self.columns_count * _WIDE):
            at = x * of // (self.columns_count * _WIDE)
            if at >= len(values):
                return
            height = self.rows_count * _HIGH - 1
            y = height - round(min(max(values[at] / most, 0.0), 1.0) * height)
            low, high = min(y, y if last is None else last), max(y, y if last is None else last)
            for dot in range(low, min(high + thick, height) + 1):
                self._set(x, dot, style)
            last = y

    def _set(self, x: int, y: int, style: str) -> None:
        row, column = y // _HIGH, x // _WIDE
        if style != self._styles[row][column] and self._dots[row][column] and self._styles[row][column]:
            self._dots[row][column] = 0  # a cell has one colour: what is drawn later covers it
        self._dots[row][column] |= _DOTS[y % _HIGH][x % _WIDE]
        self._styles[row][column] = style

    def rows(self) -> list[list[Span]]:
        """Return the grid, row by row, in runs of one style."""
        found = []
        for dots, styles in zip(self._dots, self._styles, strict=True):
            spans: list[Span] = []
            for cell, style in zip(dots, styles, strict=True):
                character = self._character(cell)
                if spans and spans[-1][1] == style:
                    spans[-1] = (spans[-1][0] + character, style)
                else:
                    spans.append((character, style))
            found.append(spans)
        return found

    def _character(self, cell: int) -> str:
        if self._unicode:
            return chr(_EMPTY + cell) if cell else " "
        return "#" if cell.bit_count() >= _MANY_DOTS else "." if cell else " "
