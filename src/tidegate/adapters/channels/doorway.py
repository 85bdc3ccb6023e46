"""Whose turn is it to hand a notice over? All that comes before that moment is done by many at once.

A channel connects, says whom a message is for and sends all but its end; then it waits here. How many may
pass at once, `Handovers` says. Whoever passes is jotted down first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tidegate.inform.handover import HandoverPolicy, Handovers


class UnwantedError(Exception):
    """It is not to be handed over any more."""


class Doorway:
    """Lets notices pass in the order in which they came; made where an event loop runs.

    Parameters
    ----------
    begin
        Called with the id of each one that passes, before it does.
    is_wanted
        Looks once more, with its id, whether it is still to be sent: another site may have been first.
    policy
        How closely they follow each other.
    """

    def __init__(
        self, begin: Callable[[str], None], policy: HandoverPolicy | None = None, *,
        is_wanted: Callable[[str], bool] = lambda _named: True,
    ) -> None:  # fmt: skip
        self._begin = begin
        self._is_wanted = is_wanted
        self._handovers = Handovers(policy)
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def is_waiting(self, named: str) -> bool:
        """Whether a notice waits for its turn: for us, not for its receiver."""
        return named in self._waiting

    @asynccontextmanager
    async def passing(self, named: str) -> AsyncIterator[None]:
        """Wait for the turn of a notice; within, it is handed over.

        Raises
        ------
        UnwantedError
            If it is not to be sent any more; nothing was handed over.
        """
        turn = self._waiting[named] = self._loop.create_future()
        self._let_pass()
        try:
            await turn
            yield
        finally:
            self._waiting.pop(named, None)
            self._handovers.end(named, self._loop.time())
            self._let_pass()

    def _let_pass(self) -> None:
        now_s = self._loop.time()
        while self._waiting and self._handovers.may_begin(now_s):
            named = next(iter(self._waiting))
            turn = self._waiting.pop(named)
            if not turn.done() and not self._is_wanted(named):
                turn.set_exception(UnwantedError())
            elif not turn.done():  # otherwise it was broken off
                self._handovers.begin(named, now_s)
                self._begin(named)
                turn.set_result(None)
        next_s = self._handovers.next_s()
        if self._waiting and next_s is not None and self._timer is None:
            self._timer = self._loop.call_at(next_s, self._look)

    def _look(self) -> None:
        self._timer = None
        self._let_pass()
