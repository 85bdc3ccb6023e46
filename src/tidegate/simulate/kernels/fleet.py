"""Which instances are there? They come and go as phases, scalers and health checks say, each with what it has.

An instance that goes in order takes no more and ends what it has; one that goes by itself loses it. Who keeps
a connection to it learns of that at once and connects again; who waits for an answer that is lost does not.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.life import is_lost, is_past
from tidegate.simulate.kernels.nouns import Client, Service, Wave
from tidegate.simulate.kernels.nouns.wave import WaveKind
from tidegate.simulate.kernels.pool import clients_now
from tidegate.simulate.kernels.template import start_wave
from tidegate.simulate.kernels.warmth import freshen, notice
from tidegate.simulate.kernels.wheel import later


@njit()
def cut(instance: Service, t: int, m: Memory) -> None:
    """All connections to an instance break; whether what it has of them is lost says `lost_count`."""
    instance.lives_count += 1
    instance.connections_count = 0
    later(t, Happening.NEXT, instance.at, ZERO, m)
    later(t, Happening.ADMIT, instance.at, ZERO, m)
    service = instance.whole
    for i in range(service.sessions_count):
        wave = service.sessions.on(i)
        population = wave.population
        slots = clients_now(population) * population.places_each_count
        copy = start_wave(wave, WaveKind.RECONNECT, slots, ZERO, ZERO, t, m)
        copy.only = instance


@njit()
def concerns(wave: Wave, client: Client) -> bool:
    """Whether a client has a connection to the instance that a wave is about, from before that went."""
    exchange = client.exchange
    if not exchange.exists or exchange.server.at != wave.only.at or not is_past(exchange, wave.only):
        return False
    return is_lost(exchange, wave.only) or not exchange.request.exists


@njit()
def go(instance: Service, t: int, m: Memory) -> None:
    """An instance goes in order."""
    instance.stands = instance.there_count = instance.fresh_count = 0
    instance.drains = 1
    instance.used_until_ns = t + instance.whole.lag_ns
    cut(instance, t, m)


@njit()
def die(instance: Service, t: int, m: Memory) -> None:
    """An instance goes by itself, with all that it has; it will come back."""
    instance.busy_area_ns += instance.busy_count * (t - instance.accounted_ns)
    instance.accounted_ns = t
    instance.busy_count = 0
    instance.stands = instance.drains = instance.there_count = instance.fresh_count = 0
    instance.is_dead = 1
    instance.used_until_ns = t + instance.whole.lag_ns
    instance.lost_count = instance.lives_count + 1
    cut(instance, t, m)


@njit()
def is_back(instance: Service) -> None:
    """An instance that was killed is away no longer, or was removed meanwhile."""
    if instance.killed_count == 1:
        instance.killed_count = 0
        instance.whole.killed_count -= 1
        instance.whole.ejected_count -= 1


@njit()
def come(instance: Service, t: int, m: Memory) -> None:
    """An instance is there and takes requests."""
    is_back(instance)
    instance.stands = 1
    notice(instance, 1, t)
    instance.drains = 0
    instance.is_dead = 0
    later(t, Happening.NEXT, instance.at, ZERO, m)


@njit()
def settle(service: Service, t: int, m: Memory) -> None:
    """As many instances are there as there should be: the last go first, the first that is missing comes."""
    wanted = max(service.instances_count + service.added_count, 0)
    many = 0
    for k in range(service.rows_count):
        instance = service.first_instance.on(k)
        many += instance.stands + instance.is_dead
    for k in range(service.rows_count - 1, -1, -1):
        instance = service.first_instance.on(k)
        if many > wanted and instance.stands + instance.is_dead > 0:
            many -= 1
            if instance.stands == 1:
                go(instance, t, m)
            instance.is_dead = 0
    for k in range(service.rows_count):
        instance = service.first_instance.on(k)
        if many < wanted and instance.stands + instance.is_dead == 0:
            many += 1
            come(instance, t, m)
    later(t, Happening.NEXT, service.at, ZERO, m)


@njit()
def replace(service: Service, count: int, t: int, m: Memory) -> None:
    """So many instances go, each in its turn; the phase that begins now says how many come in their place."""
    if (
        not service.first_instance.exists
    ):  # those in one queue are counted: who is not back later is fresh now
        freshen(service, count, t)
        return
    for _ in range(service.rows_count):
        if count == 0:
            break
        instance = service.first_instance.on(service.replaced_count % service.rows_count)
        service.replaced_count += 1
        if instance.stands == 1:
            count -= 1
            go(instance, t, m)
    later(t, Happening.SETTLE, service.at, ZERO, m)
