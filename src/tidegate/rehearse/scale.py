"""How large may a rehearsal be, and what is the world at that size? Ratios kept, times unchanged.

A world of half a million packets a second is rehearsed at a few thousand: clients, rates, capacities,
queues, tables and ports shrink alike, so that every delay and every ratio stays. What does not shrink
alike is refused, all faults at once. The result is a world file again, which can be read, written
and predicted like any other; nothing here runs one.

Shortcut: limits for each source stay as they are, because each client keeps its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import CannotTellError, Fault, InputError
from tidegate.rehearse.asked_beside import callers_of, counts_of_an_instance
from tidegate.rehearse.dimensions import dimension_of, scaled, scaling_numbers
from tidegate.rehearse.places import RATIO_TOLERANCE, Places, scaled_places
from tidegate.rehearse.reduce import reduce_world
from tidegate.rehearse.scaling import scaler_changes
from tidegate.rehearse.timing import shortened
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.value import value_at
from tidegate.world.graph import route
from tidegate.world.retry import RetryPolicy
from tidegate.world.world import World, WorldFile

AIM_PACKETS_PER_S = 2000.0
AIM_ATTEMPTS_PER_S = 3000.0
MOST_ATTEMPTS_PER_S = 8000.0
MOST_PACKETS_PER_S = 20000.0
MOST_CONNECTIONS = 15000
EXCHANGE_PACKETS = 10
STRETCH_TOLERANCE = 1.02
STRETCHED_SHARE = 0.2
_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 300, 400, 500, 750)
_CHOICES = sorted({step * ten for step in _STEPS for ten in (1, 1000, 1000**2)})


@dataclass(frozen=True, kw_only=True)
class Rehearsable:
    """A world that can be rehearsed, and what it stands for.

    Parameters
    ----------
    file
        The world, reduced, scaled and shortened; its text is what the rig gets.
    activity
        The activity that happens; None for the triggers alone.
    scale
        Its size over the size of the world it stands for, at most 1.
    left_out
        What the rehearsal does not contain, as clauses.
    changed
        What was changed to fit, as sentences.
    """

    file: WorldFile
    activity: str | None
    scale: float
    left_out: tuple[str, ...]
    changed: tuple[str, ...]


def scale_world(file: WorldFile, activity: str | None, *, scale: float | None = None) -> Rehearsable:
    """Return the part of a world that is rehearsed, at a size one machine can carry.

    Parameters
    ----------
    file
        The world, overlays already laid.
    activity
        Which of its activities happens; None for its triggers alone.
    scale
        Wanted size over the world's own, above 0 and at most 1; None chooses one at which about
        2,000 packets a second pass the busiest device.

    Raises
    ------
    InputError
        If the world means nothing at the scale asked for, with every reason.
    CannotTellError
        If there is no scale at which it can be rehearsed.
    """
    if scale is not None and not 0 < scale <= 1:
        allowed = "above 0 and at most 1, such as 1/1000"
        raise InputError(Fault(what="no such scale", kind="absent", value=f"{scale:g}", allowed=allowed))
    reduced = reduce_world(file, activity)
    script = write_script(reduced.file, activity)
    chosen = _choose(script) if scale is None else scale
    faults = _faults(script, chosen)
    if faults and scale is not None:
        raise InputError(*faults)
    if faults:
        reasons = "; ".join(str(fault) for fault in faults)
        size = scale_text(chosen)
        raise CannotTellError(f"this world cannot be rehearsed at any scale. At {size}: {reasons}")
    changes, said = _changes(reduced.file, script, chosen)
    small = overlay(reduced.file, changes)
    timing = shortened(write_script(small, activity), small, activity)
    return Rehearsable(
        file=overlay(small, timing.changes),
        activity=activity,
        scale=chosen,
        left_out=reduced.left_out,
        changed=(*said, *timing.said),
    )


def scale_text(scale: float) -> str:
    """Return a scale as people write it: ``1/300``."""
    return f"1/{round(1 / scale):,}" if scale < 1 else "1/1"


# -- choosing ------------------------------------------------------------------------------------


def _attempts_per_s(world: World) -> dict[str, float]:
    """Return how many attempts a second each population, and each call, can make when nothing is answered."""
    potential: dict[str, float] = {}
    for name, clients in world.clients.items():
        if clients.demand.kind == "open":
            potential[name] = 3.0 * clients.demand.rate_per_s
        else:
            slots = clients.population_count * (clients.pool_count if clients.connection == "pool" else 1)
            potential[name] = slots / clients.timeout_s
    asked = {
        name: sum(potential[one] for one, clients in world.clients.items() if clients.service == name)
        for name in world.services
    }
    for name, caller in callers_of(world):
        service = world.services[caller]
        most = service.instances_count * service.concurrency_count / max(service.service_time_s, 1e-9)
        potential[name] = min(asked[caller], most)
    return potential


def _passing(world: World, crossing: str) -> list[str]:
    services = world.services
    ways = {
        name: (clients.network, services[clients.service].network) for name, clients in world.clients.items()
    }
    for name, caller in callers_of(world):
        call = services[caller].calls[int(name.rpartition("/")[2])]
        ways[name] = (services[caller].network, services[call.service].network)
    return [name for name, way in ways.items() if crossing in (route(world, *way) or ())]


def _packets_per_s(script: Script, *, limited: bool) -> float:
    """Return the greatest packet rate of a crossing; `limited`: only of those that can be full."""
    greatest = 0.0
    for phase in script.phases:
        attempts = _attempts_per_s(phase.world)
        for name, crossing in phase.world.crossings.items():
            wanted = EXCHANGE_PACKETS * sum(attempts[one] for one in _passing(phase.world, name))
            capacity = crossing.packet_capacity_per_s
            if capacity is not None and (capacity <= wanted or not limited):
                wanted = min(wanted, capacity)
            elif limited:
                continue
            greatest = max(greatest, wanted)
    return greatest


def _total_attempts_per_s(script: Script) -> float:
    return max(sum(_attempts_per_s(phase.world).values()) for phase in script.phases)


def _least_scale(script: Script) -> float:
    return max(
        (
            min(one.least / value, 1.0)
            for phase in script.phases
            for _, one, value in scaling_numbers(phase.world)
        ),
        default=0.0,
    )


def _choose(script: Script) -> float:
    packets, attempts = _packets_per_s(script, limited=True), _total_attempts_per_s(script)
    wanted = min(1.0, AIM_PACKETS_PER_S / max(packets, 1e-9), AIM_ATTEMPTS_PER_S / max(attempts, 1e-9))
    wanted = max(wanted, _least_scale(script))
    larger = [1 / step for step in _CHOICES if wanted <= 1 / step <= 1.5 * wanted]
    return larger[-1] if larger else min(1.0, wanted)


# -- what cannot be ------------------------------------------------------------------------------


def _faults(script: Script, scale: float) -> list[Fault]:
    found: dict[str, Fault] = {}
    for phase in script.phases:
        for path, one, value in scaling_numbers(phase.world):
            if value * scale < min(one.least, value) * 0.999:
                least = scale_text(min(one.least / value, 1.0))
                found.setdefault(
                    path,
                    Fault(
                        what=f"too few {one.means} at {scale_text(scale)}",
                        kind="statement",
                        path=path,
                        value=f"{value * scale:.3g}",
                        allowed=f"at least {one.least:g}: a scale of {least} or larger",
                    ),
                )
        if scale < 1:
            found |= _unscalable(phase.world, scale)
    found |= _too_much(script, scale)
    if scale < 1:
        found |= _uneven(script, scale)
    return list(found.values())


def _unscalable(world: World, scale: float) -> dict[str, Fault]:
    found = {}
    for name, service in world.services.items():
        if service.peers_per_thread_count is not None:
            path = f"services.{name}.peers_per_thread"
            what = "threads for every peer grow as the square of the instances, which no scale keeps"
            found[path] = Fault(what=what, path=path, allowed="only a scale of 1/1")
        if service.contention is not None:
            path = f"services.{name}.contention"
            what = "how much requests hold each other up depends on how many an instance serves"
            found[path] = Fault(what=what, path=path, allowed="only a scale of 1/1")
    for path, retry in _policies(world):
        for i, layer in enumerate(retry.layers):
            budget = layer.budget
            if budget is None or budget.scope != "population":
                continue
            if budget.tokens_count * scale < 2 * budget.cost_count:
                where = f"{path}.layers.{i}.budget.tokens"
                found[where] = Fault(
                    what=f"a budget shared by all clients holds too few retries at {scale_text(scale)}",
                    kind="statement",
                    path=where,
                    value=f"{budget.tokens_count * scale:.3g}",
                    allowed=f"a scale of {scale_text(min(2 * budget.cost_count / budget.tokens_count, 1.0))}"
                    " or larger",
                )
    return found


def _policies(world: World) -> list[tuple[str, RetryPolicy]]:
    found = [(f"clients.{name}.retry", clients.retry) for name, clients in world.clients.items()]
    for name, activity in world.activities.items():
        for i, reaction in enumerate(activity.reactions):
            if reaction.retry is not None:
                found.append((f"activities.{name}.reactions.{i}.retry", reaction.retry))
    return found


def _too_much(script: Script, scale: float) -> dict[str, Fault]:
    """Return what one machine cannot carry even so."""
    connections = max(
        sum(
            clients.population_count * (clients.pool_count if clients.connection == "pool" else 1)
            for clients in phase.world.clients.values()
            if clients.demand.kind != "open" or clients.connection != "per_request"
        )
        for phase in script.phases
    )
    rows = (
        ("connections at once", connections, MOST_CONNECTIONS),
        ("attempts a second", _total_attempts_per_s(script), MOST_ATTEMPTS_PER_S),
        ("packets a second", _packets_per_s(script, limited=False), MOST_PACKETS_PER_S),
    )
    return {
        what: Fault(
            what=f"too many {what} at {scale_text(scale)}",
            kind="statement",
            value=f"{value * scale:,.0f}",
            allowed=f"at most {most:,.0f}: a scale of {scale_text(most / value)} or smaller",
        )
        for what, value, most in rows
        if value * scale > most * 1.001
    }


def _uneven(script: Script, scale: float) -> dict[str, Fault]:
    """Return the services whose instances, or whose times, would not stay in proportion."""
    found = {}
    world = script.phases[0].world
    for name, places in _places(script, scale).items():
        if places.worst_ratio > RATIO_TOLERANCE:
            path = f"services.{name}.instances"
            found[path] = Fault(
                what=f"steps of its instances come out {100 * places.worst_ratio:.0f} % off at "
                f"{scale_text(scale)}",
                kind="statement",
                path=path,
                allowed="a larger scale, or fewer batches",
            )
        waits = [clients.timeout_s for clients in world.clients.values() if clients.service == name]
        time_s = world.services[name].service_time_s * places.stretch_ratio
        if places.stretch_ratio > STRETCH_TOLERANCE and time_s > STRETCHED_SHARE * min(waits, default=1e9):
            path = f"services.{name}.concurrency"
            found[path] = Fault(
                what="one place of it is more than its share: its service time would have to be "
                f"{time_s:.3g} s",
                kind="statement",
                path=path,
                allowed="a larger scale",
            )
        for path, count in counts_of_an_instance(world.services[name], name):
            wanted = count * places.share_ratio(scale)
            if abs(max(round(wanted), 1) / wanted - 1.0) > RATIO_TOLERANCE:
                what = f"what one instance asks of others is {wanted:.3g} at {scale_text(scale)}"
                allowed = "a scale at which it is a whole number"
                found[path] = Fault(what=what, kind="statement", path=path, allowed=allowed)
    return found


# -- the scaled world ----------------------------------------------------------------------------


def _places(script: Script, scale: float) -> dict[str, Places]:
    first = script.phases[0].world
    return {
        name: scaled_places(
            service, scale, (phase.world.services[name].instances_count for phase in script.phases)
        )
        for name, service in first.services.items()
    }


def _changes(file: WorldFile, script: Script, scale: float) -> tuple[dict[str, object], tuple[str, ...]]:
    if scale == 1.0:
        return {}, ()
    world = file.world
    changes: dict[str, object] = {
        path: scaled(value, one, scale) for path, one, value in scaling_numbers(world)
    }
    places = _places(script, scale)
    for name, one in places.items():
        changes |= _service_changes(world, name, one, scale)
    for path, retry in _policies(world):
        changes |= _budget_changes(path, retry, scale)
    changes |= _activity_changes(world, places)
    for name, trigger in world.triggers.items():
        laid = overlay(file, trigger.set).world
        for path, value in trigger.set.items():
            changed = _at_scale(path, value, laid, places, scale)
            if changed is not value:
                changes[f"triggers.{name}.set.{path}"] = changed
    return changes, _said(world, changes, places)


def _service_changes(world: World, name: str, places: Places, scale: float) -> dict[str, object]:
    service = world.services[name]
    path = f"services.{name}"
    an_instance = places.share_ratio(scale)
    changes: dict[str, object] = {
        f"{path}.instances": places.instances_count,
        f"{path}.concurrency": places.concurrency_count,
        f"{path}.accept_backlog": max(1, round(service.accept_backlog_count * an_instance)),
    }
    if service.connections_count is not None:
        changes[f"{path}.connections"] = count = max(1, round(service.connections_count * an_instance))
        if service.reserved_connections_count:
            # What ordinary clients get is scaled, not what is left of two rounded numbers.
            accepted = max(1, round((service.accepted_count or 0) * an_instance))
            changes[f"{path}.reserved_connections"] = max(count - accepted, 0)
    if service.autoscaler is not None:
        ratio = places.instance_ratio
        changes |= scaler_changes(f"{path}.autoscaler", service.autoscaler, ratio, an_instance)
    if service.memory is not None:
        room_bytes = max(1, round(service.memory.room_bytes * an_instance))
        changes[f"{path}.memory.limit"] = service.memory.base_bytes + room_bytes
    for where, count in counts_of_an_instance(service, name):
        changes[where] = max(1, round(count * an_instance))
    if places.stretch_ratio != 1.0:
        for key in ("service_time", "setup_time", "resumed_setup_time"):
            changes[f"{path}.{key}"] = value_at(world, f"{path}.{key}") * places.stretch_ratio
    return changes


def _budget_changes(path: str, retry: RetryPolicy, scale: float) -> dict[str, object]:
    changes: dict[str, object] = {}
    for i, layer in enumerate(retry.layers):
        if layer.budget is not None and layer.budget.scope == "population":
            where = f"{path}.layers.{i}.budget"
            changes[f"{where}.tokens"] = layer.budget.tokens_count * scale
            changes[f"{where}.fill"] = layer.budget.fill_per_s * scale
    return changes


def _activity_changes(world: World, places: Mapping[str, Places]) -> dict[str, object]:
    changes: dict[str, object] = {}
    for name, activity in world.activities.items():
        if activity.kind == "devices" or activity.service not in places:
            continue
        ratio = places[activity.service].instance_ratio
        for key, count in (("from", activity.from_count), ("to", activity.to_count)):
            if count is not None:
                changes[f"activities.{name}.{key}"] = max(round(count * ratio), 1 if count else 0)
        for i, step in enumerate(activity.steps):
            changes[f"activities.{name}.steps.{i}.to"] = max(round(step.to_count * ratio), 1)
    return changes


def _at_scale(path: str, value: Any, laid: World, places: Mapping[str, Places], scale: float) -> Any:
    """Return what a trigger sets at `path`, scaled; the same object where nothing of it scales."""
    if isinstance(value, Mapping) and dimension_of(path) is None:
        parts = {key: _at_scale(f"{path}.{key}", part, laid, places, scale) for key, part in value.items()}
        return value if all(parts[key] is value[key] for key in value) else parts
    number = value_at(laid, path)
    steps = path.split(".")
    if steps[0] == "services" and steps[2:] == ["instances"] and steps[1] in places:
        return round(number * places[steps[1]].instance_ratio)
    one = dimension_of(path)
    if one is None or not isinstance(number, int | float):
        return value
    return scaled(float(number), one, scale)


def _said(world: World, changes: Mapping[str, object], places: Mapping[str, Places]) -> tuple[str, ...]:
    """Return what is said about numbers whose smaller form means something else."""
    said = []
    for name, crossing in world.crossings.items():
        if crossing.ports is not None:
            ports = changes[f"crossings.{name}.ports.per_destination"]
            said.append(
                f"{name} translates to {ports:,.0f} ports for each destination instead of "
                f"{crossing.ports.per_destination_count:,}: as many for each client as before."
            )
        limit = crossing.admission
        if limit is not None and limit.per_source_per_s is not None:
            said.append(f"The limit of {name} for each source stays as it is: each client keeps its own.")
    for name, one in places.items():
        if one.stretch_ratio > STRETCH_TOLERANCE:
            said.append(
                f"{name} has whole places only, so its times are {one.stretch_ratio:.2f} times as long; "
                "its capacity is exact."
            )
    return tuple(said)
