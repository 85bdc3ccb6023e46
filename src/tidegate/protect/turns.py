"""What helps of limits that clients keep by themselves? A higher rate, a smaller burst, an end of the wait.

Shortcut: whoever is asked at a higher rate then has to do it; that is for the runs to judge.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tidegate.evaluate.arithmetic.downtime import outwaited
from tidegate.evaluate.arithmetic.exceeded import exceeded, limits
from tidegate.evaluate.arithmetic.load import capacity_per_s, streams
from tidegate.evaluate.arithmetic.turns import herds
from tidegate.evaluate.variants.margin import MARGIN_RATIO
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.offer import Knob, Offer
from tidegate.protect.patience import PART_OF_TIMEOUT, TRAP_OF_TIMEOUT, patience_s
from tidegate.simulate.rows import running_count
from tidegate.world.file.value import value_at
from tidegate.world.world import World, WorldFile

_FULL = 0.7  # of a rate: beyond it chance makes many wait for a turn


def higher_limits(file: WorldFile, activity: str | None) -> list[Offer]:
    """Return a higher rate for each such limit that is exceeded, or that a herd outwaits."""
    script = script_of(file, activity)
    needed: dict[str, float] = {}
    for path, _, enough_per_s in herds(script):
        needed[path] = max(needed.get(path, 0.0), enough_per_s)
    for limit in exceeded(script):
        if limit.path.endswith(".limit.rate"):
            now_per_s = float(value_at(file.world, limit.path))
            enough_per_s = now_per_s * limit.wanted / limit.allowed
            needed[limit.path] = max(needed.get(limit.path, 0.0), enough_per_s)
    return [_offer(file, path, enough_per_s / (1.0 - MARGIN_RATIO)) for path, enough_per_s in needed.items()]


def longer_time_outs(file: WorldFile, activity: str | None) -> Iterator[Offer]:
    """Yield a longer wait for those who come together and give up before all of them are answered."""
    lasts: dict[str, float] = {}
    for path, last_s in outwaited(script_of(file, activity)):
        lasts[path] = max(lasts.get(path, 0.0), last_s)
    for path, last_s in lasts.items():
        now_s = float(value_at(file.world, path))
        knob = Knob(path=path, least=1.0, most=last_s / (1.0 - MARGIN_RATIO) / now_s, scale=now_s)
        called = file.world.services if path.startswith("services.") else file.world.clients
        name = path.split(".")[1]
        said = f"a longer time-out of {called[name].title or name}"
        yield Offer(name=said, changes={path: knob.value(knob.most)}, refuses=0, knob=knob)


def _whose(world: World, path: str) -> str:
    """Return what people call those who keep the limit at a path."""
    section, name, *rest = path.split(".")
    if section == "services":
        service = world.services[name]
        return f"{service.title or name} towards {service.calls[int(rest[1])].service}"
    return world.clients[name].title or name


def _offer(file: WorldFile, path: str, enough_per_s: float) -> Offer:
    now_per_s, called = float(value_at(file.world, path)), _whose(file.world, path)
    knob = Knob(path=path, least=1.0, most=max(enough_per_s / now_per_s, 1.0), scale=now_per_s)
    changes = {path: knob.value(knob.most)}
    return Offer(name=f"higher own limit of {called}", changes=changes, refuses=0, knob=knob)


def smaller_bursts(file: WorldFile, activity: str | None) -> Iterator[Offer]:
    """Yield smaller bursts where all of them at once are more than is done within the time-out."""
    script = script_of(file, activity)
    world = script.phases[-1].world
    if len(script.phases) + len(script.waves) == 1:
        return  # nothing happens that lets everybody rest, or begin, together
    asked = streams(world)

    def offer(
        path: str, called: str, burst: int, senders: int, each_most: int, timeout_s: float
    ) -> Iterator[Offer]:
        mine = tuple(one for one in asked if one.service == called)
        done = capacity_per_s(world, called, mine, most=True) * timeout_s
        if min(burst, each_most) * senders <= TRAP_OF_TIMEOUT * done:
            return
        fits = max(math.floor(PART_OF_TIMEOUT * done / senders), 1)
        if fits < burst:
            knob = Knob(path=path, least=1.0, most=burst / fits, scale=float(burst), grows=False, whole=True)
            name = f"smaller burst of {_whose(file.world, path)}"
            yield Offer(name=name, changes={path: fits}, refuses=0, knob=knob)

    for name, clients in world.clients.items():
        if clients.limit is not None and clients.demand.kind == "open" and clients.population_count:
            path, burst = f"clients.{name}.limit.burst", clients.limit.burst_count
            yield from offer(path, clients.service, burst, clients.population_count, burst, clients.timeout_s)
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            if call.limit is not None and running_count(service):
                path, burst = f"services.{name}.calls.{i}.limit.burst", call.limit.burst_count
                places = service.concurrency_count
                yield from offer(path, call.service, burst, running_count(service), places, call.timeout_s)


def new_limits(file: WorldFile, activity: str | None) -> Iterator[Offer]:
    """Yield limits for clients that keep none, where more come together than is done within the time-out.

    Together they then ask for a part of what can be done. A limit that is less than is asked for on an
    ordinary day would itself be the outage, and is not offered.
    """
    script = script_of(file, activity)
    world = script.phases[-1].world
    asked = streams(world)
    usual_per_s = {one.name: one.requests_per_s for one in streams(file.world)}
    come = {wave.clients: wave.acting_ratio for wave in script.waves if wave.kind == "reconnect"}
    for name, ratio in come.items():
        clients = world.clients[name]
        mine = tuple(one for one in asked if one.service == clients.service)
        done_per_s = capacity_per_s(world, clients.service, mine)
        fits = TRAP_OF_TIMEOUT * done_per_s * clients.timeout_s
        if clients.limit is not None or not 0.0 < fits < ratio * clients.population_count:
            continue
        left_per_s = _FULL * done_per_s - sum(one.requests_per_s for one in mine if one.name != name)
        if left_per_s <= usual_per_s.get(name, math.inf):
            continue
        path, scale = f"clients.{name}.limit.rate", done_per_s / clients.population_count
        knob = Knob(path=path, least=1.0, most=done_per_s / left_per_s, scale=scale, grows=False)
        changes = {path: knob.value(knob.most)}
        yield Offer(name=f"own limit of {_whose(world, path)}", changes=changes, refuses=0, knob=knob)


def shorter_turns(file: WorldFile, activity: str | None) -> Iterator[Offer]:
    """Yield an end of the wait for a turn where it keeps places for those who have gone."""
    script = script_of(file, activity)
    world = script.phases[-1].world
    tight = {path for path, _, _ in herds(script)}
    tight |= {one.path for one in limits(script) if one.pressure_ratio >= _FULL}
    for name, service in world.services.items():
        patient_s = patience_s(world, name)
        for i, call in enumerate(service.calls):
            at = f"services.{name}.calls.{i}.limit"
            if call.limit is None or patient_s is None or f"{at}.rate" not in tight:
                continue
            longest_s = math.inf if call.limit.longest_wait_s is None else call.limit.longest_wait_s
            if longest_s > TRAP_OF_TIMEOUT * patient_s:
                changes = {f"{at}.longest_wait": float(f"{PART_OF_TIMEOUT * patient_s:.3g}")}
                called = f"an end of the wait for a turn of {_whose(file.world, at)}"
                yield Offer(name=called, changes=changes, refuses=1)
