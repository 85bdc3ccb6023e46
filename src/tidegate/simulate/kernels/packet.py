"""Packets: their kinds, and what else a packet carries.

A packet is one number of 30 bits: its kind in the lowest eight, how many devices it has passed in seven, whether
the next device has set up its flow already, its weight in six (packets sent back to back travel as one), and its
turn in eight: which exchange of a kept connection it is of, as TCP's sequence numbers tell.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import njit
from tidegate.simulate.kernels.row import Named


class Packet(Named):
    """Kinds of packets; from `SYNACK` on they travel towards the client."""

    SYN = 0
    REQUEST = 1
    FIN = 2
    RESET = 3
    ACK = 4
    JOB = 5
    QUERY = 6
    HANDSHAKE = 7
    SYNACK = 8
    REQACK = 9
    RESPONSE = 10
    LASTACK = 11
    REFUSED = 12
    GAPACK = 13


PASSED = 1 << 8
"""One device passed."""
SET_UP = 1 << 15
"""The next device has set up its flow already."""
ONE = 1 << 16
"""The weight of a single packet."""
PAIR = 2
"""So many packets has a train of two."""
MOST_WEIGHT = 63
WEIGHT = MOST_WEIGHT << 16
TURN = 255 << 22
TURN_FLAGS = 32 - 22
"""How much higher the same bits stand in `Exchange.flags`."""
ARRIVES = 0xFF | WEIGHT | TURN
"""What of a packet its receiver sees: kind, weight and turn."""


@njit()
def kind_of(packet: int) -> int:
    """Which kind it is of, a `Packet`."""
    return packet & 0xFF


@njit()
def passed_of(packet: int) -> int:
    """How many devices it has passed."""
    return (packet >> 8) & 0x7F


@njit()
def weight_of(packet: int) -> int:
    """How many packets travel as this one."""
    return (packet >> 16) & MOST_WEIGHT
