"""A packet meets a device: admission, set-up, queue, processor.

Where all packets cost the same, always, the queue is not a list but the time until which the processor
is busy, which is exact for first come, first served (Lindley 1952). Where a first packet costs more, or
the device's numbers change while packets wait, it is a list of them (`DEPART`).

Shortcuts: packets sent back to back stay together, save that where one place is free the first of two
takes it and the second is lost (a FIN lost behind its response is not sent again); a set-up that waits
for a processor of its own keeps its time when the device's numbers change.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.flow import device_of, flows_of, forgotten, lost_flow, release, take_entry
from tidegate.simulate.kernels.outbox import later_x
from tidegate.simulate.kernels.wheel import later


@njit()
def _overdrawn(ahead: int, flows: int, interval: int, burst: int) -> bool:
    """Whether a bucket lacks the tokens for so many flows; a full one has enough for any look-up."""
    more = (flows - 1) * interval
    return ahead + more > max(burst, more)


@njit()
def _admitted(d: int, client: int, flows: int, t: int, m: Memory) -> bool:
    """The device's protective configuration: token buckets as virtual arrival times (GCRA)."""
    if m[d + c.D_CONCURRENT] >= 0 and m[d + c.E_OPEN] + flows > m[d + c.D_CONCURRENT]:
        return False
    if m[d + c.D_SOURCE] > 0:
        at = m[d + c.D_SOURCE_AT] + client
        if _overdrawn(m[at] - t, flows, m[d + c.D_SOURCE], m[d + c.D_SOURCE_BURST]):
            return False
        m[at] = max(m[at], t) + flows * m[d + c.D_SOURCE]
    if m[d + c.D_ADMIT] > 0:
        if _overdrawn(m[d + c.E_ADMIT] - t, flows, m[d + c.D_ADMIT], m[d + c.D_ADMIT_BURST]):
            return False
        m[d + c.E_ADMIT] = max(m[d + c.E_ADMIT], t) + flows * m[d + c.D_ADMIT]
    return True


@njit()
def _set_up(x: int, hop: int, d: int, k: int, t: int, m: Memory) -> int:
    """A first packet asks for a flow: 0 it is set up, 1 it vanishes, 2 it is refused."""
    b = m[c.G_X] + m[k + c.C_SERIES]
    flows = flows_of(x, m)
    m[b + c.X_OFFERED] += flows
    if m[x + c.A_FLAGS] & (c.ENTRY << hop):
        return 0
    if not _admitted(d, m[x + c.A_CLIENT], flows, t, m):
        m[b + c.X_SHED] += flows
        return 2 if m[d + c.D_RESET] == 1 else 1
    room = 0
    if m[d + c.D_TRACKS] == 1:
        room = take_entry(x, hop, d, m[m[x + c.A_POP] + c.P_SERVICE], m)
    if room > 0:
        m[b + c.X_SHED] += flows
        m[b + c.X_NO_ROOM] += flows
    else:
        m[b + c.X_ADMITTED] += flows
    return room


@njit()
def _wait_for_setup(d: int, t: int, m: Memory) -> int:
    """Wait for a set-up processor of its own: the time of leaving, or -1 where its queue is full."""
    begin = max(m[d + c.E_SETUP_FREE], t)
    if begin - t > (m[d + c.D_QUEUE] - 1) * m[d + c.D_SETUP]:
        return -1
    m[d + c.E_SETUP_FREE] = begin + m[d + c.D_SETUP]
    return begin + m[d + c.D_SETUP]


@njit()
def _opens(b: int) -> int:
    """How many flows packet `b` asks for: a look-up one for each two of its queries."""
    kind = b & 0xFF
    if kind == c.QUERY:
        return (((b >> 16) & c.WEIGHT) + 1) // 2
    return 1 if kind == c.SYN or kind == c.JOB else 0


@njit()
def _cost(d: int, b: int, m: Memory) -> int:
    """How long the processor takes for packet `b` as the device stands now."""
    cost = ((b >> 16) & c.WEIGHT) * m[d + c.D_FORWARD]
    if m[d + c.D_SHARED] == 1:
        cost += _opens(b) * (m[d + c.D_SETUP] - m[d + c.D_FORWARD])
    return cost


@njit()
def _wait_in_list(d: int, x: int, b: int, t: int, m: Memory) -> int:
    """Wait for the processor in the device's list: about when it will leave, or -1 where the list is full."""
    if m[d + c.E_PACKETS] >= m[d + c.D_QUEUE]:
        return -1
    place = (m[d + c.E_FIRST] + m[d + c.E_TRAINS]) % m[d + c.D_PLACES]
    at = m[d + c.D_RING] + place * c.PLACE_ROW
    m[at] = x
    m[at + 1] = b
    if x >= 0:
        m[x + c.A_REFS] += 1
    m[d + c.E_TRAINS] += 1
    m[d + c.E_PACKETS] += (b >> 16) & c.WEIGHT
    m[d + c.E_OPENINGS] += _opens(b)
    if m[d + c.E_TRAINS] == 1:
        later(t + _cost(d, b, m), c.DEPART, d, c.ZERO, m)
    dearer = (m[d + c.D_SETUP] - m[d + c.D_FORWARD]) * m[d + c.D_SHARED]
    return t + m[d + c.E_PACKETS] * m[d + c.D_FORWARD] + m[d + c.E_OPENINGS] * dearer


@njit()
def _queue(d: int, x: int, b: int, t: int, m: Memory) -> int:
    """Wait for the processor: the time of leaving, or -1 where the queue is full."""
    if m[d + c.D_RING] > 0:
        return _wait_in_list(d, x, b, t, m)
    begin = max(m[d + c.E_FREE], t)
    if begin - t > (m[d + c.D_QUEUE] - 1) * m[d + c.D_FORWARD]:
        return -1
    m[d + c.E_FREE] = begin + _cost(d, b, m)
    return m[d + c.E_FREE]


@njit()
def _one_place(d: int, t: int, m: Memory) -> bool:
    """Whether exactly one more packet fits into the queue."""
    if m[d + c.D_RING] > 0:
        return m[d + c.E_PACKETS] == m[d + c.D_QUEUE] - 1
    backlog = m[d + c.E_FREE] - t
    most = (m[d + c.D_QUEUE] - 1) * m[d + c.D_FORWARD]
    return backlog > 0 and most - m[d + c.D_FORWARD] < backlog <= most


@njit()
def _go_on(x: int, b: int, t: int, m: Memory) -> None:
    """Packet `b` leaves a device at `t`: for the next on its way, or for its end."""
    p = m[x + c.A_POP]
    if ((b >> 8) & 0x7F) + 1 >= m[p + c.P_HOPS]:  # the way may have become shorter meanwhile
        later_x(t + m[p + c.P_DELAY], c.DELIVER, x, b & c.ARRIVES, m)
    else:
        later_x(t, c.SEND, x, (b & ~c.SET_UP) + (1 << 8), m)


@njit()
def depart(d: int, t: int, m: Memory) -> None:
    """The processor is done with the first in a device's list and turns to the next, at what it costs now."""
    at = m[d + c.D_RING] + m[d + c.E_FIRST] * c.PLACE_ROW
    x = m[at]
    b = m[at + 1]
    m[d + c.E_FIRST] = (m[d + c.E_FIRST] + 1) % m[d + c.D_PLACES]
    m[d + c.E_TRAINS] -= 1
    m[d + c.E_PACKETS] -= (b >> 16) & c.WEIGHT
    m[d + c.E_OPENINGS] -= _opens(b)
    if m[d + c.E_TRAINS] > 0:
        following = m[m[d + c.D_RING] + m[d + c.E_FIRST] * c.PLACE_ROW + 1]
        later(t + _cost(d, following, m), c.DEPART, d, c.ZERO, m)
    if x >= 0:
        _go_on(x, b, t, m)
        release(x, t, m)


@njit()
def send(x: int, b: int, t: int, m: Memory) -> None:
    """Packet `b` (kind, hops passed, weight) of exchange `x` passes its next device."""
    kind = b & 0xFF
    passed = (b >> 8) & 0x7F
    weight = (b >> 16) & c.WEIGHT
    p = m[x + c.A_POP]
    n = m[p + c.P_HOPS]
    if passed >= n:
        later_x(t + m[p + c.P_DELAY], c.DELIVER, x, b & c.ARRIVES, m)
        return
    hop = passed if kind < c.TO_CLIENT else n - 1 - passed
    k = m[p + c.P_HOP + hop]
    d = device_of(x, hop, m)
    opening = _opens(b)
    # What set-up on a processor of its own has let through joins the packets to be forwarded, a second
    # time here: so that set-ups that wait do not hold up established traffic.
    apart = opening > 0 and m[d + c.D_SHARED] == 0 and m[d + c.D_SETUP] > 0 and b & c.SET_UP == 0
    fate = 0
    if opening > 0 and b & c.SET_UP == 0:
        fate = _set_up(x, hop, d, k, t, m)
    elif (
        kind == c.REQUEST and m[x + c.A_FLAGS] & c.OPEN_C and (lost_flow(x, k, m) or forgotten(x, hop, d, m))
    ):
        fate = 1
    bin_ = m[c.G_X] + m[k + c.C_SERIES]
    if fate == 0 and opening == 0 and weight == c.PAIR and _one_place(d, t, m):
        m[bin_ + c.X_PACKETS] += 1
        m[bin_ + c.X_DROPPED] += 1
        b -= c.ONE
        weight = 1
        if kind != c.RESPONSE:  # an acknowledgement takes the place, what follows it is lost
            m[bin_ + c.X_PACKETS] += 1
            _queue(d, c.NOTHING, b, t, m)
            return
    if fate == 0:
        leave = _wait_for_setup(d, t, m) if apart else _queue(d, x, b, t, m)
        if leave < 0 or not apart:
            m[bin_ + c.X_PACKETS] += weight
        if leave >= 0:
            m[bin_ + c.X_DELAY] = max(m[bin_ + c.X_DELAY], leave - t)
            if apart:
                later_x(leave, c.SEND, x, b | c.SET_UP, m)
            elif m[d + c.D_RING] == 0:
                _go_on(x, b, leave, m)
            return
        m[bin_ + c.X_DROPPED] += weight
        fate = 2 if (opening > 0 and m[d + c.D_VISIBLE] == 1) else 1
    if fate == 2:
        # The refusal is a packet of its own and passes the same device on its way back.
        refusal = c.REFUSED | ((n - 1 - hop) << 8) | c.ONE
        leave = _queue(d, x, refusal, t, m)
        m[bin_ + c.X_PACKETS] += 1
        if leave < 0:
            m[bin_ + c.X_DROPPED] += 1
        elif m[d + c.D_RING] == 0:
            _go_on(x, refusal, leave, m)


@njit()
def for_whom(p: int, client: int, m: Memory) -> int:
    """The client (or slot of a pool) for which one of a bare population connects."""
    return m[m[p + c.P_FOR] + c.P_FIRST] + client - m[p + c.P_FIRST]


@njit()
def source_of(p: int, client: int, m: Memory) -> int:
    """The number of a client among all, its pool's connections taken together."""
    if m[p + c.P_FOR] >= 0:
        client = for_whom(p, client, m)
        p = m[p + c.P_FOR]
    first = (m[p + c.P_FIRST] - m[c.G_CLIENTS]) // c.CL_ROW
    return first + (client - m[p + c.P_FIRST]) // c.CL_ROW // m[p + c.P_STRIDE]
