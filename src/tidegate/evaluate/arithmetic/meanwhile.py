"""What is too much for a while? Services and links that are asked for more than they do until the next step.

What lasts until the end is a limit, and what passes sooner is for the runs to judge: here it is only named,
where those who come last wait for long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidegate.evaluate.arithmetic.bandwidth import at_links
from tidegate.evaluate.arithmetic.limit import Limit, about
from tidegate.evaluate.arithmetic.load import streams
from tidegate.evaluate.arithmetic.throughput import at_services
from tidegate.simulate.script import Script
from tidegate.world.world import World

_LONG_TIMES = 0.5  # of the shortest patience of those who ask


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """A service or link that is asked for more than it does in some phase.

    Parameters
    ----------
    limit
        What it does a second, and what is asked of it.
    lasts_s
        For how long.
    is_last
        Whether it goes on to the end.
    world
        As it stands meanwhile.
    """

    limit: Limit
    lasts_s: float
    is_last: bool
    world: World

    @property
    def wait_s(self) -> float:
        """How long those wait who come last."""
        over = self.limit.wanted - self.limit.allowed
        return over * self.lasts_s / self.limit.allowed if self.limit.allowed > 0.0 else self.lasts_s


def pressed(script: Script) -> tuple[Pressed, ...]:
    """Return each service and link that is asked for too much, as it is pressed hardest."""
    ends_s = [*(phase.at_s for phase in script.phases[1:]), script.phases[0].world.horizon_s]
    found: dict[str, Pressed] = {}
    for phase, end_s in zip(script.phases, ends_s, strict=True):
        for limit in _rates(phase.world):
            before = found.get(limit.path)
            if limit.wanted > limit.allowed and (before is None or limit.wanted > before.limit.wanted):
                is_last = phase is script.phases[-1]
                lasts_s = end_s - phase.at_s
                found[limit.path] = Pressed(limit=limit, lasts_s=lasts_s, is_last=is_last, world=phase.world)
    return tuple(found.values())


def _rates(world: World) -> Iterator[Limit]:
    asked = streams(world)
    served = {one.service for one in asked}
    there = [one for one in at_services(world, asked) if world.services[one.place].instances_count]
    yield from (one for one in there if one.place in served)
    yield from at_links(world, asked)


def meanwhile(script: Script) -> tuple[str, ...]:
    """Return, as clauses, what is too much for a while, and for how long those who come last wait then."""
    return tuple(
        f"for {about(one.lasts_s)} s {one.limit.says}: who comes last waits about {about(one.wait_s)} s"
        for one in pressed(script)
        if not one.is_last and one.wait_s > _LONG_TIMES * _patience_s(one.world, one.limit)
    )


def _patience_s(world: World, limit: Limit) -> float:
    """Return how long those wait at least who ask a service, its health checks included, or anybody."""
    asking: Sequence[float] = [
        one.timeout_s
        for one in world.clients.values()
        if limit.place_kind != "service" or one.service == limit.place
    ]
    if limit.place_kind != "service":
        return min(asking, default=0.0)
    checks = [one.timeout_s for one in world.services[limit.place].health_probes if one.busy_fails]
    return min([*asking, *checks], default=0.0)
