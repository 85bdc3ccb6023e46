"""How long a packet is waited for before it is sent again, by what the way there and back took."""

from __future__ import annotations

from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.nouns import Exchange

RTO_NS = 200_000_000
UNKNOWN_NS = 3_000_000_000 - RTO_NS
"""`round_trip_ns` where a handshake says nothing of it, since its SYN was sent again (RFC 6298, 5.7)."""
FIRST_PROBE_NS = 1_000_000_000
"""After how long data or a FIN is sent once more then."""


@njit()
def rtt_of(handshake_ns: int) -> int:
    """What `round_trip_ns` is after a handshake: the time-out (RFC 6298, one sample) without its least part."""
    return max(RTO_NS, 2 * handshake_ns) + handshake_ns - RTO_NS


@njit()
def handshake_rtt(exchange: Exchange, t: int, m: Memory) -> int:
    """What `round_trip_ns` is of a connection that is established now."""
    population, took_ns = exchange.population, t - exchange.sent_ns
    again = population.syns_count > 0 and took_ns > m[population.syn_at]
    return UNKNOWN_NS if again else rtt_of(took_ns)


@njit()
def probe_after(exchange: Exchange) -> int:
    """After how long data or a FIN is sent once more: the tail loss probe (RFC 8985, Linux's numbers).

    It comes after two round trips and 200 ms, or at the time-out if sooner, which then counts from it.
    """
    if exchange.round_trip_ns == UNKNOWN_NS:
        return FIRST_PROBE_NS
    time_out_ns = exchange.round_trip_ns + RTO_NS  # three round trips, but of a short one that and 200 ms
    return min(time_out_ns, 2 * time_out_ns // 3 + RTO_NS)
