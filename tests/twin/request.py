"""What one client wants, over all its attempts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tidegate.behaviour.layers import RetryState

if TYPE_CHECKING:
    from twin.connection import Connection
    from twin.exchange import Exchange
    from twin.population import Client, Population


class Request:
    """A request from the first attempt to its end.

    Parameters
    ----------
    population
        Whose it is.
    client
        Which client's; None while it has no place in a pool.
    retry
        What a failure leads to.
    ended
        Told with True or False when it ends, where something else goes on then.
    """

    def __init__(
        self,
        population: Population,
        client: Client | None,
        retry: RetryState,
        ended: Callable[[bool], None] | None,
    ) -> None:
        self.population = population
        self.client = client
        self.retry = retry
        self.ended = ended
        self.number = population.next_number()
        self.began_ns = population.agenda.now_ns
        self.tries_count = 0
        self.is_wanted = True
        self.is_for_connection = False
        self.exchange: Exchange | None = None
        self.connection: Connection | None = None
        self._turn = 0

    @property
    def attempt_name(self) -> tuple[int, int, int]:
        """Population, number and try: what its draws depend on."""
        return self.population.index, self.number, self.tries_count

    @property
    def turn(self) -> int:
        """The number of the present turn."""
        return self._turn

    def next_turn(self) -> int:
        """Let all that was planned for it before mean nothing any more; return the number of this turn."""
        self._turn += 1
        return self._turn

    def close(self) -> None:
        """It has ended."""
        self.is_wanted = False
        self.next_turn()

    def at_turn(self, turn: int, act: Callable[[], None]) -> Callable[[], None]:
        """Return `act` such that it does nothing if the request has gone on meanwhile."""

        def still() -> None:
            if self._turn == turn:
                act()

        return still

    def this_turn(self, act: Callable[[], None]) -> Callable[[], None]:
        """Return `act` such that it does nothing once the request has gone on."""
        return self.at_turn(self._turn, act)

    def part(self) -> None:
        """Request and connection go separate ways."""
        exchange, connection = self.exchange, self.connection
        self.exchange = self.connection = None
        if exchange is not None and connection is not None:
            exchange.request = None
            connection.release()
