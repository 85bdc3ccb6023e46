"""The limits that clients keep by themselves, before they send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.behaviour.limiter import RateLimiter

if TYPE_CHECKING:
    from tidegate.adapters.linux.clients.client import Client
    from tidegate.world.clients import ClientLimit


class Limits:
    """The limits of one population: one for each client, or for those of a pool one as wide as all."""

    def __init__(self) -> None:
        self._limiters: dict[int, RateLimiter] = {}

    def wait_s(
        self, client: Client | None, limit: ClientLimit, clients_count: int, now_s: float
    ) -> float | None:
        """Take the next turn and return how long it is until then; None where that is too long.

        Parameters
        ----------
        client
            Whose turn; None where a pool decides later who it is.
        limit
            Of one client.
        clients_count
            Who share it, where nobody is named.
        now_s
            When it is asked for.
        """
        number, many = (-1, float(clients_count)) if client is None else (client.index, 1.0)
        if number not in self._limiters:
            burst_count = max(1, int(limit.burst_count * many))
            self._limiters[number] = RateLimiter(limit.rate_per_s * many, burst_count)
        return self._limiters[number].wait_s(now_s, limit.longest_wait_s)
