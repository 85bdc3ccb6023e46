"""What a device keeps of flows: which device a flow meets, its entry, its port, and what they hold after it.

Shortcuts: hold-down starts when the client closes, of a port whose flow is answered after that as the answer comes;
what was never answered frees its port no sooner than its client's next SYN would have been due; an entry that was idle for too long, counted from the
last request or answer, is given back when its client next asks on it, and its port when that client closes;
a connection that is open for a late answer alone is closed when nothing is on its way any more.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.life import is_past, keeper
from tidegate.simulate.kernels.nouns import (
    Client,
    Crossing,
    Device,
    Exchange,
    Head,
    OldHold,
    Population,
    Service,
)
from tidegate.simulate.kernels.nouns.client import KEPT_STRIDE
from tidegate.simulate.kernels.nouns.device import Held, SetUp, WhenFull
from tidegate.simulate.kernels.port_block import (
    block_ports,
    has_ports,
    old_range,
    port_range,
    ports_of,
    settle,
)
from tidegate.simulate.kernels.wheel import give_back, later


@njit()
def device_of(exchange: Exchange, hop: int, m: Memory) -> Device:
    """The device that an exchange's flow meets at a hop of its way."""
    head = Head(m, 0)
    return head.devices.on((exchange.devices >> (16 * hop)) & 0xFFFF)


@njit()
def crossing_of(population: Population, hop: int, m: Memory) -> Crossing:
    """The crossing that a population passes at a hop of its way."""
    return Crossing(m, m[population.way.at + hop])


@njit()
def choose_devices(exchange: Exchange, population: Population, tries: int, m: Memory) -> None:
    """Spread a new flow over the devices of each crossing on its way (hashing, with skew)."""
    head = Head(m, 0)
    packed = among = 0
    for hop in range(population.hops_count):
        crossing = crossing_of(population, hop, m)
        n = crossing.devices_count + crossing.added_count
        chosen = 0
        if n > 1:
            u = uniform(Cause.PATH, exchange.serial, tries * 8 + hop, m)
            share = (1.0 + crossing.skew_ppm * 1e-6) / n
            if u >= share:
                chosen = 1 + min(int((u - share) / (1.0 - share) * (n - 1)), n - 2)
        packed |= (crossing.first_device_number + chosen) << (16 * hop)
        among |= (n & 0xFFFF) << (16 * hop)
    exchange.devices = packed
    exchange.among = among
    exchange.epoch = head.epoch


@njit()
def flows_of(exchange: Exchange) -> int:
    """How many flows an exchange sets up at each device: a look-up has one for each socket."""
    return max((exchange.flags >> flag.FLOWS_SHIFT) & 31, 1)


@njit()
def close_entries(exchange: Exchange, t: int, held: int, m: Memory) -> None:
    """Start the hold-down of whatever an exchange holds in tables; `held` 0: never answered."""
    flags = exchange.flags
    population = exchange.population
    flows = flows_of(exchange)
    for hop in range(population.hops_count):
        if flags & (flag.ENTRY << hop):
            device = device_of(exchange, hop, m)
            device.open_count -= flows
            if held != 0:
                device.held_count += flows
            else:
                device.unanswered_count += flows
            hold = device.closed_hold_ns if held != 0 else device.unanswered_hold_ns
            for _ in range(flows):
                later(t + hold, Happening.EXPIRE, device.at, Held.CLOSED if held != 0 else Held.UNANSWERED, m)
            flags &= ~(flag.ENTRY << hop)
    exchange.flags = flags
    if flags & flag.PORTS:
        if held != 0 or _is_met(flags):
            close_ports(exchange, t, m)
        else:
            _leave_ports(exchange, t, m)


@njit()
def _is_met(flags: int) -> bool:
    """Whether the service has seen what no handshake goes before (coarse, or a look-up): it is answered."""
    return flags & flag.SYN_SEEN != 0 and flags & (flag.COARSE | flag.DATAGRAM) != 0


@njit()
def _free_port(exchange: Exchange, hop: int, device: Device, t: int, m: Memory) -> None:
    """The port that an exchange has at a hop is free again at `t`."""
    port = Held.PORT | (port_range(device, exchange.population.service, exchange.source, m) << 1)
    for _ in range(flows_of(exchange)):
        later(t, Happening.EXPIRE, device.at, port, m)
    exchange.flags &= ~(flag.PORT << hop)


@njit()
def close_ports(exchange: Exchange, t: int, m: Memory) -> None:
    """Start the hold-down of an exchange's ports: it has closed, or what came for it at last was reset."""
    for hop in range(exchange.population.hops_count):
        if exchange.flags & (flag.PORT << hop):
            device = device_of(exchange, hop, m)
            _free_port(exchange, hop, device, t + device.port_hold_ns, m)


@njit()
def _leave_ports(exchange: Exchange, t: int, m: Memory) -> None:
    """An exchange is given up unanswered: where its port is held the longer for it, an answer may still come."""
    for hop in range(exchange.population.hops_count):
        if exchange.flags & (flag.PORT << hop):
            device = device_of(exchange, hop, m)
            if device.unanswered_port_hold_ns <= device.port_hold_ns:
                _free_port(exchange, hop, device, t + device.unanswered_port_hold_ns, m)
    exchange.sent_ns = t


@njit()
def _forget_ports(exchange: Exchange, t: int, m: Memory) -> None:
    """No answer can come any more: ports are held since the exchange was given up."""
    for hop in range(exchange.population.hops_count):
        if exchange.flags & (flag.PORT << hop):
            device = device_of(exchange, hop, m)
            _free_port(exchange, hop, device, max(exchange.sent_ns + device.unanswered_port_hold_ns, t), m)


@njit()
def release(exchange: Exchange, t: int, m: Memory) -> None:
    """Let go of an exchange; when nobody holds it, its row and what it holds in tables are given back."""
    exchange.holders_count -= 1
    if exchange.holders_count == 0:
        if exchange.flags & (flag.ENTRIES | flag.ESTABLISHED):
            close_entries(exchange, t, exchange.flags & flag.ESTABLISHED, m)
        if exchange.flags & flag.PORTS:
            _forget_ports(exchange, t, m)
        if exchange.flags & flag.ACCEPTED:  # no packet told the service that this connection is over
            server = keeper(exchange)
            if not is_past(exchange, server):
                server.connections_count -= 1
                server.logging_in_count -= 1 if exchange.flags & flag.LOGIN else 0
            exchange.flags &= ~(flag.ACCEPTED | flag.LOGIN)
        give_back(exchange.at, Head(m, 0).exchanges, m)


@njit()
def expire(device: Device, b: int, m: Memory) -> None:
    """End a hold-down, unless the entry was evicted meanwhile."""
    if b & Held.PORT:
        m[device.ports_at + (b >> 1)] -= 1
        return
    if b & Held.UNANSWERED:
        device.stray_open_count -= b >> Held.MANY_SHIFT
        ended = max(b >> Held.MANY_SHIFT, 1)
        gone = min(device.forgotten_count, ended)
        device.forgotten_count -= gone
        device.unanswered_count -= ended - gone
        device.entries_count -= ended - gone
    elif device.evicted_count > 0:
        device.evicted_count -= 1
    else:
        device.held_count -= 1
        device.entries_count -= 1


@njit()
def hold_old(hold: OldHold, m: Memory) -> None:
    """At time zero a device holds down what a day has left; what found no room then is not there.

    They end evenly over the time of a hold.
    """
    device = hold.device
    service = hold.service
    at = device.ports_at + old_range(hold, m)
    if not service.exists:
        left = min(hold.left_count, device.table_count - device.entries_count)
    elif device.block_least_count > 0:
        settle(device, service, hold.source, m[at] + hold.left_count, m)
        left = min(hold.left_count, block_ports(device, service, hold.source, m) - m[at])
    else:
        left = min(hold.left_count, ports_of(device, service) - m[at])
    if hold.is_unanswered == 1 and device.concurrent_count >= 0:
        left = min(left, device.concurrent_count - device.open_count)
    if left <= 0:
        return
    hold_ns = device.port_hold_ns
    if service.exists:
        m[at] += left
    elif hold.is_unanswered == 1:
        hold_ns = device.unanswered_hold_ns
        device.unanswered_count += left
        device.stray_open_count += left
        device.entries_count += left
    else:
        hold_ns = device.closed_hold_ns
        device.held_count += left
        device.entries_count += left
    hold.left_count = left
    hold.gap_ns = hold_ns // left
    later(hold_ns // left // 2 + 1, Happening.FADE, hold.at, ZERO, m)


@njit()
def fade(hold: OldHold, t: int, m: Memory) -> None:
    """One hold from before the run ends, and the next in its time."""
    service = hold.service
    stray = Held.UNANSWERED | (1 << Held.MANY_SHIFT)
    entry = stray if hold.is_unanswered == 1 else Held.CLOSED
    expire(hold.device, entry if not service.exists else Held.PORT | (old_range(hold, m) << 1), m)
    hold.left_count -= 1
    if hold.left_count > 0:
        later(t + hold.gap_ns, Happening.FADE, hold.at, ZERO, m)


@njit()
def _evict(device: Device, missing: int) -> bool:
    """Make room for as many flows as are missing, if the table may forget that many; closed ones first."""
    full = device.when_table_full
    closed = device.held_count if full == WhenFull.EVICT else 0
    unanswered = device.unanswered_count if full >= WhenFull.EVICT else 0
    if closed + unanswered < missing:
        return False
    closed = min(closed, missing)
    device.held_count -= closed
    device.evicted_count += closed
    device.unanswered_count -= missing - closed
    device.forgotten_count += missing - closed
    device.entries_count -= missing
    return True


@njit()
def take_entry(exchange: Exchange, hop: int, device: Device, service: Service, t: int, m: Memory) -> int:
    """Find room in the flow table and among the ports: what becomes of the flow, a `SetUp`."""
    flows = flows_of(exchange)
    missing = device.entries_count + flows - device.table_count
    if device.table_count >= 0 and missing > 0 and not _evict(device, missing):
        return SetUp.REFUSED if device.when_table_full == WhenFull.REFUSE else SetUp.LOST
    if device.ports_count >= 0:
        at = device.ports_at + port_range(device, service, exchange.source, m)
        if device.block_least_count > 0:
            fits = has_ports(device, service, exchange.source, m[at] + flows, t, m)
        else:
            fits = m[at] + flows <= ports_of(device, service)
        if not fits:
            return SetUp.REFUSED if device.when_ports_full == WhenFull.REFUSE else SetUp.LOST
        m[at] += flows
        exchange.flags |= flag.PORT << hop
    device.entries_count += flows
    device.open_count += flows
    exchange.flags |= flag.ENTRY << hop
    return SetUp.DONE


@njit()
def _stands(exchange: Exchange, device: Device, service: Service, m: Memory) -> bool:
    """Whether one more connection can have been there before the run, as the device's limits go."""
    if device.concurrent_count >= 0 and device.open_count >= device.concurrent_count:
        return False
    if device.table_count >= 0 and device.entries_count >= device.table_count:
        return False
    if device.ports_count < 0:
        return True
    taken = m[device.ports_at + port_range(device, service, exchange.source, m)]
    if device.block_least_count == 0:
        return taken < ports_of(device, service)
    source = m[device.block_sources_at + exchange.source]
    settle(device, service, source, taken + 1, m)
    return taken < block_ports(device, service, source, m)


@njit()
def take_entries(exchange: Exchange, m: Memory) -> bool:
    """Enter a connection that was there before the run into every table on its way, if all have room."""
    service = exchange.population.service
    hops = exchange.population.hops_count
    for hop in range(hops):
        device = device_of(exchange, hop, m)
        if device.is_tracking == 1 and not _stands(exchange, device, service, m):
            return False
    for hop in range(hops):
        device = device_of(exchange, hop, m)
        if device.is_tracking == 1:
            take_entry(exchange, hop, device, service, ZERO, m)
    return True


@njit()
def lost_flow(exchange: Exchange, hop: int, crossing: Crossing, m: Memory) -> bool:
    """Whether a flow set up before the crossing's devices changed meets a device that does not know it.

    Where there are as many again as when it was set up, it comes to that device again: which knows it, unless it
    was away meanwhile.
    """
    head = Head(m, 0)
    if crossing.epoch <= exchange.epoch:
        return False
    devices_count = crossing.devices_count + crossing.added_count
    if devices_count & 0xFFFF == (exchange.among >> (16 * hop)) & 0xFFFF:
        return device_of(exchange, hop, m).away_epoch > exchange.epoch
    # A kept flow carries one request after the other: its fate is drawn once, not with each of them.
    flow = exchange.serial
    if exchange.flags & flag.KEPT and exchange.request.exists:
        number = (exchange.request.client.at - head.clients.at) // Client.SIZE
        flow = (1 << 58) | (number * KEPT_STRIDE)
    u = uniform(Cause.PATH, flow, 7 + 8 * crossing.epoch, m)
    return u < crossing.remapped_ppm * 1e-6


@njit()
def forgotten(exchange: Exchange, hop: int, device: Device) -> bool:
    """Whether the device's table holds no entry for a flow that thinks it stands."""
    return device.is_tracking == 1 and exchange.flags & (flag.ENTRY << hop) == 0


@njit()
def forget_idle(exchange: Exchange, t: int, m: Memory) -> None:
    """Tables forget a kept connection that was idle for too long."""
    population = exchange.population
    for hop in range(population.hops_count):
        device = device_of(exchange, hop, m)
        if exchange.flags & (flag.ENTRY << hop) and t - exchange.sent_ns > device.idle_timeout_ns:
            device.entries_count -= 1
            device.open_count -= 1
            exchange.flags &= ~(flag.ENTRY << hop)
