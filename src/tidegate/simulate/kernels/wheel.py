"""The calendar: a wheel of time buckets, the current one kept as a binary heap.

Order is total: time, then sequence number. The width of a bucket therefore changes speed only,
never results; with one bucket as wide as all time the wheel *is* a binary heap, which the tests
use as its oracle. Events beyond one turn wait in a list that is looked through once a turn.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.compile import njit

KIND_BITS = 5
KIND_MASK = 31
_HEAP = 3  # an entry of the heap: time, order, address of the event


@njit()
def _place(at, t, w, i, m):
    m[at] = t
    m[at + 1] = w
    m[at + 2] = i


@njit()
def heap_push(t, w, i, m):
    """Insert an event into the current bucket."""
    base = m[c.G_HEAP]
    k = m[c.G_HEAP_SIZE]
    m[c.G_HEAP_SIZE] = k + 1
    while k > 0:
        up = base + ((k - 1) >> 1) * _HEAP
        if m[up] < t or (m[up] == t and m[up + 1] < w):
            break
        _place(base + k * _HEAP, m[up], m[up + 1], m[up + 2], m)
        k = (k - 1) >> 1
    _place(base + k * _HEAP, t, w, i, m)


@njit()
def heap_drop(m):
    """Remove the least entry of the current bucket."""
    base = m[c.G_HEAP]
    n = m[c.G_HEAP_SIZE] - 1
    m[c.G_HEAP_SIZE] = n
    if n == 0:
        return
    last = base + n * _HEAP
    t = m[last]
    w = m[last + 1]
    i = m[last + 2]
    k = 0
    child = 1
    while child < n:
        at = base + child * _HEAP
        if child + 1 < n and (
            m[at + _HEAP] < m[at] or (m[at + _HEAP] == m[at] and m[at + _HEAP + 1] < m[at + 1])
        ):
            child += 1
            at += _HEAP
        if t < m[at] or (t == m[at] and w < m[at + 1]):
            break
        _place(base + k * _HEAP, m[at], m[at + 1], m[at + 2], m)
        k = child
        child = 2 * k + 1
    _place(base + k * _HEAP, t, w, i, m)


@njit()
def schedule(t, kind, payload, m):
    """Put one event into the calendar."""
    i = m[c.G_FREE_EVENT]
    if i >= 0:
        m[c.G_FREE_EVENT] = m[i + c.V_LINK]
    else:
        i = m[c.G_EVENT_NEXT]
        m[c.G_EVENT_NEXT] = i + c.V_ROW
    w = (m[c.G_SEQ] << KIND_BITS) | kind
    m[c.G_SEQ] += 1
    m[i + c.V_TIME] = t
    m[i + c.V_ORDER] = w
    m[i + c.V_PAYLOAD] = payload
    bucket = t >> m[c.G_SHIFT]
    if bucket <= m[c.G_BUCKET]:
        heap_push(t, w, i, m)
    elif bucket < m[c.G_BUCKET] + m[c.G_WHEEL_SIZE]:
        _hang(i, bucket, m)
    else:
        m[i + c.V_LINK] = m[c.G_OVER]
        m[c.G_OVER] = i
        m[c.G_OVERED] += 1


@njit()
def _hang(i, bucket, m):
    slot = m[c.G_WHEEL] + (bucket & (m[c.G_WHEEL_SIZE] - 1))
    m[i + c.V_LINK] = m[slot]
    m[slot] = i
    m[c.G_WHEELED] += 1


@njit()
def _nearest_over(m):
    """The bucket of the nearest event beyond one turn."""
    first = -1
    i = m[c.G_OVER]
    while i >= 0:
        bucket = m[i + c.V_TIME] >> m[c.G_SHIFT]
        if first < 0 or bucket < first:
            first = bucket
        i = m[i + c.V_LINK]
    return first


@njit()
def _turn(m):
    """Look through what lies beyond one turn, and put onto the wheel what has come near."""
    if m[c.G_WHEELED] == 0:
        m[c.G_BUCKET] = max(m[c.G_BUCKET], _nearest_over(m))
    i = m[c.G_OVER]
    m[c.G_OVER] = -1
    while i >= 0:
        after = m[i + c.V_LINK]
        bucket = m[i + c.V_TIME] >> m[c.G_SHIFT]
        if bucket < m[c.G_BUCKET] + m[c.G_WHEEL_SIZE]:
            _hang(i, bucket, m)
            m[c.G_OVERED] -= 1
        else:
            m[i + c.V_LINK] = m[c.G_OVER]
            m[c.G_OVER] = i
        i = after


@njit()
def advance(m):
    """Move to the next bucket that holds events and make it current; False if there is none."""
    mask = m[c.G_WHEEL_SIZE] - 1
    while m[c.G_HEAP_SIZE] == 0:
        if m[c.G_WHEELED] == 0:
            if m[c.G_OVERED] == 0:
                return False
            _turn(m)
        else:
            m[c.G_BUCKET] += 1
            if (m[c.G_BUCKET] & mask) == 0 and m[c.G_OVERED] > 0:
                _turn(m)
        slot = m[c.G_WHEEL] + (m[c.G_BUCKET] & mask)
        i = m[slot]
        m[slot] = -1
        while i >= 0:
            after = m[i + c.V_LINK]
            heap_push(m[i + c.V_TIME], m[i + c.V_ORDER], i, m)
            m[c.G_WHEELED] -= 1
            i = after
    return True
