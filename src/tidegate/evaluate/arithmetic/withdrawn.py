"""What do instances draw that have gone? Their share, until everybody knows that they have.

While endpoints are not withdrawn yet, a share of what a service is asked still meets who has gone. Shortcuts:
what takes no part in it is spread evenly; who asks again as a try fails is not counted twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tidegate.evaluate.arithmetic.limit import about
from tidegate.evaluate.arithmetic.load import streams
from tidegate.simulate.script import Script
from tidegate.world.instance import Balancing
from tidegate.world.world import World

_WORTH_SAYING_RATIO = 0.01
_LEAST_ASKED_COUNT = 3.0


@dataclass(frozen=True, kw_only=True)
class Withdrawn:
    """Instances of a service that have gone and are still used.

    Parameters
    ----------
    service, world
        Whose they were, and the world from then on.
    share_ratio
        Which share of what it is asked meets them.
    """

    service: str
    world: World
    share_ratio: float


def withdrawn(script: Script) -> Iterator[Withdrawn]:
    """Yield, for each service whose instances go and are used for a while, when they draw the most."""
    for name in script.phases[0].world.services:
        found = [one for one in _each(script, name) if one.share_ratio > _WORTH_SAYING_RATIO]
        if found:
            yield max(found, key=lambda one: one.share_ratio)


def _each(script: Script, name: str) -> Iterator[Withdrawn]:
    """Yield how much those draw that go at each moment."""
    going = [(one.at_s, one.count) for one in script.replacements if one.service == name]
    for before, now in pairwise(script.phases):
        fewer = before.world.services[name].instances_count - now.world.services[name].instances_count
        if fewer > 0 and all(at_s != now.at_s for at_s, _ in going):
            going.append((now.at_s, fewer))
    for at_s, count in going:
        world = [phase.world for phase in script.phases if phase.at_s <= at_s][-1]
        balancing = world.services[name].balancing
        if balancing is not None and balancing.removal_lag_s > 0.0:
            left = world.services[name].instances_count
            share = balancing.share_ratio(left, count, left + count)
            yield Withdrawn(service=name, world=world, share_ratio=_share(balancing, share))


def _share(balancing: Balancing, share: float) -> float:
    """Return the share that those draw who have gone, as the balancer's rule goes, from what they count."""
    refuses = balancing.when_gone == "refuse" or balancing.by_request  # nothing is outstanding there
    if balancing.rule == "least_outstanding":
        return float(refuses)  # who refuses has none, who keeps silent has soon more than the others
    if balancing.rule == "two_choices":
        return 1.0 - (1.0 - share) ** 2 if refuses else share**2
    return share


def withdrawn_sentences(script: Script) -> tuple[str, ...]:
    """Return, as clauses, what meets instances that have gone."""
    return tuple(said for one in withdrawn(script) for said in _clause(one))


def _clause(one: Withdrawn) -> Iterator[str]:
    service = one.world.services[one.service]
    assert service.balancing is not None
    lag_s = service.balancing.removal_lag_s
    asked_per_s = sum(each.requests_per_s for each in streams(one.world) if each.service == one.service)
    if asked_per_s * lag_s < _LEAST_ASKED_COUNT:
        return
    meets = "is refused" if service.balancing.when_gone == "refuse" else "waits out its time-out"
    said = f"{100.0 * one.share_ratio:.0f} % of what {service.title or one.service} is asked, about "
    said += f"{about(one.share_ratio * asked_per_s)} of {about(asked_per_s)}/s, goes to instances that have "
    said += f"gone for {lag_s:.3g} s more and {meets}"
    several = [
        (clients.title or name, clients.lookup.queries_count)
        for name, clients in one.world.clients.items()
        if clients.lookup is not None and clients.lookup.service == one.service
    ]
    for called, queries in several:
        if queries > 1:
            hit = 1.0 - (1.0 - one.share_ratio) ** queries
            said += (
                f"; of the look-ups of {called}, with {queries} queries each, {100.0 * hit:.0f} % meet them"
            )
    yield said
