"""An instance that uses more memory than it may is killed, with all that it has, and comes back later.

Its host resets its connections: who keeps one learns of it at once, and so does who waits for an answer on one
that is not kept yet. Shortcuts: an answer that is a transfer already goes on to its end; an instance that has gone
in order, and ends what it has, is not killed; the calls that its requests wait for are worked at to their end;
of those who keep connections for calls every so many are broken, not those of that instance.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.filled import tell_lost, unlist_busy
from tidegate.simulate.kernels.fleet import come, die, is_back
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Service
from tidegate.simulate.kernels.outbox import now
from tidegate.simulate.kernels.pool import clients_now
from tidegate.simulate.kernels.service import TAKEN_AT_ONCE
from tidegate.simulate.kernels.template import start_wave
from tidegate.simulate.kernels.wheel import later

_MOST_DOUBLINGS = 30


@njit()
def tell_served(instance: Service, t: int, m: Memory) -> None:
    """Those whom it served at the time are told, some at a time."""
    for _ in range(TAKEN_AT_ONCE):
        exchange = instance.first_busy
        if not exchange.exists:
            return
        unlist_busy(exchange, instance)
        tell_lost(exchange, instance, m)
    later(t, Happening.TELL, instance.at, ZERO, m)


@njit()
def _wait_ns(instance: Service, t: int) -> int:
    """How much longer this restart takes than the first of a row."""
    if instance.backoff_ns == 0:
        return 0
    if t - instance.back_ns > 2 * instance.backoff_most_ns:
        instance.kills_count = 0
    doublings = min(instance.kills_count - 1, _MOST_DOUBLINGS)
    instance.kills_count += 1
    return 0 if doublings < 0 else min(instance.backoff_ns << doublings, instance.backoff_most_ns)


@njit()
def kill(instance: Service, t: int, m: Memory) -> None:
    """An instance is killed, if it is still there."""
    instance.is_overfull = 0
    if instance.stands == 0:
        return
    service = instance.whole
    instance.killed_count = 1
    service.killed_count += 1
    service.ejected_count += 1
    tell_served(instance, t, m)
    die(instance, t, m)
    instance.back_ns = t + _wait_ns(instance, t) + instance.away_ns
    later(instance.back_ns, Happening.COME_BACK, instance.at, instance.lost_count, m)
    number = (instance.at - service.first_instance.at) // Service.SIZE
    instances = max(service.instances_count + service.added_count, 1)
    for i in range(service.callers_count):
        wave = service.callers.on(i)
        count = clients_now(wave.population) * wave.population.places_each_count // instances
        start_wave(wave, wave.kind, count, number, ZERO, t, m)


@njit()
def come_back(instance: Service, life: int, t: int, m: Memory) -> None:
    """An instance that was killed is there again, unless it has been since, or is wanted no more."""
    if instance.killed_count == 1 and instance.lost_count == life:
        if instance.is_dead == 1:
            come(instance, t, m)
            now(Happening.NEXT, instance.whole.at, ZERO, m)
        else:
            is_back(instance)
