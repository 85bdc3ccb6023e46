"""An attempt has taken too long: what becomes of it and of its connection.

Shortcut: a client that may not close its connection yet waits for what it asked first, and asks the rest anew
on that connection; each connection of a pool has a clock of its own for it.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.age import begin_age
from tidegate.simulate.kernels.client import (
    demand,
    detach,
    drop_connection,
    fail,
    hang_up,
    new_request,
    split_kept,
)
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.flow import release
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Client, Exchange, Population, Request
from tidegate.simulate.kernels.nouns.request import NO_BREAKER, Begun, Ended, Origin, Without
from tidegate.simulate.kernels.opening import set_clock
from tidegate.simulate.kernels.outbox import now
from tidegate.simulate.kernels.service import connected


@njit()
def holds_on(exchange: Exchange, request: Request, t: int, m: Memory) -> bool:
    """Whether a client may not close this connection yet, since it closed one not long ago; else it does."""
    population, client = exchange.population, request.client
    if exchange.flags & (flag.KEPT | flag.ESTABLISHED) != flag.KEPT | flag.ESTABLISHED:
        return False  # there is none to keep
    if t >= client.open_until_ns:
        client.open_until_ns = t + population.reset_every_ns
        return False
    if is_opening(exchange):
        return True
    if not client.exchange.exists:
        client.exchange = exchange
        exchange.holders_count += 1
        begin_age(client, population, exchange, t, m)
    return client.exchange.at == exchange.at


@njit()
def is_opening(exchange: Exchange) -> bool:
    """Whether its connection has yet to log in, or to be answered what it carries first."""
    return exchange.openings_left_count > 0 or exchange.flags & flag.LOGIN != 0


@njit()
def time_out(request: Request, generation: int, t: int, m: Memory, f: Memory) -> None:
    """The attempt's time is up, if it is still the same attempt."""
    if request.generation == generation:
        population = request.population
        exchange = request.exchange
        client = request.client
        if exchange.exists and population.spares_count > 0 and connected(exchange):
            _open_spares(population, client, t, m)
        if exchange.at == Without.WAITS:
            # The row stays in the waiting list as a tombstone; a copy goes on.
            copy = new_request(population, Client(m, Without.NOTHING), Origin.WANTED, t, m)
            population.next_serial -= 1
            for k in range(Request.SIZE):
                m[copy.at + k] = m[request.at + k]
            copy.exchange = Without.NOTHING
            request.exchange = Without.EXPIRED
            request.generation = -1
            request = copy
        elif exchange.exists:
            if population.reset_every_ns > 0 and holds_on(exchange, request, t, m):
                if is_opening(exchange):
                    set_clock(request, client.open_until_ns - t, t, m)
                    return
                detach(request, exchange, t, m)
                split_kept(exchange, client, t, m)
                request.generation = 0
                fail(request, NO_BREAKER, t, m, f)
                return
            kept = client.exchange.at == exchange.at
            if population.accepts_late == 1 and exchange.flags & flag.KEPT == 0:
                request.exchange = Without.NOTHING
                release(exchange, t, m)
            elif kept and population.keeps_late == 1 and exchange.flags & flag.AGED == 0:
                detach(request, exchange, t, m)
                split_kept(exchange, client, t, m)
            else:
                hang_up(exchange, t, m)
                if kept:
                    drop_connection(client, t, m)
                detach(request, exchange, t, m)
        request.generation = 0
        if population.is_bare == 1:
            now(Happening.DONE, request.at, Ended.LEFT, m)
        else:
            fail(request, NO_BREAKER, t, m, f)


@njit()
def _open_spares(population: Population, client: Client, t: int, m: Memory) -> None:
    """Beside an attempt that is given up the client opens connections on which it asks nothing."""
    spare = population.spare
    for _ in range(population.spares_count):
        opener = spare.first_client.at + client.at - population.first_client.at
        now(Happening.START, demand(spare, Client(m, opener), Origin.WANTED, t, m).at, Begun.FRESH, m)
