"""A client that nobody has touched is as it was at time zero: nothing is written of it until then.

Where all connections that stand before a run surely have room, those of a population are alike but for their
client. One pattern of them is kept (`Population.untouched`), the rows behind it are theirs, and each is filled as
its client is first looked for a connection. The free places of a pool are in a stack of which nothing is written
either: the next free one is the next.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.nouns import Client, Exchange, Head, Population
from tidegate.simulate.kernels.nouns.client import KEPT_STRIDE, OWNER_BITS, NotFree


@njit()
def population_of(client: Client, m: Memory) -> Population:
    """Whose a client is."""
    head = Head(m, 0)
    number = (client.at - head.clients.at) // Client.SIZE
    population = head.populations.on(m[head.owners_at + (number >> OWNER_BITS)])
    last = head.populations_count - 1
    while population.number < last and client.at >= population.on(1).first_client.at:
        population = population.on(1)
    return population


@njit()
def _number(client: Client, population: Population) -> int:
    return (client.at - population.first_client.at) // Client.SIZE


@njit()
def _is_untouched(client: Client, population: Population) -> bool:
    """Whether a client has a connection that stands since before the run and of which nothing is written."""
    return population.untouched.exists and _number(client, population) < population.untouched_count


@njit()
def has_connection(client: Client, population: Population) -> bool:
    """Whether a client keeps a connection."""
    at = client.exchange.at
    return at > 0 or (at == 0 and _is_untouched(client, population))


@njit()
def connection_of(client: Client, population: Population, m: Memory) -> Exchange:
    """The connection that a client keeps, none where it has none."""
    exchange = client.exchange
    if exchange.at != 0 or not _is_untouched(client, population):
        return exchange
    number, pattern = _number(client, population), population.untouched
    exchange = pattern.on(1 + number)
    for k in range(Exchange.SIZE):
        m[exchange.at + k] = m[pattern.at + k]
    exchange.source = pattern.source + number // population.untouched_each_count
    exchange.serial = pattern.serial + number * KEPT_STRIDE
    client.exchange = exchange
    return exchange


@njit()
def next_free(slot: Client, population: Population) -> int:
    """The address of the free place below one in the stack, -1 where it is the last; else a `NotFree`."""
    at = slot.next_free.at
    if at != 0:
        return at
    left = population.untouched_free_count - _number(slot, population)
    return slot.on(1).at if left > 1 else -1 if left == 1 else NotFree.REMOVED
