"""A packet meets a device: admission, set-up, queue, processor.

Where all packets cost the same, always, the queue is not a list but the time until which the processor
is busy, which is exact for first come, first served (Lindley 1952). Where a first packet costs more, or
the device's numbers change while packets wait, it is a list of them (`DEPART`).

Shortcuts: packets sent back to back stay together, save that where one place is free the first of two
takes it and the second is lost (a FIN lost behind its response is sent again like the response; an
acknowledgement before what is lost acknowledges), and where a longer train does not fit, what fits of it waits
and all of it is sent again; a set-up that
waits for a processor of its own keeps its time when the device's numbers change.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.flow import (
    crossing_of,
    device_of,
    flows_of,
    forgotten,
    lost_flow,
    release,
    take_entry,
)
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.link import transmit
from tidegate.simulate.kernels.nouns import (
    Client,
    Crossing,
    CrossingBin,
    Device,
    Exchange,
    Head,
    Place,
    Population,
)
from tidegate.simulate.kernels.nouns.device import SetUp
from tidegate.simulate.kernels.nouns.request import Without
from tidegate.simulate.kernels.outbox import later_x
from tidegate.simulate.kernels.packet import (
    ARRIVES,
    MOST_WEIGHT,
    ONE,
    PAIR,
    PASSED,
    SET_UP,
    TURN,
    TURN_FLAGS,
    WEIGHT,
    Packet,
    kind_of,
    passed_of,
    weight_of,
)
from tidegate.simulate.kernels.pool import number_of
from tidegate.simulate.kernels.wheel import later


@njit()
def overdrawn(ahead: int, flows: int, interval: int, burst: int) -> bool:
    """Whether a bucket lacks the tokens for so many flows; a full one has enough for any look-up."""
    more = (flows - 1) * interval
    return ahead + more > max(burst, more)


@njit()
def _admitted(device: Device, source: int, flows: int, t: int, m: Memory) -> bool:
    """The device's protective configuration: token buckets as virtual arrival times (GCRA)."""
    many = device.open_count + device.stray_open_count + flows
    if device.concurrent_count >= 0 and many > device.concurrent_count:
        return False
    if device.source_ns > 0:
        at = device.sources_at + source
        if overdrawn(m[at] - t, flows, device.source_ns, device.source_burst_ns):
            return False
        m[at] = max(m[at], t) + flows * device.source_ns
    if device.admit_ns > 0:
        if overdrawn(device.admit_from_ns - t, flows, device.admit_ns, device.admit_burst_ns):
            return False
        device.admit_from_ns = max(device.admit_from_ns, t) + flows * device.admit_ns
    return True


@njit()
def counts_of(crossing: Crossing, m: Memory) -> CrossingBin:
    """What is counted of a crossing in this bin."""
    return CrossingBin(m, Head(m, 0).crossing_bins.at + crossing.in_bin)


@njit()
def _set_up(exchange: Exchange, hop: int, device: Device, crossing: Crossing, t: int, m: Memory) -> int:
    """A first packet asks for a flow: what becomes of it, a `SetUp`."""
    counts = counts_of(crossing, m)
    flows = flows_of(exchange)
    counts.offered_count += flows
    if exchange.flags & (flag.ENTRY << hop):
        return SetUp.DONE
    if not _admitted(device, exchange.source, flows, t, m):
        counts.shed_count += flows
        return SetUp.REFUSED if device.resets_excess == 1 else SetUp.LOST
    room = SetUp.DONE
    if device.is_tracking == 1:
        room = take_entry(exchange, hop, device, exchange.population.service, t, m)
    if room != SetUp.DONE:
        counts.shed_count += flows
        counts.no_room_count += flows
    else:
        counts.admitted_count += flows
    return room


@njit()
def _wait_for_setup(device: Device, t: int) -> int:
    """Wait for a set-up processor of its own: the time of leaving, or -1 where its queue is full."""
    begin = max(device.setup_free_from_ns, t)
    if begin - t > (device.queue_count - 1) * device.setup_ns:
        return -1
    device.setup_free_from_ns = begin + device.setup_ns
    return begin + device.setup_ns


@njit()
def _opens(packet: int) -> int:
    """How many flows a packet asks for: a look-up one for each two of its queries."""
    kind = kind_of(packet)
    if kind == Packet.QUERY:
        return (weight_of(packet) + 1) // 2
    return 1 if kind == Packet.SYN or kind == Packet.JOB else 0


@njit()
def _cost(device: Device, packet: int) -> int:
    """How long the processor takes for a packet as the device stands now."""
    cost = weight_of(packet) * device.forward_ns
    if device.is_shared == 1:
        cost += _opens(packet) * (device.setup_ns - device.forward_ns)
    return cost


@njit()
def _wait_in_list(device: Device, exchange: Exchange, packet: int, t: int, m: Memory) -> int:
    """Wait for the processor in the device's list: about when it will leave, or -1 where the list is full."""
    if device.packets_count >= device.queue_count:
        return -1
    place = (device.first_place + device.trains_count) % device.places_count
    train = Place(m, device.list_at).on(place)
    train.exchange = exchange
    train.packet = packet
    if exchange.exists:
        exchange.holders_count += 1
    device.trains_count += 1
    device.packets_count += weight_of(packet)
    device.openings_count += _opens(packet)
    if device.trains_count == 1:
        later(t + _cost(device, packet), Happening.DEPART, device.at, ZERO, m)
    dearer = (device.setup_ns - device.forward_ns) * device.is_shared
    return t + device.packets_count * device.forward_ns + device.openings_count * dearer


@njit()
def _queue(device: Device, exchange: Exchange, packet: int, t: int, m: Memory) -> int:
    """Wait for the processor: the time of leaving, or -1 where the queue is full."""
    if device.list_at > 0:
        return _wait_in_list(device, exchange, packet, t, m)
    begin = max(device.free_from_ns, t)
    if begin - t > (device.queue_count - 1) * device.forward_ns:
        return -1
    device.free_from_ns = begin + _cost(device, packet)
    return device.free_from_ns


@njit()
def refuse_stray(device: Device, t: int, m: Memory) -> None:
    """A device resets a flow of nobody: the packet waits for its processor, and nobody for the packet."""
    _queue(device, Exchange(m, Without.NOTHING), Packet.REFUSED | ONE, t, m)


@njit()
def _one_place(device: Device, t: int) -> bool:
    """Whether exactly one more packet fits into the queue."""
    if device.list_at > 0:
        return device.packets_count == device.queue_count - 1
    backlog = device.free_from_ns - t
    most = (device.queue_count - 1) * device.forward_ns
    return backlog > 0 and most - device.forward_ns < backlog <= most


@njit()
def _free_places(device: Device, t: int) -> int:
    """How many packets more fit into the queue; a train longer than that fits where nothing waits."""
    if device.list_at > 0:
        waiting = device.packets_count
    elif device.forward_ns > 0:
        waiting = -(-max(device.free_from_ns - t, 0) // device.forward_ns)
    else:
        waiting = 0
    return device.queue_count - waiting if waiting > 0 else max(device.queue_count, MOST_WEIGHT)


@njit()
def _tail_lost(device: Device, crossing: Crossing, packet: int, t: int, m: Memory) -> bool:
    """Whether a long train loses its tail for want of places; what fits of it still waits, for nobody."""
    weight = weight_of(packet)
    if weight <= PAIR:
        return False
    free = _free_places(device, t)
    if weight <= free:
        return False
    counts = counts_of(crossing, m)
    counts.packets_count += weight
    counts.dropped_count += weight - max(free, 0)
    if free > 0:
        _queue(device, Exchange(m, Without.NOTHING), (packet & ~WEIGHT) | free * ONE, t, m)
    return True


@njit()
def _go_on(device: Device, exchange: Exchange, packet: int, hop: int, t: int, m: Memory) -> None:
    """A packet leaves a device's processor at `t`: for its link, the next on its way, or for its end."""
    population = exchange.population
    if device.byte_ps > 0:
        counts = counts_of(crossing_of(population, hop, m), m)
        sent = transmit(device, exchange, packet, hop, t, m)
        if sent < 0:
            counts.dropped_count += weight_of(packet)
            return
        counts.longest_delay_ns = max(counts.longest_delay_ns, sent - t)
        t = sent
    if passed_of(packet) + 1 >= population.hops_count:  # the way may have become shorter meanwhile
        later_x(t + population.one_way_ns, Happening.DELIVER, exchange, packet & ARRIVES, m)
    else:
        later_x(t, Happening.SEND, exchange, (packet & ~SET_UP) + PASSED, m)


@njit()
def _first_alone(exchange: Exchange, kind: int) -> int:
    """What the first of two packets is whose second finds no place; -1: of a request, nothing without the other."""
    if kind == Packet.REQUEST:  # behind the handshake's acknowledgement, unless it takes two by itself
        return Packet.ACK if exchange.population.request_packets <= 1 else -1
    return Packet.ACK if kind == Packet.FIN else kind


@njit()
def _hop_of(population: Population, packet: int) -> int:
    """Which crossing of a population's way, counted from the client, a packet is at."""
    passed = passed_of(packet)
    return passed if kind_of(packet) < Packet.SYNACK else population.hops_count - 1 - passed


@njit()
def depart(device: Device, t: int, m: Memory) -> None:
    """The processor is done with the first in a device's list and turns to the next, at what it costs now."""
    first = Place(m, device.list_at).on(device.first_place)
    exchange = first.exchange
    packet = first.packet
    device.first_place = (device.first_place + 1) % device.places_count
    device.trains_count -= 1
    device.packets_count -= weight_of(packet)
    device.openings_count -= _opens(packet)
    if device.trains_count > 0:
        following = Place(m, device.list_at).on(device.first_place).packet
        later(t + _cost(device, following), Happening.DEPART, device.at, ZERO, m)
    if exchange.exists:
        _go_on(device, exchange, packet, _hop_of(exchange.population, packet), t, m)
        release(exchange, t, m)


@njit()
def send(exchange: Exchange, packet: int, t: int, m: Memory) -> None:
    """A packet (kind, hops passed, weight) of an exchange passes its next device."""
    kind = kind_of(packet)
    passed = passed_of(packet)
    weight = weight_of(packet)
    population = exchange.population
    n = population.hops_count
    if passed >= n:
        later_x(t + population.one_way_ns, Happening.DELIVER, exchange, packet & ARRIVES, m)
        return
    hop = _hop_of(population, packet)
    crossing = crossing_of(population, hop, m)
    device = device_of(exchange, hop, m)
    opening = _opens(packet)
    # What set-up on a processor of its own has let through joins the packets to be forwarded, a second
    # time here: so that set-ups that wait do not hold up established traffic.
    apart = opening > 0 and device.is_shared == 0 and device.setup_ns > 0 and packet & SET_UP == 0
    fate = SetUp.DONE
    if opening > 0 and packet & SET_UP == 0:
        fate = _set_up(exchange, hop, device, crossing, t, m)
    elif (
        kind == Packet.REQUEST
        and exchange.flags & flag.OPEN
        and (lost_flow(exchange, hop, crossing, m) or forgotten(exchange, hop, device))
    ):
        fate = SetUp.LOST
    counts = counts_of(crossing, m)
    if fate == SetUp.DONE and opening == 0 and weight == PAIR and _one_place(device, t):
        counts.packets_count += 1
        counts.dropped_count += 1
        alone = _first_alone(exchange, kind)
        if alone < 0:
            counts.packets_count += 1
            _queue(device, Exchange(m, Without.NOTHING), packet - ONE, t, m)
            return
        packet = (packet & ~(0xFF | TURN)) - ONE | alone | (exchange.flags >> TURN_FLAGS & TURN)
        kind, weight = alone, 1
        exchange.is_fin_lost |= 1 if kind == Packet.RESPONSE else 0
    if fate == SetUp.DONE and opening == 0 and _tail_lost(device, crossing, packet, t, m):
        return
    if fate == SetUp.DONE:
        leave = _wait_for_setup(device, t) if apart else _queue(device, exchange, packet, t, m)
        if leave < 0 or not apart:
            counts.packets_count += weight
        if leave >= 0:
            counts.longest_delay_ns = max(counts.longest_delay_ns, leave - t)
            if apart:
                later_x(leave, Happening.SEND, exchange, packet | SET_UP, m)
            elif device.list_at == 0:
                _go_on(device, exchange, packet, hop, leave, m)
            return
        counts.dropped_count += weight
        fate = SetUp.REFUSED if (opening > 0 and device.is_visible == 1) else SetUp.LOST
    if fate == SetUp.REFUSED:
        # The refusal is a packet of its own and passes the same device on its way back.
        refusal = Packet.REFUSED | (n - 1 - hop) * PASSED | ONE
        leave = _queue(device, exchange, refusal, t, m)
        counts.packets_count += 1
        if leave < 0:
            counts.dropped_count += 1
        elif device.list_at == 0:
            _go_on(device, exchange, refusal, hop, leave, m)


@njit()
def for_whom(population: Population, client: Client) -> Client:
    """The client (or slot of a pool) for which one of a bare population connects."""
    return population.connects_for.first_client.on(number_of(client, population))


@njit()
def source_of(population: Population, client: Client, m: Memory) -> int:
    """The number of a client among all, its pool's connections taken together."""
    head = Head(m, 0)
    if population.connects_for.exists:
        client = for_whom(population, client)
        population = population.connects_for
    first = (population.first_client.at - head.clients.at) // Client.SIZE
    return first + number_of(client, population) // population.places_each_count
