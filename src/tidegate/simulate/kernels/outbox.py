"""What a handler asks for at this instant: acts, carried out in order after it, in a bounded box.

What finds no room in the box goes into the calendar, before everything that is planned there.

Whatever is asked of an exchange holds it: its row is used again only when nobody holds it.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.wheel import later


@njit()
def later_x(t: int, kind: int, x: int, b: int, m: Memory) -> None:
    """Ask for an event that holds exchange `x`."""
    m[x + c.A_REFS] += 1
    later(t, kind, x, b, m)


@njit()
def now(kind: int, a: int, b: int, m: Memory) -> None:
    """Ask for an act at this instant."""
    if m[c.G_ACTS_SIZE] == c.ACTS:
        later(c.ZERO, kind, a, b, m)
        return
    n = m[c.G_ACTS] + 2 * m[c.G_ACTS_SIZE]
    m[c.G_ACTS_SIZE] += 1
    m[n] = kind
    m[n + 1] = a | (b << 32)


@njit()
def now_x(kind: int, x: int, b: int, m: Memory) -> None:
    """Ask for an act that holds exchange `x`."""
    m[x + c.A_REFS] += 1
    now(kind, x, b, m)
