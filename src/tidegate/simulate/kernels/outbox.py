"""What a handler asks for at this instant: acts, carried out in order after it, in a bounded box.

What finds no room in the box goes into the calendar, before everything that is planned there.

Whatever is asked of an exchange holds it: its row is used again only when nobody holds it.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.nouns import Exchange, Head
from tidegate.simulate.kernels.nouns.head import ACTS_MOST
from tidegate.simulate.kernels.wheel import later


@njit()
def later_x(t: int, kind: int, exchange: Exchange, b: int, m: Memory) -> None:
    """Ask for an event that holds an exchange."""
    exchange.holders_count += 1
    later(t, kind, exchange.at, b, m)


@njit()
def now(kind: int, a: int, b: int, m: Memory) -> None:
    """Ask for an act at this instant."""
    head = Head(m, 0)
    if head.acts_count == ACTS_MOST:
        later(ZERO, kind, a, b, m)
        return
    act = head.acts.on(head.acts_count)
    head.acts_count += 1
    act.kind = kind
    act.payload = a | (b << 32)


@njit()
def now_x(kind: int, exchange: Exchange, b: int, m: Memory) -> None:
    """Ask for an act that holds an exchange."""
    exchange.holders_count += 1
    now(kind, exchange.at, b, m)
