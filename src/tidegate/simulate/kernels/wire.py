"""A packet arrives at one end: the TCP of both ends, as far as it decides outcomes.

Modelled after Linux: a dropped or slow SYN, SYN-ACK, request, response or FIN is sent again; a
packet for a closed connection is answered with a reset. What a program has given up its kernel still
delivers: a request that was lost goes out again after the client has closed.
Shortcuts: no congestion window but that after a time-out, which is one packet (requests and responses
fit one segment); the retransmission time-out is reckoned from the handshake's round trip alone (RFC
6298, Linux's minimum of 200 ms); pure acknowledgements are not sent again; of an answer and the FIN
behind it, what is sent again is one packet, and it counts as the answer.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.client import (
    GENERATION,
    RTO_NS,
    bucket_of,
    detach,
    drop_connection,
    hang_up,
    part,
    probe_after,
    send_fin,
)
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.device import for_whom
from tidegate.simulate.kernels.flow import close_entries
from tidegate.simulate.kernels.outbox import later_x, now, now_x
from tidegate.simulate.kernels.pool import here
from tidegate.simulate.kernels.retry import succeeded
from tidegate.simulate.kernels.service import accept, accept_idle, backlog_full, disconnect, down, leave
from tidegate.simulate.kernels.wheel import later

# Linux sends a SYN-ACK again after 1 s, rounded up to its timer wheel's next tick of 64 ms
# (kernel/time/timer.c, 1,000 Hz); the mean of that rounding is added. It matters: a reset that
# waited twice in a queue of half a second comes just before that timer, not just after.
SYNACK_NS = 1_032_000_000
# On a connection that has carried an answer, Linux acknowledges data with the answer, or after 40 ms
# (TCP_DELACK_MIN) if there is none yet, and so an answer with the next request. A new connection's first
# request is acknowledged at once.
DELAYED_ACK_NS = 40_000_000
MOST_RESENDS = 8
_ENDS = (c.FIN, c.RESET, c.ACK)  # packets that ask for nothing


@njit()
def _turn_of(x: int, m: Memory) -> int:
    return (m[x + c.A_FLAGS] >> c.TURN_FLAGS) & c.TURN


@njit()
def _settle_bare(x: int, t: int, m: Memory) -> None:
    """A connection with nothing to ask is established: idle from now on, and kept by whom it lacks."""
    m[x + c.A_FLAGS] |= c.KEPT | c.REQ_SEEN | c.REQ_ACKED | c.RESP_GOT | c.RESP_ACKED
    p = m[x + c.A_POP]
    req = m[x + c.A_REQ]
    if m[p + c.P_KIND] == c.IDLE and req >= 0:
        owner = for_whom(p, m[req + c.R_CLIENT], m)
        if m[owner + c.CL_EXCHANGE] < 0:
            m[owner + c.CL_EXCHANGE] = x
            m[x + c.A_REFS] += 1
            m[x + c.A_POP] = m[p + c.P_FOR]
        else:
            hang_up(x, t, m)
        detach(req, x, t, m)
        m[req + c.R_GENERATION] = 0
        now(c.DONE, req, c.DONE_WELL, m)


@njit()
def to_service(x: int, b: int, t: int, m: Memory) -> None:
    """A packet from the client arrives at the service."""
    kind = b & 0xFF
    p = m[x + c.A_POP]
    s = m[p + c.P_SERVICE]
    flags = m[x + c.A_FLAGS]
    fate = down(p, m)
    if fate == c.DOWN_SILENT:
        return  # nobody there to answer
    if fate == c.DOWN_REFUSES and flags & c.REQ_SEEN == 0 and kind not in _ENDS:
        now_x(c.SEND, x, c.REFUSED | c.ONE, m)
        return
    full = backlog_full(s, m)
    if kind == c.SYN:
        if flags & c.REQ_SEEN == 0 and flags & c.GONE == 0 and (flags & c.SYN_SEEN or not full):
            m[x + c.A_FLAGS] |= c.SYN_SEEN
            now_x(c.SEND, x, c.SYNACK | c.ONE, m)
            if flags & c.SYN_SEEN == 0:
                later_x(t + SYNACK_NS, c.RESEND, x, c.SYNACK, m)
    elif kind == c.JOB and m[p + c.P_BARE] == 1:
        # Coarse: nothing is asked, and what is connected stays so.
        m[x + c.A_FLAGS] |= c.SYN_SEEN | c.ESTABLISHED
        _settle_bare(x, t, m)
        accept_idle(x, s, m)
    elif kind == c.REQUEST or kind == c.JOB or kind == c.QUERY:
        if flags & c.TORN:
            now_x(c.SEND, x, c.REFUSED | c.ONE, m)
            return
        if flags & c.FIN_EARLY:
            now_x(c.SEND, x, c.LASTACK | c.ONE, m)  # of both
            leave(x, m)
        elif kind == c.REQUEST and flags & c.COARSE == 0:
            if flags & c.REQ_SEEN == 0 and (flags & c.REUSED or m[s + c.S_ACKS_LATE] == 1):
                later_x(t + DELAYED_ACK_NS, c.RESEND, x, c.REQACK | (b & c.TURN), m)
            else:
                now_x(c.SEND, x, c.REQACK | c.ONE | (b & c.TURN), m)
        if flags & c.REQ_SEEN == 0 and b & c.TURN == _turn_of(x, m) and not (kind == c.JOB and full):
            m[x + c.A_FLAGS] |= c.REQ_SEEN | c.SYN_SEEN
            accept(x, t, m)
    elif kind == c.FIN and flags & (c.REQ_SEEN | c.TORN) == 0:
        m[x + c.A_FLAGS] |= c.FIN_EARLY
        now_x(c.SEND, x, c.GAPACK | c.ONE, m)
    elif kind == c.FIN or kind == c.RESET:
        if kind == c.FIN:
            leave(x, m)
            m[x + c.A_FLAGS] |= c.RESP_ACKED * (1 if flags & c.RESP_GOT else 0)
            now_x(c.SEND, x, c.LASTACK | c.ONE, m)
            if flags & c.KEPT and flags & (c.WORKING | c.GONE) == 0:
                # The service closes an idle connection too: its FIN carries that acknowledgement.
                m[x + c.A_FLAGS] |= c.CLOSING
                later_x(t + probe_after(x, m), c.RESEND, x, c.LASTACK, m)
        else:
            leave(x, m)
            m[x + c.A_FLAGS] |= c.TORN | c.RESP_ACKED
        if flags & c.WORKING == 0:
            disconnect(x, s, m)
    else:
        m[x + c.A_FLAGS] = (m[x + c.A_FLAGS] | c.RESP_ACKED) & ~c.CLOSING
        accept_idle(x, s, m)


@njit()
def _established(x: int, t: int, m: Memory) -> None:
    """The handshake is done: the request follows at once."""
    p = m[x + c.A_POP]
    m[x + c.A_FLAGS] |= c.ESTABLISHED
    m[x + c.A_RTT] = max(RTO_NS, 2 * (t - m[x + c.A_SENT])) + (t - m[x + c.A_SENT]) - RTO_NS
    m[m[p + c.P_LATENCY] + 0 * c.HISTOGRAM + bucket_of(t - m[x + c.A_SENT])] += 1
    req = m[x + c.A_REQ]
    # A late connection (its answer may still be accepted) starts no clock of a request that went on.
    mine = req >= 0 and m[req + c.R_EXCHANGE] == x and m[req + c.R_SERIAL] == m[x + c.A_SERIAL] >> 10
    if m[p + c.P_CLOCK] == 1 and mine:
        m[c.G_EXCHANGES] += 1
        m[req + c.R_GENERATION] = m[c.G_EXCHANGES] & GENERATION
        later(t + m[p + c.P_TIMEOUT], c.TIMEOUT, req, m[req + c.R_GENERATION], m)
    if m[p + c.P_BARE] == 1:
        now_x(c.SEND, x, c.ACK | c.ONE, m)
        _settle_bare(x, t, m)
        return
    now_x(c.SEND, x, c.REQUEST | (2 << 16), m)
    later_x(t + probe_after(x, m), c.RESEND, x, c.REQUEST, m)


@njit()
def _answered(x: int, t: int, m: Memory, f: Memory) -> None:
    """The first response to an exchange whose client still listens."""
    req = m[x + c.A_REQ]
    flags = m[x + c.A_FLAGS] | c.RESP_GOT | c.REQ_ACKED
    m[x + c.A_FLAGS] = flags
    current = req >= 0 and (m[x + c.A_SERIAL] >> 10) == m[req + c.R_SERIAL]
    client = m[req + c.R_CLIENT] if current else -1
    good = flags & c.ERROR == 0
    keep = (
        flags & c.KEPT
        and current
        and good
        and (m[client + c.CL_EXCHANGE] < 0 or m[client + c.CL_EXCHANGE] == x)
    )
    if keep:
        if m[client + c.CL_EXCHANGE] < 0:
            m[client + c.CL_EXCHANGE] = x
            m[x + c.A_REFS] += 1
        if flags & c.COARSE == 0:
            later_x(t + DELAYED_ACK_NS, c.RESEND, x, c.ACK | _turn_of(x, m), m)
        else:
            m[x + c.A_FLAGS] |= c.RESP_ACKED
    else:
        if client >= 0 and m[client + c.CL_EXCHANGE] == x:
            drop_connection(client, t, m)
        m[x + c.A_FLAGS] &= ~c.OPEN_C
        if flags & (c.COARSE | c.DATAGRAM) == 0:
            now_x(c.SEND, x, c.FIN | (2 << 16), m)
            later_x(t + probe_after(x, m), c.RESEND, x, c.FIN, m)
        else:
            part(x, m)
        close_entries(x, t, c.ESTABLISHED, m)
    if current:
        y = m[req + c.R_EXCHANGE]
        if y == x or good:
            if y >= 0:
                # A late answer also ends the attempt that is out now.
                if y != x:
                    hang_up(y, t, m)
                detach(req, y, t, m)
            m[req + c.R_GENERATION] = 0
            if good:
                succeeded(req, client, t, m, f)
                if client >= 0 and m[m[x + c.A_POP] + c.P_EFFECT] < 0:  # of a check it says: out
                    m[client + c.CL_COLD] = 0
                now(c.DONE, req, c.DONE_WELL, m)
            else:
                now(c.FAIL, req, c.ADVICE if flags & c.ADVISED else c.NO_BREAKER, m)
    m[x + c.A_REQ] = -1


@njit()
def _refused(x: int, t: int, m: Memory) -> None:
    """A reset reaches a client that still tries."""
    req = m[x + c.A_REQ]
    m[x + c.A_FLAGS] = (m[x + c.A_FLAGS] | c.DEAD) & ~c.OPEN_C
    part(x, m)
    close_entries(x, t, c.ESTABLISHED, m)
    if req >= 0:
        client = m[req + c.R_CLIENT]
        if client >= 0 and m[client + c.CL_EXCHANGE] == x:
            drop_connection(client, t, m)
        if m[req + c.R_EXCHANGE] == x:
            detach(req, x, t, m)
            m[req + c.R_GENERATION] = 0
            now(c.FAIL, req, c.NO_BREAKER, m)


@njit()
def to_client(x: int, b: int, t: int, m: Memory, f: Memory) -> None:
    """A packet from the service, or a device's refusal, arrives at the client."""
    kind = b & 0xFF
    stale = b & c.TURN != _turn_of(x, m)
    flags = m[x + c.A_FLAGS]
    if flags & c.DEAD and kind != c.REFUSED:
        now_x(c.SEND, x, c.RESET | (b & (c.WEIGHT << 16)), m)
    elif kind == c.SYNACK:
        if flags & c.OPEN_C == 0:
            now_x(c.SEND, x, c.RESET | c.ONE, m)
        elif flags & c.ESTABLISHED == 0:
            _established(x, t, m)
    elif kind == c.REQACK:
        if not stale:
            m[x + c.A_FLAGS] |= c.REQ_ACKED
            if flags & (c.OPEN_C | c.ORPHAN | c.REQ_ACKED | c.BACKED_OFF) == c.BACKED_OFF:
                send_fin(x, t, m)
    elif kind == c.GAPACK:
        if flags & c.REQ_ACKED == 0:  # what is missing is sent again at once (RACK, RFC 8985)
            now_x(c.SEND, x, c.REQUEST | c.ONE | _turn_of(x, m), m)
    elif kind == c.LASTACK:
        m[x + c.A_FLAGS] |= c.FIN_ACKED | c.REQ_ACKED
        if flags & c.CLOSING:
            now_x(c.SEND, x, c.ACK | c.ONE, m)
    elif kind == c.REFUSED:
        if flags & c.OPEN_C:
            _refused(x, t, m)
    elif flags & c.OPEN_C and stale:
        return  # an answer to an earlier exchange, sent twice
    elif flags & c.OPEN_C and flags & c.RESP_GOT == 0:
        _answered(x, t, m, f)
    elif flags & (c.COARSE | c.DATAGRAM) == 0:
        # A late response: an orphan's is acknowledged and thrown away, any other is reset.
        if flags & (c.ORPHAN | c.RESP_GOT):
            now_x(c.SEND, x, c.ACK | c.ONE, m)
        else:
            # A closed socket that gets data is torn down: its FIN is not sent again.
            m[x + c.A_FLAGS] |= c.FIN_ACKED | c.DEAD
            now_x(c.SEND, x, c.RESET | (b & (c.WEIGHT << 16)), m)


@njit()
def _left(x: int, m: Memory) -> bool:
    """Whether the client of exchange `x` has gone away: its socket sends no more SYNs."""
    p = m[x + c.A_POP]
    req = m[x + c.A_REQ]
    stays = m[p + c.P_KIND] != c.CLOSED and m[p + c.P_KIND] != c.ONCE
    return not stays and req >= 0 and not here(p, m[req + c.R_CLIENT], m)


@njit()
def resend(x: int, b: int, t: int, m: Memory) -> None:
    """A retransmission timer has run out: send again unless it was acknowledged or given up."""
    kind = b & 0xFF
    n = ((b >> 8) & 0xFF) + 1
    turn = b & c.TURN
    flags = m[x + c.A_FLAGS]
    p = m[x + c.A_POP]
    sent = kind
    after = (m[x + c.A_RTT] + RTO_NS) << (n - 1)
    if kind == c.SYN:
        wanted = flags & c.OPEN_C and flags & c.ESTABLISHED == 0 and not _left(x, m)
        at = m[p + c.P_SYN] + n
        after = m[at] - m[at - 1] if n < m[p + c.P_SYNS] else 0
    elif kind == c.SYNACK:
        wanted = flags & (c.REQ_SEEN | c.GONE | c.TORN) == 0 and n <= 5
        after = SYNACK_NS << n
    elif kind == c.REQACK:
        wanted = flags & c.WORKING and n == 1 and turn == _turn_of(x, m)
    elif kind == c.ACK:  # the next request carries it, if there is one by now
        wanted = flags & c.OPEN_C and n == 1 and turn == _turn_of(x, m)
    elif kind == c.REQUEST:
        going = flags & (c.OPEN_C | c.ORPHAN | c.BACKED_OFF) and flags & (c.REQ_ACKED | c.DEAD) == 0
        wanted = going and turn == _turn_of(x, m)
        if wanted and n > 1:  # the first is a probe for a lost tail, which leaves the window as it is
            m[x + c.A_FLAGS] |= c.BACKED_OFF
    elif kind == c.RESPONSE:
        wanted = flags & (c.RESP_ACKED | c.TORN) == 0 and turn == _turn_of(x, m)
    elif kind == c.LASTACK:
        wanted = flags & c.CLOSING
    else:
        wanted = flags & (c.FIN_ACKED | c.TORN) == 0
        if n > 1 and flags & c.REQ_ACKED == 0:
            sent = c.REQUEST | _turn_of(x, m)
    if wanted and n <= MOST_RESENDS + 3:
        now_x(c.SEND, x, sent | c.ONE | turn, m)
        if after > 0 and (n <= MOST_RESENDS or kind == c.SYN):
            later_x(t + after, c.RESEND, x, kind | (n << 8) | turn, m)


@njit()
def reply(x: int, b: int, t: int, m: Memory, f: Memory) -> None:
    """The service answers (`b` `WELL`), answers with an error (`FAILED`), or lets the request vanish."""
    p = m[x + c.A_POP]
    s = m[p + c.P_SERVICE]
    m[x + c.A_FLAGS] &= ~c.WORKING
    if b == c.FAILED:
        m[x + c.A_FLAGS] |= c.ERROR
    flags = m[x + c.A_FLAGS]
    if b == c.WELL and m[p + c.P_CACHE] >= 0 and m[m[p + c.P_CACHE] + c.H_ASIDE] == 0:
        fill(m[p + c.P_CACHE], m)
    if flags & c.KEPT == 0 or flags & (c.GONE | c.TORN | c.ORPHAN):
        disconnect(x, s, m)
    if b == c.NOT_AT_ALL or flags & c.TORN:
        return
    if flags & c.COARSE:
        if m[p + c.P_DELAY] > 0:
            later_x(t + m[p + c.P_DELAY], c.DELIVER, x, c.RESPONSE | _turn_of(x, m), m)
        else:
            to_client(x, c.RESPONSE | _turn_of(x, m), t, m, f)
    else:
        # Whoever closes after the answer sends its FIN with it.
        weight = c.ONE if flags & (c.KEPT | c.GONE) == c.KEPT else 2 * c.ONE
        if flags & c.DATAGRAM:
            weight = m[p + c.P_QUERIES] * c.ONE  # each query has its answer
        now_x(c.SEND, x, c.RESPONSE | weight | _turn_of(x, m), m)
        if flags & c.DATAGRAM == 0:
            later_x(t + probe_after(x, m), c.RESEND, x, c.RESPONSE | _turn_of(x, m), m)


@njit()
def fill(h: int, m: Memory) -> None:
    """One more key stands in the cache."""
    m[h + c.H_FILLED] = min(m[h + c.H_FILLED] + 1, m[h + c.H_KEYS])
