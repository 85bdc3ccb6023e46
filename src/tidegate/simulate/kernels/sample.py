"""What is looked at and counted at even times: how full, how many wait, and the end of a time bin."""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.flow import ports_of


@njit()
def _look_at_crossing(k: int, m: Memory) -> None:
    """Note a crossing's fullest table and port range, and its busiest second (two looks together)."""
    b = m[c.G_X] + m[k + c.C_SERIES]
    for i in range(m[k + c.C_DEVICES]):
        d = m[c.G_DEVICES] + (m[k + c.C_FIRST] + i) * c.D_ROW
        if m[d + c.D_TABLE] > 0:
            full = m[d + c.E_ENTRIES] * 1000000 // m[d + c.D_TABLE]
            m[b + c.X_ENTRIES] = max(m[b + c.X_ENTRIES], full)
        if m[d + c.D_PORTS] > 0:
            for s in range(m[c.G_SERVICE_COUNT]):
                ports = ports_of(d, m[c.G_SERVICES] + s * c.S_ROW, m)
                full = m[m[d + c.D_PORTS_AT] + s] * 1000000 // ports
                m[b + c.X_PORTS] = max(m[b + c.X_PORTS], full)
    offered = m[b + c.X_OFFERED] - m[k + c.C_LOOKED_OFFERED]
    packets = m[b + c.X_PACKETS] - m[k + c.C_LOOKED_PACKETS]
    m[b + c.X_OFFERED_MOST] = max(m[b + c.X_OFFERED_MOST], offered + m[k + c.C_LAST_OFFERED])
    m[b + c.X_PACKETS_MOST] = max(m[b + c.X_PACKETS_MOST], packets + m[k + c.C_LAST_PACKETS])
    m[k + c.C_LAST_OFFERED], m[k + c.C_LAST_PACKETS] = offered, packets
    m[k + c.C_LOOKED_OFFERED], m[k + c.C_LOOKED_PACKETS] = m[b + c.X_OFFERED], m[b + c.X_PACKETS]


@njit()
def _look_at_population(i: int, t: int, m: Memory) -> None:
    """Note how many wait, and for how long nobody has been answered although somebody waited."""
    p = m[c.G_POPULATIONS] + i * c.P_ROW
    y = m[c.G_Y] + i * c.Y_COLUMNS
    waiting = m[p + c.Q_UNANSWERED] + m[p + c.Q_BACKLOG]
    m[y + c.Y_UNANSWERED_MOST] = max(m[y + c.Y_UNANSWERED_MOST], waiting)
    if m[y + c.Y_SERVED] > m[p + c.Q_LOOKED_SERVED]:
        m[p + c.Q_SILENT_SINCE] = -1
    elif waiting > 0 or m[y + c.Y_FAILED] > m[p + c.Q_LOOKED_FAILED]:
        if m[p + c.Q_SILENT_SINCE] < 0:
            m[p + c.Q_SILENT_SINCE] = t - m[c.G_LOOK_NS]
        m[y + c.Y_SILENT] = t - m[p + c.Q_SILENT_SINCE]
    m[p + c.Q_LOOKED_SERVED], m[p + c.Q_LOOKED_FAILED] = m[y + c.Y_SERVED], m[y + c.Y_FAILED]


@njit()
def _look_at_service(i: int, m: Memory) -> None:
    """Note a service's longest queue and most connections."""
    s = m[c.G_SERVICES] + i * c.S_ROW
    z = m[c.G_Z] + i * c.Z_COLUMNS
    m[z + c.Z_QUEUED_MOST] = max(m[z + c.Z_QUEUED_MOST], m[s + c.T_QUEUED])
    m[z + c.Z_CONNECTIONS_MOST] = max(m[z + c.Z_CONNECTIONS_MOST], m[s + c.T_CONNECTIONS])


@njit()
def sample(t: int, m: Memory) -> None:
    """Look at what stands; every so many looks a time bin is closed.

    A bin may be as wide as the horizon asks for. Looks are not, so that no peak depends on it.
    """
    for i in range(m[c.G_CROSSING_COUNT]):
        _look_at_crossing(m[c.G_CROSSINGS] + i * c.C_ROW, m)
    for i in range(m[c.G_SERVICE_COUNT]):
        _look_at_service(i, m)
    for i in range(m[c.G_POPULATION_COUNT]):
        _look_at_population(i, t, m)
    m[c.G_LOOK] += 1
    if m[c.G_LOOK] == m[c.G_LOOKS]:
        m[c.G_LOOK] = 0
        _close_bin(m)


@njit()
def _close_bin(m: Memory) -> None:
    """Note what stands at the end of a bin, and begin the next."""
    for i in range(m[c.G_CROSSING_COUNT]):
        k = m[c.G_CROSSINGS] + i * c.C_ROW
        m[k + c.C_LOOKED_OFFERED], m[k + c.C_LOOKED_PACKETS] = 0, 0
    for i in range(m[c.G_SERVICE_COUNT]):
        s = m[c.G_SERVICES] + i * c.S_ROW
        z = m[c.G_Z] + i * c.Z_COLUMNS
        m[z + c.Z_BUSY] = m[s + c.T_BUSY]
        m[z + c.Z_QUEUED] = m[s + c.T_QUEUED]
        m[z + c.Z_SERVED] = m[s + c.T_SERVED]
        m[z + c.Z_CONNECTIONS] = m[s + c.T_CONNECTIONS]
    for i in range(m[c.G_POPULATION_COUNT]):
        p = m[c.G_POPULATIONS] + i * c.P_ROW
        m[m[c.G_Y] + i * c.Y_COLUMNS + c.Y_UNANSWERED] = m[p + c.Q_UNANSWERED] + m[p + c.Q_BACKLOG]
        m[p + c.Q_LOOKED_SERVED], m[p + c.Q_LOOKED_FAILED] = 0, 0
    m[c.G_BIN] += 1
    m[c.G_X] += m[c.G_CROSSING_COUNT] * c.X_COLUMNS
    m[c.G_Y] += m[c.G_POPULATION_COUNT] * c.Y_COLUMNS
    m[c.G_Z] += m[c.G_SERVICE_COUNT] * c.Z_COLUMNS
