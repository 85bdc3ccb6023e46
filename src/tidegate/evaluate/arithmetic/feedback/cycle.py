"""Which cycles does a world have? How strongly each feeds itself, and from where on it turns.

Failures of large systems come from cycles among parts that are each stable: what a client, a check, a cache
or a scaler does against trouble is what keeps it going. Each is named before anything is run.

Shortcuts: means; each cycle is looked at with its own place slow and everything else as usual; what two
cycles make together is not reckoned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tidegate.evaluate.arithmetic.feedback.checking import checking
from tidegate.evaluate.arithmetic.feedback.herding import herding
from tidegate.evaluate.arithmetic.feedback.killing import killing
from tidegate.evaluate.arithmetic.feedback.place import Place, places
from tidegate.evaluate.arithmetic.feedback.retrying import retrying
from tidegate.evaluate.arithmetic.feedback.rings import Edge, Quantity, Ring, rings
from tidegate.evaluate.arithmetic.feedback.scaling import scaling
from tidegate.evaluate.arithmetic.feedback.starting import starting
from tidegate.evaluate.arithmetic.feedback.turning import turning
from tidegate.simulate.script import Script

LEAST_GAIN = 0.01  # less feeds nothing, and is not worth a line


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """Quantities that drive each other round.

    Parameters
    ----------
    mechanism
        What makes it: "retries", "reconnections", "deferred work", "look-ups", "cold cache",
        "health checks", "starts", "dead flows", "herd", "ages", "scaling", "memory",
        "turns".
    quantities
        What grows, in order: "load crossing nat", "delay crossing nat", ….
    steps
        Each edge as a sentence without its stop, in order.
    parts
        What of the world takes part, as paths of its file.
    gain
        How many times as much comes round: from 1 on it can feed itself.
    formula
        How that is reckoned, in words and numbers.
    usual_ratio
        What its place is asked for on an ordinary day, over what it can do; None where that says nothing.
    turns_ratio
        From which such load on its gain is 1, all in proportion; None as above.
    timeout_s
        From which delay on it turns; None where no delay does it.
    """

    mechanism: str
    quantities: tuple[str, ...]
    steps: tuple[str, ...]
    parts: tuple[str, ...]
    gain: float
    formula: str
    usual_ratio: float | None = None
    turns_ratio: float | None = None
    timeout_s: float | None = None

    @property
    def feeds_itself(self) -> bool:
        """Whether as much comes round as went in, or more."""
        return self.gain >= 1.0

    @property
    def places(self) -> tuple[Place, ...]:
        """The places whose load is in it."""
        loaded = (one.split(" ", 2) for one in self.quantities if one.startswith("load "))
        return tuple(Place(kind, name) for _, kind, name in loaded)

    def named(self, section: str) -> tuple[str, ...]:
        """Return the names of its parts in one section of the world file."""
        found = (part.split(".", 1) for part in self.parts)
        return tuple(name for there, name in found if there == section)


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """All cycles of a world.

    Parameters
    ----------
    cycles
        The one with the greatest gain first.
    is_cut
        Whether there are more than were looked for.
    """

    cycles: tuple[Cycle, ...]
    is_cut: bool


def feedback(script: Script, at: Collection[Place] | None = None) -> Feedback:
    """Return the cycles of a world as it stands once everything of a script has happened.

    Parameters
    ----------
    script
        What happens.
    at
        Only cycles that begin at one of these places; None for all.
    """
    found, is_cut = rings(_edges(script, at))
    cycles = tuple(_cycle(ring) for ring in found if ring.gain >= LEAST_GAIN)
    return Feedback(cycles=cycles, is_cut=is_cut)


def _edges(script: Script, at: Collection[Place] | None) -> tuple[Edge, ...]:
    """Return the edges of the graph, each once."""

    def each() -> Iterator[Edge]:
        world = script.phases[-1].world
        retries = {wave.clients: wave.retry for wave in script.waves if wave.clients and wave.retry}
        together: dict[str, int] = {}
        for wave in script.waves:
            if wave.kind == "boot":
                together[wave.service] = max(together.get(wave.service, 0), wave.acting_count)
        for place in places(world):
            if at is not None and place not in at:
                continue
            yield from retrying(world, place, retries)
            yield from checking(world, place, retries)
            yield from starting(world, place, together)
            yield from herding(script, place)
            yield from scaling(world, place)
            yield from killing(world, place)
        yield from turning(world, together, at)

    found: dict[tuple[Quantity, Quantity], Edge] = {}
    for edge in each():
        ends = edge.source, edge.target
        if ends not in found or edge.gain > found[ends].gain:
            found[ends] = edge
    return tuple(found.values())


def _cycle(ring: Ring) -> Cycle:
    begin = next((i for i, edge in enumerate(ring.edges) if edge.source.kind == "load"), 0)
    edges = (*ring.edges[begin:], *ring.edges[:begin])
    strongest = max(edges, key=lambda edge: edge.gain if edge.formula else 0.0)
    told = next((edge for edge in edges if edge.usual_ratio is not None), None)
    usual_ratio = told.usual_ratio if told else None
    parts = dict.fromkeys(part for edge in edges for part in edge.parts)
    return Cycle(
        mechanism=next((edge.mechanism for edge in edges if edge.mechanism != "queue"), "queue"),
        quantities=tuple(f"{edge.source.kind} {edge.source.name}" for edge in edges),
        steps=tuple(edge.says for edge in edges),
        parts=tuple(f"{section}.{name}" for section, name in parts),
        gain=ring.gain,
        formula=" × ".join(edge.formula for edge in edges if edge.formula) or strongest.formula,
        usual_ratio=usual_ratio,
        turns_ratio=usual_ratio / ring.gain if usual_ratio is not None else None,
        timeout_s=next((edge.timeout_s for edge in edges if edge.timeout_s is not None), None),
    )
