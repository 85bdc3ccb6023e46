"""A request meets a service: acceptance, queue, workers, calls, reply.

All instances of a service share one queue (shortcut: perfect balancing between instances). Shortcut: a
connection on which nothing is asked is never turned away by a service whose connections are all taken; it
takes a place only where one is left.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.chance import duration, uniform
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.flow import release
from tidegate.simulate.kernels.outbox import later_x, now, now_x
from tidegate.simulate.kernels.wheel import later


@njit()
def there(s: int, m: Memory) -> int:
    """Instances that are there, whether or not requests go to them: those that have booted."""
    return max(m[s + c.S_INSTANCES] + m[s + c.T_ADDED] - m[s + c.T_BOOTING], 0)


@njit()
def workers(s: int, m: Memory) -> int:
    """Requests the service can serve at a time as it stands now."""
    return max(there(s, m) - m[s + c.T_EJECTED], 0) * m[s + c.S_CONCURRENCY]


@njit()
def down(p: int, m: Memory) -> int:
    """What meets a request of population `p` where no instance takes any; `UP` where one does.

    A health check reaches instances to which no requests go.
    """
    s = m[p + c.P_SERVICE]
    gone = there(s, m) == 0
    if not gone and (m[p + c.P_EFFECT] >= 0 or workers(s, m) > 0):
        return c.UP
    if m[s + c.S_DOWN] == c.BY_CAUSE:
        return c.DOWN_SILENT if gone else c.DOWN_WAITS
    return m[s + c.S_DOWN]


@njit()
def account(s: int, t: int, m: Memory) -> None:
    """Add up busy time until now (what an autoscaler reads)."""
    m[s + c.T_AREA] += m[s + c.T_BUSY] * (t - m[s + c.T_SINCE])
    m[s + c.T_SINCE] = t


@njit()
def begin(x: int, s: int, t: int, m: Memory) -> None:
    """A worker takes the request; a new connection's set-up is work too, and each query of a look-up."""
    account(s, t, m)
    m[s + c.T_BUSY] += 1
    sigma = m[s + c.S_SIGMA_PPM] * 1e-6
    mean = m[s + c.S_MEAN] * max(m[m[x + c.A_POP] + c.P_QUERIES], 1)
    work = duration(c.SERVICE, m[x + c.A_SERIAL], c.ZERO, mean, m[s + c.S_LAW], sigma, m)
    flags = m[x + c.A_FLAGS]
    if flags & c.SETUP_PAID == 0:
        resumed = (
            flags & c.COLD == 0
            and m[s + c.S_RESUMPTION_PPM] > 0
            and uniform(c.RESUME, m[x + c.A_SERIAL], c.ZERO, m) < m[s + c.S_RESUMPTION_PPM] * 1e-6
        )
        work += m[s + c.S_RESUMED] if resumed else m[s + c.S_SETUP]
    m[x + c.A_FLAGS] = flags | c.SETUP_PAID
    m[x + c.A_LINK] = 0
    later_x(t + work, c.SERVED, x, c.WELL, m)


@njit()
def _enqueue(x: int, s: int, m: Memory) -> None:
    m[x + c.A_REFS] += 1
    m[x + c.A_FLAGS] |= c.QUEUEING
    if m[s + c.T_HEAD] < 0:
        m[x + c.A_LINK] = -1
        m[s + c.T_HEAD] = x
        m[s + c.T_TAIL] = x
    elif m[s + c.S_LIFO] == 1:
        m[x + c.A_LINK] = m[s + c.T_HEAD]
        m[s + c.T_HEAD] = x
    else:
        m[x + c.A_LINK] = -1
        m[m[s + c.T_TAIL] + c.A_LINK] = x
        m[s + c.T_TAIL] = x
    m[s + c.T_QUEUED] += 1


@njit()
def _refuse(x: int, s: int, m: Memory) -> None:
    """Answer with an error at once, and say after how long to come back if the service does."""
    if m[s + c.S_AFTER] > 0:
        m[x + c.A_FLAGS] |= c.ADVISED
    now_x(c.REPLY, x, c.FAILED, m)


@njit()
def serve(x: int, s: int, t: int, m: Memory) -> None:
    """An accepted request finds a worker, waits, or finds the queue full."""
    p = m[x + c.A_POP]
    if m[p + c.P_EFFECT] >= 0 and m[x + c.A_FLAGS] & c.COLD:
        # A check of an instance that is out: ejected, it has nothing else to do and answers; else it boots.
        ejected = m[m[p + c.P_EFFECT] + c.F_KIND] == c.EJECT
        now_x(c.REPLY, x, c.WELL if ejected else c.NOT_AT_ALL, m)
    elif m[p + c.P_APART] == 1:  # a health check answered apart from the requests
        now_x(c.REPLY, x, c.WELL if workers(s, m) > 0 else c.NOT_AT_ALL, m)
    elif m[s + c.S_LEAVES] == 1 and m[x + c.A_FLAGS] & c.GONE:  # its client gave up while it was on its way
        now_x(c.REPLY, x, c.NOT_AT_ALL, m)
    elif m[s + c.T_BUSY] < workers(s, m):
        begin(x, s, t, m)
    elif down(p, m) == c.DOWN_REFUSES:
        now_x(c.REPLY, x, c.FAILED, m)
    elif m[s + c.T_QUEUED] < m[s + c.S_QUEUE]:
        _enqueue(x, s, m)
    elif m[s + c.S_SILENT] == 0:
        _refuse(x, s, m)
    else:
        now_x(c.REPLY, x, c.NOT_AT_ALL, m)


@njit()
def connections_left(s: int, m: Memory) -> int:
    """How many more connections the service takes now."""
    if m[s + c.S_CONNECTIONS] < 0:
        return 1
    instances = max(there(s, m), 1 if m[s + c.S_DOWN] == c.DOWN_WAITS else 0)
    return m[s + c.S_CONNECTIONS] * instances // c.WHOLE - m[s + c.T_CONNECTIONS]


@njit()
def backlog_full(s: int, m: Memory) -> bool:
    """Whether no further connection may even wait to be accepted."""
    return m[s + c.S_CONNECTIONS] >= 0 and m[s + c.T_ACCEPTING] >= m[s + c.S_BACKLOG]


@njit()
def turned_away(p: int, m: Memory) -> bool:
    """Whether a request of population `p` that arrives now vanishes without a trace; count it if so."""
    s = m[p + c.P_SERVICE]
    fate = down(p, m)
    if fate == c.DOWN_SILENT:
        return True
    full = (
        m[s + c.S_SILENT] == 1
        and fate != c.DOWN_REFUSES
        and m[s + c.S_CONNECTIONS] < 0
        and m[s + c.T_QUEUED] >= m[s + c.S_QUEUE]
        and m[s + c.T_BUSY] >= workers(s, m)
    )
    if full:
        m[s + c.T_ARRIVED] += 1
    return full


@njit()
def accept(x: int, t: int, m: Memory) -> None:
    """A request has arrived: count its connection, or let it wait to be accepted, or refuse."""
    s = m[m[x + c.A_POP] + c.P_SERVICE]
    m[s + c.T_ARRIVED] += 1
    m[x + c.A_FLAGS] |= c.WORKING
    if m[x + c.A_FLAGS] & c.ACCEPTED == 0:
        if connections_left(s, m) <= 0:
            if m[s + c.S_REFUSE] == 1:
                _refuse(x, s, m)
            else:
                m[x + c.A_REFS] += 1
                m[x + c.A_LINK] = -1
                if m[s + c.T_ACCEPTING] == 0:
                    m[s + c.T_ACCEPT_HEAD] = x
                else:
                    m[m[s + c.T_ACCEPT_TAIL] + c.A_LINK] = x
                m[s + c.T_ACCEPT_TAIL] = x
                m[s + c.T_ACCEPTING] += 1
            return
        m[s + c.T_CONNECTIONS] += 1
        m[x + c.A_FLAGS] |= c.ACCEPTED
    serve(x, s, t, m)


@njit()
def connected(x: int, m: Memory) -> bool:
    """Whether the client has reached the service (coarse: whether its request has)."""
    flags = m[x + c.A_FLAGS]
    return flags & c.ESTABLISHED != 0 or flags & (c.COARSE | c.SYN_SEEN) == c.COARSE | c.SYN_SEEN


@njit()
def accept_idle(x: int, s: int, m: Memory) -> None:
    """A connection is made on which nothing is asked: it takes a place, where one is left."""
    flags = m[x + c.A_FLAGS]
    others = c.ACCEPTED | c.GONE | c.TORN | c.WORKING | c.ORPHAN
    if flags & (c.KEPT | others) == c.KEPT and connections_left(s, m) > 0:
        m[s + c.T_CONNECTIONS] += 1
        m[x + c.A_FLAGS] |= c.ACCEPTED


@njit()
def accept_waiting(s: int, t: int, m: Memory) -> None:
    """A connection has ended, or more may come: accept the first that waits and is still wanted."""
    if m[s + c.T_ACCEPTING] > 0 and connections_left(s, m) > 0:
        x = m[s + c.T_ACCEPT_HEAD]
        m[s + c.T_ACCEPT_HEAD] = m[x + c.A_LINK]
        m[s + c.T_ACCEPTING] -= 1
        if m[s + c.S_LEAVES] == 1 and m[x + c.A_FLAGS] & c.GONE:
            m[x + c.A_FLAGS] &= ~c.WORKING
        else:
            m[s + c.T_CONNECTIONS] += 1
            m[x + c.A_FLAGS] |= c.ACCEPTED
            serve(x, s, t, m)
        release(x, t, m)
        if m[s + c.T_ACCEPTING] > 0 and connections_left(s, m) > 0:
            later(t, c.ADMIT, s, c.ZERO, m)


@njit()
def disconnect(x: int, s: int, m: Memory) -> None:
    """The service's side of a connection ends: its place is free."""
    if m[x + c.A_FLAGS] & c.ACCEPTED:
        m[x + c.A_FLAGS] &= ~c.ACCEPTED
        m[s + c.T_CONNECTIONS] -= 1
        if m[s + c.T_ACCEPTING] > 0:
            now(c.ADMIT, s, c.ZERO, m)


@njit()
def leave(x: int, m: Memory) -> None:
    """The service learns that the client is gone; where work is then left, its place in the queue is free."""
    flags = m[x + c.A_FLAGS]
    m[x + c.A_FLAGS] = flags | c.GONE
    s = m[m[x + c.A_POP] + c.P_SERVICE]
    if flags & c.QUEUEING and m[s + c.S_LEAVES] == 1:
        m[x + c.A_FLAGS] &= ~c.QUEUEING
        m[s + c.T_QUEUED] -= 1


@njit()
def take_next(s: int, t: int, m: Memory) -> None:
    """A worker is free: take the next request that is still wanted."""
    for _ in range(c.AT_MOST):
        x = m[s + c.T_HEAD]
        if x < 0 or m[s + c.T_BUSY] >= workers(s, m):
            return
        m[s + c.T_HEAD] = m[x + c.A_LINK]
        if m[x + c.A_FLAGS] & c.QUEUEING:
            m[x + c.A_FLAGS] &= ~c.QUEUEING
            m[s + c.T_QUEUED] -= 1
        if m[s + c.S_LEAVES] == 1 and m[x + c.A_FLAGS] & c.GONE:
            now_x(c.REPLY, x, c.NOT_AT_ALL, m)
        else:
            begin(x, s, t, m)
        release(x, t, m)
    later(t, c.NEXT, s, c.ZERO, m)
