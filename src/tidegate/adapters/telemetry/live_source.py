"""What is a source of live series? It is looked at again and again, and says what came since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tidegate.observe.sampled import Sampled


class LiveSource(Protocol):
    """Where series come from while they happen."""

    name: str
    """What people call it."""
    system: str
    """Under which name of `known_as` nouns are bound to it."""
    delay_s: float
    """By how much its samples are behind, as a rule, in seconds."""

    def look(self, now_s: float) -> Sequence[Sampled]:
        """Return what came; some of it may have been returned before.

        Parameters
        ----------
        now_s
            The time, in seconds since 1970.

        Raises
        ------
        TidegateError
            If it cannot be read now.
        """

    def close(self) -> None:
        """Let go of what is held."""
