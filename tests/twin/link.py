"""One direction of a device's link: packets pass it one after the other, each as long as its bytes take."""

from __future__ import annotations

from tidegate.world.crossing import Crossing
from twin.packet import Kind, Packet

HEAD_BYTES = 66
FULL_PACKET_BYTES = 1514


class Lane:
    """One direction of a link."""

    def __init__(self) -> None:
        self._free_ns = 0

    def carry(self, crossing: Crossing, packet: Packet, at_ns: int) -> int | None:
        """Return when a packet that comes at `at_ns` has passed, or None where too much waits already."""
        byte_ps = _byte_ps(crossing)
        begin_ns = max(self._free_ns, at_ns)
        if begin_ns - at_ns > crossing.queue_packets_count * FULL_PACKET_BYTES * byte_ps // 1000:
            return None
        self._free_ns = begin_ns + _bytes_of(packet) * byte_ps // 1000
        return self._free_ns


def _byte_ps(crossing: Crossing) -> int:
    """Return how long a byte takes, in picoseconds; background packets are full ones."""
    assert crossing.bandwidth_bit_per_s is not None
    background = crossing.background.packets_per_s * FULL_PACKET_BYTES * 8.0
    return round(8e12 / max(crossing.bandwidth_bit_per_s - background, 1e-3 * crossing.bandwidth_bit_per_s))


def _bytes_of(packet: Packet) -> int:
    """Return what packets weigh: their heads, and what is asked or answered."""
    population = packet.connection.population
    size = packet.count * HEAD_BYTES
    if packet.kind is Kind.SYN_ACK:
        return size + population.service.handshake_bytes(packet.connection, packet.exchange)
    if packet.kind is Kind.REQUEST:
        size += population.request_bytes
    elif packet.kind is Kind.RESPONSE and not packet.exchange.is_error:
        size += population.answer_bytes
    return size
