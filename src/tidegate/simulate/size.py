"""The size at which a world is run: whole, or a stated fraction of it.

A fraction keeps every time, share and ratio and scales what is counted: clients, rates, capacities,
queues, tables, ports, workers. What does not scale that way (limits per source, which concern one
client) stays as it is. A small fraction is noisier, and so also collapses by itself more easily.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.world.service import Service


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


def scaled_count(count: float, fraction: float, *, least: int = 1) -> int:
    """Return `count` scaled and rounded, but not below `least` (zero stays zero)."""
    return 0 if count == 0 else max(least, round(count * fraction))


def scaled_workers(service: Service, fraction: float) -> Workers:
    """Scale the places of a service: instances where there are many, else places per instance."""
    instances, concurrency = service.instances_count, service.concurrency_count
    wanted = instances * concurrency * fraction
    if fraction == 1.0 or instances == 0 or concurrency == 0:
        return Workers(instances_count=instances, concurrency_count=concurrency, stretch_ratio=1.0)
    if instances * fraction >= 4.0 or concurrency == 1:
        instances = max(1, round(instances * fraction))
    else:
        concurrency = max(1, round(concurrency * fraction))
    if instances * concurrency > 2 * wanted:
        instances, concurrency = 1, max(1, round(wanted))
    return Workers(
        instances_count=instances,
        concurrency_count=concurrency,
        stretch_ratio=instances * concurrency / wanted,
    )
