"""What do limits that clients keep by themselves let through? Rates, and how long a herd waits for its turns.

Shortcut: of those who come together only what their service calls for is counted, each of them once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidegate.evaluate.arithmetic.connecting import appearing
from tidegate.evaluate.arithmetic.limit import Limit, about
from tidegate.evaluate.arithmetic.load import Stream
from tidegate.simulate.rows import running_count
from tidegate.simulate.script import Script
from tidegate.world.clients import ClientLimit
from tidegate.world.service import Call
from tidegate.world.world import World


@dataclass(frozen=True, kw_only=True)
class _Herd:
    """So many clients that want an answer of a call within a while."""

    clients: str
    count: float
    spread_s: float


def at_limits(world: World, asked: Sequence[Stream]) -> Iterator[Limit]:
    """Yield what each population and each call may ask, where it keeps a limit by itself."""
    streams = {one.name: one for one in asked}
    for name, clients in world.clients.items():
        if clients.limit is not None and name in streams:
            one = streams[name]
            allowed = clients.limit.rate_per_s * clients.population_count
            waits = clients.demand.kind == "closed" and clients.limit.longest_wait_s is None
            least = min(one.requests_per_s, allowed) if waits else one.requests_per_s
            says = f"{clients.title or name} let themselves ask {about(allowed)}/s"
            yield _limit(
                "clients", name, f"clients.{name}.limit.rate", one.requests_per_s, least, allowed, says
            )
    for name, service in world.services.items():
        mine = [one for one in asked if one.service == name]
        wanted = sum(one.requests_per_s for one in mine)
        least_ratio = sum(one.least_requests_per_s for one in mine) / wanted if wanted > 0.0 else 1.0
        for i, call in enumerate(service.calls):
            if call.limit is not None and streams[f"{name}/call/{i}"].requests_per_s > 0.0:
                called = streams[f"{name}/call/{i}"].requests_per_s
                allowed = call.limit.rate_per_s * running_count(service)
                says = f"{service.title or name} lets itself ask {call.service} {about(allowed)}/s"
                path = f"services.{name}.calls.{i}.limit.rate"
                yield _limit("service", name, path, called, called * least_ratio, allowed, says)


def _limit(
    place_kind: str, place: str, path: str, wanted: float, least: float, allowed: float, says: str
) -> Limit:
    return Limit(
        place_kind=place_kind,
        place=place,
        path=path,
        kind="rate",
        wanted=wanted,
        allowed=allowed,
        least_wanted=least,
        says=f"{says}, and {about(wanted)}/s are wanted",
    )


def herds(script: Script) -> Iterator[tuple[str, str, float]]:
    """Yield the path of each call's limit that those who come together outwait, a clause, and what is enough.

    What is enough is a rate at which the last of them waits half as long as it does before it gives up.
    """
    for wave in script.waves:
        if wave.kind == "reconnect" and wave.clients:
            world = script.phases[-1].world  # a service that restarts is there again
            count = world.clients[wave.clients].population_count * wave.acting_ratio
            yield from _at_calls(world, wave.clients, count, wave.spread_s)
    for world, name, came in appearing(script):
        yield from _at_calls(world, name, came, world.clients[name].start_spread_s)


def _at_calls(world: World, name: str, count: float, spread_s: float) -> Iterator[tuple[str, str, float]]:
    service = world.clients[name].service
    many = running_count(world.services[service])
    for i, call in enumerate(world.services[service].calls):
        if call.limit is not None and many:
            path = f"services.{service}.calls.{i}.limit.rate"
            missed = 1.0 - call.cache.hit_ratio if call.cache is not None else 1.0
            herd = _Herd(clients=name, count=count * missed, spread_s=spread_s)
            yield from _outwaits(world, herd, path, call, call.limit)


def _outwaits(
    world: World, herd: _Herd, path: str, call: Call, limit: ClientLimit
) -> Iterator[tuple[str, str, float]]:
    clients, count = world.clients[herd.clients], herd.count
    service = world.services[clients.service]
    many = running_count(service)
    waiting = max(count - limit.burst_count * many, 0.0)
    last_s = waiting / (limit.rate_per_s * many) - herd.spread_s
    if last_s <= clients.timeout_s:
        return
    said = f"{about(count)} of {clients.title or herd.clients} that come together need as many answers of "
    said += f"{call.service}, and {service.title or clients.service} lets itself ask "
    said += (
        f"{about(limit.rate_per_s * many)}/s: the last waits about {about(last_s)} s for its turn, and each "
    )
    said += f"gives up after {clients.timeout_s:.3g} s"
    yield path, said, waiting / (herd.spread_s + 0.5 * clients.timeout_s) / many
