"""What is wider where more is asked than passes? A larger link, more requests at a time, more instances.

A service that spends its time waiting for what it calls can have more of them under way: that is a number in
its configuration. Shortcut: what is called then has to do it; that is for the runs to judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tidegate.evaluate.arithmetic.bandwidth import fetched
from tidegate.evaluate.arithmetic.meanwhile import Pressed, pressed
from tidegate.evaluate.arithmetic.work import calls_s
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.offer import Knob, Offer, together
from tidegate.simulate.script import Script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.value import value_at
from tidegate.world.world import World, WorldFile

_FULL = 0.5  # of what passes: an instance may go, and chance makes many come
_ROUNDS = 3
_WAITS_TIMES = 2.0  # as long as its own work a service must wait for others
_WIDEST_TIMES = 16.0
_BUSY = 0.7  # of more instances: what else is asked comes by chance
_FETCH_S = 120.0  # in which those that start together have fetched what they start with


def of_width(file: WorldFile, activity: str | None) -> tuple[Offer, ...]:
    """Return larger links, and more requests at a time, for whatever is asked for too much at some time.

    What is wider lets more come to what lies behind it, so that is looked at again.

    Parameters
    ----------
    file, activity
        The world, and what happens in it.
    """
    found: dict[str, Offer] = {}
    for _ in range(_ROUNDS):
        laid = overlay(file, together(tuple(found.values())))
        wider = [one for one in _of_script(file, script_of(laid, activity)) if one.name not in found]
        if not wider:
            break
        found |= {one.name: one for one in wider}
    return tuple(found.values())


def _of_script(file: WorldFile, script: Script) -> Iterator[Offer]:
    fetched_bits: dict[str, float] = {}
    for fetch in fetched(script):
        fetched_bits[fetch.crossing] = max(fetched_bits.get(fetch.crossing, 0.0), fetch.fetched_bits)
    for one in pressed(script):
        limit = one.limit
        if limit.path.endswith(".bandwidth"):
            beside = fetched_bits.get(limit.place, 0.0) / _FETCH_S / limit.allowed
            yield _offer(file, one, limit.path, f"a larger link at {limit.place}", beside=beside)
    yield from _as_many(file, script)


def _as_many(file: WorldFile, script: Script) -> Iterator[Offer]:
    """Yield more requests at a time in what only waits, as many instances as there are beforehand.

    What scales by itself comes later, and may come too late.
    """
    phases = tuple(replace(one, world=_unscaled(one.world)) for one in script.phases)
    for one in pressed(replace(script, phases=phases)):
        limit = one.limit
        if limit.place_kind == "service" and _only_waits(one):
            service = one.world.services[limit.place]
            path = f"services.{limit.place}.concurrency"
            called = f"more requests at a time in {service.title or limit.place}"
            yield _offer(file, one, path, called, whole=True)


def _unscaled(world: World) -> World:
    return replace(
        world, services={name: replace(one, autoscaler=None) for name, one in world.services.items()}
    )


def more_instances(file: WorldFile, activity: str | None) -> Iterator[Offer]:
    """Yield as many instances as do what is asked at any time, also while a plan leaves only some of them.

    Not of what an activity or a scaler sizes by itself.

    Parameters
    ----------
    file, activity
        The world, and what happens in it.
    """
    plan = file.world.activities[activity] if activity is not None else None
    for one in pressed(script_of(file, activity)):
        name, path = one.limit.place, one.limit.path
        service = file.world.services.get(name) if path.endswith(".instances") else None
        is_sized = plan is not None and plan.kind == "scale" and plan.service == name
        if service is None or service.autoscaler is not None or is_sized or not service.instances_count:
            continue
        most = min(one.limit.pressure_ratio / _BUSY, _WIDEST_TIMES)
        knob = Knob(path=path, least=1.0, most=most, scale=float(service.instances_count), whole=True)
        yield Offer(
            name=f"more instances of {service.title or name}",
            changes={path: knob.value(most)},
            refuses=0,
            asks="capacity",
            knob=knob,
            because=one.limit.says,
        )


def _only_waits(one: Pressed) -> bool:
    service = one.world.services[one.limit.place]
    return calls_s(one.world, service) > _WAITS_TIMES * service.service_time_s


def _offer(
    file: WorldFile, one: Pressed, path: str, name: str, *, beside: float = 0.0, whole: bool = False
) -> Offer:
    now = float(value_at(file.world, path))
    most = min((one.limit.pressure_ratio + beside) / _FULL, _WIDEST_TIMES)
    knob = Knob(path=path, least=1.0, most=most, scale=now, whole=whole)
    changes: dict[str, object] = {path: knob.value(most)}
    return Offer(name=name, changes=changes, refuses=0, asks="limit", knob=knob, because=one.limit.says)
