"""Which connections of a service have not logged in? Some of them it closes.

The meaning is that of the event engine (`simulate/kernels/login.py`), over sockets: too many at a time are
closed as they come, for certain or by chance, and one that takes too long is closed whatever was done for it.
A connection counts from when it is accepted, as with sshd.
"""

from __future__ import annotations

import random
from typing import Protocol

from tidegate.rehearse.service_plan import ServerSettings


class LoggingIn(Protocol):
    """A connection from the service's side.

    Attributes
    ----------
    is_logging_in
        Whether it is counted here.
    """

    is_logging_in: bool


class Logins:
    """Those of one service that have not logged in.

    Parameters
    ----------
    chance
        Draws which are closed at random.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._there_count = 0

    def is_dropped(self, settings: ServerSettings, instances_count: int) -> bool:
        """Say whether one that comes now is closed at once (sshd's MaxStartups)."""
        if settings.logins_count is None:
            return False
        most = settings.logins_count * instances_count
        free_each = (
            settings.logins_count if settings.logins_free_count is None else settings.logins_free_count
        )
        free = free_each * instances_count
        if self._there_count < free:
            return False
        if self._there_count >= most:
            return True
        share = settings.login_drop_ratio
        share += (1.0 - share) * (self._there_count - free) / (most - free)
        return self._chance.random() < share

    def begin(self, connection: LoggingIn) -> None:
        """Count one that was accepted."""
        connection.is_logging_in = True
        self._there_count += 1

    def end(self, connection: LoggingIn) -> None:
        """Count it no more: it has logged in, or it has ended."""
        if connection.is_logging_in:
            connection.is_logging_in = False
            self._there_count -= 1
