"""How many runs of a question are done, and of at most how many? What is told while it goes on."""

from __future__ import annotations

from typing import Self


class DoneCount(int):
    """A number of runs that are done; who wants to know more reads how many there can be.

    Parameters
    ----------
    done_count
        Runs that are done.
    most_count
        Runs after which the question is answered whatever they say, at least as many.
    """

    most_count: int

    def __new__(cls, done_count: int, most_count: int) -> Self:
        """Make a number that knows its bound."""
        self = super().__new__(cls, done_count)
        self.most_count = max(most_count, done_count)
        return self
