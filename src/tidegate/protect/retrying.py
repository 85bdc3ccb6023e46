"""What helps of how clients, callers and instances that start try again? Pauses that grow, and fewer tries.

Shortcut: a policy of a call, or of a boot call, is set as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.evaluate.arithmetic.load import capacity_per_s, streams
from tidegate.evaluate.arithmetic.work import answer_s, places_count, setup_work_s, way_of
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.offer import Offer
from tidegate.protect.patience import TRAP_OF_TIMEOUT
from tidegate.protect.pools import started_together_count
from tidegate.world.boot import BootCall
from tidegate.world.retry import RetryLayer, RetryPolicy
from tidegate.world.service import Service
from tidegate.world.world import World, WorldFile

_GROWS = ("exponential", "decorrelated")
_BACK_OFF = "exponential-full-jitter"
_TOKENS, _PER_REQUEST = 10.0, 0.1  # retries at most a tenth of the requests, after ten at once


def _is_scattered(layer: RetryLayer) -> bool:
    """Whether pauses are scattered by jitter, as that of the offer is, or by a law."""
    return layer.jitter != "none" or layer.law.varies


def _needs_backoff(policy: RetryPolicy) -> bool:
    return any(layer.backoff not in _GROWS or not _is_scattered(layer) for layer in policy.layers)


def back_off_of_clients(world: World) -> Iterator[Offer]:
    """Yield back-off for clients that try again at once, or all together."""
    for name, clients in world.clients.items():
        if _needs_backoff(clients.retry):
            yield _back_off(clients.title or name, f"clients.{name}")


def back_off_of_calls(world: World) -> Iterator[Offer]:
    """Yield back-off for services that call others and try again at once; jitter where only that lacks."""
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            if _needs_backoff(call.retry):
                called, at = f"{service.title or name} towards {call.service}", f"services.{name}.calls.{i}"
                yield from _jitter(called, at, call.retry)
                yield _back_off(called, at)


def _jitter(called: str, at: str, policy: RetryPolicy) -> Iterator[Offer]:
    """Yield jitter of the pauses there are, where each of them grows and some are not scattered."""
    if any(layer.backoff not in _GROWS or layer.base_s == 0.0 for layer in policy.layers):
        return
    bare = [j for j, layer in enumerate(policy.layers) if not layer.is_scattered]
    if bare:
        changes: dict[str, object] = {f"{at}.retry.layers.{j}.jitter": "full" for j in bare}
        yield Offer(name=f"jitter of the retries of {called}", changes=changes, refuses=0)


def back_off_of_starts(file: WorldFile, activity: str | None) -> Iterator[Offer]:
    """Yield back-off for what instances ask for as they start, where many start and some are given up."""
    world = file.world
    for name, service in world.services.items():
        calls = [(i, call) for i, call in enumerate(service.boot.calls) if _needs_backoff(call.retry)]
        together = started_together_count(world, script_of(file, activity), name) if calls else 0
        for i, call in calls:
            if _asking_s(world, service, call, together) > TRAP_OF_TIMEOUT * call.timeout_s:
                called = f"{service.title or name}'s start towards {call.service}"
                yield _back_off(called, f"services.{name}.boot.calls.{i}")


def _asking_s(world: World, service: Service, call: BootCall, together: int) -> float:
    """Return how long it takes until the boot calls of so many instances are answered, all sent at once."""
    called = world.services[call.service]
    sent = together * min(call.requests_count, call.at_once_count or call.requests_count)
    each_s = answer_s(world, call.service) + setup_work_s(called)
    takes_s = [sent * each_s / max(places_count(called), 1)]
    each_bytes = called.answer_size_bytes if call.answer_size_bytes is None else call.answer_size_bytes
    for name in way_of(world, service.network, call.service):
        crossing = world.crossings[name]
        if crossing.flow_capacity_per_s:
            takes_s.append(sent / crossing.flow_capacity_per_s)
        if crossing.bandwidth_bit_per_s is not None:
            takes_s.append(8.0 * sent * each_bytes / (crossing.bandwidth_bit_per_s * crossing.devices_count))
    return max(takes_s)


def _back_off(called: str, at: str) -> Offer:
    return Offer(name=f"back-off of {called}", changes={f"{at}.retry": _BACK_OFF}, refuses=0)


def budgets(world: World) -> Iterator[Offer]:
    """Yield a budget for each population that tries again without one: a tenth of its first attempts."""
    for name, clients in world.clients.items():
        layers = clients.retry.layers
        if any(layer.budget is None and layer.retries_count != 0 for layer in layers[:1]):
            path = f"clients.{name}.retry.layers.0.budget"
            changes = {f"{path}.tokens": _TOKENS, f"{path}.per_request": _PER_REQUEST}
            yield Offer(name=f"retry budget of {clients.title or name}", changes=changes, refuses=1)


def without_time_outs(file: WorldFile, activity: str | None) -> Iterator[Offer]:
    """Yield no retry of time-outs, where what timed out is done all the same and all tries are too much."""
    worlds = [phase.world for phase in script_of(file, activity).phases]
    for name, clients in file.world.clients.items():
        layer = clients.retry.layers[0] if clients.retry.layers else None
        if layer is None or not layer.retries_count or "timeout" not in layer.retries_on:
            continue  # who tries without limit wants an answer some time
        others = [one for one in layer.retries_on if one != "timeout"]
        served = file.world.services[clients.service].abandoned_work == "served"
        if others and served and any(_too_much(one, name, 1.0 + layer.retries_count) for one in worlds):
            changes: dict[str, object] = {f"clients.{name}.retry.layers.0.retries_on": others}
            called = f"no retry of time-outs of {clients.title or name}"
            yield Offer(name=called, changes=changes, refuses=1)


def _too_much(world: World, name: str, tries: float) -> bool:
    """Whether a service cannot do all tries of one population beside what else is asked of it."""
    if name not in world.clients:
        return False  # has nothing to do with what happens
    service = world.clients[name].service
    mine = tuple(one for one in streams(world) if one.service == service)
    wanted_per_s = sum(one.requests_per_s * (tries if one.name == name else 1.0) for one in mine)
    return wanted_per_s > capacity_per_s(world, service, mine, most=True)
