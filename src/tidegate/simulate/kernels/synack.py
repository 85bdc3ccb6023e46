"""A service's answer to a SYN, which its kernel repeats until it knows that a client has got it.

Modelled after Linux: any packet of the client's but a SYN tells it so; a SYN that comes again is answered at once,
and the timer begins anew (tcp_check_req).
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Exchange
from tidegate.simulate.kernels.outbox import later_x, now_x
from tidegate.simulate.kernels.packet import ONE, Packet

# Linux sends a SYN-ACK again after 1 s, rounded up to its timer wheel's next tick of 64 ms
# (kernel/time/timer.c, 1,000 Hz); the mean of that rounding is added. It matters: a reset that
# waited twice in a queue of half a second comes just before that timer, not just after.
SYNACK_NS = 1_032_000_000


@njit()
def waits_for_handshake(exchange: Exchange) -> bool:
    """Whether a service that has seen a SYN does not know yet that its client has got the answer."""
    ended = flag.REQ_SEEN | flag.REUSED | flag.GONE | flag.TORN | flag.FIN_EARLY
    return exchange.flags & ended == 0 and exchange.syn_came_ns >= 0


@njit()
def syn_came(exchange: Exchange, full: bool, t: int, m: Memory) -> None:
    """A SYN has come: it is answered, unless no further connection may even wait."""
    if exchange.flags & (flag.REQ_SEEN | flag.GONE) or (full and exchange.flags & flag.SYN_SEEN == 0):
        return
    if exchange.flags & flag.SYN_SEEN == 0:
        exchange.flags |= flag.SYN_SEEN
        later_x(t + SYNACK_NS, Happening.RESEND, exchange, Packet.SYNACK, m)
    elif exchange.syn_came_ns < 0 or exchange.flags & flag.FIN_EARLY:
        return
    exchange.syn_came_ns = t
    now_x(Happening.SEND, exchange, Packet.SYNACK | ONE, m)


@njit()
def holds_back(exchange: Exchange, b: int, n: int, t: int, m: Memory) -> bool:
    """Whether the timer that runs out for the `n`-th time has begun anew meanwhile, and runs on; else it is out."""
    due_ns = exchange.syn_came_ns + (SYNACK_NS << (n - 1))
    if t < due_ns:
        later_x(due_ns, Happening.RESEND, exchange, b, m)
        return True
    exchange.syn_came_ns = t
    return False
