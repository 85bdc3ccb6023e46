"""A client's side of a request: begin an attempt, give it up, try again, be done.

Shortcut: a client decides in no time, save that it needs 250 us to try again.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.chance import uniform
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.device import source_of
from tidegate.simulate.kernels.elementary import minus_log
from tidegate.simulate.kernels.flow import choose_devices, close_entries, forget_idle, release
from tidegate.simulate.kernels.outbox import later_x, now, now_x
from tidegate.simulate.kernels.pool import free_request, give_back_slot, here, take_slot
from tidegate.simulate.kernels.retry import first_layers, may_start, next_try
from tidegate.simulate.kernels.service import accept, backlog_full, connected, disconnect, leave, turned_away
from tidegate.simulate.kernels.wheel import later, take_row

GENERATION = 0x1FFFFFFF  # with what it comes with, a generation fits into half a word
RTO_NS = 200_000_000
THOUGHTS = 0x3FFFFFFF  # a pause that was cut short is recognised by its number


@njit()
def bucket_of(duration_ns: int) -> int:
    """Histogram bucket of a duration: 16 to an octave, from about a microsecond (1,024 ns)."""
    x = max(duration_ns >> 6, 16)
    octave = 0
    for bits in (32, 16, 8, 4, 2, 1):
        if x >= 16 << bits:
            x >>= bits
            octave += bits
    return min(octave * 16 + x - 16, c.HISTOGRAM - 1)


@njit()
def probe_after(x: int, m: Memory) -> int:
    """After how long data or a FIN is sent once more: the tail loss probe (RFC 8985, Linux's numbers).

    It comes after two round trips and 200 ms, or at the time-out if that is sooner; the time-out then
    counts from the probe.
    """
    time_out_ns = m[x + c.A_RTT] + RTO_NS  # three round trips, but of a short one that and 200 ms
    return min(time_out_ns, 2 * time_out_ns // 3 + RTO_NS)


@njit()
def new_request(p: int, client: int, parent: int, t: int, m: Memory) -> int:
    """Take a row for a new request; it has not started."""
    req = take_row(c.G_FREE_REQUEST, c.R_ROW, m)
    serial = m[p + c.Q_SERIAL]
    m[p + c.Q_SERIAL] = serial + 1
    m[req + c.R_POP] = p
    m[req + c.R_CLIENT] = client
    m[req + c.R_SINCE] = t
    m[req + c.R_TRIES] = 0
    m[req + c.R_EXCHANGE] = c.NOTHING
    m[req + c.R_PARENT] = parent
    m[req + c.R_LAYER] = m[p + c.P_LAYER]
    m[req + c.R_PREVIOUS] = 0
    m[req + c.R_GENERATION] = 0
    m[req + c.R_SERIAL] = (m[p + c.P_INDEX] << 36) | serial
    m[req + c.R_COUNTS] = first_layers(m[p + c.P_LAYER])
    m[req + c.R_LAYER_SINCE] = t
    return req


@njit()
def demand(p: int, client: int, origin: int, t: int, m: Memory) -> int:
    """A client wants something (`origin` -1) or must reconnect (-2): count it; it is to be started."""
    req = new_request(p, client, origin, t, m)
    m[p + c.Q_UNANSWERED] += 1
    m[m[c.G_Y] + m[p + c.P_SERIES] + c.Y_FRESH] += 1
    if m[p + c.P_SLOTS] == 0 and m[p + c.P_KIND] != c.OPEN:
        m[client + c.CL_REQUEST] = req
    return req


@njit()
def _new_exchange(req: int, p: int, client: int, t: int, m: Memory) -> int:
    """Take a row for a new exchange of the request and choose its way."""
    x = take_row(c.G_FREE_EXCHANGE, c.A_ROW, m)
    flags = c.OPEN_C
    if m[p + c.P_KEPT] == 1:
        flags |= c.KEPT
    if m[p + c.P_DATAGRAM] == 1:
        flags |= c.DATAGRAM | c.SETUP_PAID
    if m[p + c.P_COARSE] > 0:
        flags |= c.COARSE
    if client >= 0 and m[client + c.CL_COLD] == 1:
        flags |= c.COLD
    m[x + c.A_REQ] = req
    m[x + c.A_FLAGS] = flags | (m[p + c.P_FLOWS] << c.FLOWS_SHIFT)
    m[x + c.A_SENT] = t
    m[x + c.A_LINK] = -1
    m[x + c.A_REFS] = 1
    m[x + c.A_POP] = p
    m[x + c.A_CLIENT] = source_of(p, client, m)
    m[x + c.A_RTT] = RTO_NS
    m[x + c.A_SERIAL] = (m[req + c.R_SERIAL] << 10) | (m[req + c.R_TRIES] & 1023)
    if m[p + c.P_HOPS] > 0:
        choose_devices(x, p, m[req + c.R_TRIES], m)
    return x


@njit()
def _reuse(req: int, client: int, t: int, m: Memory) -> None:
    """Send the request on the connection that a client has kept from an earlier exchange."""
    x = m[client + c.CL_EXCHANGE]
    p = m[x + c.A_POP]
    forget_idle(x, t, m)
    keep = c.HELD | c.ACCEPTED | c.KEPT | c.SETUP_PAID | c.COARSE
    turn = ((m[x + c.A_FLAGS] >> c.TURN_FLAGS) + (c.TURN & -c.TURN)) & c.TURN
    if turn == 0:
        # Turns begin again: in a row of its own no late timer takes this one for that of 256 exchanges before.
        _split_kept(x, client, t, m)
        m[x + c.A_FLAGS] |= c.REQ_ACKED | c.RESP_ACKED
        x = m[client + c.CL_EXCHANGE]
    m[req + c.R_EXCHANGE] = x
    fresh = c.OPEN_C | c.SYN_SEEN | c.ESTABLISHED | c.REUSED | (turn << c.TURN_FLAGS)
    m[x + c.A_FLAGS] = (m[x + c.A_FLAGS] & keep) | fresh
    m[x + c.A_REQ] = req
    m[x + c.A_SENT] = t
    m[x + c.A_SERIAL] = (m[req + c.R_SERIAL] << 10) | (m[req + c.R_TRIES] & 1023)
    m[x + c.A_REFS] += 1
    if m[x + c.A_FLAGS] & c.COARSE:
        now_x(c.SEND, x, c.REQUEST | (m[p + c.P_COARSE] << 16) | turn, m)
    else:
        now_x(c.SEND, x, c.REQUEST | c.ONE | turn, m)
        later_x(t + probe_after(x, m), c.RESEND, x, c.REQUEST | turn, m)


@njit()
def _open(x: int, t: int, m: Memory) -> None:
    """Send the first packet of a new exchange."""
    p = m[x + c.A_POP]
    if m[p + c.P_COARSE] > 0:
        if m[p + c.P_DIRECT] > 0:
            if not backlog_full(m[p + c.P_SERVICE], m):
                m[x + c.A_FLAGS] |= c.REQ_SEEN | c.SYN_SEEN
                accept(x, t, m)
        else:
            now_x(c.SEND, x, c.JOB | (m[p + c.P_COARSE] << 16), m)
    elif m[p + c.P_DATAGRAM] == 1:
        now_x(c.SEND, x, c.QUERY | (m[p + c.P_QUERIES] << 16), m)
    else:
        now_x(c.SEND, x, c.SYN | (1 << 16), m)
        if m[p + c.P_SYNS] > 0 and m[m[p + c.P_SYN]] < m[p + c.P_CONNECT]:
            later_x(t + m[m[p + c.P_SYN]], c.RESEND, x, c.SYN, m)


@njit()
def start(req: int, granted: int, t: int, m: Memory, f: Memory) -> None:
    """Begin an attempt: resolve the name, take a connection or open one, set the timer.

    `granted` says what came before: where a connection of the pool was waited for, the timer runs.
    """
    if (granted >> 2) != m[req + c.R_GENERATION]:
        return  # it was answered meanwhile
    granted &= 3
    p = m[req + c.R_POP]
    client = m[req + c.R_CLIENT]
    kind = m[p + c.P_KIND]
    if (kind == c.CLOSED or kind == c.ONCE) and not here(p, client, m):
        now(c.DONE, req, c.LEFT, m)
        return
    if granted == c.FRESH:
        m[req + c.R_TRIES] += 1
        refusing = may_start(req, t, m, f)
        if refusing >= 0:
            now(c.FAIL, req, 1 + refusing, m)
            return
    if client < 0 and not take_slot(req, p, m):
        m[c.G_EXCHANGES] += 1
        m[req + c.R_GENERATION] = m[c.G_EXCHANGES] & GENERATION
        later(t + m[p + c.P_TIMEOUT], c.TIMEOUT, req, m[req + c.R_GENERATION], m)
        return
    client = m[req + c.R_CLIENT]
    x = m[client + c.CL_EXCHANGE] if m[p + c.P_KEPT] == 1 else -1
    if x >= 0 and m[x + c.A_REQ] >= 0:
        x = -1  # its connection carries another exchange at this moment
    if x < 0 and m[p + c.P_LOOKUP] >= 0 and m[client + c.CL_NAME_UNTIL] <= t and granted != c.RESOLVED:
        asked = new_request(m[p + c.P_LOOKUP], client, req, t, m)
        m[asked + c.R_NEXT] = (m[req + c.R_SERIAL] << 10) | (m[req + c.R_TRIES] & 1023)
        now(c.START, asked, c.FRESH, m)
        return
    m[m[c.G_Y] + m[p + c.P_SERIES] + c.Y_ATTEMPTS] += 1
    lost = x < 0 and m[p + c.P_DIRECT] > 0 and turned_away(p, m)
    if lost and m[p + c.P_DIRECT] == c.FORESEEN and m[req + c.R_LAYER] & c.GUARDED == 0:
        # Nothing can change the fate of this attempt: its end and what comes of it are known now.
        delay = next_try(req, -1, c.ZERO, t + m[p + c.P_TIMEOUT], m, f)
        if delay >= 0:
            later(t + m[p + c.P_TIMEOUT] + delay, c.START, req, c.FRESH | (m[req + c.R_GENERATION] << 2), m)
        else:
            later(t + m[p + c.P_TIMEOUT], c.DONE, req, c.GIVEN_UP, m)
        return
    m[c.G_EXCHANGES] += 1
    if granted != c.GRANTED:
        m[req + c.R_GENERATION] = m[c.G_EXCHANGES] & GENERATION
        wait = m[p + c.P_TIMEOUT] if (x >= 0 or m[p + c.P_CLOCK] == 0) else m[p + c.P_CONNECT]
        later(t + wait, c.TIMEOUT, req, m[req + c.R_GENERATION], m)
    if x >= 0:
        _reuse(req, client, t, m)
    elif not lost:
        x = _new_exchange(req, p, client, t, m)
        m[req + c.R_EXCHANGE] = x
        _open(x, t, m)


@njit()
def part(x: int, m: Memory) -> None:
    """The client goes without a packet that says so (coarse): the service knows at once."""
    leave(x, m)
    if m[x + c.A_FLAGS] & c.WORKING == 0:
        disconnect(x, m[m[x + c.A_POP] + c.P_SERVICE], m)


@njit()
def send_fin(x: int, t: int, m: Memory) -> None:
    """The client's side of the connection ends."""
    now_x(c.SEND, x, c.FIN | c.ONE, m)
    later_x(t + probe_after(x, m), c.RESEND, x, c.FIN, m)


@njit()
def hang_up(x: int, t: int, m: Memory) -> None:
    """The client closes its side: what an established connection still costs is sent."""
    flags = m[x + c.A_FLAGS]
    m[x + c.A_FLAGS] = flags & ~c.OPEN_C
    if flags & c.COARSE or flags & c.DATAGRAM:
        part(x, m)
    elif flags & c.ESTABLISHED and flags & (c.BACKED_OFF | c.REQ_ACKED) != c.BACKED_OFF:
        send_fin(x, t, m)
    close_entries(x, t, flags & c.ESTABLISHED, m)


@njit()
def drop_connection(client: int, t: int, m: Memory) -> None:
    """The client no longer keeps a connection."""
    x = m[client + c.CL_EXCHANGE]
    if x >= 0:
        m[client + c.CL_EXCHANGE] = -1
        release(x, t, m)


@njit()
def detach(req: int, x: int, t: int, m: Memory) -> None:
    """Request and exchange go separate ways."""
    m[req + c.R_EXCHANGE] = c.NOTHING
    m[x + c.A_REQ] = -1
    release(x, t, m)


@njit()
def _split_kept(x: int, client: int, t: int, m: Memory) -> None:
    """Keep the connection although its answer is overdue: the old exchange lives on as an orphan."""
    y = take_row(c.G_FREE_EXCHANGE, c.A_ROW, m)
    for k in range(c.A_ROW):
        m[y + k] = m[x + k]
    m[y + c.A_REQ] = -1
    m[y + c.A_REFS] = 1
    m[y + c.A_FLAGS] = (m[y + c.A_FLAGS] & ~(c.WORKING | c.QUEUEING)) | c.REQ_SEEN | c.REQ_ACKED
    m[x + c.A_FLAGS] &= ~(c.OPEN_C | c.HELD | c.ACCEPTED)
    m[x + c.A_FLAGS] |= c.ORPHAN
    m[client + c.CL_EXCHANGE] = y
    release(x, t, m)


@njit()
def fail(req: int, refused: int, t: int, m: Memory, f: Memory) -> None:
    """An attempt has failed: try again later, or give the request up.

    `refused` is 1 + the layer whose breaker stopped it before it left, or 0 (`NO_BREAKER`), and `ADVICE`
    beside it where the answer said after how long to come back.
    """
    p = m[req + c.R_POP]
    client = m[req + c.R_CLIENT]
    advised = m[m[p + c.P_SERVICE] + c.S_AFTER] if refused & c.ADVICE else 0
    delay = next_try(req, (refused & ~c.ADVICE) - 1, advised, t, m, f)
    if m[p + c.P_SLOTS] == 1 and client >= 0 and m[client + c.CL_NEXT_FREE] == c.IN_USE:
        m[req + c.R_CLIENT] = -1
        give_back_slot(p, client, m)
    if delay >= 0:
        m[c.G_EXCHANGES] += 1
        m[req + c.R_GENERATION] = m[c.G_EXCHANGES] & GENERATION
        later(t + delay, c.START, req, c.FRESH | (m[req + c.R_GENERATION] << 2), m)
    else:
        now(c.DONE, req, c.GIVEN_UP, m)


@njit()
def time_out(req: int, generation: int, t: int, m: Memory, f: Memory) -> None:
    """The attempt's time is up, if it is still the same attempt."""
    if m[req + c.R_GENERATION] == generation:
        p = m[req + c.R_POP]
        x = m[req + c.R_EXCHANGE]
        client = m[req + c.R_CLIENT]
        if x >= 0 and m[p + c.P_SPARES] > 0 and connected(x, m):
            _open_spares(p, client, t, m)
        if x == c.WAITS:
            # The row stays in the waiting list as a tombstone; a copy goes on.
            copy = new_request(p, c.NOTHING, c.WANTED, t, m)
            m[p + c.Q_SERIAL] -= 1
            for k in range(c.R_ROW):
                m[copy + k] = m[req + k]
            m[copy + c.R_EXCHANGE] = c.NOTHING
            m[req + c.R_EXCHANGE] = c.EXPIRED
            m[req + c.R_GENERATION] = -1
            req = copy
        elif x >= 0:
            kept = m[client + c.CL_EXCHANGE] == x
            if m[p + c.P_LATE] == 1 and m[x + c.A_FLAGS] & c.KEPT == 0:
                m[req + c.R_EXCHANGE] = c.NOTHING
                release(x, t, m)
            elif kept and m[p + c.P_KEEP] == 1:
                detach(req, x, t, m)
                _split_kept(x, client, t, m)
            else:
                hang_up(x, t, m)
                if kept:
                    drop_connection(client, t, m)
                detach(req, x, t, m)
        m[req + c.R_GENERATION] = 0
        if m[p + c.P_BARE] == 1:
            now(c.DONE, req, c.LEFT, m)
        else:
            fail(req, c.NO_BREAKER, t, m, f)


@njit()
def _open_spares(p: int, client: int, t: int, m: Memory) -> None:
    """Beside an attempt that is given up the client opens connections on which it asks nothing."""
    spare = m[p + c.P_SPARE]
    for _ in range(m[p + c.P_SPARES]):
        opener = m[spare + c.P_FIRST] + client - m[p + c.P_FIRST]
        now(c.START, demand(spare, opener, c.WANTED, t, m), c.FRESH, m)


@njit()
def think(p: int, client: int, t: int, m: Memory) -> None:
    """A closed client pauses before it wants something again."""
    n = m[client + c.CL_DRAWS]
    m[client + c.CL_DRAWS] = n + 1
    entity = (m[p + c.P_INDEX] << 36) | (client - m[p + c.P_FIRST]) // c.CL_ROW
    pause = int(minus_log(uniform(c.PAUSE, entity, n, m)) * m[p + c.P_THINK])
    later(t + max(pause, 1), c.THINK, client, n & THOUGHTS, m)


@njit()
def _defer(p: int, t: int, m: Memory) -> None:
    """Work given up is kept and offered again later."""
    m[p + c.Q_BACKLOG] += 1
    if m[p + c.Q_DRAINING] == 0 and m[p + c.P_DRAIN] > 0:
        m[p + c.Q_DRAINING] = 1
        later(t + m[p + c.P_DRAIN], c.DRAIN, p, c.ZERO, m)


@njit()
def done_demand(req: int, code: int, t: int, m: Memory) -> None:
    """A demand has ended."""
    p = m[req + c.R_POP]
    client = m[req + c.R_CLIENT]
    slots = m[p + c.P_SLOTS] == 1
    m[p + c.Q_UNANSWERED] -= 1
    if code == c.DONE_WELL:
        m[m[c.G_Y] + m[p + c.P_SERIES] + c.Y_SERVED] += 1
        m[m[p + c.P_LATENCY] + 1 * c.HISTOGRAM + bucket_of(t - m[req + c.R_SINCE])] += 1
    elif code == c.GIVEN_UP:
        m[m[c.G_Y] + m[p + c.P_SERIES] + c.Y_FAILED] += 1
        if m[p + c.P_DEFER] == 1 and m[req + c.R_PARENT] == -1:
            _defer(p, t, m)
    if slots and client >= 0:
        mine = m[client + c.CL_REQUEST] == req  # a reconnection, not a demand
        if mine:
            m[client + c.CL_REQUEST] = -1
        if m[client + c.CL_NEXT_FREE] == (c.REMOVED if mine else c.IN_USE):
            give_back_slot(p, client, m)
    if not slots and client >= 0 and m[p + c.P_KIND] != c.OPEN and m[client + c.CL_REQUEST] == req:
        m[client + c.CL_REQUEST] = -1
        if m[p + c.P_KIND] == c.CLOSED and code != c.LEFT:
            think(p, client, t, m)
    free_request(req, m)


@njit()
def connect(client: int, t: int, m: Memory) -> None:
    """A client that keeps a connection has none, and wants none of its own: it tries to get one."""
    p = m[client + c.CL_POP]
    slots = m[p + c.P_SLOTS] == 1
    if m[client + c.CL_EXCHANGE] >= 0 or m[client + c.CL_REQUEST] >= 0 or not here(p, client, m):
        return
    if slots and m[client + c.CL_NEXT_FREE] == c.IN_USE:
        return
    req = demand(p, client, c.RECONNECTS, t, m)
    m[client + c.CL_REQUEST] = req
    now(c.START, req, c.FRESH, m)
