"""What would break a cycle? Settings of its parts, each tried in the same sums.

A setting is named only where the cycle is gone with it, or its gain below 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from tidegate.evaluate.arithmetic.feedback.cycle import Cycle, feedback
from tidegate.evaluate.arithmetic.feedback.place import Place, capacity_work, exchange_s
from tidegate.evaluate.arithmetic.feedback.turning import ending_wait
from tidegate.evaluate.arithmetic.filling import bearable_connections_count, size
from tidegate.evaluate.arithmetic.work import answer_s, setup_work_s, way_of
from tidegate.simulate.script import Phase, Script
from tidegate.world.clients import Clients
from tidegate.world.connection_age import ConnectionAge
from tidegate.world.crossing import EXCHANGE_PACKETS, Admission
from tidegate.world.law import FIXED
from tidegate.world.retry import Budget, RetryLayer, RetryPolicy
from tidegate.world.service import Service
from tidegate.world.world import World

_WAITED_SHARE = 0.5  # of the time-out: so long may what waits take at most
_ADMITTED_SHARE = 0.9  # of what a device can do
_PAID_RATIO = 0.1  # retries for each request
_LONGEST_BACKOFF_S = 60.0
_PANIC_RATIO = 0.5
_AGE_JITTER_RATIO = 0.2
_PASSES = 4

Change = Callable[[World], World]
Policy = Callable[[RetryPolicy], RetryPolicy]


@dataclass(frozen=True, kw_only=True)
class Break:
    """A setting that breaks a cycle.

    Parameters
    ----------
    paths
        What is set, as paths of the world file.
    says
        To what, as a clause.
    gain
        What is left of the cycle's gain.
    """

    paths: tuple[str, ...]
    says: str
    gain: float


@dataclass(frozen=True, kw_only=True)
class _Idea:
    paths: tuple[str, ...]
    says: str
    change: Change
    policy: Policy | None = None


def breaks(script: Script, cycle: Cycle) -> tuple[Break, ...]:
    """Return which settings of a cycle's parts break it, in the order in which they are worth a try."""
    world = script.phases[-1].world
    found = []
    for idea in _ideas(world, cycle):
        gain = _gain(_with(script, idea), cycle)
        if gain < 1.0:
            found.append(Break(paths=idea.paths, says=idea.says, gain=gain))
    return tuple(found)


def _with(script: Script, idea: _Idea) -> Script:
    world = idea.change(script.phases[-1].world)
    policy = idea.policy
    waves = script.waves
    if policy is not None:
        waves = tuple(replace(one, retry=policy(one.retry)) if one.retry else one for one in waves)
    return replace(script, phases=(Phase(at_s=0.0, world=world),), waves=waves)


def _gain(script: Script, cycle: Cycle) -> float:
    """Return the greatest gain of what is left of a cycle: of its mechanism, at its places."""
    found = feedback(script, cycle.places or None).cycles
    same = (
        one.gain for one in found if one.mechanism == cycle.mechanism and set(one.places) & set(cycle.places)
    )
    if not cycle.places:
        same = (one.gain for one in found if one.mechanism == cycle.mechanism)
    return max(same, default=0.0)


def _ideas(world: World, cycle: Cycle) -> Iterator[_Idea]:
    if cycle.mechanism == "herd":
        yield _retries(world, cycle, "jitter: full", _jittered)
    if cycle.mechanism in _OF_ITS_OWN:
        yield from _OF_ITS_OWN[cycle.mechanism](world, cycle)
        return
    if cycle.mechanism != "starts":
        yield from _asking(world, cycle)
    if cycle.mechanism == "cold cache":
        yield from _caches(world, cycle)
    if cycle.mechanism == "dead flows":
        yield from _held(world, cycle)
    for place in cycle.places:
        if place.kind == "pool":
            yield from _at_pool(world, place.name, cycle)
        elif place.kind == "service":
            yield from _at_service(world, place.name, cycle)
        elif place.kind == "crossing":
            yield from _at_crossing(world, place.name, cycle)


def _asking(world: World, cycle: Cycle) -> Iterator[_Idea]:
    yield _retries(world, cycle, f"budget, {_PAID_RATIO:g} retries for each request", _budgeted)
    yield _retries(
        world, cycle, f"backoff: exponential, cap: {_LONGEST_BACKOFF_S:g}s, jitter: full", _backing_off
    )
    names = list(cycle.named("clients"))
    if cycle.mechanism == "reconnections":
        paths = tuple(f"clients.{name}.after_timeout" for name in names)
        yield _Idea(
            paths=paths,
            says="keep",
            change=lambda one: _clients(one, names, lambda each: replace(each, after_timeout="keep")),
        )
    if cycle.mechanism == "deferred work":
        paths = tuple(f"clients.{name}.demand.unserved" for name in names)
        yield _Idea(
            paths=paths,
            says="lost",
            change=lambda one: _clients(
                one, names, lambda each: replace(each, demand=replace(each.demand, unserved="lost"))
            ),
        )


def _retries(world: World, cycle: Cycle, says: str, policy: Policy) -> _Idea:
    """Return the idea of changing how all parts of a cycle try again."""
    names = [name for name in cycle.named("clients") if world.clients[name].retry.layers]
    callers = cycle.named("services")
    calling = [
        (name, i)
        for name in callers
        for i, call in enumerate(world.services[name].calls)
        if call.retry.layers
    ]
    paths = [f"clients.{name}.retry" for name in names]
    paths += [f"services.{name}.calls.{i}.retry" for name, i in calling]

    def change(one: World) -> World:
        one = _clients(one, names, lambda each: replace(each, retry=policy(each.retry)))
        for name, _ in calling:
            service = one.services[name]
            calls = tuple(replace(call, retry=policy(call.retry)) for call in service.calls)
            one = _service(one, name, replace(service, calls=calls))
        return one

    return _Idea(paths=tuple(paths), says=says, change=change, policy=policy)


def _each(policy: RetryPolicy, layer: Callable[[RetryLayer], RetryLayer]) -> RetryPolicy:
    return replace(policy, layers=tuple(map(layer, policy.layers)))


def _budgeted(policy: RetryPolicy) -> RetryPolicy:
    return _each(
        policy, lambda one: replace(one, budget=Budget(per_request_count=_PAID_RATIO, scope="population"))
    )


def _backing_off(policy: RetryPolicy) -> RetryPolicy:
    return _each(
        policy,
        lambda one: replace(
            one,
            backoff="exponential",
            base_s=max(one.base_s, 0.1),
            cap_s=_LONGEST_BACKOFF_S,
            jitter="full",
            law=FIXED,
        ),
    )


def _jittered(policy: RetryPolicy) -> RetryPolicy:
    return _each(policy, lambda one: replace(one, jitter="full", law=FIXED))


def _clients(world: World, names: list[str], change: Callable[[Clients], Clients]) -> World:
    changed = {name: change(world.clients[name]) for name in names}
    return replace(world, clients={**world.clients, **changed})


def _service(world: World, name: str, service: Service) -> World:
    return replace(world, services={**world.services, name: service})


def _at_service(world: World, name: str, cycle: Cycle) -> Iterator[_Idea]:
    service = world.services[name]
    opens = cycle.mechanism == "reconnections"
    busy_s = answer_s(world, name) + (setup_work_s(service) if opens else 0.0)
    if cycle.timeout_s is None or busy_s <= 0.0:
        return
    able_per_s = capacity_work(world, Place("service", name)) / busy_s
    queue = max(int(_WAITED_SHARE * cycle.timeout_s * able_per_s), 1)
    yield _Idea(
        paths=(f"services.{name}.queue",),
        says=f"at most {queue:,}, which are served in {100 * _WAITED_SHARE:.0f} % of the time-out",
        change=lambda one: _service(one, name, replace(service, queue_count=queue)),
    )
    if not opens:
        yield from _served(world, name)
    for start in (world.clients[one] for one in cycle.named("clients")):
        for crossing in way_of(world, start.network, name):
            yield _admitting(world, crossing, able_per_s)
            return


def _at_pool(world: World, name: str, cycle: Cycle) -> Iterator[_Idea]:
    clients = world.clients.get(name)
    if clients is None:
        yield from _at_call_pool(world, name)
    elif clients.connection == "pool":
        count = math.ceil(clients.pool_count * cycle.gain / _ADMITTED_SHARE)
        yield _Idea(
            paths=(f"clients.{name}.pool",),
            says=f"{count:,} connections",
            change=lambda one: _clients(one, [name], lambda each: replace(each, pool_count=count)),
        )


def _at_call_pool(world: World, name: str) -> Iterator[_Idea]:
    """Yield an own limit on waiting for a connection: the time-out then begins with the connection."""
    caller, _, number = name.split("/")
    service = world.services[caller]
    call = service.calls[int(number)]
    if call.pool is None:
        return
    changed = replace(call, pool=replace(call.pool, wait_s=call.timeout_s))
    calls = (*service.calls[: int(number)], changed, *service.calls[int(number) + 1 :])
    other = replace(service, calls=calls)
    yield _Idea(
        paths=(f"services.{caller}.calls.{number}.pool.wait",),
        says=f"{call.timeout_s:g}s, so that the time-out begins with the connection",
        change=lambda one: _service(one, caller, other),
    )


def _served(world: World, name: str) -> Iterator[_Idea]:
    service = world.services[name]
    yield _Idea(
        paths=(f"services.{name}.queue_order",),
        says="lifo",
        change=lambda one: _service(one, name, replace(service, queue_order="lifo")),
    )
    yield _Idea(
        paths=(f"services.{name}.abandoned_work",),
        says="leaves",
        change=lambda one: _service(one, name, replace(service, abandoned_work="leaves")),
    )


def _at_crossing(world: World, name: str, cycle: Cycle) -> Iterator[_Idea]:
    crossing = world.crossings[name]
    capacity_per_s = crossing.flow_capacity_per_s
    if capacity_per_s is None or cycle.timeout_s is None:
        return
    each_s = exchange_s(crossing, opens=True) / EXCHANGE_PACKETS
    passes = 1 if world.detail == "coarse" else _PASSES
    packets = max(int(_WAITED_SHARE * cycle.timeout_s / passes / each_s), 1)
    yield _Idea(
        paths=(f"crossings.{name}.queue_packets",),
        says=f"at most {packets:,}, which pass in {100 * _WAITED_SHARE:.0f} % of the time-out",
        change=lambda one: _crossing(one, name, packets),
    )
    yield _admitting(world, name, capacity_per_s)


def _crossing(world: World, name: str, packets: int) -> World:
    changed = replace(world.crossings[name], queue_packets_count=packets)
    return replace(world, crossings={**world.crossings, name: changed})


def _admitting(world: World, name: str, able_per_s: float) -> _Idea:
    crossing = world.crossings[name]
    rate_per_s = _ADMITTED_SHARE * able_per_s * crossing.busiest_share_ratio
    admission = replace(crossing.admission or Admission(), rate_per_s=rate_per_s, on_excess="drop")
    changed = replace(crossing, admission=admission)
    return _Idea(
        paths=(f"crossings.{name}.admission.rate",),
        says=f"{rate_per_s:,.0f}/s on each device, the excess dropped in silence",
        change=lambda one: replace(one, crossings={**one.crossings, name: changed}),
    )


def _held(world: World, cycle: Cycle) -> Iterator[_Idea]:
    """Yield shorter holds of what dead flows fill."""
    full = next(one for one in cycle.quantities if one.startswith("entries "))
    _, what, name = full.split(" ", 2)
    crossing = world.crossings[name]
    times = _ADMITTED_SHARE / cycle.gain
    if what == "ports" and crossing.ports is not None:
        changed = replace(crossing, ports=replace(crossing.ports, hold_s=crossing.ports.hold_s * times))
        path, held_s = "ports.hold", crossing.ports.hold_s * times
    elif crossing.table is not None:
        held_s = crossing.table.closed_hold_s * times
        changed = replace(crossing, table=replace(crossing.table, closed_hold_s=held_s))
        path = "table.closed_hold"
    else:
        return
    yield _Idea(
        paths=(f"crossings.{name}.{path}",),
        says=f"at most {held_s:.3g}s",
        change=lambda one: replace(one, crossings={**one.crossings, name: changed}),
    )


def _checks(world: World, cycle: Cycle) -> Iterator[_Idea]:
    for name in cycle.named("services"):
        service = world.services[name]
        for i, probe in enumerate(service.health_probes):
            path = f"services.{name}.health_probes.{i}"
            for key, says, changed in (
                ("panic", f"{100 * _PANIC_RATIO:.0f} %", replace(probe, panic_ratio=_PANIC_RATIO)),
                ("busy_fails", "false", replace(probe, busy_fails=False)),
            ):
                probes = (*service.health_probes[:i], changed, *service.health_probes[i + 1 :])
                other = replace(service, health_probes=probes)
                yield _Idea(
                    paths=(f"{path}.{key}",),
                    says=says,
                    change=lambda one, name=name, other=other: _service(one, name, other),  # type: ignore[misc]
                )


def _memories(world: World, cycle: Cycle) -> Iterator[_Idea]:
    """Yield what lets the others bear one instance less: fewer connections, more memory, more instances."""
    for name in cycle.named("services"):
        service = world.services[name]
        memory, times = service.memory, cycle.gain / _ADMITTED_SHARE
        if memory is None:
            continue
        bearable = bearable_connections_count(service, memory)
        room_bytes = math.ceil(memory.room_bytes * times)
        more = replace(memory, limit_bytes=memory.base_bytes + room_bytes)
        many = math.ceil((service.instances_count - 1) * times) + 1
        if bearable is not None:
            most = max(int(_ADMITTED_SHARE * bearable), 1)
            yield _Idea(
                paths=(f"services.{name}.connections",),
                says=f"at most {most:,}, which fit with as many requests as an instance can have",
                change=_changed(name, replace(service, connections_count=most)),
            )
        yield _Idea(
            paths=(f"services.{name}.memory.limit",),
            says=size(more.limit_bytes),
            change=_changed(name, replace(service, memory=more)),
        )
        yield _Idea(
            paths=(f"services.{name}.instances",),
            says=f"{many:,}",
            change=_changed(name, replace(service, instances_count=many)),
        )


def _changed(name: str, service: Service) -> Change:
    return lambda world: _service(world, name, service)


def _caches(world: World, cycle: Cycle) -> Iterator[_Idea]:
    for name in cycle.named("services"):
        service = world.services[name]
        for i, call in enumerate(service.calls):
            if call.cache is None or call.cache.fill == "read_through":
                continue
            filled = replace(call, cache=replace(call.cache, fill="read_through"))
            other = replace(service, calls=(*service.calls[:i], filled, *service.calls[i + 1 :]))
            yield _Idea(
                paths=(f"services.{name}.calls.{i}.cache.fill",),
                says="read_through",
                change=lambda one, name=name, other=other: _service(one, name, other),  # type: ignore[misc]
            )


def _ages(world: World, cycle: Cycle) -> Iterator[_Idea]:
    """Yield ages that differ from connection to connection, where whoever closes them says one."""
    nouns: tuple[tuple[str, Mapping[str, Clients] | Mapping[str, Service]], ...] = (
        ("clients", world.clients),
        ("services", world.services),
    )
    paths = tuple(
        f"{section}.{name}.connection_age.jitter"
        for section, those in nouns
        for name in cycle.named(section)
        if those[name].connection_age is not None
    )
    yield _Idea(paths=paths, says=f"{100 * _AGE_JITTER_RATIO:.0f} %", change=_of_all_ages)


def _of_all_ages(world: World) -> World:
    def jittered(age: ConnectionAge | None) -> ConnectionAge | None:
        return age and replace(age, jitter_ratio=max(age.jitter_ratio, _AGE_JITTER_RATIO))

    return replace(
        world,
        clients={
            name: replace(one, connection_age=jittered(one.connection_age))
            for name, one in world.clients.items()
        },
        services={
            name: replace(one, connection_age=jittered(one.connection_age))
            for name, one in world.services.items()
        },
    )


def _scaled(world: World, cycle: Cycle) -> Iterator[_Idea]:
    """Yield instances that are removed only once their clients have gone."""
    for name in cycle.named("services"):
        service = world.services[name]
        if service.autoscaler is not None:
            other = replace(service, autoscaler=replace(service.autoscaler, drops_connections=False))
            yield _Idea(
                paths=(f"services.{name}.autoscaler.drops_connections",),
                says="false: an instance goes once its clients have gone",
                change=lambda one, name=name, other=other: _service(one, name, other),  # type: ignore[misc]
            )


def _turns(_: World, cycle: Cycle) -> Iterator[_Idea]:
    for place in cycle.places:
        name, at = place.name.split("/call/")
        path = f"services.{name}.calls.{at}.limit.longest_wait"
        wait_s = _WAITED_SHARE * (cycle.timeout_s or 0.0)
        change = partial(ending_wait, name=name, at=int(at), wait_s=wait_s)
        yield _Idea(paths=(path,), says=f"{wait_s:g}s, half of the time-out", change=change)


_OF_ITS_OWN: Mapping[str, Callable[[World, Cycle], Iterator[_Idea]]] = {
    "health checks": _checks,
    "ages": _ages,
    "scaling": _scaled,
    "memory": _memories,
    "turns": _turns,
}
