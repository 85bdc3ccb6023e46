"""A kept connection has an age at which it is closed: its client's own, its service's, whichever comes first.

Shortcuts: whoever closes it, it is closed by three packets, of which the client's is the first; a connection's age
counts from its first packet, or from the last answer to what it carries first (`on_connect`); one that is cut in the
middle of a request is closed as if its client gave it up.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.client import connect, detach, drop_connection, hang_up
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Client, Exchange, Population
from tidegate.simulate.kernels.nouns.request import WHY_SHIFT, Failure
from tidegate.simulate.kernels.outbox import now
from tidegate.simulate.kernels.pool import number_of
from tidegate.simulate.kernels.untouched import connection_of, population_of
from tidegate.simulate.kernels.wheel import NO_TIME, later

_CUT = 1
_DRAWS = 4  # of each connection: its client's age, its service's, and how old it is when a run begins
_ANY_AGE = NO_TIME


@njit()
def has_age(population: Population) -> bool:
    """Whether the connections that a population keeps are closed at an age."""
    return population.age_ns > 0 or population.served_age_ns > 0


@njit()
def _drawn(client: Client, population: Population, which: int, m: Memory) -> float:
    """One of the draws of the connection that a client has now."""
    entity = (population.number << 36) | number_of(client, population)
    return uniform(Cause.AGE, entity, _DRAWS * client.connections_count + which, m)


@njit()
def _own_ns(client: Client, population: Population, m: Memory) -> int:
    """The age at which its client closes the connection."""
    if population.age_ns == 0:
        return _ANY_AGE
    u = _drawn(client, population, 0, m)
    return population.age_ns + int((2.0 * u - 1.0) * population.age_jitter_ns)


@njit()
def _served_ns(client: Client, population: Population, m: Memory) -> int:
    """The age at which its service closes the connection."""
    if population.served_age_ns == 0:
        return _ANY_AGE
    u = _drawn(client, population, 1, m)
    return population.served_age_ns + int((2.0 * u - 1.0) * population.served_age_jitter_ns)


@njit()
def begin_age(client: Client, population: Population, exchange: Exchange, t: int, m: Memory) -> None:
    """The client keeps this connection from now on: one day it is too old."""
    if not has_age(population):
        return
    since_ns = t if exchange.population.openings_count > 0 else exchange.sent_ns
    client.connections_count += 1
    age_ns = min(_own_ns(client, population, m), _served_ns(client, population, m))
    later(max(since_ns + age_ns, t), Happening.AGE, client.at, client.connections_count << 1, m)


@njit()
def stand_at_an_age(client: Client, population: Population, t: int, m: Memory) -> None:
    """The client's connection has stood for long: it is as likely to be of any age that it can reach."""
    client.connections_count += 1
    age_ns = min(_own_ns(client, population, m), _served_ns(client, population, m))
    left_ns = int(_drawn(client, population, 2, m) * age_ns)
    later(t + left_ns, Happening.AGE, client.at, client.connections_count << 1, m)


@njit()
def too_old(client: Client, b: int, t: int, m: Memory) -> None:
    """A connection has reached its age, or the end of its grace (`_CUT`): close it, if it is still that one."""
    population = population_of(client, m)
    exchange = connection_of(client, population, m)
    if not exchange.exists or client.connections_count != b >> 1 or not has_age(population):
        return
    busy = exchange.request
    if busy.exists and b & _CUT == 0:
        exchange.flags |= flag.AGED
        own = _own_ns(client, population, m) <= _served_ns(client, population, m)
        grace_ns = population.age_grace_ns if own else population.served_age_grace_ns
        if grace_ns >= 0:
            later(t + grace_ns, Happening.AGE, client.at, b | _CUT, m)
        return
    hang_up(exchange, t, m)
    drop_connection(client, t, m)
    if busy.exists:
        detach(busy, exchange, t, m)
        busy.generation = 0
        now(Happening.FAIL, busy.at, Failure.REFUSED << WHY_SHIFT, m)
    elif population.reopens == 1:
        connect(client, t, m)


@njit()
def end_aged(exchange: Exchange, client: Client, t: int, m: Memory) -> None:
    """An answer has come on a connection that was too old and is closed now: another follows, or not."""
    if exchange.flags & flag.AGED and client.exists and population_of(client, m).reopens == 1:
        later(t, Happening.CONNECT, client.at, 0, m)
