"""What is more demand? All clients ask more, and what serves or guards them stays as it is in proportion.

There are two ways. More clients fill whatever all share. They are no harder for any one of them: where
something is counted client by client (a pool, a budget, a share of a limit) each has to ask more as well.

What protects only where enough happens must not come into its own by asking: a breaker that needs so many
calls needs more of them where more are made. An autoscaler cannot be kept asleep like that; see `is_helped`.
"""

from __future__ import annotations

import math
from dataclasses import replace

from tidegate.evaluate.variants.grain import is_each_known
from tidegate.simulate.rows import rows_of
from tidegate.simulate.script import Phase, Script, Wave
from tidegate.world.boot import BootCall
from tidegate.world.clients import Clients, Demand
from tidegate.world.retry import RetryLayer, RetryPolicy
from tidegate.world.service import Service
from tidegate.world.world import World

_ASKING = ("open", "closed")


def louder(script: Script, times: float, *, each: bool = False) -> Script:
    """Return a script in which all clients ask so many times as much, and nothing else is otherwise.

    Parameters
    ----------
    script
        As it happens today.
    times
        How many times as much.
    each
        Whether those of whom something is counted client by client ask more each, and are no more than today.
    """
    phases = tuple(
        Phase(at_s=phase.at_s, world=_louder(phase.world, times, each=each)) for phase in script.phases
    )
    own = frozenset[str]().union(*(counted_each(phase.world) for phase in script.phases)) if each else ()
    waves = tuple(_louder_wave(wave, times, alone=wave.clients in own) for wave in script.waves)
    return replace(script, phases=phases, waves=waves)


def counted_each(world: World) -> frozenset[str]:
    """Return the populations of whom something is counted client by client: more clients do not fill that."""
    return frozenset(
        row.name
        for row in rows_of(world).values()
        if row.name in world.clients
        and row.kind in _ASKING
        and row.clients.population_count > 1
        and (is_each_known(world, row) or (row.kind == "open" and row.clients.connection != "per_request"))
    )


def is_helped(script: Script) -> bool:
    """Whether more demand may bring more help, that today's does not wake: of scalers, or of ports."""
    return any(
        any(service.autoscaler is not None for service in phase.world.services.values())
        or any(crossing.is_growing for crossing in phase.world.crossings.values())
        for phase in script.phases
    )


def _louder(world: World, times: float, *, each: bool) -> World:
    own = counted_each(world) if each else frozenset()
    clients = {
        name: _each_more(one, times) if name in own else _more(one, times)
        for name, one in world.clients.items()
    }
    services = {name: _calling_more(service, times) for name, service in world.services.items()}
    return replace(world, clients=clients, services=services)


def _louder_wave(wave: Wave, times: float, *, alone: bool) -> Wave:
    retry = None if wave.retry is None else _guarded(wave.retry, times, alone=alone)
    boot_call = None if wave.boot_call is None else _booting_more(wave.boot_call, times)
    return replace(wave, retry=retry, boot_call=boot_call)


def _more(clients: Clients, times: float) -> Clients:
    many = clients.population_count
    return replace(
        clients,
        population_count=max(round(many * times), 1) if many else 0,
        demand=_oftener(clients.demand, times),
        retry=_guarded(clients.retry, times),
    )


def _each_more(clients: Clients, times: float) -> Clients:
    demand = _oftener(clients.demand, times)
    return replace(
        clients,
        demand=replace(demand, think_s=demand.think_s / times),
        retry=_guarded(clients.retry, times, alone=True),
    )


def _oftener(demand: Demand, times: float) -> Demand:
    return replace(demand, rate_per_s=demand.rate_per_s * times, drain_per_s=demand.drain_per_s * times)


def _calling_more(service: Service, times: float) -> Service:
    if not service.calls and not service.boot.calls:
        return service
    calls = tuple(replace(call, retry=_guarded(call.retry, times)) for call in service.calls)
    boots = tuple(_booting_more(call, times) for call in service.boot.calls)
    return replace(service, calls=calls, boot=replace(service.boot, calls=boots))


def _booting_more(call: BootCall, times: float) -> BootCall:
    many = max(round(call.requests_count * times), 1)
    return replace(call, requests_count=many, retry=_guarded(call.retry, times))


def _guarded(policy: RetryPolicy, times: float, *, alone: bool = False) -> RetryPolicy:
    """Return a policy whose breakers need more calls where more are made: by all, or by each (`alone`)."""
    return replace(policy, layers=tuple(_guarded_layer(layer, times, alone=alone) for layer in policy.layers))


def _guarded_layer(layer: RetryLayer, times: float, *, alone: bool) -> RetryLayer:
    breaker = layer.breaker
    if breaker is None or not (alone or breaker.scope == "population"):
        return layer
    return replace(
        layer, breaker=replace(breaker, least_calls_count=math.ceil(breaker.least_calls_count * times))
    )
