"""Connections that stand when a run begins: kept ones from before it, and those that are made at once."""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.age import has_age, stand_at_an_age
from tidegate.simulate.kernels.client import rtt_of
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.device import source_of
from tidegate.simulate.kernels.filled import weigh
from tidegate.simulate.kernels.flow import choose_devices, take_entries
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.instance import choose
from tidegate.simulate.kernels.nouns import Client, Exchange, Head, Population
from tidegate.simulate.kernels.nouns.client import KEPT_STRIDE
from tidegate.simulate.kernels.nouns.population import Kind, Opening
from tidegate.simulate.kernels.pool import rank_of
from tidegate.simulate.kernels.service import connections_left, there
from tidegate.simulate.kernels.wheel import give_back, later, take_row

_TURNS = 64
_SECOND_NS = 1_000_000_000


@njit()
def _stand(population: Population, client: Client, m: Memory) -> None:
    """A kept connection that was there before the run began, if every limit on its way leaves it room."""
    head = Head(m, 0)
    service = population.service
    if there(service) == 0 or connections_left(service) <= 0:
        return
    exchange = Exchange(m, take_row(head.exchanges, Exchange.SIZE, m))
    exchange.server = service
    kept = flag.OPEN | flag.SYN_SEEN | flag.ESTABLISHED | flag.ACCEPTED | flag.KEPT | flag.SETUP_PAID
    kept |= flag.REQ_SEEN | flag.REQ_ACKED | flag.RESP_GOT | flag.RESP_ACKED
    exchange.request = -1
    exchange.flags = kept | (flag.COARSE if population.coarse_count > 0 else 0)
    exchange.openings_left_count = 0
    exchange.is_fin_lost = 0
    exchange.follower = -1
    exchange.holders_count = 1
    exchange.population = population
    exchange.source = source_of(population, client, m)
    exchange.round_trip_ns = rtt_of(2 * population.one_way_ns)
    number = (client.at - head.clients.at) // Client.SIZE
    exchange.serial = (1 << 58) | (number * KEPT_STRIDE)
    exchange.sent_ns = 0
    if service.first_instance.exists and service.by_request == 0:
        service = choose(exchange, service, ZERO, m)
        if service.stands == 0 or connections_left(service) <= 0:
            give_back(exchange.at, head.exchanges, m)
            return
    choose_devices(exchange, population, ZERO, m)
    if not take_entries(exchange, m):
        give_back(exchange.at, head.exchanges, m)
        return
    service.connections_count += 1
    weigh(service, ZERO, m)
    client.exchange = exchange
    if has_age(population):
        stand_at_an_age(client, population, ZERO, m)


@njit()
def stand_in_turn(m: Memory) -> None:
    """Connections kept from before: where not all fit, populations get their share, in small parts."""
    head = Head(m, 0)
    for turn in range(_TURNS):
        for i in range(head.populations_count):
            population = head.populations.on(i)
            if population.is_kept == 1:
                slots = population.clients_count * population.places_each_count
                for j in range(turn * slots // _TURNS, (turn + 1) * slots // _TURNS):
                    client = population.first_client.on(j)
                    if population.opening == Opening.AT_ONCE or (
                        rank_of(client, population) < population.stands_each_count
                    ):
                        _stand(population, client, m)


@njit()
def connect_eagerly(population: Population, slots: int, m: Memory) -> None:
    """Who keeps a connection and has none knocks within a second; closed clients and calls as they ask."""
    kind = population.kind
    if population.is_kept == 0 or kind == Kind.CLOSED or kind == Kind.ONCE or kind == Kind.CALL:
        return
    for j in range(slots):
        client = population.first_client.on(j)
        if not client.exchange.exists:
            later(_SECOND_NS * j // slots, Happening.CONNECT, client.at, ZERO, m)
