"""The event engine: takes happenings in order of time and hands each to its handler.

It never allocates: it returns when it is done, when it has worked for a while (so that the host
can show progress and hear an interrupt), or when a pool is full (the host grows it).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidegate.simulate.kernels.age import has_age, stand_at_an_age, too_old
from tidegate.simulate.kernels.boot import again, booted, done_boot
from tidegate.simulate.kernels.built import entry_points
from tidegate.simulate.kernels.caching import in_cache
from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.client import (
    connect,
    done_demand,
    fail,
    new_request,
    start,
    think,
)
from tidegate.simulate.kernels.compile import LIBRARY, SOURCES, ZERO, Memory, njit, pointer
from tidegate.simulate.kernels.device import depart, send
from tidegate.simulate.kernels.device_scaler import enlarge, measure, remap, speed_up
from tidegate.simulate.kernels.elementary import minus_log
from tidegate.simulate.kernels.filled import answer_of_lost, unlist_busy, weigh
from tidegate.simulate.kernels.fleet import replace, settle
from tidegate.simulate.kernels.flow import expire, fade, hold_old, release
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.in_turn import is_ready
from tidegate.simulate.kernels.instance_pool import close_idle
from tidegate.simulate.kernels.killed import come_back, kill, tell_served
from tidegate.simulate.kernels.life import is_lost
from tidegate.simulate.kernels.login import logged_in
from tidegate.simulate.kernels.nouns import (
    Client,
    Crossing,
    Device,
    Exchange,
    Head,
    OldHold,
    Population,
    Request,
    Service,
    Wave,
)
from tidegate.simulate.kernels.nouns.head import Status
from tidegate.simulate.kernels.nouns.population import Kind
from tidegate.simulate.kernels.nouns.request import Begun
from tidegate.simulate.kernels.nouns.service import Answer
from tidegate.simulate.kernels.outbox import now
from tidegate.simulate.kernels.overdue import time_out
from tidegate.simulate.kernels.packet import Packet, kind_of
from tidegate.simulate.kernels.pool import clients_now, release_slots
from tidegate.simulate.kernels.port_block import grow
from tidegate.simulate.kernels.sample import sample
from tidegate.simulate.kernels.scaling import add_instances, tick
from tidegate.simulate.kernels.service import (
    accept_waiting,
    account,
    login_over,
    take_next,
    there,
)
from tidegate.simulate.kernels.signal import calls
from tidegate.simulate.kernels.standing import connect_eagerly, stand_in_turn
from tidegate.simulate.kernels.start_up import appear_by_phase, check
from tidegate.simulate.kernels.steps import (
    arrive,
    done_call,
    done_errand,
    done_lookup,
    done_probe,
    drain,
    react,
    restore,
    wake,
    wave,
)
from tidegate.simulate.kernels.stray import stray
from tidegate.simulate.kernels.transfer import go_on
from tidegate.simulate.kernels.untouched import has_connection
from tidegate.simulate.kernels.warmth import notice
from tidegate.simulate.kernels.wheel import KIND_MASK, advance, drop_first, later
from tidegate.simulate.kernels.wire import reply, resend, to_client, to_service

PAUSE_EVENTS = 1 << 21
_LOW = 0xFFFFFFFF


@njit()
def _take_parameters(row: int, at: int, words: int, m: Memory) -> int:
    """Copy so many parameters from `at` into a row; where the next row's begin."""
    for k in range(words):
        m[row + k] = m[at + k]
    return at + words


@njit()
def _age_anew(population: Population, t: int, m: Memory) -> None:
    """Connections may become older, or less old, than before: those that stand have all ages."""
    for j in range(population.clients_count * population.places_each_count):
        client = population.first_client.on(j)
        if has_connection(client, population):
            stand_at_an_age(client, population, t, m)


@njit()
def _take_phase(i: int, t: int, m: Memory) -> None:
    """From now on these are the world's numbers; state stays as it is."""
    head = Head(m, 0)
    at = head.phases_at + i * head.phase_words
    for j in range(head.populations_count):
        population = head.populations.on(j)
        if population.effect.exists:  # of a service's checks: instances that come now
            population.appearing_count = Population(m, at).clients_count - population.clients_count
        coming = Population(m, at)
        changed = population.interval_ns != coming.interval_ns
        aged = population.age_ns != coming.age_ns or population.served_age_ns != coming.served_age_ns
        at = _take_parameters(population.at, at, Population.PARAMETERS, m)
        if changed and population.interval_ns > 0:
            population.chain += 1
            now(Happening.RENEW, population.at, population.chain, m)
        if aged and has_age(population):
            _age_anew(population, t, m)
        if population.backlog_count > 0 and population.is_draining == 0 and population.drain_ns > 0:
            population.is_draining = 1
            later(t + population.drain_ns, Happening.DRAIN, population.at, ZERO, m)
    for j in range(head.crossings_count):
        crossing = head.crossings.on(j)
        remap(crossing, Crossing(m, at).devices_count, m)
        at = _take_parameters(crossing.at, at, Crossing.PARAMETERS, m)
    for j in range(head.devices_count):
        device = head.devices.on(j)
        changed = device.stray_ns != Device(m, at).stray_ns
        at = _take_parameters(device.at, at, Device.PARAMETERS, m)
        if changed and device.stray_ns > 0:
            device.stray_chain += 1
            later(t + device.stray_ns, Happening.STRAY, device.at, device.stray_chain, m)
    for j in range(head.crossings_count):
        if head.crossings.on(j).grows_capacity == 1:
            speed_up(head.crossings.on(j), m)
    for j in range(head.services_count):
        service = head.services.on(j)
        account(service, t)
        at = _take_parameters(service.at, at, Service.PARAMETERS, m)
        weigh(service, t, m)
        now(Happening.NEXT, service.at, ZERO, m)
        now(Happening.ADMIT, service.at, ZERO, m)
    for j in range(head.services_count):
        service = head.services.on(j)
        if service.first_instance.exists:
            settle(service, t, m)
        elif service.warm_ns > 0 and not service.whole.exists:
            notice(service, there(service), t)
    appear_by_phase(t, m)
    for j in range(head.caches_count):
        if m[head.flush_at + i * head.caches_count + j] == 1:
            head.caches.on(j).filled_count = 0


@njit()
def _served(exchange: Exchange, b: int, t: int, m: Memory, f: Memory) -> None:
    """A worker is done with a request, or one of its calls has ended (`FAILED`: badly)."""
    service = exchange.server
    if is_lost(exchange, service):
        unlist_busy(exchange, service)
        reply(exchange, answer_of_lost(exchange, service), t, m, f)
        return
    if b == Answer.WELL:
        at = exchange.calls_done_count
        while at < service.calls_count:
            call = Population(m, m[service.calls_at + at])
            if not call.cache.exists or not in_cache(call.cache, exchange.serial + at, m):
                break
            at += 1
        exchange.calls_done_count = at
        if at < service.calls_count:
            call = Population(m, m[service.calls_at + at])
            caller = Client(m, -1)
            if call.is_pooled == 0:
                caller = call.first_client.on(call.next_serial % max(clients_now(call), 1))
            exchange.holders_count += 1
            if service.reads_cpu == 1:
                calls(service, 1, t)
            now(Happening.START, new_request(call, caller, exchange.at, t, m).at, Begun.FRESH, m)
            return
    account(service, t)
    service.busy_count -= 1
    unlist_busy(exchange, service)
    service.served_count += 1
    reply(exchange, b, t, m, f)
    take_next(service, t, m)


@njit()
def _done(request: Request, code: int, t: int, m: Memory) -> None:
    """A request has ended."""
    kind = request.population.kind
    if kind == Kind.CALL and request.parent >= 0:
        done_call(request, code, t, m)
    elif kind == Kind.LOOKUP:
        done_lookup(request, code, t, m)
    elif kind == Kind.ERRAND:
        done_errand(request, code, t, m)
    elif kind == Kind.PROBE:
        done_probe(request, code, t, m)
    elif kind == Kind.BOOT:
        done_boot(request, code, t, m)
    else:
        if request.population.starting_count > 0 and request.client.exists:
            is_ready(request.client, request.population, t, m)
        done_demand(request, code, t, m)


@njit()
def _renew(population: Population, chain: int, t: int, m: Memory) -> None:
    """A changed rate begins a new chain of arrivals; the old one ends by itself."""
    u = uniform(Cause.ARRIVAL, population.number, (1 << 40) + chain, m)
    gap = int(minus_log(u) * population.interval_ns)
    later(t + max(gap, 1), Happening.ARRIVE, population.at, chain, m)


@njit()
def _rarely(kind: int, a: int, b: int, t: int, m: Memory) -> None:
    """Happenings that come seldom."""
    head = Head(m, 0)
    if kind == Happening.WAVE:
        wave(Wave(m, a), b, t, m)
    elif kind == Happening.REACT:
        react(Client(m, a), Wave(m, b), t, m)
    elif kind == Happening.DRAIN:
        drain(Population(m, a), t, m)
    elif kind == Happening.SAMPLE:
        later(t + head.look_ns, Happening.SAMPLE, ZERO, ZERO, m)
        sample(t, m)
    elif kind == Happening.PHASE:
        _take_phase(a, t, m)
    elif kind == Happening.ADMIT:
        accept_waiting(Service(m, a), t, m)
    elif kind == Happening.RENEW:
        _renew(Population(m, a), b, t, m)
    elif kind == Happening.TICK:
        tick(Service(m, a), b, t, m)
    elif kind == Happening.ADD:
        add_instances(Service(m, a), b, t, m)
    elif kind == Happening.RESTORE:
        restore(Service(m, a), Client(m, b), t, m)
    elif kind == Happening.CONNECT:
        connect(Client(m, a), t, m)
    elif kind == Happening.BOOTED:
        booted(Client(m, a), b, t, m)
    elif kind == Happening.AGAIN:
        again(Client(m, a), t, m)
    elif kind == Happening.FADE:
        fade(OldHold(m, a), t, m)
    elif kind == Happening.REST:
        close_idle(Client(m, a), t, m)
    elif kind == Happening.GROW:
        grow(Device(m, a), b, m)
    elif kind == Happening.STRAY:
        stray(Device(m, a), b, t, m)
    elif kind == Happening.TRANSFER:
        go_on(b, t, m)
    elif kind == Happening.MEASURE:
        measure(Crossing(m, a), t, m)
    elif kind == Happening.ENLARGE:
        enlarge(Crossing(m, a), b, m)
    elif kind == Happening.SETTLE:
        if b > 0:
            replace(Service(m, a), b, t, m)
        else:
            settle(Service(m, a), t, m)
    elif kind == Happening.LOGGED_IN:
        logged_in(Exchange(m, a), Exchange(m, a).server)
        release(Exchange(m, a), t, m)
    elif kind == Happening.LOGIN_OVER:
        login_over(Exchange(m, a), m)
        release(Exchange(m, a), t, m)
    elif kind == Happening.CHECK:
        check(Client(m, a), b, t, m)
    elif kind == Happening.AGE:
        too_old(Client(m, a), b, t, m)
    elif kind == Happening.KILL:
        kill(Service(m, a), t, m)
    elif kind == Happening.TELL:
        tell_served(Service(m, a), t, m)
    elif kind == Happening.COME_BACK:
        come_back(Service(m, a), b, t, m)


@njit()
def _happen(kind: int, a: int, b: int, t: int, m: Memory, f: Memory) -> None:
    """Carry out one happening."""
    if kind <= Happening.REPLY:
        if kind == Happening.SEND:
            send(Exchange(m, a), b, t, m)
        elif kind == Happening.DELIVER:
            if kind_of(b) < Packet.SYNACK:
                to_service(Exchange(m, a), b, t, m)
            else:
                to_client(Exchange(m, a), b, t, m, f)
        elif kind == Happening.RESEND:
            resend(Exchange(m, a), b, t, m)
        elif kind == Happening.SERVED:
            _served(Exchange(m, a), b, t, m, f)
        else:
            reply(Exchange(m, a), b, t, m, f)
        release(Exchange(m, a), t, m)
    elif kind == Happening.TIMEOUT:
        time_out(Request(m, a), b, t, m, f)
    elif kind == Happening.START:
        start(Request(m, a), b, t, m, f)
    elif kind == Happening.DONE:
        _done(Request(m, a), b, t, m)
    elif kind == Happening.FAIL:
        fail(Request(m, a), b, t, m, f)
    elif kind == Happening.NEXT:
        take_next(Service(m, a), t, m)
    elif kind == Happening.EXPIRE:
        expire(Device(m, a), b, m)
    elif kind == Happening.DEPART:
        depart(Device(m, a), t, m)
    elif kind == Happening.THINK:
        wake(Client(m, a), b, t, m)
    elif kind == Happening.ARRIVE:
        arrive(Population(m, a), b, t, m, f)
    else:
        _rarely(kind, a, b, t, m)


@njit()
def prepare_at(m: Memory, script: Memory, words: int) -> None:
    """Time zero: the script is in the calendar, kept connections stand, clients begin to think.

    `script` holds so many words, in rows of time, kind, a and b.
    """
    head = Head(m, 0)
    for i in range(words // 4):
        at = 4 * i
        later(script[at], script[at + 1], script[at + 2], script[at + 3], m)
    for i in range(head.services_count):
        service = head.services.on(i)
        if service.first_instance.exists:
            settle(service, ZERO, m)
        elif service.warm_ns > 0 and not service.whole.exists:
            notice(service, there(service), ZERO)
    stand_in_turn(m)
    for i in range(head.old_holds_count):
        hold_old(head.old_holds.on(i), m)
    for i in range(head.populations_count):
        population = head.populations.on(i)
        slots = population.clients_count * population.places_each_count
        if population.is_pooled == 1:
            release_slots(population, slots)
        connect_eagerly(population, slots, m)
        if population.kind == Kind.CLOSED:
            for j in range(slots):
                think(population, population.first_client.on(j), ZERO, m)


@njit()
def run_at(m: Memory, f: Memory) -> None:
    """Carry out happenings until the end, a pause, or a full pool; the reason is in the head.

    Parameters
    ----------
    m, f
        The memories of integers and floats; see ``nouns``.
    """
    head = Head(m, 0)
    events = 0
    t = head.now_ns
    done = head.acts_done_count
    head.status = Status.RUNNING
    while head.status == Status.RUNNING:
        if done < head.acts_count:
            act = head.acts.on(done)
            kind = act.kind
            both = act.payload
            done += 1
        elif events == PAUSE_EVENTS:
            head.status = Status.PAUSED
            break
        else:
            if not head.root.exists and not advance(m):
                head.status = Status.ENDED
                break
            event = head.root
            if event.time_ns > head.end_ns:
                head.status = Status.ENDED
                break
            t = max(t, event.time_ns)
            kind = event.order & KIND_MASK
            both = event.payload
            drop_first(m)
            events += 1
            head.acts_count = 0
            done = 0
        _happen(kind, both & _LOW, both >> 32, t, m, f)
    head.now_ns = t
    head.acts_done_count = done
    head.events_count += events


def _entry_points(sources: int) -> tuple[Callable[..., None], Callable[..., None]]:
    """Return the two ways in, for arrays; `sources` is closed over so that a stale cache is never used."""

    @njit(cache=True, nogil=True)
    def prepare(memory: Any, script: Any) -> None:
        assert sources != 0
        prepare_at(pointer(memory), pointer(script), script.size)

    @njit(cache=True, nogil=True)
    def run(memory: Any, floats: Any) -> None:
        assert sources != 0
        run_at(pointer(memory), pointer(floats))

    return prepare, run


prepare, run = _entry_points(SOURCES) if LIBRARY is None else entry_points(LIBRARY)
