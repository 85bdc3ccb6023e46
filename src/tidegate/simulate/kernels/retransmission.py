"""What is sent again: a SYN, a SYN-ACK, a request, an answer or a FIN that nobody has acknowledged in time.

Each end has one timer for all that it has under way. The first time is a probe for a lost tail, the further ones are
the time-out, doubled each time, and begin with what was sent first.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.client import request_weight
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Client, Exchange, Head
from tidegate.simulate.kernels.nouns.population import Kind
from tidegate.simulate.kernels.outbox import later_x, now_x
from tidegate.simulate.kernels.packet import ONE, TURN, TURN_FLAGS, Packet, kind_of
from tidegate.simulate.kernels.pool import clients_now
from tidegate.simulate.kernels.round_trip import time_out_of
from tidegate.simulate.kernels.transfer import answer_weight

# Linux sends a SYN-ACK again after 1 s, rounded up to its timer wheel's next tick of 64 ms
# (kernel/time/timer.c, 1,000 Hz); the mean of that rounding is added. It matters: a reset that
# waited twice in a queue of half a second comes just before that timer, not just after.
SYNACK_NS = 1_032_000_000
MOST_RESENDS = 8


@njit()
def turn_of(exchange: Exchange) -> int:
    """Which exchange of a kept connection this is, as its packets say."""
    return (exchange.flags >> TURN_FLAGS) & TURN


@njit()
def _left(exchange: Exchange, m: Memory) -> bool:
    """Whether the client of an exchange has gone away: its socket sends no more SYNs."""
    population = exchange.population
    if population.kind != Kind.CLOSED and population.kind != Kind.ONCE:
        return False
    # Its request may have been given up while a late answer is still waited for: `source` tells who it is.
    head = Head(m, 0)
    first = (population.first_client.at - head.clients.at) // Client.SIZE
    return exchange.source - first >= clients_now(population)


@njit()
def resend(exchange: Exchange, b: int, t: int, m: Memory) -> None:
    """A retransmission timer has run out: send again unless it was acknowledged or given up."""
    kind = kind_of(b)
    n = ((b >> 8) & 0xFF) + 1
    turn = b & TURN
    flags = exchange.flags
    population = exchange.population
    sent = kind
    trip_ns = exchange.round_trip_ns if kind < Packet.SYNACK else exchange.served_trip_ns
    after = time_out_of(trip_ns) << (n - 1)
    if kind == Packet.SYN:
        wanted = flags & flag.OPEN and flags & flag.ESTABLISHED == 0 and not _left(exchange, m)
        at = population.syn_at + n
        after = m[at] - m[at - 1] if n < population.syns_count else 0
    elif kind == Packet.SYNACK:
        wanted = flags & (flag.REQ_SEEN | flag.REUSED | flag.GONE | flag.TORN) == 0 and n <= 5
        wanted = wanted and exchange.replies_count > 0
        due = exchange.reply_ns + (SYNACK_NS << (n - 1))
        if wanted and t < due:  # a SYN that came twice has been answered since
            later_x(due, Happening.RESEND, exchange, b, m)
            return
        after = SYNACK_NS << n
    elif kind == Packet.REQACK:
        wanted = flags & flag.WORKING and n == 1 and turn == turn_of(exchange)
    elif kind == Packet.ACK:  # the next request carries it, if there is one by now
        wanted = flags & flag.OPEN and n == 1 and turn == turn_of(exchange)
    elif kind == Packet.REQUEST:
        going = (
            flags & (flag.OPEN | flag.ORPHAN | flag.BACKED_OFF) and flags & (flag.REQ_ACKED | flag.DEAD) == 0
        )
        wanted = going and turn == turn_of(exchange)
        if wanted and n > 1:  # the first is a probe for a lost tail, which leaves the window as it is
            exchange.flags |= flag.BACKED_OFF
    elif kind == Packet.RESPONSE:  # behind which a FIN may have been sent since: then it goes by that
        wanted = flags & (flag.RESP_ACKED | flag.TORN | flag.CLOSING) == 0 and turn == turn_of(exchange)
        if wanted:
            exchange.is_fin_lost = 0
    elif kind == Packet.LASTACK:
        wanted = flags & flag.CLOSING != 0
        if n > 1 and flags & flag.RESP_ACKED == 0:
            sent = Packet.RESPONSE | turn_of(exchange)
    else:
        wanted = flags & (flag.FIN_ACKED | flag.TORN) == 0
        if n > 1 and flags & flag.REQ_ACKED == 0:
            sent = Packet.REQUEST | turn_of(exchange)
    if wanted and n <= MOST_RESENDS + 3:
        weight = ONE
        if kind == Packet.SYNACK:
            exchange.reply_ns = t
        if sent & 0xFF == Packet.REQUEST:
            weight = request_weight(exchange)
            exchange.request_ns = 0
        elif sent & 0xFF >= Packet.SYNACK:
            exchange.replies_count += 1
        if sent & 0xFF == Packet.RESPONSE and population.is_bulk == 0:
            weight = answer_weight(exchange)
        now_x(Happening.SEND, exchange, sent | weight | turn, m)
        if after > 0 and (n <= MOST_RESENDS or kind == Packet.SYN):
            later_x(t + after, Happening.RESEND, exchange, kind | (n << 8) | turn, m)
