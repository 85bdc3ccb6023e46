"""The calendar: a wheel of time buckets, the current one kept as a pairing heap of its events.

Order is total: time, then sequence number. The width of a bucket therefore changes speed only,
never results; with one bucket as wide as all time the wheel *is* a heap, which the tests use as
its oracle. Events of later turns hang in a second wheel, a slot a turn; what lies beyond even that
waits in a list that is looked through once each time the second wheel has gone round. The heap
(Fredman, Sedgewick, Sleator and Tarjan 1986) lives in the events' own rows: two links to a word,
the next sibling in the low half and the first child in the high half, 0 for none.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.compile import Memory, njit

WHEEL_BITS = 12
KIND_BITS = 5
KIND_MASK = 31
_LOW = 0xFFFFFFFF


@njit()
def take_row(free: int, row: int, m: Memory) -> int:
    """Take a row from the pool whose free list, next row and end stand at `free` in the head."""
    i = m[free]
    if i > 0:
        m[free] = m[i]
        return i
    i = m[free + 1]
    m[free + 1] = i + row
    if i + row > m[free + 2] and m[c.G_STATUS] == c.RUNNING:
        m[c.G_STATUS] = c.FULL
    return i


@njit()
def _merge(a: int, b: int, m: Memory) -> int:
    """Join two heaps without siblings; the one with the earlier root takes the other as child."""
    if m[b] < m[a] or (m[b] == m[a] and m[b + c.V_ORDER] < m[a + c.V_ORDER]):
        a, b = b, a
    m[b + c.V_LINKS] = (m[b + c.V_LINKS] & ~_LOW) | (m[a + c.V_LINKS] >> 32)
    m[a + c.V_LINKS] = b << 32
    return a


@njit()
def drop_first(m: Memory) -> None:
    """Take the first event of the current bucket out and give its row back."""
    root = m[c.G_ROOT]
    at = m[root + c.V_LINKS] >> 32
    m[root] = m[c.G_FREE_EVENT]
    m[c.G_FREE_EVENT] = root
    # Pair the children from the left, then join the pairs from the right.
    pairs = 0
    while at > 0:
        second = m[at + c.V_LINKS] & _LOW
        m[at + c.V_LINKS] &= ~_LOW
        if second > 0:
            following = m[second + c.V_LINKS] & _LOW
            m[second + c.V_LINKS] &= ~_LOW
            at = _merge(at, second, m)
            second = following
        m[at + c.V_LINKS] |= pairs
        pairs = at
        at = second
    root = pairs
    if root > 0:
        at = m[root + c.V_LINKS] & _LOW
        m[root + c.V_LINKS] &= ~_LOW
        while at > 0:
            following = m[at + c.V_LINKS] & _LOW
            m[at + c.V_LINKS] &= ~_LOW
            root = _merge(root, at, m)
            at = following
    m[c.G_ROOT] = root


@njit()
def _place(i: int, m: Memory) -> None:
    """Hang an event where its time belongs: the current bucket, this turn, a later turn, or beyond."""
    bucket = m[i] >> m[c.G_SHIFT]
    mask = m[c.G_WHEEL_SIZE] - 1
    if bucket <= m[c.G_BUCKET]:
        m[i + c.V_LINKS] = 0
        m[c.G_ROOT] = _merge(i, m[c.G_ROOT], m) if m[c.G_ROOT] > 0 else i
        return
    if bucket <= m[c.G_BUCKET] + mask:
        slot = m[c.G_WHEEL] + (bucket & mask)
        m[c.G_WHEELED] += 1
    elif (bucket >> WHEEL_BITS) <= (m[c.G_BUCKET] >> WHEEL_BITS) + mask:
        slot = m[c.G_WHEEL] + m[c.G_WHEEL_SIZE] + ((bucket >> WHEEL_BITS) & mask)
        m[c.G_FAR] += 1
    else:
        slot = np.int64(c.G_OVER)
        m[c.G_OVERED] += 1
    m[i + c.V_LINKS] = m[slot]
    m[slot] = i


@njit()
def later(t: int, kind: int, a: int, b: int, m: Memory) -> None:
    """Put an event at time `t` into the calendar."""
    i = take_row(c.G_FREE_EVENT, c.V_ROW, m)
    m[i] = t
    m[i + c.V_ORDER] = (m[c.G_SEQ] << KIND_BITS) | kind
    m[c.G_SEQ] += 1
    m[i + c.V_PAYLOAD] = a | (b << 32)
    _place(i, m)


@njit()
def _empty(slot: int, count: int, m: Memory) -> None:
    """Hang the events of a list anew; `count` is the column that counts such lists' events."""
    i = m[slot]
    m[slot] = 0
    while i > 0:
        after = m[i + c.V_LINKS]
        m[count] -= 1
        _place(i, m)
        i = after


@njit()
def _turn(m: Memory) -> None:
    """Begin a turn: its events come onto the wheel, and once in a while those from beyond draw near."""
    mask = m[c.G_WHEEL_SIZE] - 1
    if m[c.G_OVERED] > 0 and (m[c.G_FAR] == 0 or (m[c.G_BUCKET] >> WHEEL_BITS) & mask == 0):
        _empty(c.G_OVER, c.G_OVERED, m)
    _empty(m[c.G_WHEEL] + m[c.G_WHEEL_SIZE] + ((m[c.G_BUCKET] >> WHEEL_BITS) & mask), c.G_FAR, m)


@njit()
def advance(m: Memory) -> bool:
    """Move to the next bucket that holds events and make it current; False if there is none."""
    mask = m[c.G_WHEEL_SIZE] - 1
    while m[c.G_ROOT] == 0:
        if m[c.G_WHEELED] > 0:
            m[c.G_BUCKET] += 1
        elif m[c.G_FAR] > 0:
            m[c.G_BUCKET] = ((m[c.G_BUCKET] >> WHEEL_BITS) + 1) << WHEEL_BITS
        elif m[c.G_OVERED] > 0:
            nearest = c.NO_TIME
            i = m[c.G_OVER]
            while i > 0:
                nearest = min(nearest, m[i])
                i = m[i + c.V_LINKS]
            m[c.G_BUCKET] = nearest >> m[c.G_SHIFT] >> WHEEL_BITS << WHEEL_BITS
        else:
            return False
        if m[c.G_BUCKET] & mask == 0:
            _turn(m)
        slot = m[c.G_WHEEL] + (m[c.G_BUCKET] & mask)
        i = m[slot]
        m[slot] = 0
        root = m[c.G_ROOT]
        while i > 0:
            after = m[i + c.V_LINKS]
            m[i + c.V_LINKS] = 0
            root = _merge(root, i, m) if root > 0 else i
            m[c.G_WHEELED] -= 1
            i = after
        m[c.G_ROOT] = root
    return True
