"""Does a new connection resume a TLS session? And how many bytes its handshake takes.

Shortcuts: what a service sends of a handshake passes with its answer to the SYN, before it has accepted; what a
client sends of it is not counted.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.nouns import Exchange, Service


@njit()
def resumes(exchange: Exchange, service: Service, m: Memory) -> bool:
    """Whether a new connection has a session that its service takes up."""
    return (
        exchange.flags & flag.COLD == 0
        and service.resumption_ppm > 0
        and uniform(Cause.RESUME, exchange.serial, ZERO, m) < service.resumption_ppm * 1e-6
    )


@njit()
def handshake_bytes(exchange: Exchange, m: Memory) -> int:
    """What a service sends to a new connection before it is asked anything."""
    service = exchange.population.service
    if service.handshake_bytes == 0:
        return 0
    return service.resumed_bytes if resumes(exchange, service, m) else service.handshake_bytes
