"""Does a connection belong to the life that its instance leads now? An instance that has gone begins another.

Where instances share a queue they lead one life together, which ends as the last that is up is restarted.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.compile import njit
from tidegate.simulate.kernels.nouns import Exchange, Service


@njit()
def _life(exchange: Exchange) -> int:
    return (exchange.flags >> flag.LIFE_SHIFT) & flag.LIFE


@njit()
def is_past(exchange: Exchange, server: Service) -> bool:
    """Whether the instance that an exchange has got has gone since; all of them where they share a queue."""
    return not server.first_instance.exists and _life(exchange) != server.lives_count & flag.LIFE


@njit()
def is_lost(exchange: Exchange, server: Service) -> bool:
    """Whether what the instance had of an exchange is lost, because it went by itself."""
    return not server.first_instance.exists and _life(exchange) < server.lost_count


@njit()
def belongs(exchange: Exchange, instance: Service) -> None:
    """From now on an exchange is that of an instance, as it stands now."""
    exchange.server = instance
    rest = exchange.flags & ~flag.LIVES
    exchange.flags = rest | ((instance.lives_count & flag.LIFE) << flag.LIFE_SHIFT)


@njit()
def reaches(exchange: Exchange, service: Service) -> None:
    """The first packet of a connection has come to instances that share a queue: it is of their present life."""
    if service.lives_count > 0 and not service.whole.exists:
        belongs(exchange, service)


@njit()
def is_handed(exchange: Exchange, server: Service) -> bool:
    """Whether an instance has a request and not its connection; checks come on connections of their own."""
    handed = server.whole.exists and server.whole.by_request == 1
    return handed and not exchange.population.effect.exists


@njit()
def keeper(exchange: Exchange) -> Service:
    """The service that counts a connection: its instance, or all of them where each request gets one anew."""
    server = exchange.server
    return server.whole if is_handed(exchange, server) else server
