"""What a handler asks for: events for later and acts for now, in two bounded boxes.

One happening is taken from the calendar; its handler fills the boxes; the acts are carried out in
order at the same instant; then the events are scheduled. So the calendar is written at one place.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.compile import njit


@njit()
def later(t, kind, a, b, m):
    """Ask for an event at time `t`."""
    n = m[c.G_OUT] + 3 * m[c.G_OUT_SIZE]
    m[c.G_OUT_SIZE] += 1
    m[n] = t
    m[n + 1] = kind
    m[n + 2] = a | (b << 32)


@njit()
def later_x(t, kind, x, b, m):
    """Ask for an event that holds exchange `x`."""
    m[x + c.A_REFS] += 1
    later(t, kind, x, b, m)


@njit()
def now(kind, a, b, m):
    """Ask for an act at this instant."""
    n = m[c.G_ACTS] + 2 * m[c.G_ACTS_SIZE]
    m[c.G_ACTS_SIZE] += 1
    m[n] = kind
    m[n + 1] = a | (b << 32)


@njit()
def now_x(kind, x, b, m):
    """Ask for an act that holds exchange `x`."""
    m[x + c.A_REFS] += 1
    now(kind, x, b, m)


@njit()
def release(x, m):
    """Let go of exchange `x`; its row is used again when nobody holds it."""
    m[x + c.A_REFS] -= 1
    if m[x + c.A_REFS] == 0:
        m[x + c.A_REQ] = m[c.G_FREE_EXCHANGE]
        m[c.G_FREE_EXCHANGE] = x
