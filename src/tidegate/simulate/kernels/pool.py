"""Who uses which connection of a pool? Places that are free, and requests that wait for one.

Shortcut: the pools of one population are treated as one pool, in which a request meets a connection or a
place without one by as many as are free of each. A place that a knock of its idle pool has connected counts
as one without until it is next taken.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.chance import uniform
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.outbox import now

_WHICH_SLOT = 1 << 40  # draws of the way beyond those that choose devices


@njit()
def free_request(req: int, m: Memory) -> None:
    """Give the row back; a late timer finds another generation."""
    m[req + c.R_GENERATION] = -1
    m[req + c.R_SERIAL] = -1
    m[req] = m[c.G_FREE_REQUEST]
    m[c.G_FREE_REQUEST] = req


@njit()
def clients_now(p: int, m: Memory) -> int:
    """How many clients a population has at this moment, those of added instances included."""
    return max(m[p + c.P_COUNT] + m[p + c.Q_MORE], 0)


@njit()
def here(p: int, client: int, m: Memory) -> bool:
    """Whether this client of a population is there; a phase or a scaler may have sent it away."""
    return client - m[p + c.P_FIRST] < clients_now(p, m) * m[p + c.P_STRIDE] * c.CL_ROW


@njit()
def _pop_slot(stack: int, mark: int, m: Memory) -> None:
    """Take the first slot off a stack of free ones."""
    slot = m[stack]
    m[stack] = m[slot + c.CL_NEXT_FREE]
    m[stack + 1] -= 1
    m[slot + c.CL_NEXT_FREE] = mark


@njit()
def _first_free(p: int, stack: int, m: Memory) -> int:
    """The first slot of a stack; those that are being reconnected, or whose client has left, leave it."""
    slot = m[stack]
    while slot >= 0 and (m[slot + c.CL_REQUEST] >= 0 or not here(p, slot, m)):
        _pop_slot(stack, c.REMOVED, m)
        slot = m[stack]
    return slot


@njit()
def push_slot(p: int, slot: int, m: Memory) -> None:
    """A slot of the pool is free."""
    stack = p + (c.Q_FREE if m[slot + c.CL_EXCHANGE] >= 0 else c.Q_BARE)
    m[slot + c.CL_NEXT_FREE] = m[stack]
    m[stack] = slot
    m[stack + 1] += 1


@njit()
def take_slot(req: int, p: int, m: Memory) -> bool:
    """Take a free connection of the pool; False where the request must wait for one."""
    slot, bare = _first_free(p, p + c.Q_FREE, m), _first_free(p, p + c.Q_BARE, m)
    stack = p + c.Q_FREE
    if slot < 0:
        stack, slot = p + c.Q_BARE, bare
    elif bare >= 0:
        free = m[p + c.Q_FREE_COUNT] + m[p + c.Q_BARE_COUNT]
        u = uniform(c.PATH, m[req + c.R_SERIAL], _WHICH_SLOT + m[req + c.R_TRIES], m)
        if u * free < m[p + c.Q_BARE_COUNT]:
            stack, slot = p + c.Q_BARE, bare
    if slot >= 0:
        _pop_slot(stack, c.IN_USE, m)
        m[req + c.R_CLIENT] = slot
        return True
    m[req + c.R_EXCHANGE] = c.WAITS
    m[req + c.R_NEXT] = -1
    if m[p + c.Q_WAIT_HEAD] < 0:
        m[p + c.Q_WAIT_HEAD] = req
    else:
        m[m[p + c.Q_WAIT_TAIL] + c.R_NEXT] = req
    m[p + c.Q_WAIT_TAIL] = req
    return False


@njit()
def give_back_slot(p: int, slot: int, m: Memory) -> None:
    """A connection of the pool is free again: the next that still waits takes it.

    Where its client has left meanwhile, it is closed instead.
    """
    if not here(p, slot, m):
        m[slot + c.CL_NEXT_FREE] = c.REMOVED
        now(c.REACT, slot, c.ZERO, m)
        return
    push_slot(p, slot, m)
    while m[p + c.Q_WAIT_HEAD] >= 0:
        req = m[p + c.Q_WAIT_HEAD]
        m[p + c.Q_WAIT_HEAD] = m[req + c.R_NEXT]
        if m[req + c.R_EXCHANGE] == c.WAITS:
            m[req + c.R_EXCHANGE] = c.NOTHING
            now(c.START, req, c.GRANTED | (m[req + c.R_GENERATION] << 2), m)
            return
        free_request(req, m)


@njit()
def release_slots(p: int, slots: int, m: Memory) -> None:
    """At time zero every connection of the pool is free."""
    for i in range(slots - 1, -1, -1):
        push_slot(p, m[p + c.P_FIRST] + i * c.CL_ROW, m)
