"""Which protective settings could help an activity at all? Sums over the world, nothing is run.

What real networks teach stands here once: the excess is dropped and not answered, because an answer
passes the same device and keeps it down; a limit per source is never offered against a surge, because
many sources' first SYNs pass it; a queue that takes longer to pass than those who ask wait is a trap, so
it is cut to a part of their time-out; and who keeps fewer connections, or closes fewer, needs no more ports.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from tidegate.evaluate.arithmetic.checked import calling
from tidegate.evaluate.arithmetic.connecting import herds_take_s
from tidegate.evaluate.arithmetic.load import requests_per_s
from tidegate.evaluate.arithmetic.restarting import darkness, never_dark
from tidegate.evaluate.arithmetic.withdrawn import withdrawn
from tidegate.evaluate.arithmetic.work import answer_s
from tidegate.evaluate.variants.doubt import share_of
from tidegate.evaluate.variants.margin import MARGIN_RATIO
from tidegate.evaluate.variants.pace import started_in_turn_count
from tidegate.evaluate.variants.scope import concern_of, script_of
from tidegate.protect import countable_limits, turns, unanswered
from tidegate.protect.connecting import of_connecting
from tidegate.protect.filling import of_memories
from tidegate.protect.offer import Knob, Offer
from tidegate.protect.patience import PART_OF_TIMEOUT, TRAP_OF_TIMEOUT, patience_s
from tidegate.protect.pools import of_pools
from tidegate.protect.retrying import (
    back_off_of_calls,
    back_off_of_clients,
    back_off_of_starts,
    budgets,
    without_time_outs,
)
from tidegate.protect.setting_kinds import canonical
from tidegate.protect.widening import of_width
from tidegate.simulate.script import Script, unsaid_reactions
from tidegate.world.clients import Clients
from tidegate.world.crossing import EXCHANGE_PACKETS
from tidegate.world.world import World, WorldFile

_RATES = (0.7, 0.5)  # of what a device can set up
_SPREADS = 20.0  # times as planned
_LEAST_SPREAD_S = 20.0
_SHORTEST_SPREAD_S = 1.0
_TWICE = 2.0
_LONG_START_S = 300.0
_LEAST_LAG_S = 1.0
_FEW_STARTS = 4  # at a time, at least
_BUSY_TARGET = 0.7
_BUSY = 0.3  # of what a service can do: below it a queue has no reason to grow
_MOST_DEVICES = 4096
_AGE_JITTER = 0.5
_MORE = 8.0  # times the capacity, at most


def _through(world: World, crossing: str) -> list[Clients]:
    """Return the populations whose way leads through a crossing."""
    return [
        clients
        for clients in world.clients.values()
        if crossing in countable_limits.crossings_of(world, clients)
    ]


def _surely_per_s(name: str, file: WorldFile, capacity_per_s: float) -> float:
    """Return what a device surely sets up: with margin, where that rests on a number that is assumed."""
    costs = (f"crossings.{name}.{key}" for key in ("forwarding", "setup"))
    assumed = any(path in file.estimates and file.estimates[path].basis == "assumed" for path in costs)
    per_s = capacity_per_s / file.world.crossings[name].devices_count
    return per_s * (1.0 - MARGIN_RATIO) if assumed else per_s


def _of_crossing(name: str, file: WorldFile, steady_per_s: float) -> list[Offer]:
    world, crossing = file.world, file.world.crossings[name]
    users = _through(world, name)
    if not users or crossing.forwarding_per_s is None:
        return []
    offers = []
    timeout_s = min(clients.timeout_s for clients in users)
    left_per_s = max(crossing.forwarding_per_s - crossing.background.packets_per_s, 1.0)
    queue = crossing.queue_packets_count
    cap = max(int(left_per_s * timeout_s * PART_OF_TIMEOUT), 10)
    if queue / left_per_s > TRAP_OF_TIMEOUT * timeout_s:
        offers.append(
            Offer(name=f"queue cap of {name}", changes={f"crossings.{name}.queue_packets": cap}, refuses=1)
        )
        queue = cap
    capacity = crossing.flow_capacity_per_s
    if capacity is None or crossing.admission is not None:
        return offers
    device_per_s = _surely_per_s(name, file, capacity)
    for share in _RATES:
        rate = float(f"{device_per_s * share:.3g}")
        # A limit below what passes on any day would itself be the outage.
        if rate * crossing.devices_count > (1.0 + MARGIN_RATIO) * (1.0 + crossing.skew_ratio) * steady_per_s:
            path = f"crossings.{name}.admission"
            burst = max(5, min(round(rate / 10), queue // (2 * EXCHANGE_PACKETS)))
            changes = {f"{path}.rate": rate, f"{path}.burst": burst, f"{path}.on_excess": "drop"}
            offers.append(Offer(name=f"admission at {name}, {rate:g}/s a device", changes=changes, refuses=2))
    return offers


def _of_service(name: str, world: World, *, unstated: bool = False) -> list[Offer]:
    """Return a cap for the queue of a service if that is a trap: one that is stated, or that is not."""
    service = world.services[name]
    timeout_s = patience_s(world, name)
    workers = service.instances_count * service.concurrency_count
    if timeout_s is None or not workers or service.service_time_s <= 0.0:
        return []
    per_s = workers / service.crowded_time_s
    # No stated queue is no stated trap; where one is stated it is judged by its time to pass.
    if unstated:
        users = [clients for clients in world.clients.values() if clients.service == name]
        busy = sum(requests_per_s(world, one) for one in users) > _BUSY * per_s
        trap = service.queue_count is None and busy
    else:
        trap = service.queue_count is not None and service.queue_count / per_s > TRAP_OF_TIMEOUT * timeout_s
    if not trap:
        return []
    cap = max(int(per_s * timeout_s * PART_OF_TIMEOUT), 1)
    # A full queue stays silent where it is: an answer at once brings those without back-off back at once.
    called = f"queue cap of {service.title or name}"
    return [Offer(name=called, changes={f"services.{name}.queue": cap}, refuses=1)]


def _of_places(world: World) -> Iterator[Offer]:
    """Yield as many requests at a time as do most together, where more of them do less."""
    for name, service in world.services.items():
        law = service.contention
        if law is None or service.service_time_s <= 0.0:
            continue
        best = law.best_count(waiting_ratio=answer_s(world, name) / service.service_time_s - 1.0)
        if best < service.concurrency_count:
            called = f"fewer requests at a time in {service.title or name}"
            changes = {f"services.{name}.concurrency": max(1, math.floor(best))}
            yield Offer(name=called, changes=changes, refuses=0)


def _of_clients(file: WorldFile, activity: str | None) -> list[Offer]:
    world = file.world
    offers = list(back_off_of_clients(world))
    if activity is None:
        return offers
    plan = world.activities[activity]
    # The last client comes half-way to the horizon, so that what becomes of it is seen.
    most_s = max(world.horizon_s - plan.at_s - plan.steps_last_s, 0.0) / 2
    for i, reaction in enumerate(plan.reactions):
        path = f"activities.{activity}.reactions.{i}.spread"
        called = f"reconnect spread of {_called(world, reaction.clients)}"
        offers += _spread(called, path, reaction.spread_s, most_s)
    offers += _unsaid_spread(file, activity, most_s)
    for name in plan.clients_added:
        path, before_s = f"clients.{name}.start_spread", world.clients[name].start_spread_s
        offers += _spread(f"start spread of {_called(world, name)}", path, before_s, most_s)
    return offers


def _of_ages(world: World) -> list[Offer]:
    """Return jitter for ages that are reached: what began together shall not end together."""
    aged = [
        (f"services.{name}", one.title or name, one.connection_age) for name, one in world.services.items()
    ]
    aged += [
        (f"clients.{name}", _called(world, name), one.connection_age) for name, one in world.clients.items()
    ]
    aged += [
        (f"services.{name}.calls.{i}", f"{one.title or name} towards {call.service}", call.connection_age)
        for name, one in world.services.items()
        for i, call in enumerate(one.calls)
    ]
    return [
        Offer(
            name=f"jitter of the connections' age at {called}",
            changes={f"{path}.connection_age.jitter": _AGE_JITTER},
            refuses=0,
            knob=Knob(
                path=f"{path}.connection_age.jitter", least=max(age.jitter_ratio, 0.05), most=_AGE_JITTER
            ),
        )
        for path, called, age in aged
        if age is not None and age.jitter_ratio < _AGE_JITTER and age.age_s < world.horizon_s
    ]


def _called(world: World, name: str) -> str:
    """Return what people call a population."""
    return world.clients[name].title or name


def _spread(name: str, path: str, before_s: float, most_s: float) -> list[Offer]:
    spread_s = min(max(_SPREADS * before_s, _LEAST_SPREAD_S), most_s)
    if spread_s <= before_s:
        return []
    knob = Knob(path=path, least=min(_SHORTEST_SPREAD_S, spread_s), most=spread_s)
    return [Offer(name=name, changes={path: spread_s}, refuses=0, knob=knob)]


def _unsaid_spread(file: WorldFile, activity: str, most_s: float) -> Iterator[Offer]:
    """Yield a spread for those whose connections a plan closes without a word of them.

    Twice as long as all of them take, so that what else is asked is answered meanwhile.
    """
    world, plan = file.world, file.world.activities[activity]
    if plan.reactions:
        return
    script = script_of(file, activity)
    met = {wave.clients for wave in script.waves if wave.kind == "reconnect"}
    unsaid = [one for one in unsaid_reactions(world, plan) if one.clients in met]
    if not unsaid:
        return
    takes_s = herds_take_s(script)
    spread_s = float(f"{min(max(_TWICE * takes_s, _LEAST_SPREAD_S), most_s):.3g}")
    if spread_s >= _SHORTEST_SPREAD_S:
        said = [{"clients": one.clients, "spread": f"{spread_s:g}s"} for one in unsaid]
        called = " and ".join(_called(world, one.clients) for one in unsaid)
        path = f"activities.{activity}.reactions"
        yield Offer(name=f"reconnect spread of {called}", changes={path: said}, refuses=0)


def _in_turn(world: World, activity: str) -> list[Offer]:
    """Return few starts at a time, the next as one is ready, where what starts asks for something first.

    So few that all of them are there half-way to the horizon, were nothing to hold them up.
    """
    plan, started = world.activities[activity], started_in_turn_count(world, activity)
    boots_s = world.services[plan.service].boot.time_s if plan.service else 0.0
    over_s = max(world.horizon_s - plan.at_s, boots_s) / 2
    few = max(_FEW_STARTS, math.ceil(started * boots_s / over_s)) if over_s > 0.0 else _FEW_STARTS
    if started <= few or (plan.at_once_most_count or started) <= few:
        return []
    path = f"activities.{activity}.at_once_most"
    least = started / min(plan.at_once_most_count or started, started)
    knob = Knob(path=path, least=least, most=started / few, scale=started, grows=False, whole=True)
    changes = {path: knob.value(knob.most)}
    return [Offer(name=f"few starts at a time in {activity}", changes=changes, refuses=0, knob=knob)]


def _of_restart(file: WorldFile, activity: str) -> Iterator[Offer]:
    """Yield steps, or a successor that comes first, where a restart leaves nobody there."""
    script = script_of(file, activity)
    dark = darkness(script, activity)
    if dark is None:
        return
    world, most = script.phases[0].world, dark.most_batches_count
    if most < 2 and world.services[dark.service].instances_count > 1:
        return
    changes, knob, called = never_dark(dark, most), None, "a successor first in"
    if most > 1:
        path, called = f"activities.{dark.activity}.batches", "steps of"
        knob = Knob(path=path, least=2.0, most=float(most), whole=True)
    yield Offer(
        name=f"{called} {dark.activity}",
        changes=changes,
        refuses=0,
        knob=knob,
        is_needed=dark.is_too_long,
    )


def _of_lags(script: Script) -> Iterator[Offer]:
    """Yield a shorter time in which instances that have gone are still used."""
    for one in withdrawn(script):
        service = one.world.services[one.service]
        lag_s = service.balancing.removal_lag_s if service.balancing is not None else 0.0
        if lag_s > _LEAST_LAG_S:
            path = f"services.{one.service}.balancing.removal_lag"
            knob = Knob(path=path, least=1.0, most=lag_s / _LEAST_LAG_S, scale=lag_s, grows=False)
            called = f"gone instances of {service.title or one.service} used for a shorter time"
            yield Offer(name=called, changes={path: knob.value(knob.most)}, refuses=0, knob=knob)


def _of_scalers(world: World) -> Iterator[Offer]:
    """Yield a second signal that rises while requests wait for calls, and a fallback that is no step back."""
    for name, service in world.services.items():
        scaler, at = service.autoscaler, f"services.{name}.autoscaler"
        if scaler is None:
            continue
        called = service.title or name
        if scaler.signal == "cpu" and scaler.also is None and service.calls:
            changes = {f"{at}.also.signal": "utilisation", f"{at}.also.target": _BUSY_TARGET}
            yield Offer(name=f"busy places as a signal of {called}, too", changes=changes, refuses=0)
        fallback = scaler.metrics.fallback_count if scaler.metrics is not None else None
        if fallback is not None and fallback < service.instances_count:
            changes = {f"{at}.metrics.fallback": min(service.instances_count, scaler.most_count)}
            yield Offer(name=f"fallback of {called}", changes=changes, refuses=0)


def _of_checks(world: World) -> Iterator[Offer]:
    """Yield a longer time in which an instance that starts is not checked, where checks restart it."""
    for name, service in world.services.items():
        for i, probe in enumerate(service.health_probes):
            if probe.on_failure != "restart" or not probe.busy_fails:
                continue
            path = f"services.{name}.health_probes.{i}.initial_delay"
            before_s = service.boot.time_s if probe.initial_delay_s is None else probe.initial_delay_s
            # Half the time that is looked at: what comes of it must be seen.
            most_s = min(max(_SPREADS * before_s, _LONG_START_S), world.horizon_s / 2)
            if most_s > before_s:
                knob = Knob(path=path, least=1.0, most=max(most_s - before_s, 1.0), base=before_s)
                called = f"longer initial delay of the checks of {service.title or name}"
                yield Offer(name=called, changes={path: knob.value(knob.most)}, refuses=0, knob=knob)


def _of_own_checks(world: World) -> Iterator[Offer]:
    """Yield checks that ask an instance alone, where they wait for what it calls and restart it for that.

    Where each instance is restarted so within the horizon, nothing is enough without it.
    """
    for one in calling(world):
        service = world.services[one.service]
        yield Offer(
            name=f"checks of {service.title or one.service} that make no calls",
            changes={f"services.{one.service}.health_probes.{one.index}.busy_fails": False},
            refuses=0,
            is_needed=one.restarts_count >= service.instances_count,
        )


def _beside(path: str, other: str) -> bool:
    """Whether two paths are one, or one lies below the other."""
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")


def _in_doubt(file: WorldFile, offer: Offer) -> bool:
    """Whether nobody can rely on setting it: a belief doubts that very thing, and not in proportion."""
    return any(
        _beside(mine, canonical(path)) and not share_of(file, belief.counter, mine)
        for belief in file.world.beliefs.values()
        if belief.basis != "measured"
        for path in belief.counter
        for mine in offer.changes
    )


def offers_for(file: WorldFile, activity: str | None, steady_per_s: Mapping[str, float]) -> tuple[Offer, ...]:
    """Return what could help: settings of devices, services and clients, then limits and a smaller goal.

    What a belief that was never measured puts in doubt is not offered: nobody can rely on setting it.
    Only where it doubts a number in proportion (half of the ports) that number may be set, so that it
    holds in that proportion, too.

    Parameters
    ----------
    file, activity
        The world, and what is to be made safe.
    steady_per_s
        New flows a second that each crossing carries on an ordinary day.
    """
    world = file.world
    short = countable_limits.shortages(file, activity)
    found: list[Offer] = []
    for name in world.crossings:
        found += _of_crossing(name, file, steady_per_s.get(name, 0.0))
        found += countable_limits.of_ports(name, file, activity)
        found += countable_limits.of_closed(name, file, activity)
        found += [*unanswered.of_table(name, file, activity), *unanswered.of_ports(name, file, activity)]
    for name in world.services:
        found += _of_service(name, world)
    found += countable_limits.of_clients(file, activity, short)
    found += [*of_connecting(script_of(file, activity)), *_of_lags(script_of(file, activity))]
    found += [*_of_clients(file, activity), *back_off_of_calls(world), *_of_ages(world), *_of_checks(world)]
    found += [*_of_places(world), *_of_scalers(world)]
    found += _of_own_checks(script_of(file, activity).phases[0].world)
    found += of_memories(script_of(file, activity).phases[-1].world)
    found += [*_in_turn(world, activity), *_of_restart(file, activity)] if activity is not None else []
    found += [*back_off_of_starts(file, activity), *of_pools(file, activity)]
    found += turns.higher_limits(file, activity)
    found += [*turns.smaller_bursts(file, activity), *turns.shorter_turns(file, activity)]
    met = {path for offer in found for path in offer.changes}
    found += countable_limits.raised(world, tuple(one for one in short if one.limit.path not in met))
    found += [*of_width(file, activity), *countable_limits.smaller_goal(file, activity)]
    return _of_use(file, activity, found)


def _of_use(file: WorldFile, activity: str | None, offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """Return the offers that can be relied on and have anything to do with an activity."""
    concerns = concern_of(file, activity)
    return tuple(
        offer for offer in offers if all(map(concerns, offer.changes)) and not _in_doubt(file, offer)
    )


def further_settings(file: WorldFile, activity: str | None) -> tuple[Offer, ...]:
    """Return what a long search tries as well.

    A budget for each population that tries again without one, a tenth of its first attempts; a cap for
    queues that the world does not state, where much of the service is asked for; no retry of time-outs, where
    tries are what overwhelms; a limit of their own of those who come together and keep none.
    """
    offers = [one for name in file.world.services for one in _of_service(name, file.world, unstated=True)]
    offers += [*budgets(file.world), *without_time_outs(file, activity), *turns.new_limits(file, activity)]
    return _of_use(file, activity, offers)


def more_capacity(file: WorldFile, activity: str | None) -> tuple[Offer, ...]:
    """Return more devices and more instances: what is left where no setting is enough."""
    world = file.world
    plan = world.activities[activity] if activity is not None else None
    offers = []
    for name, crossing in world.crossings.items():
        if crossing.flow_capacity_per_s is not None and not (plan and plan.crossing == name):
            most = min(_MORE, _MOST_DEVICES / crossing.devices_count)
            path = f"crossings.{name}.devices"
            offers += _more(f"more devices of {name}", path, crossing.devices_count, most)
        if crossing.bandwidth_bit_per_s is not None:
            path = f"crossings.{name}.bandwidth"
            knob = Knob(path=path, least=1.0, most=_MORE, scale=crossing.bandwidth_bit_per_s)
            changes = {path: knob.value(_MORE)}
            called = f"more bandwidth of {name}"
            offers.append(Offer(name=called, changes=changes, refuses=0, asks="capacity", knob=knob))
    for name, service in world.services.items():
        is_sized = plan is not None and plan.kind == "scale" and plan.service == name
        if service.instances_count and not is_sized:
            path = f"services.{name}.instances"
            called = f"more instances of {service.title or name}"
            offers += _more(called, path, service.instances_count, _MORE)
    return _of_use(file, activity, offers)


def _more(name: str, path: str, count: int, most: float) -> list[Offer]:
    if most <= 1.0:
        return []
    knob = Knob(path=path, least=1.0, most=most, scale=float(count), whole=True)
    return [Offer(name=name, changes={path: knob.value(most)}, refuses=0, asks="capacity", knob=knob)]
