"""Which numbers of a world grow with its size? And below which size does each mean nothing.

Counts of clients, rates and capacities grow with the world; times, shares, and what concerns one
client or one connection do not. Places of services are chosen in `places`, not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tidegate.world.file.value import value_at
from tidegate.world.world import World


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """A number that scales.

    Parameters
    ----------
    pattern
        Its dotted path of file keys, `*` for names.
    means
        What it is, in words.
    least
        The smallest value with which a rehearsal means anything.
    whole
        Whether it is rounded to a whole number.
    """

    pattern: str
    means: str
    least: float
    whole: bool = True


DIMENSIONS = (
    Dimension(pattern="clients.*.population", means="clients", least=20),
    Dimension(pattern="clients.*.demand.rate", means="requests a second", least=1, whole=False),
    Dimension(pattern="clients.*.demand.drain", means="requests a second", least=0, whole=False),
    Dimension(pattern="crossings.*.forwarding", means="packets a second", least=100, whole=False),
    Dimension(pattern="crossings.*.setup", means="new flows a second", least=10, whole=False),
    Dimension(pattern="crossings.*.bandwidth", means="bits a second", least=200_000, whole=False),
    Dimension(pattern="crossings.*.queue_packets", means="packets in the queue", least=40),
    Dimension(pattern="crossings.*.table.entries", means="flow table entries", least=40),
    Dimension(pattern="crossings.*.ports.per_destination", means="ports", least=40),
    Dimension(pattern="crossings.*.background.packets", means="packets a second", least=0, whole=False),
    Dimension(pattern="crossings.*.background.flows", means="flows", least=0),
    Dimension(pattern="crossings.*.background.unanswered", means="flows a second", least=0, whole=False),
    Dimension(pattern="crossings.*.background.unanswered_sources", means="their sources", least=1),
    Dimension(pattern="crossings.*.admission.rate", means="new flows a second", least=5, whole=False),
    Dimension(pattern="crossings.*.admission.burst", means="new flows at once", least=0),
    Dimension(pattern="crossings.*.admission.concurrent", means="flows at once", least=20),
    Dimension(pattern="services.*.queue", means="requests in the queue", least=5),
)
_BOUNDED = ("*.forwarding", "*.queue_packets", "*.table.entries", "*.ports.per_destination")


def dimension_of(path: str) -> Dimension | None:
    """Return how the number at a dotted path of file keys scales; None where it does not."""
    parts_count = path.count(".")
    return next(
        (
            one
            for one in DIMENSIONS
            if one.pattern.count(".") == parts_count and fnmatchcase(path, one.pattern)
        ),
        None,
    )


def scaling_numbers(world: World) -> Iterator[tuple[str, Dimension, float]]:
    """Yield path, dimension and value of every number of `world` that grows with its size."""
    for one in DIMENSIONS:
        section, _, rest = one.pattern.split(".", 2)
        for name in getattr(world, section):
            path = f"{section}.{name}.{rest}"
            value = value_at(world, path)
            if isinstance(value, int | float) and value > 0:
                yield path, one, float(value)


def scaled(value: float, dimension: Dimension, scale: float) -> float:
    """Return a number of that dimension at another size; what there is at all stays at least one."""
    if not dimension.whole:
        return value * scale
    return float(max(round(value * scale), 1)) if value > 0 else 0.0
