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
def _standing(service: Service, until: int) -> int:
    """How many of the first `until` instances are there."""
    count = 0
    for k in range(until):
        count += service.first_instance.on(k).stands
    return count


@njit()
def _make_anew(service: Service, rank: int, standing: int, t: int, m: Memory) -> None:
    """Whose clients keep connections to each of so many instances makes those to one of them anew."""
    for i in range(service.sessions_count):
        wave = service.sessions.on(i)
        population = wave.population
        slots = clients_now(population) * population.places_each_count
        start_wave(wave, WaveKind.RECONNECT, -(-slots // max(standing, 1)), rank, ZERO, t, m)


@njit()
def cut(instance: Service, rank: int, standing: int, t: int, m: Memory) -> None:
    """All connections to an instance break, one of so many; what of them is lost says `lost_count`."""
    instance.lives_count += 1
    instance.connections_count = 0
    later(t, Happening.NEXT, instance.at, ZERO, m)
    later(t, Happening.ADMIT, instance.at, ZERO, m)
    service = instance.whole
    if service.by_request == 1:
        _make_anew(service, rank, standing, t, m)
        return
    for i in range(service.sessions_count):
        wave = service.sessions.on(i)
        population = wave.population
        slots = clients_now(population) * population.places_each_count
        copy = start_wave(wave, WaveKind.RECONNECT, slots, ZERO, ZERO, t, m)
        copy.only = instance


@njit()
def rank_of_instance(instance: Service) -> int:
    """How many instances are there before this one."""
    first = instance.whole.first_instance
    return _standing(instance.whole, (instance.at - first.at) // Service.SIZE)


@njit()
def cut_alone(instance: Service, t: int, m: Memory) -> None:
    """All connections to an instance break, and to no other."""
    service = instance.whole
    cut(instance, rank_of_instance(instance), _standing(service, service.rows_count), t, m)


@njit()
def concerns(wave: Wave, client: Client) -> bool:
    """Whether a client has a connection to the instance that a wave is about, from before that went."""
    exchange = client.exchange
    if not exchange.exists or exchange.server.at != wave.only.at or not is_past(exchange, wave.only):
        return False
    return is_lost(exchange, wave.only) or not exchange.request.exists


@njit()
def go(instance: Service, rank: int, standing: int, t: int, m: Memory) -> None:
    """An instance goes in order, one of so many."""
    instance.stands = instance.there_count = instance.fresh_count = 0
    instance.drains = 1
    instance.used_until_ns = t + instance.whole.lag_ns
    cut(instance, rank, standing, t, m)


@njit()
def die(instance: Service, t: int, m: Memory) -> None:
    """An instance goes by itself, with all that it has; it will come back."""
    instance.busy_area_ns += instance.busy_count * (t - instance.accounted_ns)
    instance.accounted_ns = t
    instance.busy_count = 0
    rank, standing = rank_of_instance(instance), _standing(instance.whole, instance.whole.rows_count)
    instance.stands = instance.drains = instance.there_count = instance.fresh_count = 0
    instance.is_dead = 1
    instance.used_until_ns = t + instance.whole.lag_ns
    instance.lost_count = instance.lives_count + 1
    cut(instance, rank, standing, t, m)


@njit()
def is_back(instance: Service) -> None:
    """An instance that was killed is away no longer, or was removed meanwhile."""
    if instance.killed_count == 1:
        instance.killed_count = 0
        instance.whole.killed_count -= 1
        instance.whole.ejected_count -= 1


@njit()
def _come(instance: Service, rank: int, standing: int, t: int, m: Memory) -> None:
    """An instance is there and takes requests, one of so many."""
    is_back(instance)
    instance.stands = 1
    notice(instance, 1, t)
    instance.drains = 0
    instance.is_dead = 0
    later(t, Happening.NEXT, instance.at, ZERO, m)
    if instance.whole.by_request == 1 and t > 0:
        _make_anew(instance.whole, rank, standing, t, m)


@njit()
def come(instance: Service, t: int, m: Memory) -> None:
    """An instance is there again."""
    service = instance.whole
    _come(instance, rank_of_instance(instance), _standing(service, service.rows_count) + 1, t, m)


@njit()
def settle(service: Service, t: int, m: Memory) -> None:
    """As many instances are there as there should be: the last go first, the first that is missing comes."""
    wanted = max(service.instances_count + service.added_count - service.booting_count, 0)
    many = 0
    for k in range(service.rows_count):
        instance = service.first_instance.on(k)
        many += instance.stands + instance.is_dead
    standing = _standing(service, service.rows_count)
    rank = standing
    for k in range(service.rows_count - 1, -1, -1):
        instance = service.first_instance.on(k)
        if many > wanted and instance.stands + instance.is_dead > 0:
            many -= 1
            if instance.stands == 1:
                rank -= 1
                go(instance, rank, standing, t, m)
            instance.is_dead = 0
    for k in range(service.rows_count):
        instance = service.first_instance.on(k)
        if many < wanted and instance.stands + instance.is_dead == 0:
            many += 1
            _come(instance, rank, wanted, t, m)
            rank += 1
    later(t, Happening.NEXT, service.at, ZERO, m)


@njit()
def replace(service: Service, count: int, t: int, m: Memory) -> None:
    """So many instances go, each in its turn; the phase that begins now says how many come in their place."""
    if (
        not service.first_instance.exists
    ):  # those in one queue are counted: who is not back later is fresh now
        freshen(service, count, t)
        return
    standing, rank = _standing(service, service.rows_count), 0
    for _ in range(service.rows_count):
        if count == 0:
            break
        instance = service.first_instance.on(service.replaced_count % service.rows_count)
        service.replaced_count += 1
        if instance.stands == 1:
            count -= 1
            go(instance, rank, standing, t, m)
            rank += 1
    later(t, Happening.SETTLE, service.at, ZERO, m)
