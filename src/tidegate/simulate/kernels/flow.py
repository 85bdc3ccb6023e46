"""What a device keeps of flows: which device a flow meets, its entry, its port, and what they hold after it.

Shortcut: hold-down starts when the client closes.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.chance import uniform
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.wheel import later


@njit()
def device_of(x: int, hop: int, m: Memory) -> int:
    """The device that an exchange's flow meets at a hop of its way."""
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
def flows_of(x: int, m: Memory) -> int:
    """How many flows exchange `x` sets up at each device: a look-up has one for each socket."""
    return max((m[x + c.A_FLAGS] >> c.FLOWS_SHIFT) & 31, 1)


@njit()
def close_entries(x: int, t: int, held: int, m: Memory) -> None:
    """Start the hold-down of whatever exchange `x` holds in tables; `held` 0: never answered."""
    flags = m[x + c.A_FLAGS]
    p = m[x + c.A_POP]
    flows = flows_of(x, m)
    for hop in range(m[p + c.P_HOPS]):
        if flags & (c.ENTRY << hop):
            d = device_of(x, hop, m)
            m[d + c.E_OPEN] -= flows
            m[d + (c.E_HELD if held != 0 else c.E_UNANSWERED)] += flows
            hold = m[d + c.D_CLOSED] if held != 0 else m[d + c.D_UNANSWERED]
            for _ in range(flows):
                later(t + hold, c.EXPIRE, d, c.HELD_CLOSED if held != 0 else c.HELD_UNANSWERED, m)
            flags &= ~(c.ENTRY << hop)
        if flags & (c.PORT << hop):
            d = device_of(x, hop, m)
            port = c.HELD_PORT | (m[m[p + c.P_SERVICE] + c.S_INDEX] << 1)
            for _ in range(flows):
                later(t + m[d + c.D_PORT_HOLD], c.EXPIRE, d, port, m)
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
    if b & c.HELD_PORT:
        m[m[d + c.D_PORTS_AT] + (b >> 1)] -= 1
        return
    held, evicted = c.E_HELD, c.E_EVICTED
    if b == c.HELD_UNANSWERED:
        held, evicted = c.E_UNANSWERED, c.E_FORGOTTEN
    if m[d + evicted] > 0:
        m[d + evicted] -= 1
    else:
        m[d + held] -= 1
        m[d + c.E_ENTRIES] -= 1


@njit()
def hold_old(o: int, m: Memory) -> None:
    """At time zero a device holds down what a day has left; what found no room then is not there.

    `o` is a row of such holds: so many, which end evenly over the time of a hold.
    """
    d = m[o + c.O_DEVICE]
    s = m[o + c.O_SERVICE]
    if s < 0:
        left = min(m[o + c.O_LEFT], m[d + c.D_TABLE] - m[d + c.E_ENTRIES])
    else:
        left = min(m[o + c.O_LEFT], ports_of(d, s, m) - m[m[d + c.D_PORTS_AT] + m[s + c.S_INDEX]])
    if left <= 0:
        return
    hold = m[d + c.D_CLOSED] if s < 0 else m[d + c.D_PORT_HOLD]
    if s < 0:
        m[d + c.E_HELD] += left
        m[d + c.E_ENTRIES] += left
    else:
        m[m[d + c.D_PORTS_AT] + m[s + c.S_INDEX]] += left
    m[o + c.O_LEFT] = left
    m[o + c.O_GAP] = hold // left
    later(hold // left // 2 + 1, c.FADE, o, c.ZERO, m)


@njit()
def fade(o: int, t: int, m: Memory) -> None:
    """One hold from before the run ends, and the next in its time."""
    s = m[o + c.O_SERVICE]
    expire(m[o + c.O_DEVICE], c.HELD_CLOSED if s < 0 else c.HELD_PORT | (m[s + c.S_INDEX] << 1), m)
    m[o + c.O_LEFT] -= 1
    if m[o + c.O_LEFT] > 0:
        later(t + m[o + c.O_GAP], c.FADE, o, c.ZERO, m)


@njit()
def _evict(d: int, missing: int, m: Memory) -> bool:
    """Make room for as many flows as are missing, if the table may forget that many; closed ones first."""
    full = m[d + c.D_TABLE_FULL]
    closed = m[d + c.E_HELD] if full == c.EVICT else 0
    unanswered = m[d + c.E_UNANSWERED] if full >= c.EVICT else 0
    if closed + unanswered < missing:
        return False
    closed = min(closed, missing)
    m[d + c.E_HELD] -= closed
    m[d + c.E_EVICTED] += closed
    m[d + c.E_UNANSWERED] -= missing - closed
    m[d + c.E_FORGOTTEN] += missing - closed
    m[d + c.E_ENTRIES] -= missing
    return True


@njit()
def ports_of(d: int, s: int, m: Memory) -> int:
    """Ports the device has towards a service: so many for each of its addresses."""
    return m[d + c.D_PORTS] * m[s + c.S_ADDRESSES]


@njit()
def take_entry(x: int, hop: int, d: int, s: int, m: Memory) -> int:
    """Find room in the flow table and among the ports: 0 taken, 1 drop, 2 refuse."""
    flows = flows_of(x, m)
    missing = m[d + c.E_ENTRIES] + flows - m[d + c.D_TABLE]
    if m[d + c.D_TABLE] >= 0 and missing > 0 and not _evict(d, missing, m):
        return 2 if m[d + c.D_TABLE_FULL] == c.REFUSE else 1
    if m[d + c.D_PORTS] >= 0:
        at = m[d + c.D_PORTS_AT] + m[s + c.S_INDEX]
        if m[at] + flows > ports_of(d, s, m):
            return 2 if m[d + c.D_PORTS_FULL] == c.REFUSE else 1
        m[at] += flows
        m[x + c.A_FLAGS] |= c.PORT << hop
    m[d + c.E_ENTRIES] += flows
    m[d + c.E_OPEN] += flows
    m[x + c.A_FLAGS] |= c.ENTRY << hop
    return 0


@njit()
def _stands(d: int, s: int, m: Memory) -> bool:
    """Whether one more connection can have been there before the run, as the device's limits go."""
    if m[d + c.D_CONCURRENT] >= 0 and m[d + c.E_OPEN] >= m[d + c.D_CONCURRENT]:
        return False
    if m[d + c.D_TABLE] >= 0 and m[d + c.E_ENTRIES] >= m[d + c.D_TABLE]:
        return False
    return m[d + c.D_PORTS] < 0 or m[m[d + c.D_PORTS_AT] + m[s + c.S_INDEX]] < ports_of(d, s, m)


@njit()
def take_entries(x: int, m: Memory) -> bool:
    """Enter a connection that was there before the run into every table on its way, if all have room."""
    s = m[m[x + c.A_POP] + c.P_SERVICE]
    hops = m[m[x + c.A_POP] + c.P_HOPS]
    for hop in range(hops):
        d = device_of(x, hop, m)
        if m[d + c.D_TRACKS] == 1 and not _stands(d, s, m):
            return False
    for hop in range(hops):
        d = device_of(x, hop, m)
        if m[d + c.D_TRACKS] == 1:
            take_entry(x, hop, d, s, m)
    return True


@njit()
def lost_flow(x: int, k: int, m: Memory) -> bool:
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
def forgotten(x: int, hop: int, d: int, m: Memory) -> bool:
    """Whether the device's table holds no entry for a flow that thinks it stands."""
    return m[d + c.D_TRACKS] == 1 and m[x + c.A_FLAGS] & (c.ENTRY << hop) == 0


@njit()
def forget_idle(x: int, t: int, m: Memory) -> None:
    """Tables forget a kept connection that was idle for too long."""
    p = m[x + c.A_POP]
    for hop in range(m[p + c.P_HOPS]):
        d = device_of(x, hop, m)
        if m[x + c.A_FLAGS] & (c.ENTRY << hop) and t - m[x + c.A_SENT] > m[d + c.D_IDLE]:
            m[d + c.E_ENTRIES] -= 1
            m[d + c.E_OPEN] -= 1
            m[x + c.A_FLAGS] &= ~(c.ENTRY << hop)
