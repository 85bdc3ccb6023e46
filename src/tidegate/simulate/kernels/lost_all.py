"""The last instance that is up of those that share a queue is restarted by its check: all that they had is lost.

What the one process was serving, what waited for it, connections it had accepted and those that were being opened:
its host is still there and resets them. What comes while none is up is no concern of it: `when_down` says what that
meets. Shortcuts: while another is up, it takes over all that the one had and the queue with it, save its share of
connections; an answer that is a transfer already goes on to its end; the calls that its requests wait for are
worked at to their end; a check that was under way is not told, and times out.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.killed import tell_served
from tidegate.simulate.kernels.nouns import Population, Service
from tidegate.simulate.kernels.pool import clients_now
from tidegate.simulate.kernels.service import account
from tidegate.simulate.kernels.wheel import later


@njit()
def none_is_up(checks: Population) -> bool:
    """Whether all instances that these checks look at have been restarted and are not back."""
    instances, out = clients_now(checks), 0
    for i in range(instances):
        out += checks.first_client.on(i).is_cold
    return out == instances


@njit()
def lose_all(service: Service, t: int, m: Memory) -> None:
    """All that a service had is lost; who waits for it is told, and another life of it begins."""
    account(service, t)
    tell_served(service, t, m)
    service.busy_count = service.connections_count = service.logging_in_count = 0
    service.lives_count += 1
    service.lost_count = service.lives_count
    later(t, Happening.NEXT, service.at, ZERO, m)
    later(t, Happening.ADMIT, service.at, ZERO, m)
