"""The size at which a world is run: whole, or a stated fraction of it.

A fraction keeps every time, share and ratio and scales what is counted: clients, rates, capacities,
queues, tables, ports, workers. What does not scale that way (limits per source, which concern one
client) stays as it is. A limit is never rounded up; one that would vanish stays at one, and
`evaluate.variants.fraction` takes no fraction that comes near it. A small fraction is noisier, so near an
edge it collapses by chance where the whole would not, and holds by chance where the whole would not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.world.service import Service

GRAIN_COUNT = 4
"""Fewer than so many of anything are not what many of it are."""
MOST_DISTORTION_RATIO = 0.02
MOST_STRETCH_RATIO = 0.05
_EPSILON = 1e-9


@dataclass(frozen=True, kw_only=True)
class Workers:
    """A service's places after scaling.

    Parameters
    ----------
    instances_count, concurrency_count
        Whole numbers near the wanted product.
    stretch_ratio
        By how much the service time is multiplied so that capacity is exact all the same.
    """

    instances_count: int
    concurrency_count: int
    stretch_ratio: float


@dataclass(frozen=True, kw_only=True)
class Shrink:
    """In which of its two numbers a service is scaled: the same one in every phase.

    Parameters
    ----------
    instances_ratio, places_ratio
        What instances and the places of each are multiplied by; one of them is 1.
    merged
        Whether all instances of the run are one, with the places of all: where nothing counts instances.
    """

    instances_ratio: float
    places_ratio: float
    merged: bool = False


def scaled_count(count: float, fraction: float, *, least: int = 1) -> int:
    """Return `count` scaled and rounded, but not below `least` (zero stays zero)."""
    return 0 if count == 0 else max(least, round(count * fraction))


def scaled_limit(count: float, fraction: float) -> int:
    """Return a limit scaled and rounded down, but not below one (zero stays zero)."""
    return 0 if count == 0 else max(1, math.floor(count * fraction + _EPSILON))


def keeps_grain(
    count: float, fraction: float, *, limit: bool = False, most_ratio: float = MOST_DISTORTION_RATIO
) -> bool:
    """Whether a count keeps its grain at a fraction: none at all, or at least four and nearly exact."""
    if count == 0 or fraction == 1.0:
        return True
    wanted = count * fraction
    scaled = scaled_limit(count, fraction) if limit else scaled_count(count, fraction)
    return scaled >= GRAIN_COUNT and abs(scaled - wanted) <= most_ratio * wanted + _EPSILON


def instance_counts(services: Sequence[Service]) -> list[int]:
    """Return every number of instances that a service has in one of its phases, or may be scaled to."""
    scalers = [service.autoscaler for service in services if service.autoscaler is not None]
    counts = {service.instances_count for service in services}
    counts |= {service.instances_count + service.standby_count for service in services}
    for one in scalers:
        counts |= {one.least_count, one.most_count, one.room_count or one.most_count}
        counts |= {one.metrics.fallback_count or one.most_count} if one.metrics is not None else set()
    return sorted(counts)


def is_counted_by_instance(services: Sequence[Service]) -> bool:
    """Whether anything happens to single instances of a service: they boot, are checked or scaled."""
    return any(
        service.health_probes
        or service.autoscaler
        or service.boot.calls
        or service.balancing
        or service.warm_up
        for service in services
    )


def most_off_ratio(services: Sequence[Service]) -> float:
    """Return how far the places of a service may be off: the service time makes good what is rounded."""
    calls = any(service.calls for service in services)
    return MOST_DISTORTION_RATIO if calls else MOST_STRETCH_RATIO


def shrink_of(services: Sequence[Service], fraction: float) -> Shrink:
    """Return how a service is scaled: instances where their numbers keep their grain, else their places.

    Where nothing counts instances, and neither keeps its grain, all places are those of one instance.

    Parameters
    ----------
    services
        The service as it stands in each phase.
    fraction
        Of the world's size.
    """
    by_instances = Shrink(instances_ratio=fraction, places_ratio=1.0)
    if all(keeps_grain(count, fraction) for count in instance_counts(services)):
        return by_instances
    by_places = Shrink(instances_ratio=1.0, places_ratio=fraction)
    most = most_off_ratio(services)
    places = [service.concurrency_count for service in services]
    if all(keeps_grain(count, fraction, most_ratio=most) for count in places):
        return by_places
    if not is_counted_by_instance(services):
        return Shrink(instances_ratio=1.0, places_ratio=fraction, merged=True)
    fewest = min((count for count in instance_counts(services) if count), default=0)
    return by_instances if min(places) == 1 or fewest > min(places) else by_places


def scaled_pool(count: int, service: Service, shrink: Shrink) -> int:
    """Return a pool of each instance after scaling: a limit; where all instances are one, that of all."""
    merged = service.instances_count if shrink.merged else 1
    return scaled_limit(count * merged, shrink.places_ratio)


def scaled_workers(service: Service, shrink: Shrink) -> Workers:
    """Return the places of a service after scaling; the service time makes good what is rounded."""
    many, each = service.instances_count, service.concurrency_count
    if shrink.merged and many:
        many, each = 1, many * each
    instances = scaled_count(many, shrink.instances_ratio)
    concurrency = scaled_count(each, shrink.places_ratio)
    wanted = many * each * shrink.instances_ratio * shrink.places_ratio
    return Workers(
        instances_count=instances,
        concurrency_count=concurrency,
        stretch_ratio=instances * concurrency / wanted if wanted else 1.0,
    )
