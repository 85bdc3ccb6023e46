"""A packet meets a device: admission, flow table, ports, queue, processor.

Where all packets cost the same, always, the queue is not a list but the time until which the processor
is busy, which is exact for first come, first served (Lindley 1952). Where a first packet costs more, or
the device's numbers change while packets wait, it is a list of them (`DEPART`).

Shortcuts: packets sent back to back stay together, save that where one place is free the first of two
takes it and the second is lost (a FIN lost behind its response is not sent again); a set-up that waits
for a processor of its own keeps its time when the device's numbers change; hold-down starts when the
client closes.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.chance import uniform
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.outbox import later_x
from tidegate.simulate.kernels.wheel import later


@njit()
def _device_of(x: int, hop: int, m: Memory) -> int:
    return m[c.G_DEVICES] + ((m[x + c.A_DEVICES] >> (16 * hop)) & 0xFFFF) * c.D_ROW


@njit()
def choose_devices(x: int, p: int, tries: int, m: Memory) -> None:
    """Spread a new flow over the devices of each crossing on its way (hashing, with skew)."""
    packed = 0
    for hop in range(m[p + c.P_HOPS]):
        k = m[p + c.P_HOP + hop]
        n = m[k + c.C_DEVICES]
        chosen = 0
        if n > 1:
            u = uniform(c.PATH, m[x + c.A_SERIAL], tries * 8 + hop, m)
            share = (1.0 + m[k + c.C_SKEW_PPM] * 1e-6) / n
            if u >= share:
                chosen = 1 + min(int((u - share) / (1.0 - share) * (n - 1)), n - 2)
        packed |= (m[k + c.C_FIRST] + chosen) << (16 * hop)
    m[x + c.A_DEVICES] = packed
    m[x + c.A_EPOCH] = m[c.G_EPOCH]


@njit()
def close_entries(x: int, t: int, held: int, m: Memory) -> None:
    """Start the hold-down of whatever exchange `x` holds in tables; `held` 0: never answered."""
    flags = m[x + c.A_FLAGS]
    p = m[x + c.A_POP]
    for hop in range(m[p + c.P_HOPS]):
        if flags & (c.ENTRY << hop):
            d = _device_of(x, hop, m)
            m[d + c.E_OPEN] -= 1
            m[d + c.E_HELD] += 1
            hold = m[d + c.D_CLOSED] if held != 0 else m[d + c.D_UNANSWERED]
            later(t + hold, c.EXPIRE, d, c.ZERO, m)
            flags &= ~(c.ENTRY << hop)
        if flags & (c.PORT << hop):
            d = _device_of(x, hop, m)
            later(t + m[d + c.D_PORT_HOLD], c.EXPIRE, d, 1 | (m[m[p + c.P_SERVICE] + c.S_INDEX] << 1), m)
            flags &= ~(c.PORT << hop)
    m[x + c.A_FLAGS] = flags


@njit()
def release(x: int, t: int, m: Memory) -> None:
    """Let go of exchange `x`; when nobody holds it, its row and what it holds in tables are given back."""
    m[x + c.A_REFS] -= 1
    if m[x + c.A_REFS] == 0:
        if m[x + c.A_FLAGS] & c.HELD:
            close_entries(x, t, m[x + c.A_FLAGS] & c.ESTABLISHED, m)
        if m[x + c.A_FLAGS] & c.ACCEPTED:  # no packet told the service that this connection is over
            m[m[m[x + c.A_POP] + c.P_SERVICE] + c.T_CONNECTIONS] -= 1
            m[x + c.A_FLAGS] &= ~c.ACCEPTED
        m[x] = m[c.G_FREE_EXCHANGE]
        m[c.G_FREE_EXCHANGE] = x


@njit()
def expire(d: int, b: int, m: Memory) -> None:
    """End a hold-down, unless the entry was evicted meanwhile."""
    if b & 1:
        m[m[d + c.D_PORTS_AT] + (b >> 1)] -= 1
    elif m[d + c.E_EVICTED] > 0:
        m[d + c.E_EVICTED] -= 1
    else:
        m[d + c.E_HELD] -= 1
        m[d + c.E_ENTRIES] -= 1


@njit()
def _admitted(d: int, client: int, t: int, m: Memory) -> bool:
    """The device's protective configuration: token buckets as virtual arrival times (GCRA)."""
    if m[d + c.D_CONCURRENT] >= 0 and m[d + c.E_OPEN] >= m[d + c.D_CONCURRENT]:
        return False
    if m[d + c.D_SOURCE] > 0:
        at = m[d + c.D_SOURCE_AT] + client
        if m[at] - t > m[d + c.D_SOURCE_BURST]:
            return False
        m[at] = max(m[at], t) + m[d + c.D_SOURCE]
    if m[d + c.D_ADMIT] > 0:
        if m[d + c.E_ADMIT] - t > m[d + c.D_ADMIT_BURST]:
            return False
        m[d + c.E_ADMIT] = max(m[d + c.E_ADMIT], t) + m[d + c.D_ADMIT]
    return True


@njit()
def _take_entry(x: int, hop: int, d: int, s: int, m: Memory) -> int:
    """Find room in the flow table and among the ports: 0 taken, 1 drop, 2 refuse."""
    if m[d + c.D_TABLE] >= 0 and m[d + c.E_ENTRIES] >= m[d + c.D_TABLE]:
        if m[d + c.D_TABLE_FULL] == c.EVICT and m[d + c.E_HELD] > 0:
            m[d + c.E_HELD] -= 1
            m[d + c.E_ENTRIES] -= 1
            m[d + c.E_EVICTED] += 1
        else:
            return 2 if m[d + c.D_TABLE_FULL] == c.REFUSE else 1
    if m[d + c.D_PORTS] >= 0:
        at = m[d + c.D_PORTS_AT] + m[s + c.S_INDEX]
        if m[at] >= m[d + c.D_PORTS]:
            return 2 if m[d + c.D_PORTS_FULL] == c.REFUSE else 1
        m[at] += 1
        m[x + c.A_FLAGS] |= c.PORT << hop
    m[d + c.E_ENTRIES] += 1
    m[d + c.E_OPEN] += 1
    m[x + c.A_FLAGS] |= c.ENTRY << hop
    return 0


@njit()
def take_entries(x: int, m: Memory) -> None:
    """Enter a connection that was there before the run into every table on its way."""
    for hop in range(m[m[x + c.A_POP] + c.P_HOPS]):
        d = _device_of(x, hop, m)
        if m[d + c.D_TRACKS] == 1:
            _take_entry(x, hop, d, m[m[x + c.A_POP] + c.P_SERVICE], m)


@njit()
def _lost_flow(x: int, k: int, m: Memory) -> bool:
    """Whether a flow set up before the crossing's devices changed met a device that forgot it."""
    if m[k + c.C_EPOCH] <= m[x + c.A_EPOCH]:
        return False
    # A kept flow carries one request after the other: its fate is drawn once, not with each of them.
    flow = m[x + c.A_SERIAL]
    if m[x + c.A_FLAGS] & c.KEPT and m[x + c.A_REQ] >= 0:
        flow = (1 << 58) | (m[m[x + c.A_REQ] + c.R_CLIENT] - m[c.G_CLIENTS])
    u = uniform(c.PATH, flow, 7 + 8 * m[k + c.C_EPOCH], m)
    return u < m[k + c.C_REMAP_PPM] * 1e-6


@njit()
def _forgotten(x: int, hop: int, d: int, m: Memory) -> bool:
    """Whether the device's table holds no entry for a flow that thinks it stands."""
    return m[d + c.D_TRACKS] == 1 and m[x + c.A_FLAGS] & (c.ENTRY << hop) == 0


@njit()
def forget_idle(x: int, t: int, m: Memory) -> None:
    """Tables forget a kept connection that was idle for too long."""
    p = m[x + c.A_POP]
    for hop in range(m[p + c.P_HOPS]):
        d = _device_of(x, hop, m)
        if m[x + c.A_FLAGS] & (c.ENTRY << hop) and t - m[x + c.A_SENT] > m[d + c.D_IDLE]:
            m[d + c.E_ENTRIES] -= 1
            m[d + c.E_OPEN] -= 1
            m[x + c.A_FLAGS] &= ~(c.ENTRY << hop)


@njit()
def _set_up(x: int, hop: int, d: int, k: int, t: int, m: Memory) -> int:
    """A first packet asks for a flow: 0 it is set up, 1 it vanishes, 2 it is refused."""
    b = m[c.G_X] + m[k + c.C_SERIES]
    m[b + c.X_OFFERED] += 1
    if m[x + c.A_FLAGS] & (c.ENTRY << hop):
        return 0
    if not _admitted(d, m[x + c.A_CLIENT], t, m):
        m[b + c.X_SHED] += 1
        return 2 if m[d + c.D_RESET] == 1 else 1
    room = 0
    if m[d + c.D_TRACKS] == 1:
        room = _take_entry(x, hop, d, m[m[x + c.A_POP] + c.P_SERVICE], m)
    if room > 0:
        m[b + c.X_SHED] += 1
    else:
        m[b + c.X_ADMITTED] += 1
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
    """Whether packet `b` asks for a flow, as a number."""
    kind = b & 0xFF
    return 1 if kind == c.SYN or kind == c.JOB or kind == c.QUERY else 0


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
    d = _device_of(x, hop, m)
    opening = _opens(b)
    # What set-up on a processor of its own has let through joins the packets to be forwarded, a second
    # time here: so that set-ups that wait do not hold up established traffic.
    apart = opening == 1 and m[d + c.D_SHARED] == 0 and m[d + c.D_SETUP] > 0 and b & c.SET_UP == 0
    fate = 0
    if opening == 1 and b & c.SET_UP == 0:
        fate = _set_up(x, hop, d, k, t, m)
    elif kind == c.REQUEST and m[x + c.A_FLAGS] & c.OPEN_C and (_lost_flow(x, k, m) or _forgotten(x, hop, d, m)):
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
        fate = 2 if (opening == 1 and m[d + c.D_VISIBLE] == 1) else 1
    if fate == 2:
        # The refusal is a packet of its own and passes the same device on its way back.
        refusal = c.REFUSED | ((n - 1 - hop) << 8) | c.ONE
        leave = _queue(d, x, refusal, t, m)
        m[bin_ + c.X_PACKETS] += 1
        if leave < 0:
            m[bin_ + c.X_DROPPED] += 1
        elif m[d + c.D_RING] == 0:
            _go_on(x, refusal, leave, m)
