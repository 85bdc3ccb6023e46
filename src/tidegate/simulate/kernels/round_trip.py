"""How long a packet is waited for before it is sent again, by what the way there and back took."""

from __future__ import annotations

from tidegate.simulate.kernels.compile import njit

RTO_NS = 200_000_000


@njit()
def rtt_of(handshake_ns: int) -> int:
    """What `round_trip_ns` is after a handshake: the time-out (RFC 6298, one sample) without its least part."""
    return max(RTO_NS, 2 * handshake_ns) + handshake_ns - RTO_NS
