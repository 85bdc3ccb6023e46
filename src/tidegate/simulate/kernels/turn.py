"""May an attempt go? A limit that clients keep by themselves: what is too much waits for its turn.

The readable twin is `behaviour.limiter`. Shortcut: where connections are pooled, and for calls, the clients (or
the calling instances) of a population have one limit together, as wide as all of theirs.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Head, Request
from tidegate.simulate.kernels.nouns.request import WHY_SHIFT, Begun, Failure
from tidegate.simulate.kernels.outbox import now
from tidegate.simulate.kernels.retry import may_start
from tidegate.simulate.kernels.wheel import later

GENERATION = 0x1FFFFFFF  # with what it comes with, a generation fits into half a word


@njit()
def _take_turn(request: Request, t: int, m: Memory) -> bool:
    """Take the next turn; True where that is now, else the request goes on, or fails, by itself."""
    population = request.population
    holder = population.first_client if population.shares_turns == 1 else request.client
    full_ns = max(holder.turn_from_ns, t)
    wait_ns = max(full_ns - t - population.turn_burst_ns, 0)
    if population.turn_longest_ns >= 0 and wait_ns > population.turn_longest_ns:
        now(Happening.FAIL, request.at, Failure.LIMITED << WHY_SHIFT, m)
        return False
    holder.turn_from_ns = full_ns + population.turn_ns
    if wait_ns == 0:
        return True
    head = Head(m, 0)
    head.generation += 1
    request.generation = head.generation & GENERATION
    later(t + wait_ns, Happening.START, request.at, Begun.PACED | (request.generation << 2), m)
    return False


@njit()
def may_go(request: Request, t: int, m: Memory, f: Memory) -> bool:
    """Ask the breakers and the client's own limit for a new attempt; where one says no, that goes its way."""
    request.tries_count += 1
    refusing = may_start(request, t, f)
    if refusing >= 0:
        now(Happening.FAIL, request.at, (1 + refusing) | (Failure.BREAKER << WHY_SHIFT), m)
        return False
    return request.population.turn_ns == 0 or _take_turn(request, t, m)
