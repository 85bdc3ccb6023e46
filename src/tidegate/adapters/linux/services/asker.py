"""Whoever asks a service, as it sees them: a connection or a question for a name, and what it calls itself.

Nouns only; what becomes of a request must not live here (`serving`).
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol

from tidegate.adapters.linux.services.warming import Place


class LogsIn(enum.Enum):
    """What of a request logs its connection in: the work of set-up, its answer, or a later one's."""

    BY_SET_UP = enum.auto()
    BY_ANSWER = enum.auto()
    LATER = enum.auto()


class Asking(Protocol):
    """Whoever has asked: one connection, or one question for a name.

    Attributes
    ----------
    refused, gone
        It is one too many; its client has left.
    new
        The work of its set-up is still to be done.
    state
        Whether it rests, waits or is served.
    mean_s
        The mean time to serve what it asks, where that is not the service's.
    place
        Which instance serves it, where they are told apart.
    is_logging_in, logs_in
        Whether it counts as one that has not logged in; what of its request makes it log in.
    """

    mean_s: float | None
    place: Place | None
    is_logging_in: bool
    logs_in: LogsIn
    refused: bool
    gone: bool
    new: bool
    state: int

    def answer(self, *, well: bool) -> None:
        """Answer the request, or say that it failed."""

    def close(self) -> None:
        """End it from this side."""

    def go_on(self) -> None:
        """Take what comes next, or end it."""


class Called(Protocol):
    """Whatever calls another service for a request that is being served."""

    def ask(self, told: Callable[[bool], None]) -> None:
        """Call it, and tell whether it has answered well."""
