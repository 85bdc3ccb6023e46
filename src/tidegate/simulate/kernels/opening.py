"""What a new connection carries first: one request after the other, each with a time-out of its own.

Its client asks them on the connection on which it will ask what it wants. A connection that was made for
nothing else (it was broken, a pool fills itself) has done its part with the last of them.

Shortcut: while a connection is opened, nothing else is asked on it, and a client of one connection waits.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.age import begin_age
from tidegate.simulate.kernels.client import request_weight, timeout_of
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Exchange, Head, Request
from tidegate.simulate.kernels.nouns.population import Kind
from tidegate.simulate.kernels.nouns.request import Origin
from tidegate.simulate.kernels.outbox import later_x, now_x
from tidegate.simulate.kernels.packet import TURN, TURN_FLAGS, Packet
from tidegate.simulate.kernels.round_trip import probe_after
from tidegate.simulate.kernels.service import opening_of
from tidegate.simulate.kernels.turn import GENERATION
from tidegate.simulate.kernels.wheel import later


@njit()
def set_clock(request: Request, wait_ns: int, t: int, m: Memory) -> None:
    """From now on this is the time-out of the request, and no earlier one."""
    head = Head(m, 0)
    head.generation += 1
    request.generation = head.generation & GENERATION
    later(t + wait_ns, Happening.TIMEOUT, request.at, request.generation, m)


@njit()
def opening_time_out(exchange: Exchange, m: Memory) -> int:
    """After how long the request that its connection carries now is given up."""
    opening = opening_of(exchange, m)
    if opening.exists and opening.timeout_ns > 0:
        return opening.timeout_ns
    return timeout_of(exchange.request, m)


@njit()
def opened(exchange: Exchange) -> bool:
    """Whether an answer was the last that is wanted: nothing was wanted but the connection as it is opened."""
    population = exchange.population
    bare = exchange.request.parent == Origin.RECONNECTS or population.kind >= Kind.IDLE
    if exchange.openings_left_count > 1 or not bare:
        return False
    exchange.openings_left_count = 0
    if population.is_kept == 0:
        exchange.flags &= ~flag.KEPT
    return True


@njit()
def go_on(exchange: Exchange, t: int, m: Memory) -> None:
    """What the connection carried first was answered: the next leaves on it, or what it was made for."""
    population = exchange.population
    left = exchange.openings_left_count - 1
    turn = ((exchange.flags >> TURN_FLAGS) + (TURN & -TURN)) & TURN
    kept = flag.KEPT if left > 0 or population.is_kept == 1 else 0
    # The service may have closed it while the answer was on its way: what is asked then meets nobody.
    keep = flag.HELD | flag.ACCEPTED | flag.SETUP_PAID | flag.LOGIN | flag.LIVES | flag.TORN | flag.SHUT
    fresh = flag.OPEN | flag.SYN_SEEN | flag.ESTABLISHED | flag.REUSED | kept
    exchange.flags = (exchange.flags & keep) | fresh | (turn << TURN_FLAGS)
    exchange.openings_left_count = left
    exchange.sent_ns = t
    client = exchange.request.client
    if left == 0 and population.is_kept == 1 and not client.exchange.exists:
        client.exchange = exchange
        exchange.holders_count += 1
        begin_age(client, population, exchange, t, m)
    set_clock(exchange.request, opening_time_out(exchange, m), t, m)
    now_x(Happening.SEND, exchange, Packet.REQUEST | request_weight(exchange) | turn, m)
    later_x(t + probe_after(exchange), Happening.RESEND, exchange, Packet.REQUEST | turn, m)
