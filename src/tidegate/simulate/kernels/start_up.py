"""From when on is an instance that starts checked? What its first checks do, and how long a restart waits.

What a failed check does stands in `kernels.steps`. An instance that the script or an autoscaler adds is up at
that moment and began to boot a boot time before. Shortcut: so long it was checked as if each check had
failed, and what that would have done is done as it appears.
"""

from __future__ import annotations

from tidegate.simulate.kernels.client import demand
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Client, Effect, Head, Population
from tidegate.simulate.kernels.nouns.client import UNPROVEN
from tidegate.simulate.kernels.nouns.effect import OnFailure
from tidegate.simulate.kernels.nouns.request import Begun, Origin
from tidegate.simulate.kernels.outbox import now
from tidegate.simulate.kernels.pool import clients_now, here
from tidegate.simulate.kernels.untouched import population_of
from tidegate.simulate.kernels.wheel import later

_MOST_DOUBLINGS = 30


@njit()
def is_starting(client: Client) -> bool:
    """Whether an instance has yet to pass a start-up check."""
    return client.checked_from_ns == UNPROVEN


@njit()
def _checked_from(effect: Effect, started_ns: int) -> int:
    """From when on an instance that started then is checked as ever."""
    return started_ns + effect.initial_delay_ns if effect.initial_delay_ns >= 0 else 0


@njit()
def _begin(client: Client, effect: Effect, started_ns: int, first_ns: int, m: Memory) -> None:
    """An instance has started: from now on, or from its first start-up check on, it is checked."""
    client.streak_count = 0
    client.checked_from_ns = _checked_from(effect, started_ns)
    if effect.startup_ns > 0:
        client.checked_from_ns = UNPROVEN
        later(first_ns, Happening.CHECK, client.at, client.starts_count, m)


@njit()
def wait_ns(client: Client, effect: Effect, t: int) -> int:
    """How long a restart waits; one that comes late enough after the last is the first of a row again."""
    if effect.backoff_ns == 0:
        return 0
    if not is_starting(client) and t - client.up_ns > 2 * effect.backoff_most_ns:
        client.starts_count = 0
    doublings = min(client.starts_count - 1, _MOST_DOUBLINGS)
    return 0 if doublings < 0 else min(effect.backoff_ns << doublings, effect.backoff_most_ns)


@njit()
def restart(client: Client, effect: Effect, t: int, m: Memory) -> None:
    """An instance goes down, waits if it has done so before, and boots."""
    started_ns = t + wait_ns(client, effect, t)
    client.starts_count += 1
    client.up_ns = started_ns + effect.service.boot_ns
    _begin(client, effect, started_ns, started_ns + effect.startup_ns, m)
    later(client.up_ns, Happening.RESTORE, effect.service.at, client.at, m)


@njit()
def passed(client: Client, effect: Effect) -> None:
    """An instance has passed a start-up check."""
    client.streak_count = 0
    client.checked_from_ns = _checked_from(effect, client.up_ns - effect.service.boot_ns)


@njit()
def check(client: Client, start: int, t: int, m: Memory) -> None:
    """A start-up check is due, and after it the next, unless the instance has passed or started anew."""
    population = population_of(client, m)
    if is_starting(client) and client.starts_count == start and here(population, client):
        later(t + population.effect.startup_ns, Happening.CHECK, client.at, start, m)
        now(Happening.START, demand(population, client, Origin.WANTED, t, m).at, Begun.FRESH, m)


@njit()
def _failed_so_far(effect: Effect, interval_ns: int, boot_ns: int) -> int:
    """How many checks of an instance have failed while it booted."""
    if effect.startup_ns > 0:
        return boot_ns // effect.startup_ns
    left_ns = boot_ns - effect.initial_delay_ns
    return left_ns // interval_ns + 1 if effect.initial_delay_ns >= 0 and left_ns >= 0 else 0


@njit()
def appear(population: Population, first: int, count: int, t: int, m: Memory) -> None:
    """Instances are up from now on that were not there: so many, from this number on."""
    effect = population.effect
    if effect.initial_delay_ns < 0 and effect.startup_ns == 0:
        return
    service = effect.service
    needed = effect.startup_failures_count if effect.startup_ns > 0 else effect.failures_count
    interval_ns = max(population.interval_ns * population.clients_count, 1)
    failed = _failed_so_far(effect, interval_ns, service.boot_ns)
    for i in range(count):
        client = population.first_client.on(first + i)
        client.starts_count += 1
        client.up_ns = t
        if failed >= needed and effect.kind == OnFailure.RESTART:
            if client.is_cold == 0:
                service.ejected_count += 1
                client.is_cold = 1
            restart(client, effect, t, m)
        else:
            _begin(client, effect, t - service.boot_ns, t + effect.startup_ns, m)
            client.streak_count = failed


@njit()
def appear_by_phase(t: int, m: Memory) -> None:
    """Instances that a phase adds are up as it begins."""
    head = Head(m, 0)
    for j in range(head.populations_count):
        population = head.populations.on(j)
        if population.appearing_count > 0:
            first = clients_now(population) - population.appearing_count
            appear(population, first, population.appearing_count, t, m)
            population.appearing_count = 0
