"""Which size an autoscaler asks for, given what its signals want, and what comes of it.

The compiled twin of `behaviour.hpa.controller`, as newer versions do it, or as 1.20 did: what boots counts as there; the wishes
of two windows are held against each other, and what was added and removed lately against its steps. What is
read stands in `kernels.signal`. Shortcut: of instances that boot and are given up, those due first do not come.
"""

from __future__ import annotations

import math

from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.fleet import settle
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.instance import gather
from tidegate.simulate.kernels.nouns import Noted, Service
from tidegate.simulate.kernels.nouns.service import PaceChoice
from tidegate.simulate.kernels.nouns.wave import WaveKind
from tidegate.simulate.kernels.pool import clients_now
from tidegate.simulate.kernels.service import account, there
from tidegate.simulate.kernels.signal import UNKNOWN, waits_for_nodes, wanted
from tidegate.simulate.kernels.start_up import appear
from tidegate.simulate.kernels.template import start_wave
from tidegate.simulate.kernels.warmth import notice
from tidegate.simulate.kernels.wheel import later


@njit()
def _wish(service: Service, size: int, t: int, m: Memory) -> None:
    """Remember what the signals want."""
    place = Noted(m, service.notes_at).on(service.wishes_count % service.wishes_most_count)
    place.at_ns, place.instances_count = t, size
    service.wishes_count += 1


@njit()
def _book(service: Service, change: int, t: int, m: Memory) -> None:
    """Remember by how much the size was changed."""
    first = Noted(m, service.notes_at).on(service.wishes_most_count)
    place = first.on(service.changes_count % service.changes_most_count)
    place.at_ns, place.instances_count = t, change
    service.changes_count += 1


@njit()
def _between_windows(service: Service, size: int, wish: int, t: int, m: Memory) -> int:
    """Bring a size between the least wish of the window up and the most of the window down.

    Old controllers let the direction of the newest wish choose one of the two.
    """
    least = wish
    most = wish
    for i in range(min(service.wishes_count, service.wishes_most_count)):
        noted = Noted(m, service.notes_at).on(i)
        age_ns = t - noted.at_ns
        if age_ns < service.up_delay_ns:
            least = min(least, noted.instances_count)
        if age_ns < service.down_delay_ns:
            most = max(most, noted.instances_count)
    if service.is_old == 1:
        return least if wish >= size else most
    return min(max(size, least), most)


@njit()
def _start(service: Service, size: int, period_ns: int, way: int, t: int, m: Memory) -> int:
    """The size at the start of a period, without what was changed within it; old ones see one way only."""
    start = size
    first = Noted(m, service.notes_at).on(service.wishes_most_count)
    for i in range(min(service.changes_count, service.changes_most_count)):
        noted = first.on(i)
        if t - noted.at_ns < period_ns and (service.is_old == 0 or noted.instances_count * way > 0):
            start -= noted.instances_count
    return start


@njit()
def _allowed(service: Service, size: int, way: int, t: int, m: Memory) -> int:
    """How far its budgets let it go now: up (1) or down (-1)."""
    first = 0 if way > 0 else service.paces_up_count
    many = service.paces_up_count if way > 0 else service.paces_down_count
    choice = service.pace_up if way > 0 else service.pace_down
    if choice == PaceChoice.NONE:
        return size
    furthest = 0
    for i in range(many):
        at = service.paces_at + 2 * (first + i)
        amount = m[at + 1]
        start = _start(service, size, m[at], way, t, m)
        limit = start + way * amount
        if amount < 0 and way > 0:  # a share, in millionths
            limit = math.ceil(start * (1.0 - amount / 1e6))
        elif amount < 0:
            limit = int(start * (1.0 + amount / 1e6))
        goes_on = limit * way > furthest * way
        if i == 0 or (goes_on if choice == PaceChoice.LARGER else not goes_on):
            furthest = limit
    return furthest


@njit()
def _asked(service: Service, size: int, wish: int, t: int, m: Memory) -> int:
    """The size that is asked for; bounds know no windows and no steps."""
    if service.wishes_count == 0:
        _wish(service, size, t, m)
    if size == 0 and service.least_count > 0:
        return size
    if size > service.most_count:
        return service.most_count
    if size < service.least_count:
        return service.least_count
    if wish == UNKNOWN:
        return size
    target = _between_windows(service, size, wish, t, m)
    _wish(service, wish, t, m)
    if target > size:
        return min(target, service.most_count, max(_allowed(service, size, 1, t, m), size))
    target = max(target, service.least_count)
    if target < size and (service.paces_down_count > 0 or service.pace_down == PaceChoice.NONE):
        target = max(target, min(_allowed(service, size, -1, t, m), size))
    return target


@njit()
def tick(service: Service, counted: int, t: int, m: Memory) -> None:
    """The autoscaler reads its signal and decides; or so many instances are read from now on."""
    service.late_count -= counted
    if service.period_ns <= 0 or counted > 0:
        return
    later(t + service.period_ns, Happening.TICK, service.at, ZERO, m)
    account(service, t)
    if service.first_instance.exists:
        gather(service, t)
    instances = service.instances_count + service.added_count
    size = instances + service.pending_count
    change = _asked(service, size, wanted(service, instances, size), t, m) - size
    if change == 0:
        return
    _book(service, change, t, m)
    if change > 0:
        waiting = waits_for_nodes(service, instances, change)
        service.pending_count += change
        if change > waiting:
            later(t + service.boot_ns, Happening.ADD, service.at, change - waiting, m)
        if waiting > 0:
            later(t + service.node_ns + service.boot_ns, Happening.ADD, service.at, waiting, m)
        return
    booting = min(-change, service.pending_count)
    service.pending_count -= booting
    service.cancelled_count += booting
    up = -change - booting
    if up > 0:
        _release(service, up, max(instances, 1), t, m)
        service.added_count -= up
        if service.first_instance.exists:
            settle(service, t, m)
        elif service.warm_ns > 0:
            notice(service, there(service), t)


@njit()
def _release(service: Service, k: int, of: int, t: int, m: Memory) -> None:
    """Instances that an autoscaler removes take the connections of their calls with them.

    Where they take those of clients, too, that share of each population connects anew.
    """
    for i in range(service.brings_count):
        wave = service.brings.on(i)
        if wave.kind == WaveKind.CLIENTS:
            population = wave.population
            population.added_count -= wave.clients_count * k
            if population.is_kept == 1:
                start_wave(wave, WaveKind.LEAVE, wave.clients_count * k, clients_now(population), ZERO, t, m)
    for i in range(service.broken_count):
        wave = service.broken.on(i)
        count = clients_now(wave.population) * wave.population.places_each_count * k // of
        start_wave(wave, wave.kind, count, of - k, ZERO, t, m)


@njit()
def add_instances(service: Service, k: int, t: int, m: Memory) -> None:
    """Instances that an autoscaler asked for are up: they boot, and clients react."""
    gone = min(k, service.cancelled_count)
    service.cancelled_count -= gone
    k -= gone
    if k == 0:
        return
    service.pending_count -= k
    if service.counted_after_ns > 0:
        service.late_count += k
        later(t + service.counted_after_ns, Happening.TICK, service.at, k, m)
    before = max(service.instances_count + service.added_count, 0)
    service.added_count += k
    for i in range(service.brings_count):
        wave = service.brings.on(i)
        count = wave.clients_count * k
        first = before if wave.kind == WaveKind.REQUESTS else 0
        if wave.kind == WaveKind.CLIENTS:
            population = wave.population
            first = clients_now(population)
            population.added_count += count
            if population.effect.exists:
                appear(population, first, count, t, m)
            if population.is_kept == 0:
                continue
        start_wave(wave, wave.kind, count, first, k, t, m)
    if service.first_instance.exists and service.booters.exists:
        later(t, Happening.SETTLE, service.at, ZERO, m)  # once it is known who boots
    elif service.first_instance.exists:
        settle(service, t, m)
    elif service.warm_ns > 0:
        notice(service, there(service), t)
    # After the waves: an instance that has yet to make its boot calls takes nothing.
    later(t, Happening.NEXT, service.at, ZERO, m)
    later(t, Happening.ADMIT, service.at, ZERO, m)
