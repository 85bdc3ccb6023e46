"""What could be otherwise in a plan, ready to be asked without Tidegate: values to choose from, as changes.

For each belief that nobody measured, and for a few numbers (size, spread, pool, time-out, retries), some
values, and what each of them changes in the script of the plan. Whoever has the fluid engine answers from
that, in the mean and as an estimate; nothing here is run, only arithmetic is done. Where that engine does
not follow what decides, nothing is offered.

Shortcut: values of two numbers are taken together as their changes laid one over the other; where that is not
what the world itself would be, the two are named as not to be moved together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.connecting import connects
from tidegate.evaluate.arithmetic.downtime import starts, starts_outlast
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.searching.headroom import activity_question, load_question
from tidegate.evaluate.variants.axis import slot_of
from tidegate.evaluate.variants.doubt import in_doubt
from tidegate.evaluate.variants.scope import concern_of, script_of
from tidegate.simulate.fluid import unfollowed
from tidegate.simulate.script import Script
from tidegate.simulate.script_document import script_document
from tidegate.world.clients import Clients
from tidegate.world.field import file_key
from tidegate.world.file.overlay import overlay
from tidegate.world.file.quantity import format_quantity
from tidegate.world.retry import RetryLayer, RetryPolicy
from tidegate.world.world import WorldFile

Changes = Mapping[str, object]
_SIZES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
_SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
_SPREADS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_SPREADS_S = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_POOLS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
_TIMEOUTS = (0.25, 0.5, 1.0, 2.0, 4.0)
_RETRIES = (0, 1, 2, 3, 5, 10)
_LEAST_STOPS = 2
_MOST_PARTS, _MOST_PHASES = 100, 40  # beyond that the page would be large, and laying it out be slow


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One value that can be chosen.

    Parameters
    ----------
    text
        As people write it.
    changes
        What it lays over the world.
    patch
        What it changes in the script's document: values by their way through it.
    exceeded
        The limits that it exceeds by arithmetic, all else as planned.
    sets
        How `--set` says the same; empty where that is not said in a line.
    """

    text: str
    changes: Changes
    patch: tuple[tuple[tuple[str | int, ...], Any], ...]
    exceeded: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Slider:
    """A number of the plan, and the values from which one may choose.

    Parameters
    ----------
    key, label
        What it is; the label names its path.
    stops
        The values in their order.
    planned
        Which of them is the plan's own.
    """

    key: str
    label: str
    stops: tuple[Stop, ...]
    planned: int


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """What can be asked of a plan without Tidegate.

    Parameters
    ----------
    document
        The script as planned, and under "capacities" the new flows a second that each crossing can carry.
    sliders
        What may be moved; none where the fluid engine does not follow what decides.
    apart
        Pairs of keys that may not be moved together.
    exceeded
        Limits that the plan exceeds by arithmetic: the estimate does not see them.
    together
        The same of size and pool taken together, by the places of their values in the order of the sliders.
    not_followed
        What decides here and is left out of the estimate, in words.
    """

    document: Mapping[str, Any]
    sliders: tuple[Slider, ...]
    apart: tuple[tuple[str, str], ...] = ()
    exceeded: tuple[str, ...] = ()
    together: Mapping[tuple[int, ...], tuple[str, ...]] = field(default_factory=dict)
    not_followed: tuple[str, ...] = ()


def what_if(file: WorldFile, activity: str | None) -> WhatIf:
    """Return what can be asked of an activity, or of a world's triggers, by the fluid engine alone.

    Parameters
    ----------
    file, activity
        The world and what happens in it.
    """
    script, document = _laid_out(file, activity)
    gaps = _not_followed(file, script)
    sliders = () if gaps else tuple(_sliders(file, activity, document))
    return WhatIf(
        document=document,
        sliders=sliders,
        apart=tuple(_apart(file, activity, document, sliders)),
        exceeded=exceeded_limits(script),
        together=_together(file, activity, sliders),
        not_followed=gaps,
    )


def _laid_out(file: WorldFile, activity: str | None) -> tuple[Script, dict[str, Any]]:
    """Return the script of a plan, and the same as a document with what each crossing can carry."""
    script = script_of(file, activity)
    capacities = {name: one.flow_capacity_per_s for name, one in script.phases[-1].world.crossings.items()}
    return script, {**script_document(script), "capacities": capacities}


def patched(document: Any, patch: Sequence[tuple[Sequence[str | int], Any]]) -> Any:
    """Return a document with values put in their places; the document itself stays as it is."""
    for way, value in patch:
        document = _put(document, list(way), value)
    return document


def _put(node: Any, way: list[str | int], value: Any) -> Any:
    if not way:
        return value
    at, *rest = way
    if isinstance(node, list):
        assert isinstance(at, int)
        return [*node[:at], _put(node[at], rest, value), *node[at + 1 :]]
    return {**node, at: _put(node.get(at), rest, value)}


def _not_followed(file: WorldFile, script: Script) -> tuple[str, ...]:
    """Return what decides in a script and is left out of the fluid engine, as clauses."""
    found = list(unfollowed(file.world))
    if starts(script) or starts_outlast(script):
        found.append("that instances are away while they start")
    if connects(script):
        found.append("what connecting costs before anything else is asked")
    crossings = [crossing for phase in script.phases for crossing in phase.world.crossings.values()]
    if any(crossing.bandwidth_bit_per_s is not None for crossing in crossings):
        found.append("what bytes do to a link")
    if any(crossing.scaler is not None for crossing in crossings):
        found.append("how devices grow")
    world = file.world
    if len(world.services) + len(world.clients) + len(world.crossings) > _MOST_PARTS:
        found.append("more parts than a page can hold")
    if len(script.phases) > _MOST_PHASES:
        found.append("more steps than a page can hold")
    services = [service for phase in script.phases for service in phase.world.services.values()]
    if any(service.autoscaler is not None for service in services):
        found.append("what an autoscaler does")
    return tuple(dict.fromkeys(found))


# -- the numbers and their values ------------------------------------------------------------------------


def _sliders(file: WorldFile, activity: str | None, document: Mapping[str, Any]) -> Iterator[Slider]:
    main = _main_clients(file, activity)
    offered = (
        _beliefs(file),
        _size(file, activity),
        _spread(file, activity),
        _pool(file, activity),
        _timeout(file, main),
        _retries(file, main),
    )
    for found in offered:
        if found is None:
            continue
        key, label, values, planned = found
        stops = [_stop(file, activity, document, text, changes) for text, changes in values]
        kept = [(i, one) for i, one in enumerate(stops) if one is not None]
        at = next((place for place, (i, _) in enumerate(kept) if i == planned), None)
        if at is not None and len(kept) >= _LEAST_STOPS:
            yield Slider(key=key, label=label, stops=tuple(one for _, one in kept), planned=at)


Values = tuple[str, str, Sequence[tuple[str, Changes]], int]


def _stop(
    file: WorldFile, activity: str | None, document: Mapping[str, Any], text: str, changes: Changes
) -> Stop | None:
    """Return one value as a change of the document; None where the world cannot have it."""
    try:
        script, changed = _laid_out(overlay(file, changes), activity)
    except InputError:
        return None
    patch = tuple(_differences(document, changed, ()))
    sets = tuple(f"{path}={value_text(path, one)}" for path, one in changes.items() if isinstance(one, float))
    return Stop(text=text, changes=changes, patch=patch, exceeded=exceeded_limits(script), sets=sets)


def value_text(path: str, value: float) -> str:
    """Return a number as a world file writes it at a path."""
    slot = slot_of(path)
    return format_quantity(float(f"{value:.6g}"), slot.shape.unit if slot is not None else "count")


def _differences(
    was: Any, now: Any, way: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield the least places at which two documents differ, each with the new value."""
    if was == now:
        return
    if isinstance(was, dict) and isinstance(now, dict) and was.keys() == now.keys():
        for key in was:
            yield from _differences(was[key], now[key], (*way, key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for i, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from _differences(one, other, (*way, i))
    else:
        yield way, now


def _main_clients(file: WorldFile, activity: str | None) -> str | None:
    """Return the population that acts; without one the greatest that has anything to do with it."""
    plan = file.world.activities[activity] if activity else None
    acting = [*plan.clients_added, *(one.clients for one in plan.reactions)] if plan else []
    concerns = concern_of(file, activity)
    others = [name for name in file.world.clients if concerns(f"clients.{name}.timeout")]
    others.sort(key=lambda name: -file.world.clients[name].population_count)
    return next(iter([*acting, *others]), None)


def _with_planned(values: Sequence[float], planned: float) -> tuple[list[float], int]:
    """Return values in their order, the planned one among them, and its place."""
    every = sorted({*values, planned})
    return every, every.index(planned)


def _beliefs(file: WorldFile) -> Values | None:
    """Return the world as believed, and with each belief wrong that nobody has measured."""
    doubted = {name: one for name, one in file.world.beliefs.items() if one.basis != "measured"}
    if not doubted:
        return None
    values: list[tuple[str, Changes]] = [("as believed", {})]
    values += [(one.otherwise or f"not {name}", one.counter) for name, one in doubted.items()]
    return "belief", ", ".join(f"beliefs.{name}" for name in doubted), values, 0


def _size(file: WorldFile, activity: str | None) -> Values | None:
    try:
        question = activity_question(file, activity) if activity else load_question(file, activity)
    except InputError:
        question = load_question(file, activity)
    planned, span = question.planned, question.span
    if not question.axis.paths or planned is None:
        return None
    if question.axis.unit == "ratio":
        wanted = [one for one in _SHARES if one <= span.high]
    elif span.whole:
        step = planned - span.low
        wanted = [float(round(span.low + step * one)) for one in _SIZES if round(step * one) > 0]
    else:
        wanted = list(_SIZES)
    values, at = _with_planned(wanted, planned)
    is_share = question.axis.unit == "ratio"
    listed: list[tuple[str, Changes]] = [
        (f"{100 * one:g} %" if is_share else question.axis.text(one), question.axis.changes(one))
        for one in values
    ]
    return "size", question.axis.name, listed, at


def _spread(file: WorldFile, activity: str | None) -> Values | None:
    world = file.world
    if activity is None:
        return None
    plan = world.activities[activity]
    paths = {f"activities.{activity}.reactions.{i}.spread": r.spread_s for i, r in enumerate(plan.reactions)}
    paths |= {
        f"clients.{name}.start_spread": world.clients[name].start_spread_s for name in plan.clients_added
    }
    if not paths:
        return None
    planned = max(paths.values())
    most_s = (world.horizon_s - plan.at_s) / 2.0
    wanted = [planned * one for one in _SPREADS] if planned > 0.0 else list(_SPREADS_S)
    values, at = _with_planned([float(f"{one:.3g}") for one in wanted if one <= most_s], planned)
    listed = [(format_quantity(one, "s"), dict.fromkeys(paths, one)) for one in values]
    listed[at] = (listed[at][0], {})
    return "spread", ", ".join(paths), listed, at


def _pool(file: WorldFile, activity: str | None) -> Values | None:
    world, concerns = file.world, concern_of(file, activity)
    pools: dict[str, tuple[int, int]] = {}
    for name, clients in world.clients.items():
        path = f"clients.{name}.pool"
        if clients.connection == "pool" and concerns(path):
            pools[path] = (clients.population_count * clients.pool_count, clients.pool_count)
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            path = f"services.{name}.calls.{i}.pool.most"
            if call.pool is not None and service.pooler is None and concerns(path):
                many = call.pool.most_count
                pools[path] = (service.instances_count * many, many)
    if not pools:
        return None
    path = max(pools, key=lambda one: pools[one][0])
    planned = pools[path][1]
    values, at = _with_planned(
        [float(round(planned * one)) for one in _POOLS if planned * one >= 1.0], planned
    )
    return "pool", path, [(f"{one:.0f}", {path: one}) for one in values], at


def _timeout(file: WorldFile, main: str | None) -> Values | None:
    if main is None:
        return None
    path, planned = f"clients.{main}.timeout", file.world.clients[main].timeout_s
    values, at = _with_planned([planned * one for one in _TIMEOUTS], planned)
    return "timeout", path, [(format_quantity(one, "s"), {path: one}) for one in values], at


def _retries(file: WorldFile, main: str | None) -> Values | None:
    if main is None:
        return None
    clients: Clients = file.world.clients[main]
    policy = clients.retry
    layers = policy.layers or (RetryLayer(retries_count=0),)
    now = layers[-1].retries_count
    path = f"clients.{main}.retry"
    counts: list[int | None] = [*sorted({*_RETRIES, *([now] if now is not None else [])}), None]
    values: list[tuple[str, Changes]] = []
    for count in counts:
        changed = RetryPolicy(layers=(*layers[:-1], dataclasses.replace(layers[-1], retries_count=count)))
        changes: Changes = {} if count == now else {path: _policy(changed)}
        values.append((f"{count}" if count is not None else "without end", changes))
    return "retries", path, values, counts.index(now)


def _policy(policy: RetryPolicy) -> dict[str, object]:
    """Return a retry policy as a world file writes it."""
    return {"layers": [_as_written(layer) for layer in policy.layers]}


def _as_written(noun: Any) -> dict[str, object]:
    """Return what a noun states otherwise than by default, by the keys of a file."""
    said: dict[str, object] = {}
    for one in dataclasses.fields(noun):
        value, key = getattr(noun, one.name), file_key(one.name)
        if key == "law" or value == one.default:
            continue
        if dataclasses.is_dataclass(value):
            said[key] = _as_written(value)
        elif isinstance(value, tuple):
            said[key] = list(value)
        else:
            said[key] = value
    return said


# -- values together -------------------------------------------------------------------------------------


def _together(
    file: WorldFile, activity: str | None, sliders: Sequence[Slider]
) -> dict[tuple[int, ...], tuple[str, ...]]:
    """Return which limits are exceeded for each size with each pool, which is what most of them count."""
    counted = [one for one in sliders if one.key in {"size", "pool"}]
    found: dict[tuple[int, ...], tuple[str, ...]] = {}
    if len(counted) < 2:
        return found
    first, second = counted
    for i, j in product(range(len(first.stops)), range(len(second.stops))):
        both = {**first.stops[i].changes, **second.stops[j].changes}
        try:
            found[i, j] = exceeded_limits(script_of(overlay(file, both), activity))
        except InputError:
            found[i, j] = ("the world cannot be so",)
    return found


def _apart(
    file: WorldFile, activity: str | None, document: Mapping[str, Any], sliders: Sequence[Slider]
) -> Iterator[tuple[str, str]]:
    """Yield the numbers whose changes, one laid over the other, are not what the world would be."""
    for one, other in combinations(sliders, 2):
        pairs = product(_telling(one), _telling(other))
        if not all(_is_both(file, activity, document, first, second) for first, second in pairs):
            yield one.key, other.key


def _is_both(
    file: WorldFile, activity: str | None, document: Mapping[str, Any], first: Stop, second: Stop
) -> bool:
    """Whether two changes, one laid over the other, are what the world would be with both."""
    try:
        # A belief may doubt the very number that is moved: then what is set takes effect as it says.
        _, truth = _laid_out(overlay(file, in_doubt(file, first.changes, second.changes)), activity)
    except InputError:
        return False
    return bool(patched(document, (*first.patch, *second.patch)) == truth)


def _telling(slider: Slider) -> tuple[Stop, ...]:
    """Return the values that tell whether two numbers go together: each belief, else what changes most."""
    if slider.key == "belief":
        return slider.stops[1:]
    return (max(slider.stops, key=lambda stop: len(stop.patch)),)
