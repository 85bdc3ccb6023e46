"""Before log-in: a service closes connections that take too long over it, and further ones if there are many.

A connection logs in by the work of its set-up and by what it carries first. Shortcuts: instances share those
that have not logged in evenly, so that one is never fuller than another; a connection on which nothing is asked
has logged in at once.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.life import is_past
from tidegate.simulate.kernels.nouns import Exchange, Service
from tidegate.simulate.kernels.nouns.service import WHOLE
from tidegate.simulate.kernels.outbox import later_x, now_x
from tidegate.simulate.kernels.packet import ONE, Packet


@njit()
def _is_dropped(exchange: Exchange, service: Service, instances: int, m: Memory) -> bool:
    """Whether too many are there that have not logged in, for certain or by chance (sshd's MaxStartups)."""
    most = service.logins_millionths * instances
    free = service.logins_free_millionths * instances
    there = service.logging_in_count * WHOLE
    if service.logins_millionths < 0 or there < free:
        return False
    if there >= most:
        return True
    share = service.login_drop_ppm * 1e-6
    share += (1.0 - share) * (there - free) / (most - free)
    return uniform(Cause.LOGIN, exchange.serial, ZERO, m) < share


@njit()
def admit(exchange: Exchange, service: Service, instances: int, t: int, m: Memory) -> bool:
    """A connection was accepted that has yet to log in; False where it is closed at once."""
    if exchange.flags & flag.DATAGRAM:
        return True
    if _is_dropped(exchange, service, instances, m):
        exchange.flags = (exchange.flags | flag.TORN) & ~flag.WORKING
        now_x(Happening.SEND, exchange, Packet.REFUSED | ONE, m)
        return False
    exchange.flags |= flag.LOGIN
    service.logging_in_count += 1
    if service.login_ns > 0:
        later_x(t + service.login_ns, Happening.LOGIN_OVER, exchange, ZERO, m)
    return True


@njit()
def logged_in(exchange: Exchange, service: Service) -> None:
    """It has logged in, or it has ended: it counts no more."""
    if exchange.flags & flag.LOGIN:
        exchange.flags &= ~flag.LOGIN
        service.logging_in_count -= 0 if is_past(exchange, service) else 1


@njit()
def shut(exchange: Exchange, service: Service, m: Memory) -> None:
    """It has taken too long: the service closes it, and what waits for it leaves the queue."""
    logged_in(exchange, service)
    exchange.flags |= flag.SHUT | flag.TORN
    if exchange.flags & flag.QUEUEING:
        exchange.flags &= ~flag.QUEUEING
        service.queued_count -= 1
    now_x(Happening.SEND, exchange, Packet.REFUSED | ONE, m)
