"""An instance boots: it takes requests once its boot time is over and its boot calls have been answered.

The script says when an instance is up; here it is held back until its calls are done. Shortcuts: an
instance whose boot call has given up starts over after its boot time, and repeats only the calls that had no
answer; where a run has fewer boot requests than instances, one request holds several.
"""

from __future__ import annotations

from tidegate.simulate.kernels.client import REQUEST, count_latency, counts_of, demand
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.fleet import replace, settle
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.in_turn import first_of, next_of
from tidegate.simulate.kernels.nouns import Client, Population, Request, Service, Wave
from tidegate.simulate.kernels.nouns.request import Begun, Ended, Origin
from tidegate.simulate.kernels.outbox import now
from tidegate.simulate.kernels.pool import clients_now, free_request, number_of
from tidegate.simulate.kernels.service import there
from tidegate.simulate.kernels.template import start_wave
from tidegate.simulate.kernels.untouched import population_of
from tidegate.simulate.kernels.warmth import notice
from tidegate.simulate.kernels.wheel import later

_RESTARTED = -1  # in the place of how many instances have booted: one of a restart has


@njit()
def _groups(wave: Wave) -> int:
    """Into how many parts the instances of a wave fall: each has a request of its own at least."""
    return max(min(wave.booting_count, wave.clients_count), 1)


@njit()
def _instance(wave: Wave, i: int) -> int:
    """The number of the instance that makes the `i`-th boot request of a wave."""
    return (wave.offset + i % _groups(wave)) % max(clients_now(wave.population), 1)


@njit()
def _row(population: Population, number: int) -> Client:
    """What is known of an instance that boots."""
    return population.owner.booters.on(number)


@njit()
def _hold(instance: Client, service: Service, instances: int) -> None:
    instance.held_count += instances
    service.booting_count += instances


@njit()
def _weight(wave: Wave, g: int) -> int:
    """How many instances the `g`-th part of a wave stands for."""
    n = _groups(wave)
    return wave.booting_count * (g + 1) // n - wave.booting_count * g // n


@njit()
def begin_boots(wave: Wave) -> None:
    """Instances that are up from now on are held back from now on."""
    population = wave.population
    if wave.hold_ns == 0 and wave.clients_count > 0:
        for g in range(_groups(wave)):
            _hold(_row(population, _instance(wave, g)), population.owner, _weight(wave, g))


@njit()
def start_in_turn(wave: Wave, g: int, t: int, m: Memory) -> None:
    """The `g`-th instance of a wave in which few start at a time makes all its boot requests."""
    if g == 0:
        if wave.goes == 0:
            begin_boots(wave)
        first_of(wave, max(wave.booting_count, 1), t, m)
    asked = 0
    for k in range(wave.siblings_count + 1):
        one = wave.on(k)
        for i in range(g, one.clients_count if g < _groups(one) else 0, _groups(one)):
            _row(one.population, _instance(one, g)).boots_in_at = wave.at
            ask(one, i, t, m)
            asked += 1
    if wave.goes == 1:
        _go(wave, g, t, m)
    elif asked == 0:  # of a part of the world: it has no request of its own
        next_of(wave, max(wave.booting_count, 1), ZERO, t, m)


@njit()
def _go(wave: Wave, g: int, t: int, m: Memory) -> None:
    """The `g`-th instance of a restart goes: its connections break, and it is away for its boot time at least."""
    many = max(wave.booting_count, 1)
    service = wave.population.owner
    instance = _row(wave.population, (wave.offset + g) % max(clients_now(wave.population), 1))
    instance.boots_in_at = wave.at
    instance.calls_count += 1  # its boot time is one more thing that it waits for
    _hold(instance, service, 1)
    if service.first_instance.exists:
        replace(service, 1, t, m)
    later(t + service.boot_ns, Happening.BOOTED, instance.at, _RESTARTED, m)
    for k in range(wave.breaks_count):
        all_of = wave.breaks.on(k)
        broken = all_of.clients_count * (g + 1) // many - all_of.clients_count * g // many
        start_wave(all_of, all_of.kind, broken, all_of.offset + g, ZERO, t, m)


@njit()
def ask(wave: Wave, i: int, t: int, m: Memory) -> None:
    """The `i`-th boot request of a wave is made."""
    population = wave.population
    number = _instance(wave, i)
    instance = _row(population, number)
    instance.calls_count += 1
    if wave.hold_ns > 0 and i < _groups(wave):
        later(wave.start_ns + wave.hold_ns, Happening.BOOTED, instance.at, _weight(wave, i), m)
    if population.at_once_count > 0 and i >= _groups(wave) * population.at_once_count:
        population.first_client.on(number).owed_count += 1  # it follows as one before it is answered
        return
    now(
        Happening.START,
        demand(population, population.first_client.on(number), Origin.WANTED, t, m).at,
        Begun.FRESH,
        m,
    )


@njit()
def _comes_nearer(instance: Client, service: Service, t: int, m: Memory) -> None:
    """An instance that boots has one thing less to wait for: after the last it takes requests."""
    instance.calls_count -= 1
    if instance.calls_count == 0 and instance.boots_in_at > 0:
        wave = Wave(m, instance.boots_in_at)
        instance.boots_in_at = 0
        boots_first_ns = service.boot_ns if wave.goes == 0 else 0
        next_of(wave, max(wave.booting_count, 1), boots_first_ns, t, m)
    if instance.calls_count == 0 and instance.held_count > 0:
        service.booting_count -= instance.held_count
        instance.held_count = 0
        if service.first_instance.exists:
            settle(service, t, m)
        elif service.warm_ns > 0:
            notice(service, there(service), t)
        now(Happening.NEXT, service.at, ZERO, m)
        now(Happening.ADMIT, service.at, ZERO, m)


@njit()
def booted(instance: Client, instances: int, t: int, m: Memory) -> None:
    """The boot time is over: who still waits for an answer is held back, but once, however often restarted."""
    if instances == _RESTARTED:
        _comes_nearer(instance, population_of(instance, m).owner, t, m)
    elif instance.calls_count > 0:
        _hold(instance, population_of(instance, m).owner, max(instances - instance.held_count, 0))


@njit()
def again(client: Client, t: int, m: Memory) -> None:
    """An instance makes a call that had no answer before it started over, or has waited for its turn."""
    now(Happening.START, demand(population_of(client, m), client, Origin.WANTED, t, m).at, Begun.FRESH, m)


@njit()
def done_boot(request: Request, code: int, t: int, m: Memory) -> None:
    """A boot call has ended: the instance comes one step nearer, or starts over."""
    population = request.population
    client = request.client
    service = population.owner
    population.unanswered_count -= 1
    counts = counts_of(population, m)
    if code == Ended.WELL:
        counts.served_count += 1
        count_latency(population, REQUEST, t - request.since_ns, m)
        if client.owed_count > 0:
            client.owed_count -= 1
            again(client, t, m)
        _comes_nearer(_row(population, number_of(client, population)), service, t, m)
    else:
        counts.failed_count += 1
        later(t + service.boot_ns, Happening.AGAIN, client.at, ZERO, m)
    free_request(request, m)
