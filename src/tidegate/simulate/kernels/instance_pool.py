"""Pools that the instances of a caller keep for a call: places that come, connections that go when idle."""

from __future__ import annotations

from tidegate.simulate.kernels.client import drop_connection, hang_up
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Client, Population
from tidegate.simulate.kernels.nouns.client import NotFree
from tidegate.simulate.kernels.pool import give_back_slot
from tidegate.simulate.kernels.untouched import connection_of, next_free, population_of
from tidegate.simulate.kernels.wheel import later


@njit()
def close_idle(slot: Client, t: int, m: Memory) -> None:
    """A connection of an instance's pool may have been idle for too long: then it is closed."""
    population = population_of(slot, m)
    slot.is_watched = 0
    exchange = connection_of(slot, population, m)
    if not exchange.exists or slot.next_free.at == NotFree.IN_USE or slot.request.exists:
        return
    idle_until_ns = slot.rested_ns + population.idle_ns
    if population.idle_ns > 0 and idle_until_ns > t:
        slot.is_watched = 1
        later(idle_until_ns, Happening.REST, slot.at, ZERO, m)
    elif population.idle_ns > 0 and not exchange.request.exists:
        hang_up(exchange, t, m)
        drop_connection(slot, t, m)


@njit()
def place(slot: Client, population: Population, t: int, m: Memory) -> None:
    """A place of a new instance's pool is there, without a connection until one is needed."""
    if next_free(slot, population) == NotFree.REMOVED and not slot.request.exists:
        give_back_slot(population, slot, t, m)
