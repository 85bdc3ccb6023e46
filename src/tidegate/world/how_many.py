"""A count before what is counted: one line, two lines."""

from __future__ import annotations


def how_many(count: float, one: str, several: str = "") -> str:
    """Return a count with its noun, and what agrees with it.

    Parameters
    ----------
    count
        How many there are, whole.
    one
        What stands behind a single one.
    several
        What stands behind any other count; empty: the same with an ``s``.
    """
    return f"{count:,.0f} {one if round(count) == 1 else several or f'{one}s'}"
