"""What helps where pools of connections are too small, too patient, or opened all at once? Sums.

A pool has to carry what is asked of it, and must fit what is accepted. Who waits for a connection keeps a
place meanwhile; for longer than its own clients do it waits for nobody. A pool that opens all its connections
as an instance starts opens those of all instances that start together.

Shortcut: how many start together is read off the steps of what happens, and off what a scaler adds at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from tidegate.evaluate.arithmetic.exceeded import rates
from tidegate.evaluate.arithmetic.limit import Limit
from tidegate.evaluate.arithmetic.load import open_count, streams
from tidegate.evaluate.arithmetic.work import opening_work_s, places_count, setup_work_s, way_of
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.offer import Knob, Offer
from tidegate.protect.patience import PART_OF_TIMEOUT, TRAP_OF_TIMEOUT, patience_s
from tidegate.simulate.rows import running_count
from tidegate.simulate.script import Script
from tidegate.world.pooling import pool_of
from tidegate.world.service import Call
from tidegate.world.world import World, WorldFile

_FULL = 0.7  # of what a pool carries: beyond it chance makes many wait
_BUSY = 0.3  # below it hardly anybody waits for a connection
_MOST = 100_000


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """What a script asks of pools, at its hardest.

    Parameters
    ----------
    limits
        What each pool carries beside what is wanted, by the path of its size.
    room
        How many connections each instance, or client, may have so that all fit what is accepted.
    """

    limits: Mapping[str, Limit]
    room: Mapping[str, int]


def pressed(script: Script) -> Pressed:
    """Return what is asked of the pools in each phase of a script, where it is most."""
    limits: dict[str, Limit] = {}
    room: dict[str, int] = {}
    for phase in script.phases:
        for limit in rates(phase.world):
            if limit.path.endswith((".pool", ".pool.most", ".pooler.most")):
                before = limits.get(limit.path, limit)
                limits[limit.path] = max(before, limit, key=lambda one: one.pressure_ratio)
        asked = streams(phase.world)
        for one in asked:
            accepted = phase.world.services[one.service].accepted_count
            if accepted is not None and one.sources_count and one.kept_count:
                at_all = accepted * phase.world.services[one.service].instances_count
                others = open_count(each for each in asked if each.service == one.service and each != one)
                left = max(math.floor(at_all - others) // one.sources_count, 0)
                room[one.name] = min(room.get(one.name, left), left)
    return Pressed(limits=limits, room=room)


def of_pools(file: WorldFile, activity: str | None) -> list[Offer]:
    """Return what helps of the pools that clients and instances keep."""
    script = script_of(file, activity)
    found = pressed(script)
    return [
        *_larger_of_clients(file.world, found),
        *_larger_of_calls(file.world, found),
        *_shorter_waits(file.world, found),
        *_as_needed(file.world, script),
    ]


def _larger_of_clients(world: World, found: Pressed) -> Iterator[Offer]:
    for name, clients in world.clients.items():
        path = f"clients.{name}.pool"
        if clients.connection == "pool" and path in found.limits:
            most = found.room.get(name, _MOST)
            called = f"larger pool of {clients.title or name}"
            yield from _larger(called, path, found.limits[path], clients.pool_count, most)


def _larger_of_calls(world: World, found: Pressed) -> Iterator[Offer]:
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            pooler, held = service.pooler, pool_of(world, name, call)
            path = (
                f"services.{name}.calls.{i}.pool.most" if pooler is None else f"services.{name}.pooler.most"
            )
            if path not in found.limits or held is None or service.holds_sessions:
                continue
            most = min(found.room.get(f"{name}/call/{i}", _MOST), service.concurrency_count)
            beside = 0 if pooler is None else pooler.reserve_count
            called = f"larger pool of {service.title or name} towards {call.service}"
            yield from _larger(called, path, found.limits[path], held.most_count, most, beside)


def _larger(name: str, path: str, limit: Limit, now: int, most: int, beside: int = 0) -> Iterator[Offer]:
    """Yield as many connections as what is wanted needs, where there is room for more than there are."""
    pressure = limit.pressure_ratio
    if pressure < _FULL or not math.isfinite(pressure):
        return
    busy = now * pressure / _FULL
    wanted = min(math.ceil(busy + 3.0 * math.sqrt(busy)), most)
    if wanted > now:
        knob = Knob(path=path, least=1.0, most=wanted / now, base=-beside, scale=float(now), whole=True)
        yield Offer(name=name, changes={path: wanted - beside}, refuses=0, knob=knob)


def _shorter_waits(world: World, found: Pressed) -> Iterator[Offer]:
    """Yield a wait for a connection that ends before those have gone for whom it is."""
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            held, patient_s = pool_of(world, name, call), patience_s(world, name)
            at = f"services.{name}.calls.{i}.pool" if service.pooler is None else f"services.{name}.pooler"
            limit = found.limits.get(f"{at}.most")
            if held is None or patient_s is None or limit is None or limit.pressure_ratio < _BUSY:
                continue
            waits = service.concurrency_count > service.pool_count(held)
            wait_s = call.timeout_s if held.wait_s is None else held.wait_s
            if waits and wait_s > TRAP_OF_TIMEOUT * patient_s:
                changes = {f"{at}.wait": float(f"{PART_OF_TIMEOUT * patient_s:.3g}")}
                called = f"shorter wait for a connection of {service.title or name} to {call.service}"
                yield Offer(name=called, changes=changes, refuses=1)


def _as_needed(world: World, script: Script) -> Iterator[Offer]:
    """Yield connections that are opened as they are needed, where those of all that start are a surge."""
    for name, service in world.services.items():
        together = started_together_count(world, script, name)
        for i, call in enumerate(service.calls) if together and service.pooler is None else ():
            pool = call.pool
            if call.connection != "keep_alive" or (pool is not None and pool.opened != "eager"):
                continue
            opened = together * (service.concurrency_count if pool is None else pool.kept_count)
            if _opening_s(world, name, call, opened) <= TRAP_OF_TIMEOUT * call.timeout_s:
                continue
            at = f"services.{name}.calls.{i}.pool"
            changes: dict[str, object] = {f"{at}.opened": "lazy"}
            if pool is None:
                changes = {f"{at}.most": service.concurrency_count, **changes}
            called = f"connections of {service.title or name} to {call.service} opened as needed"
            yield Offer(name=called, changes=changes, refuses=0)


def started_together_count(world: World, script: Script, name: str) -> int:
    """Return how many instances of a service start at a time: at one step, or as its scaler adds them."""
    sizes = [
        running_count(phase.world.services[name]) for phase in script.phases if name in phase.world.services
    ]
    steps = [after - before for before, after in pairwise(sizes)]
    steps += [one.acting_count for one in script.waves if one.kind == "boot" and one.service == name]
    steps += [one.count for one in script.replacements if one.service == name]
    service = world.services[name]
    scaler = service.autoscaler
    if scaler is not None:
        at_once = scaler.at_once_count(service.instances_count)
        steps.append(min(at_once, scaler.most_count - service.instances_count))
    return max((0, *steps))


def _opening_s(world: World, name: str, call: Call, opened: int) -> float:
    """Return how long the devices on the way and the service called take to open so many connections."""
    called = world.services[call.service]
    each_s = setup_work_s(called) + opening_work_s(world, call.service, call.on_connect)
    takes_s = [opened * each_s / max(places_count(called), 1)]
    for one in way_of(world, world.services[name].network, call.service):
        per_s = world.crossings[one].flow_capacity_per_s
        takes_s += [opened / per_s] if per_s else []
    return max(takes_s)
