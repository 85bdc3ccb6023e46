"""Which quantities drive each other round in a ring? Edges, each made by one mechanism, and a bounded search.

An edge says: when its source is beyond what the place bears, its target grows by so many times. The gain of
a cycle is the product over its edges; from 1 on it can feed itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_QUANTITIES = 12
MOST_CYCLES = 2000
_ASKING = frozenset({"attempts", "connections", "backlog", "misses"})  # the same clients, with more and more

Part = tuple[str, str]
"""A section of the world file, and a name in it."""


@dataclass(frozen=True, order=True)
class Quantity:
    """Something that can grow: the load on a place, the delay at it, the attempts of somebody, ….

    Parameters
    ----------
    kind
        "load", "delay", "attempts", "connections", "backlog", "checks", "starts", "misses", "entries",
        "herd", "ages", "instances", "deaths".
    name
        Of what; several names are joined by " + ".
    """

    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Edge:
    """How one quantity drives another.

    Parameters
    ----------
    source, target
        From which to which.
    mechanism
        What makes it: "queue", "retries", "reconnections", "deferred work", "look-ups", "health checks",
        "starts", "cold cache", "dead flows", "herd", "ages", "scaling", "memory",
        "turns".
    says
        That as a sentence without its stop.
    gain
        By how many times the target comes to exceed what it may be.
    formula
        How that is reckoned, in words and numbers; empty where it is 1.
    parts
        What of the world takes part.
    usual_ratio
        What is asked of the place on an ordinary day, over what it can do; None where that says nothing.
    timeout_s
        From which delay on it turns; None where no delay does it.
    """

    source: Quantity
    target: Quantity
    mechanism: str
    says: str
    gain: float = 1.0
    formula: str = ""
    parts: tuple[Part, ...] = ()
    usual_ratio: float | None = None
    timeout_s: float | None = None


@dataclass(frozen=True)
class Ring:
    """Edges that end where they begin.

    Parameters
    ----------
    edges
        In order.
    """

    edges: tuple[Edge, ...]

    @property
    def gain(self) -> float:
        """How many times as much comes round."""
        return math.prod(edge.gain for edge in self.edges)

    @property
    def quantities(self) -> frozenset[Quantity]:
        """What is in it."""
        return frozenset(edge.source for edge in self.edges)


def rings(edges: Iterable[Edge]) -> tuple[tuple[Ring, ...], bool]:
    """Return the rings of a graph, the greatest gain first, and whether the search was cut short.

    Rings of at most `MOST_QUANTITIES` quantities are found, and no more than `MOST_CYCLES`. A ring that goes
    through all of a shorter one says nothing new where that feeds itself or gains as much, and is left out.
    """
    leaving: dict[Quantity, list[Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.source, []).append(edge)
    found: list[Ring] = []
    order = {quantity: i for i, quantity in enumerate(leaving)}
    cut = False
    for start, first in leaving.items():
        stack: list[tuple[Edge, ...]] = [(edge,) for edge in reversed(first)]
        while stack:
            path = stack.pop()
            end = path[-1].target
            if end == start:
                found.append(Ring(path))
                if len(found) >= MOST_CYCLES:
                    return _telling(found), True
                continue
            if end not in order or order[end] < order[start] or _is_passed(path, end):
                continue
            if len(path) == MOST_QUANTITIES:
                cut = True
                continue
            stack += [(*path, edge) for edge in reversed(leaving[end])]
    return _telling(found), cut


def _is_passed(path: Sequence[Edge], end: Quantity) -> bool:
    """Whether a path has been there, or has said in another way what those who ask do."""
    asking = {edge.source.kind for edge in path} & _ASKING
    return any(edge.source == end for edge in path) or (end.kind in _ASKING and not asking <= {end.kind})


def _telling(found: Sequence[Ring]) -> tuple[Ring, ...]:
    """Return the rings that say something of their own, the greatest gain first."""
    kept: list[Ring] = []
    for ring in sorted(found, key=lambda one: (len(one.edges), -one.gain)):
        within = [one for one in kept if one.quantities <= ring.quantities]
        if not any(one.gain >= min(ring.gain, 1.0) for one in within):
            kept.append(ring)
    return tuple(sorted(kept, key=lambda one: -one.gain))
