"""For how long is nobody answered by arithmetic, since no instance is there; and what is asked at a start.

While all instances of a service are gone, whoever uses it is not answered, and an objective says for how
long that may be. What instances ask for as they start takes as long as who is asked needs for all of it.

Shortcut: only those who use the service themselves, and a service whose autoscaler adds nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby

from tidegate.evaluate.arithmetic.limit import Limit, about, lasting
from tidegate.evaluate.arithmetic.load import capacity_per_s, requests_per_s, streams
from tidegate.evaluate.arithmetic.turns import herds, patience_path, turns
from tidegate.simulate.script import Phase, Script, Wave
from tidegate.world.world import World

_LEAST_ASKED_COUNT = 3.0  # fewer requests may by chance all fall outside
_WORTH_SAYING_S = 5.0


def dark_limits(script: Script) -> Iterator[Limit]:
    """Yield each service that is away for longer than anybody may be left without an answer."""
    first = script.phases[0].world
    for name, service in first.services.items():
        dark_s = longest_dark_s(script, name)
        allowed_s = first.objectives.unserved_within_s
        if dark_s > allowed_s and is_asked(first, name, dark_s):
            path = f"services.{name}.boot.time"
            said = f"no instance of {service.title or name} is there for {dark_s:.3g} s, and nobody may be "
            said += f"left without an answer for more than {allowed_s:.3g} s"
            yield Limit(
                place_kind="service",
                place=name,
                path=path,
                kind="time",
                wanted=dark_s,
                allowed=allowed_s,
                least_wanted=dark_s,
                says=said,
            )


def is_asked(world: World, name: str, lasts_s: float) -> bool:
    """Whether somebody surely asks a service in so long a time, though each waits for an answer as it can."""
    asking = [one for one in world.clients.values() if one.service == name]
    least_per_s = (requests_per_s(world, one, waiting_s=one.timeout_s) for one in asking)
    return max(least_per_s, default=0.0) * lasts_s >= _LEAST_ASKED_COUNT


def longest_dark_s(script: Script, name: str) -> float:
    """Return for how long at most a service that was there has no instance, within the horizon."""
    first = script.phases[0].world
    if first.services[name].instances_count == 0 or first.services[name].autoscaler is not None:
        return 0.0

    def is_dark(phase: Phase) -> bool:
        return phase.world.services[name].instances_count == 0

    ends = [*(phase.at_s for phase in script.phases[1:]), first.horizon_s]
    spans = [(phase, end_s) for phase, end_s in zip(script.phases, ends, strict=True)]
    longest_s = 0.0
    for dark, together in groupby(spans, key=lambda span: is_dark(span[0])):
        of = list(together)
        if dark:
            longest_s = max(longest_s, min(of[-1][1], first.horizon_s) - of[0][0].at_s)
    return longest_s


def starts(script: Script) -> tuple[str, ...]:
    """Return, as clauses, what those that start ask for and do not get before they have waited for it."""
    asked: dict[tuple[str, str], str] = {}
    for wave, limit in _starting(script):
        if limit.wanted > limit.allowed:
            asked.setdefault((wave.service, limit.place), limit.says)
    herding = {path: said for path, said, _ in herds(script)}
    return (*asked.values(), *herding.values())


def start_limits(script: Script) -> Iterator[Limit]:
    """Yield how long what is asked at a start takes, beside how long it is waited for."""
    yield from (limit for _, limit in _starting(script))
    for one in turns(script):
        yield lasting(one.path, max(one.last_s, 0.0), one.timeout_s, one.says)


def starts_outlast(script: Script) -> bool:
    """Whether some of those that start together give up before all are answered, and ask again.

    They ask at one instant, so means do not show it: what is given up is still in the queue.
    """
    return any(
        limit.wanted > wave.spread_s + wave.boot_call.timeout_s
        for wave, limit in _starting(script)
        if wave.boot_call is not None
    )


def outwaited(script: Script) -> Iterator[tuple[str, float]]:
    """Yield each time-out that is over before all who come together are answered, and when they all are.

    Of those that start and ask for something, and of those who wait for a turn.
    """
    for wave, limit in _starting(script):
        call = wave.boot_call
        if call is not None and wave.spread_s + call.timeout_s < limit.wanted < math.inf:
            world = [phase.world for phase in script.phases if phase.at_s <= wave.at_s][-1]
            yield patience_path(world, wave.service, call), limit.wanted - wave.spread_s
    yield from ((one.patience_path, one.last_s) for one in turns(script) if one.last_s > one.timeout_s)


def _starting(script: Script) -> Iterator[tuple[Wave, Limit]]:
    """Yield each wave of instances that start and ask for something, with how long that takes."""
    for wave in script.waves:
        call = wave.boot_call
        if wave.kind != "boot" or call is None:
            continue
        world = [phase.world for phase in script.phases if phase.at_s <= wave.at_s][-1]
        takes_s = _takes_s(world, wave)
        least_s = max(world.services[wave.service].boot.time_s, call.timeout_s, _WORTH_SAYING_S)
        path = f"services.{call.service}.instances"
        yield wave, lasting(path, takes_s, least_s, _clause(world, wave, takes_s))


def _left_per_s(world: World, name: str) -> float:
    """Return how many requests a second a service can do beside what it is usually asked."""
    mine = tuple(one for one in streams(world) if one.service == name)
    return max(capacity_per_s(world, name, mine) - sum(one.requests_per_s for one in mine), 0.0)


def _takes_s(world: World, wave: Wave) -> float:
    assert wave.boot_call is not None
    left_per_s = _left_per_s(world, wave.boot_call.service)
    count = wave.acting_count * wave.boot_call.requests_count
    return count / left_per_s if left_per_s > 0.0 else math.inf


def _clause(world: World, wave: Wave, takes_s: float) -> str:
    call = wave.boot_call
    assert call is not None
    asked, asking = (world.services[name].title or name for name in (call.service, wave.service))
    said = f"{wave.acting_count:,} instances of {asking} that start together ask {asked} for "
    said += f"{wave.acting_count * call.requests_count:,} answers"
    if math.isinf(takes_s):
        return f"{said}, and it has none to spare"
    left = about(_left_per_s(world, call.service))
    return f"{said}, which takes about {about(takes_s)} s at the {left}/s it has to spare"
