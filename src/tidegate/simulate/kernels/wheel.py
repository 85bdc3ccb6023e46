"""The calendar: a wheel of time buckets, the current one kept as a pairing heap of its events.

Order is total: time, then sequence number. The width of a bucket therefore changes speed only,
never results; with one bucket as wide as all time the wheel *is* a heap, which the tests use as
its oracle. Events of later turns hang in a second wheel, a slot a turn; what lies beyond even that
waits in a list that is looked through once each time the second wheel has gone round. The heap
(Fredman, Sedgewick, Sleator and Tarjan 1986) lives in the events' own rows: two links to a word,
the next sibling in the low half and the first child in the high half, 0 for none.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.nouns import Event, Head, Pool, Slot
from tidegate.simulate.kernels.nouns.head import Status

WHEEL_BITS = 12
KIND_BITS = 6
KIND_MASK = 63
NO_TIME = 1 << 62  # later than any run
_LOW = 0xFFFFFFFF


@njit()
def take_row(pool: Pool, words: int, m: Memory) -> int:
    """Take a row of so many words from a pool; its address."""
    at = pool.free
    if at > 0:
        pool.free = m[at]
        return at
    at = pool.following
    pool.following = at + words
    head = Head(m, 0)
    if at + words > pool.full_from and head.status == Status.RUNNING:
        head.status = Status.FULL
    return at


@njit()
def give_back(at: int, pool: Pool, m: Memory) -> None:
    """Give a row back: its first column leads to the free row that was given back before."""
    m[at] = pool.free
    pool.free = at


@njit()
def _merge(a: Event, b: Event) -> Event:
    """Join two heaps without siblings; the one with the earlier root takes the other as child."""
    if b.time_ns < a.time_ns or (b.time_ns == a.time_ns and b.order < a.order):
        a, b = b, a
    b.links = (b.links & ~_LOW) | (a.links >> 32)
    a.links = b.at << 32
    return a


@njit()
def drop_first(m: Memory) -> None:
    """Take the first event of the current bucket out and give its row back."""
    head = Head(m, 0)
    root = head.root
    at = Event(m, root.links >> 32)
    give_back(root.at, head.events, m)
    # Pair the children from the left, then join the pairs from the right.
    pairs = Event(m, 0)
    while at.exists:
        second = Event(m, at.links & _LOW)
        at.links &= ~_LOW
        if second.exists:
            following = second.links & _LOW
            second.links &= ~_LOW
            at = _merge(at, second)
            second = Event(m, following)
        at.links |= pairs.at
        pairs = at
        at = second
    root = pairs
    if root.exists:
        at = Event(m, root.links & _LOW)
        root.links &= ~_LOW
        while at.exists:
            following = at.links & _LOW
            at.links &= ~_LOW
            root = _merge(root, at)
            at = Event(m, following)
    head.root = root


@njit()
def _place(event: Event, m: Memory) -> None:
    """Hang an event where its time belongs: the current bucket, this turn, a later turn, or beyond."""
    head = Head(m, 0)
    bucket = event.time_ns >> head.bucket_shift
    mask = head.slots_count - 1
    if bucket <= head.bucket:
        event.links = 0
        head.root = _merge(event, head.root) if head.root.exists else event
        return
    if bucket <= head.bucket + mask:
        slot = head.wheel.on(bucket & mask)
        head.wheeled_count += 1
    elif (bucket >> WHEEL_BITS) <= (head.bucket >> WHEEL_BITS) + mask:
        slot = head.wheel.on(head.slots_count + ((bucket >> WHEEL_BITS) & mask))
        head.far_count += 1
    else:
        slot = head.beyond
        head.beyond_count += 1
    event.links = slot.first.at
    slot.first = event


@njit()
def later(t: int, kind: int, a: int, b: int, m: Memory) -> None:
    """Put an event at time `t` into the calendar."""
    head = Head(m, 0)
    event = Event(m, take_row(head.events, Event.SIZE, m))
    event.time_ns = t
    event.order = (head.sequence << KIND_BITS) | kind
    head.sequence += 1
    event.payload = a | (b << 32)
    _place(event, m)


@njit()
def _empty(slot: Slot, m: Memory) -> int:
    """Hang the events of a slot anew; how many there were."""
    event = slot.first
    slot.first = 0
    count = 0
    while event.exists:
        after = event.links
        count += 1
        _place(event, m)
        event = Event(m, after)
    return count


@njit()
def _turn(m: Memory) -> None:
    """Begin a turn: its events come onto the wheel, and once in a while those from beyond draw near."""
    head = Head(m, 0)
    mask = head.slots_count - 1
    if head.beyond_count > 0 and (head.far_count == 0 or (head.bucket >> WHEEL_BITS) & mask == 0):
        moved = _empty(head.beyond, m)  # some of them lie beyond again, and are counted anew
        head.beyond_count -= moved
    moved = _empty(head.wheel.on(head.slots_count + ((head.bucket >> WHEEL_BITS) & mask)), m)
    head.far_count -= moved


@njit()
def advance(m: Memory) -> bool:
    """Move to the next bucket that holds events and make it current; False if there is none."""
    head = Head(m, 0)
    mask = head.slots_count - 1
    while not head.root.exists:
        if head.wheeled_count > 0:
            head.bucket += 1
        elif head.far_count > 0:
            head.bucket = ((head.bucket >> WHEEL_BITS) + 1) << WHEEL_BITS
        elif head.beyond_count > 0:
            nearest = NO_TIME
            event = head.beyond.first
            while event.exists:
                nearest = min(nearest, event.time_ns)
                event = Event(m, event.links)
            head.bucket = nearest >> head.bucket_shift >> WHEEL_BITS << WHEEL_BITS
        else:
            return False
        if head.bucket & mask == 0:
            _turn(m)
        slot = head.wheel.on(head.bucket & mask)
        event = slot.first
        slot.first = 0
        root = head.root
        while event.exists:
            after = event.links
            event.links = 0
            root = _merge(root, event) if root.exists else event
            head.wheeled_count -= 1
            event = Event(m, after)
        head.root = root
    return True
