"""What do limits that clients keep by themselves let through? Rates, and how long a herd waits for its turns.

Shortcut: of those who come together only what their service calls for is counted, each of them once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tidegate.evaluate.arithmetic.connecting import appearing
from tidegate.evaluate.arithmetic.limit import Limit, about
from tidegate.evaluate.arithmetic.load import Stream
from tidegate.simulate.rows import running_count
from tidegate.simulate.script import Script, Wave
from tidegate.world.boot import BootCall
from tidegate.world.clients import ClientLimit
from tidegate.world.service import Call, Service
from tidegate.world.world import World


@dataclass(frozen=True, kw_only=True)
class _Herd:
    """So many that want answers of a call within a while, `each_count` each, for so long (as a path says)."""

    who: str
    count: float
    spread_s: float
    timeout_s: float
    patience_path: str
    each_count: int = 1


@dataclass(frozen=True, kw_only=True)
class Outwaited:
    """A call's own limit at which the last of those who come together waits for its turn.

    Parameters
    ----------
    path
        Of the limit's rate.
    says
        The clause that says so.
    last_s, timeout_s, patience_path
        For how long the last waits, after what time it gives up, and where that is stated.
    enough_per_s
        At that rate the last waits half as long as it does before it gives up.
    """

    path: str
    says: str
    last_s: float
    timeout_s: float
    patience_path: str
    enough_per_s: float


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
    for one in turns(script):
        if one.last_s > one.timeout_s:
            yield one.path, one.says, one.enough_per_s


def turns(script: Script) -> Iterator[Outwaited]:
    """Yield how long those who come together wait for their turns, at each call's own limit."""
    for wave in script.waves:
        if wave.kind == "reconnect" and wave.clients:
            world = script.phases[-1].world  # a service that restarts is there again
            count = world.clients[wave.clients].population_count * wave.acting_ratio
            yield from _of_clients(world, wave.clients, count, wave.spread_s)
        elif wave.kind == "boot" and wave.boot_call is not None:
            yield from _of_boots(script, wave, wave.boot_call)
    for world, name, came in appearing(script):
        yield from _of_clients(world, name, came, world.clients[name].start_spread_s)


def _of_clients(world: World, name: str, count: float, spread_s: float) -> Iterator[Outwaited]:
    clients = world.clients[name]
    herd = _Herd(
        who=f"of {clients.title or name} that come together",
        count=count,
        spread_s=spread_s,
        timeout_s=clients.timeout_s,
        patience_path=f"clients.{name}.timeout",
    )
    yield from _at_calls(world, clients.service, herd)


def _of_boots(script: Script, wave: Wave, asks: BootCall) -> Iterator[Outwaited]:
    world = [phase.world for phase in script.phases if phase.at_s <= wave.at_s][-1]
    herd = _Herd(
        who=f"instances of {world.services[wave.service].title or wave.service} that start together",
        count=float(wave.acting_count * asks.requests_count),
        spread_s=wave.spread_s,
        timeout_s=asks.timeout_s,
        patience_path=patience_path(world, wave.service, asks),
        each_count=asks.requests_count,
    )
    yield from _at_calls(world, asks.service, herd)


def patience_path(world: World, name: str, asks: BootCall) -> str:
    """Return where it stands for how long an instance that starts waits for what it asks."""
    return f"services.{name}.boot.calls.{world.services[name].boot.calls.index(asks)}.timeout"


def _at_calls(world: World, name: str, herd: _Herd) -> Iterator[Outwaited]:
    service = world.services[name]
    many = running_count(service)
    for i, call in enumerate(service.calls):
        if call.limit is not None and many:
            missed = 1.0 - call.cache.hit_ratio if call.cache is not None else 1.0
            path = f"services.{name}.calls.{i}.limit.rate"
            yield _outwaited(service, replace(herd, count=herd.count * missed), path, call, call.limit)


def _outwaited(service: Service, herd: _Herd, path: str, call: Call, limit: ClientLimit) -> Outwaited:
    many, count = running_count(service), herd.count
    waiting = max(count - limit.burst_count * many, 0.0)
    last_s = waiting / (limit.rate_per_s * many) - herd.spread_s
    name = path.split(".")[1]
    answers = "as many" if herd.each_count == 1 else about(count)
    said = f"{about(count / herd.each_count)} {herd.who} need {answers} answers of {call.service}, and "
    said += f"{service.title or name} lets itself ask {about(limit.rate_per_s * many)}/s: the last waits "
    said += f"about {about(last_s)} s for its turn, and each "
    return Outwaited(
        path=path,
        says=f"{said}gives up after {herd.timeout_s:.3g} s",
        last_s=last_s,
        timeout_s=herd.timeout_s,
        patience_path=herd.patience_path,
        enough_per_s=waiting / (herd.spread_s + 0.5 * herd.timeout_s) / many,
    )
