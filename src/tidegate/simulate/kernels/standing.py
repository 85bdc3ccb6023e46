"""Connections that stand when a run begins: kept ones from before it, and those that are made at once."""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.age import has_age, stand_at_an_age
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.device import source_of
from tidegate.simulate.kernels.filled import weigh
from tidegate.simulate.kernels.flow import choose_devices, crossing_of, take_entries
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.instance import choose
from tidegate.simulate.kernels.nouns import Client, Device, Exchange, Head, Population, Service
from tidegate.simulate.kernels.nouns.client import KEPT_STRIDE
from tidegate.simulate.kernels.nouns.population import Kind, Opening
from tidegate.simulate.kernels.pool import rank_of
from tidegate.simulate.kernels.port_block import ports_of
from tidegate.simulate.kernels.service import connections_left, there
from tidegate.simulate.kernels.wheel import give_back, later, take_row

_TURNS = 64
_SECOND_NS = 1_000_000_000


@njit()
def _kept(population: Population, client: Client, m: Memory) -> Exchange:
    """A row for a connection that was there before the run began."""
    head = Head(m, 0)
    exchange = Exchange(m, take_row(head.exchanges, Exchange.SIZE, m))
    exchange.server = population.service
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
    exchange.round_trip_ns = exchange.served_trip_ns = 2 * population.one_way_ns
    exchange.request_ns = exchange.reply_ns = exchange.replies_count = 0
    number = (client.at - head.clients.at) // Client.SIZE
    exchange.serial = (1 << 58) | (number * KEPT_STRIDE)
    exchange.sent_ns = 0
    return exchange


@njit()
def _stand(population: Population, client: Client, m: Memory) -> None:
    """A kept connection that was there before the run began, if every limit on its way leaves it room."""
    head = Head(m, 0)
    service = population.service
    if there(service) == 0 or connections_left(service) <= 0:
        return
    exchange = _kept(population, client, m)
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
def _slots(population: Population) -> int:
    return population.clients_count * population.places_each_count if population.is_kept == 1 else 0


@njit()
def _has_room(device: Device, service: Service, more: int, m: Memory) -> bool:
    """Whether so many more connections surely fit into what a device keeps of flows."""
    if device.is_tracking == 0:
        return True
    fits = device.concurrent_count < 0 or device.open_count + more <= device.concurrent_count
    fits = fits and (device.table_count < 0 or device.entries_count + more <= device.table_count)
    if device.ports_count < 0:
        return fits
    taken = m[device.ports_at + service.number]
    return fits and device.block_least_count == 0 and taken + more <= ports_of(device, service)


@njit()
def _surely_stand(population: Population, slots: int, m: Memory) -> bool:
    """Whether so many more connections surely have room, and are alike but for their client."""
    head = Head(m, 0)
    service = population.service
    alike = population.opening == Opening.AT_ONCE and not has_age(population)
    if not alike or service.first_instance.exists or service.room_bytes > 0 or there(service) == 0:
        return False
    if service.connections_millionths >= 0 and connections_left(service) < slots:
        return False
    for hop in range(population.hops_count):
        crossing = crossing_of(population, hop, m)
        if crossing.devices_count + crossing.added_count != 1:
            return False
        # The most there can be, were all its hops this one.
        most = slots * population.hops_count
        if not _has_room(head.devices.on(crossing.first_device_number), service, most, m):
            return False
    return True


@njit()
def _count(population: Population, more: int, m: Memory) -> None:
    """So many more of a population's connections stand, or fewer."""
    service = population.service
    service.connections_count += more
    for hop in range(population.hops_count):
        device = Head(m, 0).devices.on(crossing_of(population, hop, m).first_device_number)
        if device.is_tracking == 1:
            device.entries_count += more
            device.open_count += more
            if device.ports_count >= 0:
                m[device.ports_at + service.number] += more


@njit()
def _all_stand(m: Memory) -> bool:
    """Let all connections of before stand untouched, if all surely have room; else none does yet."""
    head = Head(m, 0)
    for i in range(head.populations_count):
        population = head.populations.on(i)
        slots = _slots(population)
        if slots > 0 and not _surely_stand(population, slots, m):
            for j in range(i):
                _count(head.populations.on(j), -_slots(head.populations.on(j)), m)
            return False
        _count(population, slots, m)
    for i in range(head.populations_count):
        population = head.populations.on(i)
        slots = _slots(population)
        if slots > 0:
            pattern = _kept(population, population.first_client, m)
            choose_devices(pattern, population, ZERO, m)
            _count(population, -1, m)
            take_entries(pattern, m)
            population.service.connections_count += 1
            population.untouched = pattern
            population.untouched_count = slots
            population.untouched_each_count = population.places_each_count
            head.exchanges.following += slots * Exchange.SIZE
    return True


@njit()
def stand_in_turn(m: Memory) -> None:
    """Connections kept from before: where not all fit, populations get their share, in small parts."""
    head = Head(m, 0)
    if _all_stand(m):
        return
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
    if population.untouched.exists:
        return  # all have one
    if population.is_kept == 0 or kind == Kind.CLOSED or kind == Kind.ONCE or kind == Kind.CALL:
        return
    for j in range(slots):
        client = population.first_client.on(j)
        if not client.exchange.exists:
            later(_SECOND_NS * j // slots, Happening.CONNECT, client.at, ZERO, m)
