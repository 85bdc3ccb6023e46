"""What the script or a health probe does to the world while it runs."""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.boot import ask, begin_boots, start_in_turn
from tidegate.simulate.kernels.caching import cacheable
from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.client import (
    REQUEST,
    THOUGHTS,
    ask_for,
    count_latency,
    demand,
    detach,
    drop_connection,
    hang_up,
    start,
)
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.elementary import minus_log
from tidegate.simulate.kernels.fleet import come, concerns, cut_alone, die, settle
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.in_turn import awaits, first_of
from tidegate.simulate.kernels.instance_pool import place
from tidegate.simulate.kernels.life import is_past
from tidegate.simulate.kernels.lost_all import lose_all, none_is_up
from tidegate.simulate.kernels.nouns import (
    Client,
    Effect,
    Exchange,
    Head,
    Population,
    Request,
    Service,
    Wave,
)
from tidegate.simulate.kernels.nouns.client import NotFree
from tidegate.simulate.kernels.nouns.effect import OnFailure
from tidegate.simulate.kernels.nouns.population import Kind, Opening
from tidegate.simulate.kernels.nouns.request import WHY_SHIFT, Begun, Ended, Failure, Origin, Without
from tidegate.simulate.kernels.nouns.service import Answer
from tidegate.simulate.kernels.nouns.wave import WaveKind
from tidegate.simulate.kernels.outbox import now, now_x
from tidegate.simulate.kernels.pool import clients_now, free_request, give_back_slot, here, number_of, rank_of
from tidegate.simulate.kernels.retry import first_layers
from tidegate.simulate.kernels.signal import calls
from tidegate.simulate.kernels.start_up import is_starting, passed, restart
from tidegate.simulate.kernels.template import start_wave
from tidegate.simulate.kernels.untouched import connection_of, has_connection, population_of
from tidegate.simulate.kernels.warmth import freshen
from tidegate.simulate.kernels.wheel import give_back, later
from tidegate.simulate.kernels.wire import fill


@njit()
def _anyone(population: Population, n: int, m: Memory) -> Client:
    """The client of an open population that has its `n`-th demand."""
    count = clients_now(population)
    i = min(int(uniform(Cause.SPREAD, population.number, n, m) * count), max(count - 1, 0))
    return population.first_client.on(i)


@njit()
def arrive(population: Population, chain: int, t: int, m: Memory, f: Memory) -> None:
    """The next open demand (or health check) of a population, and the one after it."""
    if chain != population.chain or population.interval_ns <= 0:
        return
    n = population.next_serial
    gap = population.interval_ns
    if population.added_count != 0:  # health checks: each instance has its own interval
        gap = gap * population.clients_count // max(clients_now(population), 1)
    if population.is_paced == 0:
        gap = int(minus_log(uniform(Cause.ARRIVAL, population.number, population.arrivals_count, m)) * gap)
    turn = population.arrivals_count
    population.arrivals_count = turn + 1
    later(t + max(gap, 1), Happening.ARRIVE, population.at, chain, m)
    if population.kind == Kind.IDLE:
        _knock(population, turn, t, m, f)
        return
    if population.is_pooled == 1:
        client = Client(m, -1)
    elif population.kind == Kind.PROBE:
        client = population.first_client.on(turn % max(clients_now(population), 1))
        if t < client.checked_from_ns:
            return
    else:
        client = _anyone(population, n, m)
    start(demand(population, client, Origin.WANTED, t, m), Begun.FRESH, t, m, f)


@njit()
def _knock(population: Population, turn: int, t: int, m: Memory, f: Memory) -> None:
    """A client that keeps connections and has not got one tries to make it, with nothing to ask."""
    owner = population.connects_for
    i = turn % max(clients_now(owner) * owner.places_each_count, 1)
    if not has_connection(owner.first_client.on(i), owner):
        start(demand(population, population.first_client.on(i), Origin.WANTED, t, m), Begun.FRESH, t, m, f)


@njit()
def wake(client: Client, b: int, t: int, m: Memory) -> None:
    """A closed client has paused long enough, unless it was called on meanwhile or has left."""
    population = population_of(client, m)
    if ((client.draws_count - 1) & THOUGHTS) != b or client.request.exists:
        return
    if here(population, client):
        now(Happening.START, demand(population, client, Origin.WANTED, t, m).at, Begun.FRESH, m)
    elif has_connection(client, population):
        hang_up(connection_of(client, population, m), t, m)
        drop_connection(client, t, m)


@njit()
def drain(population: Population, t: int, m: Memory) -> None:
    """Offer one deferred piece of work again."""
    if population.backlog_count == 0 or population.drain_ns <= 0:
        population.is_draining = 0
        return
    population.backlog_count -= 1
    n = population.next_serial
    client = _anyone(population, n, m) if population.is_pooled == 0 else Client(m, -1)
    now(Happening.START, demand(population, client, Origin.WANTED, t, m).at, Begun.FRESH, m)
    later(t + population.drain_ns, Happening.DRAIN, population.at, 0, m)


@njit()
def wave(wave: Wave, i: int, t: int, m: Memory) -> None:
    """One client of a wave acts; the next follows in its time."""
    head = Head(m, 0)
    n = wave.clients_count
    scripted = wave.at < head.waves_end
    in_turn = wave.at_once_count > 0
    if in_turn and wave.kind == WaveKind.REQUESTS:
        start_in_turn(wave, i, t, m)
        return
    if i >= n:
        if not scripted:
            give_back(wave.at, head.waves, m)
        return
    if i == 0 and wave.kind == WaveKind.REQUESTS:
        begin_boots(wave)
    if in_turn and i == 0:
        first_of(wave, n, t, m)
    if not in_turn and (i + 1 < n or not scripted):
        later(wave.start_ns + wave.spread_ns * (i + 1) // n, Happening.WAVE, wave.at, i + 1, m)
    population = wave.population
    comes_or_goes = wave.kind == WaveKind.CLIENTS or wave.kind == WaveKind.LEAVE
    if i == 0 and comes_or_goes and scripted:
        wave.offset += population.added_count  # a scripted change comes after what a scaler has added
    if wave.kind == WaveKind.REQUESTS:
        ask(wave, i, t, m)
        return
    if comes_or_goes:
        now(Happening.REACT, population.first_client.on(wave.offset + i).at, wave.at, m)
        return
    # Every so many clients one acts, so that a share is spread over the population.
    slots = clients_now(population) * population.places_each_count
    client = population.first_client.on((wave.offset + i * slots // max(n, 1)) % max(slots, 1))
    if not wave.only.exists or concerns(wave, client):
        now(Happening.REACT, client.at, wave.at, m)


@njit()
def _leave(client: Client, t: int, m: Memory) -> None:
    """The connection of a client that has left is closed; one that is in use, when it is given back."""
    population = population_of(client, m)
    exchange = connection_of(client, population, m)
    if exchange.exists and not exchange.request.exists and not here(population, client):
        hang_up(exchange, t, m)
        drop_connection(client, t, m)


@njit()
def _opening(client: Client, m: Memory) -> Exchange:
    """The connection that a client is just opening, where whom it leads to knows of it; none else."""
    exchange = client.request.exchange if client.request.exists else Exchange(m, -1)
    known = flag.KEPT | flag.SYN_SEEN
    if exchange.exists and exchange.flags & known == known and not is_past(exchange, exchange.server):
        return exchange
    return Exchange(m, -1)


@njit()
def react(client: Client, wave: Wave, t: int, m: Memory) -> None:
    """A client breaks its connection, if it keeps one, and makes a new one."""
    if not wave.exists or wave.kind == WaveKind.LEAVE:
        _leave(client, t, m)
        return
    population = wave.population
    comes = wave.kind == WaveKind.CLIENTS and population.opening != Opening.AT_ONCE
    if comes and rank_of(client, population) >= population.opens_each_count:
        place(client, population, t, m)
        return
    layer = wave.policy
    client.is_cold = wave.is_cold
    exchange = connection_of(client, population, m)
    if wave.cuts == 1 and not exchange.exists:
        exchange = _opening(client, m)
    broken = exchange.exists
    busy = Request(m, -1)
    if exchange.exists:
        busy = exchange.request
        hang_up(exchange, t, m)
        drop_connection(client, t, m)
        if busy.exists:
            detach(busy, exchange, t, m)
            busy.generation = 0
            now(Happening.FAIL, busy.at, Failure.REFUSED << WHY_SHIFT, m)
    if wave.kind == WaveKind.RECONNECT and (
        population.opening == Opening.LAZY or (population.opening == Opening.EAGER and not broken)
    ):
        return  # opened anew as it is needed
    slots = population.is_pooled == 1
    if not busy.exists and not slots and population.kind != Kind.OPEN:
        busy = client.request
    if slots and client.request.exists:
        busy = client.request
    if not busy.exists and not (slots and client.next_free.at == NotFree.IN_USE):
        closed = population.kind == Kind.CLOSED or population.kind == Kind.ONCE
        if closed:
            client.draws_count += 1
        busy = demand(population, client, Origin.WANTED if closed else Origin.RECONNECTS, t, m)
        now(Happening.START, busy.at, Begun.FRESH, m)
        if slots:
            client.request = busy
    if busy.exists and layer >= 0:
        busy.policy = layer
        busy.retries = first_layers(layer)
    if wave.at_once_count > 0:
        awaits(client, wave, busy.exists, t, m)


@njit()
def done_probe(request: Request, code: int, t: int, m: Memory) -> None:
    """A health check has passed or failed: count it, and act at its threshold."""
    population = request.population
    client = request.client
    effect = population.effect
    service = effect.service
    population.unanswered_count -= 1
    client.request = -1
    streak = client.streak_count  # > 0 failures in a row, < 0 successes in a row
    out_now = client.is_cold == 1  # this instance is ejected, or boots
    streak = min(streak, 0) - 1 if code == Ended.WELL else max(streak, 0) + 1
    client.streak_count = streak
    free_request(request, m)
    instance = Service(m, -1)
    if service.first_instance.exists:
        instance = service.first_instance.on(min(number_of(client, population), service.rows_count - 1))
        if instance.stands == 0 and not out_now:  # nobody is there to be checked
            client.streak_count = 0
            return
    starting = is_starting(client)
    if starting and code == Ended.WELL:
        passed(client, effect)
        return
    if out_now and effect.kind == OnFailure.EJECT and -streak >= effect.successes_count:
        now(Happening.RESTORE, service.at, client.at, m)
    while_booting = effect.kind == OnFailure.RESTART and effect.initial_delay_ns >= 0
    needed = effect.startup_failures_count if starting else effect.failures_count
    if (out_now and not starting and not while_booting) or streak < needed:
        return
    client.streak_count = 0
    instances = service.instances_count + service.added_count
    left = instances - service.ejected_count - 1
    if effect.kind != OnFailure.DROP_SESSIONS:
        if not out_now:
            if left < effect.panic_ppm * 1e-6 * instances:
                return
            service.ejected_count += 1
            client.is_cold = 1
        if effect.kind == OnFailure.RESTART:
            restart(client, effect, t, m)
    if instance.exists:
        _act_on(instance, effect.kind, t, m)
    elif effect.kind == OnFailure.RESTART and none_is_up(population):
        lose_all(service, t, m)
        instances = 1  # it had all connections
    if effect.kind != OnFailure.EJECT:
        _break_sessions(effect, number_of(client, population), max(instances, 1), t, m)


@njit()
def _act_on(instance: Service, kind: int, t: int, m: Memory) -> None:
    """An instance with a queue of its own has failed its checks."""
    if kind == OnFailure.EJECT:
        instance.is_out = 1
    elif kind == OnFailure.RESTART:
        die(instance, t, m)
    else:
        cut_alone(instance, t, m)


@njit()
def _break_sessions(effect: Effect, instance: int, instances: int, t: int, m: Memory) -> None:
    """The connections of one instance break: that share of each population reconnects."""
    for i in range(effect.waves_count):
        wave = effect.waves.on(i)
        population = wave.population
        if effect.service.first_instance.exists and population.service.at == effect.service.at:
            continue  # whose connection was to this instance is known
        if wave.kind == WaveKind.REQUESTS:
            count = wave.clients_count
        else:
            count = clients_now(population) * population.places_each_count // instances
        start_wave(wave, wave.kind, count, instance, 1, t, m)


@njit()
def restore(service: Service, client: Client, t: int, m: Memory) -> None:
    """An ejected or restarted instance takes requests again, unless it has been restarted once more."""
    if client.is_cold == 1 and t >= client.up_ns:
        if service.first_instance.exists:
            number = number_of(client, population_of(client, m))
            instance = service.first_instance.on(min(number, service.rows_count - 1))
            instance.is_out = 0
            if instance.is_dead == 1 and service.booters.exists:
                instance.is_dead = 0
                settle(service, t, m)  # it comes now, or once its boot calls are answered
            elif instance.is_dead == 1:
                come(instance, t, m)
        elif service.warm_ns > 0 and population_of(client, m).effect.kind == OnFailure.RESTART:
            freshen(service, 1, t)
        client.is_cold = 0
        if not is_starting(client):
            client.streak_count = 0
        service.ejected_count -= 1
        now(Happening.NEXT, service.at, ZERO, m)


@njit()
def done_lookup(request: Request, code: int, t: int, m: Memory) -> None:
    """A name lookup has ended: its request goes on to connect, or this attempt has failed."""
    population = request.population
    parent = Request(m, request.parent)
    client = request.client
    same = request.asked_for == (parent.serial << 10) | (parent.tries_count & 1023)
    if code == Ended.WELL:
        client.name_until_ns = t + population.ttl_ns
    if same and parent.exchange.at == Without.NOTHING:
        if code == Ended.WELL:
            now(Happening.START, parent.at, Begun.RESOLVED | (parent.generation << 2), m)
        else:
            now(Happening.FAIL, parent.at, Failure.NAME << WHY_SHIFT, m)
    free_request(request, m)


@njit()
def done_errand(request: Request, code: int, t: int, m: Memory) -> None:
    """Another service was asked what comes before a connection: the next is asked, or its request connects."""
    parent = Request(m, request.parent)
    same = request.asked_for == (parent.serial << 10) | (parent.tries_count & 1023)
    if same and parent.exchange.at == Without.NOTHING:
        following = request.population.next_errand
        if code != Ended.WELL:
            now(Happening.FAIL, parent.at, Failure.ERROR << WHY_SHIFT, m)
        elif following.exists:
            ask_for(parent, following, t, m)
        else:
            parent.exchange = Without.RAN_ERRANDS
            now(Happening.START, parent.at, Begun.RESOLVED | (parent.generation << 2), m)
    free_request(request, m)


@njit()
def done_call(request: Request, code: int, t: int, m: Memory) -> None:
    """A call for a request being served has ended: the request goes on, or fails."""
    population = request.population
    slot = request.client
    if population.is_pooled == 1 and slot.exists and slot.next_free.at == NotFree.IN_USE:
        give_back_slot(population, slot, t, m)
    exchange = Exchange(m, request.parent)
    caller = exchange.server
    if caller.reads_cpu == 1:
        calls(caller, -1, t)
    cache = population.cache
    if code == Ended.WELL and cache.exists and cache.is_aside == 1 and cacheable(cache, request.serial, m):
        fill(cache)
    if code == Ended.WELL:
        count_latency(population, REQUEST, t - request.since_ns, m)
    free_request(request, m)
    exchange.calls_done_count += 1
    now_x(Happening.SERVED, exchange, Answer.WELL if code == Ended.WELL else Answer.FAILED, m)
    exchange.holders_count -= 1
