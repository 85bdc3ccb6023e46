"""Who uses which connection of a pool? Places that are free, and requests that wait for one.

Shortcuts: the pools of one population are treated as one pool, in which a request meets a connection or a
place without one by as many as are free of each. So are those of the instances of a caller, in which a
connection is opened only where none is free: as if requests went where a connection is free; the places that
are never closed for being idle are always the same. A place that a knock of its idle pool has connected counts
as one without until it is next taken.
"""

from __future__ import annotations

from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Client, Head, Population, Request, Stack
from tidegate.simulate.kernels.nouns.client import NotFree
from tidegate.simulate.kernels.nouns.population import Opening
from tidegate.simulate.kernels.nouns.request import Begun, Without
from tidegate.simulate.kernels.outbox import now
from tidegate.simulate.kernels.untouched import has_connection, next_free
from tidegate.simulate.kernels.wheel import give_back, later

_WHICH_SLOT = 1 << 40  # draws of the way beyond those that choose devices


@njit()
def free_request(request: Request, m: Memory) -> None:
    """Give the row back; a late timer finds another generation."""
    request.generation = -1
    request.serial = -1
    give_back(request.at, Head(m, 0).requests, m)


@njit()
def clients_now(population: Population) -> int:
    """How many clients a population has at this moment, those of added instances included."""
    return max(population.clients_count + population.added_count, 0)


@njit()
def number_of(client: Client, population: Population) -> int:
    """The number of a client, or of a place of the pool, among those of its population."""
    return (client.at - population.first_client.at) // Client.SIZE


@njit()
def here(population: Population, client: Client) -> bool:
    """Whether this client of a population is there; a phase or a scaler may have sent it away."""
    return number_of(client, population) < clients_now(population) * population.places_each_count


@njit()
def rank_of(slot: Client, population: Population) -> int:
    """The number of a place among those of its instance's pool."""
    return number_of(slot, population) % max(population.each_count, 1)


@njit()
def _rest(population: Population, slot: Client, t: int, m: Memory) -> None:
    """A free connection that may be closed for being idle: it is looked at when that time is over."""
    if has_connection(slot, population) and rank_of(slot, population) >= population.keeps_each_count:
        slot.rested_ns = t
        if slot.is_watched == 0:
            slot.is_watched = 1
            later(t + population.idle_ns, Happening.REST, slot.at, ZERO, m)


@njit()
def _pop_slot(population: Population, stack: Stack, mark: int) -> None:
    """Take the first slot off a stack of free ones."""
    slot = stack.first
    stack.first = next_free(slot, population)
    stack.places_count -= 1
    slot.next_free = mark


@njit()
def _first_free(population: Population, stack: Stack) -> Client:
    """The first slot of a stack; those that are being reconnected, or whose client has left, leave it."""
    slot = stack.first
    while slot.exists and (slot.request.exists or not here(population, slot)):
        _pop_slot(population, stack, NotFree.REMOVED)
        slot = stack.first
    return slot


@njit()
def push_slot(population: Population, slot: Client) -> None:
    """A slot of the pool is free."""
    stack = population.connected if has_connection(slot, population) else population.unconnected
    slot.next_free = stack.first
    stack.first = slot
    stack.places_count += 1


@njit()
def take_slot(request: Request, population: Population, m: Memory) -> bool:
    """Take a free connection of the pool; False where the request must wait for one."""
    stack, without = population.connected, population.unconnected
    slot, bare = _first_free(population, stack), _first_free(population, without)
    while population.opening != Opening.AT_ONCE and slot.exists and not has_connection(slot, population):
        _pop_slot(
            population, stack, NotFree.REMOVED
        )  # its connection was closed or has broken as it lay here
        push_slot(population, slot)
        slot, bare = _first_free(population, stack), slot
    if not slot.exists:
        stack, slot = without, bare
    elif bare.exists and population.opening == Opening.AT_ONCE:
        free = stack.places_count + without.places_count
        u = uniform(Cause.PATH, request.serial, _WHICH_SLOT + request.tries_count, m)
        if u * free < without.places_count:
            stack, slot = without, bare
    if slot.exists:
        _pop_slot(population, stack, NotFree.IN_USE)
        request.client = slot
        return True
    request.exchange = Without.WAITS
    request.follower = -1
    if not population.first_waiting.exists:
        population.first_waiting = request
    else:
        population.last_waiting.follower = request
    population.last_waiting = request
    return False


@njit()
def give_back_slot(population: Population, slot: Client, t: int, m: Memory) -> None:
    """A connection of the pool is free again: the next that still waits takes it.

    Where its client has left meanwhile, it is closed instead.
    """
    if not here(population, slot):
        slot.next_free = NotFree.REMOVED
        now(Happening.REACT, slot.at, ZERO, m)
        return
    push_slot(population, slot)
    if population.idle_ns > 0:
        _rest(population, slot, t, m)
    while population.first_waiting.exists:
        request = population.first_waiting
        population.first_waiting = request.follower
        if request.exchange.at == Without.WAITS:
            request.exchange = Without.NOTHING
            now(Happening.START, request.at, Begun.GRANTED | (request.generation << 2), m)
            return
        free_request(request, m)


@njit()
def release_slots(population: Population, slots: int) -> None:
    """At time zero every connection of the pool is free."""
    if population.untouched.exists:
        population.untouched_free_count = slots
        population.connected.first = population.first_client
        population.connected.places_count = slots
        return
    for i in range(slots - 1, -1, -1):
        push_slot(population, population.first_client.on(i))
