"""How long a packet is waited for before it is sent again, by what the way there and back took.

Each end reckons from its own first round trip, of something that it has sent once: what was sent twice tells
nothing (Karn). Without one, Linux probes after a second and its time-out is three (RFC 6298, 5.7).
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import njit
from tidegate.simulate.kernels.nouns import Exchange

NO_SAMPLE = -1
RTO_NS = 200_000_000
_TICKS_NS = 2_000_000
# As with the SYN-ACK (`retransmission.SYNACK_NS`), the mean of the rounding to the timer wheel's ticks is added.
_FIRST_PROBE_NS = 1_032_000_000
_FALLBACK_NS = 3_032_000_000


@njit()
def time_out_of(trip_ns: int) -> int:
    """The time-out (RFC 6298, one sample)."""
    return trip_ns + max(2 * trip_ns, RTO_NS) if trip_ns >= 0 else _FALLBACK_NS


@njit()
def probe_after(trip_ns: int, is_alone: bool) -> int:
    """After how long data or a FIN is sent once more: the tail loss probe (RFC 8985, Linux's numbers).

    It comes after two round trips, and 200 ms where nothing else is under way (its acknowledgement may be
    delayed), or at the time-out if sooner, which then counts from it.
    """
    if trip_ns < 0:
        return _FIRST_PROBE_NS
    return min(time_out_of(trip_ns), 2 * trip_ns + (RTO_NS if is_alone else _TICKS_NS))


@njit()
def greeted(exchange: Exchange, t: int) -> None:
    """The service learns that its answer to the SYN has come."""
    if exchange.replies_count == 1:
        exchange.served_trip_ns = t - exchange.reply_ns
    exchange.replies_count = 0


@njit()
def answer_came(exchange: Exchange, t: int) -> None:
    """The service learns that its answer has come: where it has no round trip, this is one."""
    if exchange.served_trip_ns < 0 and exchange.replies_count == 1:
        exchange.served_trip_ns = t - exchange.reply_ns


@njit()
def request_came(exchange: Exchange, t: int) -> None:
    """The client learns that its request has come: where it has no round trip, this is one."""
    if exchange.round_trip_ns < 0 and exchange.request_ns > 0:
        exchange.round_trip_ns = t - exchange.request_ns
