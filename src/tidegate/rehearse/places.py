"""How many instances and places does each service get in a smaller world? Ratios first.

A service keeps its capacity: fewer instances, fewer places in each, and where whole numbers do not
come out even, its service time is stretched by the rest. What an activity or a trigger makes of the
instances (from 400 to 600) must stay the same ratio, so the instances are chosen for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.world.service import Service

MOST_INSTANCES = 60
FEW_INSTANCES = 8
RATIO_TOLERANCE = 0.04


@dataclass(frozen=True, kw_only=True)
class Places:
    """A service at another size.

    Parameters
    ----------
    instances_count, concurrency_count
        Instances, and requests one of them serves at a time.
    instance_ratio
        Instances after over instances before.
    stretch_ratio
        By how much its times are multiplied so that its capacity is exact all the same.
    worst_ratio
        How far the worst of its instance counts is from its exact share, as a ratio.
    """

    instances_count: int
    concurrency_count: int
    instance_ratio: float
    stretch_ratio: float
    worst_ratio: float

    def share_ratio(self, scale: float) -> float:
        """Return how much of what an instance has and does remains for one at `scale`."""
        return scale / self.instance_ratio if self.instance_ratio else scale


def scaled_places(service: Service, scale: float, others: Iterable[int]) -> Places:
    """Return the places of `service` at `scale`.

    Parameters
    ----------
    service
        At its own size.
    scale
        Share of its capacity that remains.
    others
        Instance counts that the script sets during the run.
    """
    before = service.instances_count
    counts = [count for count in others if count > 0]
    if before == 0:
        return Places(
            instances_count=0,
            concurrency_count=max(1, round(service.concurrency_count * scale)),
            instance_ratio=scale,
            stretch_ratio=1.0,
            worst_ratio=0.0,
        )
    wanted = before * service.concurrency_count * scale
    if scale == 1.0 or (before <= FEW_INSTANCES and before <= wanted):
        chosen = before
    else:
        most = max(1, min(before, MOST_INSTANCES, int(wanted)))
        tried = range(1, most + 1)
        good = (n for n in tried if _worst(counts, n / before) <= RATIO_TOLERANCE)
        chosen = next(good, min(tried, key=lambda n: _worst(counts, n / before)))
    concurrency = max(1, round(wanted / chosen))
    return Places(
        instances_count=chosen,
        concurrency_count=concurrency,
        instance_ratio=chosen / before,
        stretch_ratio=chosen * concurrency / wanted,
        worst_ratio=_worst(counts, chosen / before),
    )


def _worst(counts: list[int], ratio: float) -> float:
    return max((abs(max(round(n * ratio), 0) / (n * ratio) - 1.0) for n in counts), default=0.0)
