"""A packet passes a device's link, one after the other in each direction.

Where transfers fill a lane (one direction of one device's link), TCP keeps its queue full: it drops when it
finds no place, halves, and comes back within half as many round trips as a transfer's window has packets.
Whoever else comes waits behind that queue, and is lost where he comes in the round trip in which it has no
place.

Shortcuts: whoever passes a lane that transfers fill waits as long as a full queue takes (packet by packet
it is half of that where few transfers fill it, nine tenths where many do), and is lost with one over their
window, a third at most (packet by packet half to twice as often; tests/unit/simulate/test_transfers.py);
packets of an answer of up to 64 KiB are lost together or not at all; those of larger ones cost the processor
nothing but the last, and acknowledgements of those, and flows that nobody answers, take no bytes; what waits
for a link keeps its time when its bandwidth changes.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.handshake import handshake_bytes
from tidegate.simulate.kernels.nouns import Device, Exchange, Lane
from tidegate.simulate.kernels.packet import TURN, TURN_FLAGS, Packet, kind_of, weight_of

HEAD_BYTES = 66
"""A packet with nothing in it: Ethernet, IP and TCP with time stamps."""
FULL_PACKET_BYTES = 1514
_LEAST_WINDOW = 3.0


@njit()
def _loss(device: Device, lane: Lane) -> float:
    """The probability at which a lane that slows transfers loses what passes it."""
    if lane.slowed_count == 0:
        return 0.0
    packets = (device.link_wait_ns + lane.pipe_ns) * 1000 / (FULL_PACKET_BYTES * device.byte_ps)
    window = packets / lane.slowed_count
    return 1.0 / max(window, _LEAST_WINDOW)


@njit()
def _is_error(exchange: Exchange, packet: int) -> bool:
    """Whether an answer is an error: what was answered on its connection before was none."""
    stale = (packet & TURN) != ((exchange.flags >> TURN_FLAGS) & TURN)
    return exchange.flags & flag.ERROR != 0 and not stale


@njit()
def transmit(device: Device, exchange: Exchange, packet: int, hop: int, t: int, m: Memory) -> int:
    """A packet passes a device's link: when it has, or -1 where it is lost."""
    kind = kind_of(packet)
    population = exchange.population
    answers = 1 if kind >= Packet.SYNACK else 0
    lane = device.back if answers ^ ((population.turned >> hop) & 1) else device.there
    size = weight_of(packet) * HEAD_BYTES
    if kind == Packet.REQUEST:
        size += population.request_bytes
    elif kind == Packet.SYNACK:
        size += handshake_bytes(exchange, m)
    elif kind == Packet.RESPONSE and population.is_bulk == 0 and not _is_error(exchange, packet):
        size += population.answer_bytes
    begin = max(lane.free_from_ns, t)
    if lane.slowed_count > 0:
        if uniform(Cause.LINK, exchange.serial, t, m) < _loss(device, lane):
            return -1
        begin = max(begin, t + device.link_wait_ns)
    if begin - t > device.link_wait_ns:
        return -1
    lane.passed_bytes += size
    lane.carried_bytes += size
    lane.free_from_ns = max(lane.free_from_ns, t) + size * device.byte_ps // 1000
    return begin + size * device.byte_ps // 1000
