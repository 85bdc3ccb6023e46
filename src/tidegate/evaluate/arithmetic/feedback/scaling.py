"""Scaling and reconnection: an instance that is removed takes its clients' connections along.

What they open anew is work for those that are left. Where that is more than the scaler's target, it adds what
it has just removed, and so on: no end, and nobody gains anything.

Shortcuts: it has grown as far as it may and goes back to what an ordinary day needs, in one step; those who
lose their connections open new ones within one of its intervals; only signals that say how busy it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tidegate.evaluate.arithmetic.feedback.burden import passes, usual_work_s
from tidegate.evaluate.arithmetic.feedback.naming import span
from tidegate.evaluate.arithmetic.feedback.place import Place
from tidegate.evaluate.arithmetic.feedback.retrying import load
from tidegate.evaluate.arithmetic.feedback.rings import Edge, Quantity
from tidegate.evaluate.arithmetic.load import kept_connections, streams
from tidegate.evaluate.arithmetic.work import opening_work_s, setup_work_s
from tidegate.world.scaler import Autoscaler
from tidegate.world.service import Service
from tidegate.world.world import World

_BUSY = {"utilisation", "cpu"}


def scaling(world: World, place: Place) -> Iterator[Edge]:
    """Yield the edges of the loop in which instances that go bring the load that calls them back."""
    service = world.services.get(place.name) if place.kind == "service" else None
    scaler = service.autoscaler if service is not None else None
    if service is None or scaler is None or not scaler.drops_connections or scaler.signal not in _BUSY:
        return
    usual = sum(usual_work_s(world, place, one) for one in streams(world) if passes(place, one))
    left = _left_count(service, scaler, usual)
    gone_ratio = 1.0 - left / scaler.most_count
    kept, opening_s = _kept(world, place.name)
    if gone_ratio <= 0.0 or kept == 0 or opening_s <= 0.0:
        return
    bears = left * service.concurrency_count * scaler.target_count * (1.0 + scaler.tolerance_ratio)
    again = gone_ratio * opening_s / scaler.interval_s
    instances, connections = Quantity("instances", place.name), Quantity("connections", place.name)
    yield Edge(
        source=load(place),
        target=instances,
        mechanism="scaling",
        says=f"asked for more than its target, {place.name} grows to as many as {scaler.most_count:,} "
        f"instances, and back to {left:,} when that is over",
        parts=(place.part,),
    )
    yield Edge(
        source=instances,
        target=connections,
        mechanism="scaling",
        says=f"those that go take {gone_ratio * kept:,.0f} of its {kept:,} connections along",
        parts=(place.part,),
    )
    yield Edge(
        source=connections,
        target=load(place),
        mechanism="scaling",
        says=f"their clients connect anew within {span(scaler.interval_s)}",
        gain=(usual + again) / bears,
        formula=f"{usual:,.3g} places busy on an ordinary day and {again:,.3g} with new connections ÷ "
        f"{bears:,.3g} above which {left:,} instances become more",
        parts=(place.part,),
        usual_ratio=usual / (service.concurrency_count * scaler.most_count),
    )


def _left_count(service: Service, scaler: Autoscaler, usual: float) -> int:
    """Return to how many instances it goes back on an ordinary day."""
    wanted = math.ceil(usual / (service.concurrency_count * scaler.target_count) - 1e-9)
    return min(max(wanted, scaler.least_count), scaler.most_count)


def _kept(world: World, name: str) -> tuple[int, float]:
    """Return how many connections are kept to a service, and the work of opening all of them anew."""
    mine = [one for one in world.clients.values() if one.service == name]
    setup_s = setup_work_s(world.services[name])
    work_s = sum(
        kept_connections(one) * (setup_s + opening_work_s(world, name, one.openings)) for one in mine
    )
    return sum(map(kept_connections, mine)), work_s
