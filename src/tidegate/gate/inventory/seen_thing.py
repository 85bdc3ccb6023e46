"""What does one source show of one thing? Its names, its numbers, and what it asks; a noun only.

Every source of an inventory ends here, and the world is written from here alone. Two sources that show the
same thing show a name in common: an address with its port, a name of the cluster's, an endpoint, a resource.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Section = Literal["services", "clients", "crossings"]
Basis = Literal["measured", "published", "assumed"]
INSIDE, OUTSIDE, USERS = "inside", "outside", "users"
"""Where a thing stands: with what was listed, beyond its border, or before it."""
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number with its range, in the core's unit, and where it comes from.

    Parameters
    ----------
    value, low, high
        The number, and between what it lies.
    basis
        As a world file has it.
    source
        Where it was read.
    measure
        How it is found out, where it was not.
    """

    value: float
    low: float
    high: float
    basis: Basis
    source: str = ""
    measure: str = ""


def stated(value: float, source: str) -> Figure:
    """Return a number that a source states, and that is what it says."""
    return Figure(value=value, low=value, high=value, basis="measured", source=source)


def assumed(value: float, low: float, high: float, measure: str) -> Figure:
    """Return a number that nobody has seen."""
    return Figure(value=value, low=low, high=high, basis="assumed", measure=measure)


@dataclass(kw_only=True)
class Ask:
    """That one thing asks another.

    Parameters
    ----------
    names
        What the other is called here; any of them will do.
    title
        What people call it.
    protocol
        What is spoken; empty where nothing tells.
    figures
        Numbers by their key in a call (``pool.most``, ``timeout``).
    words
        What else a call says, by key.
    source
        Where that was read.
    """

    names: tuple[str, ...]
    title: str
    source: str
    protocol: str = ""
    figures: dict[str, Figure] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Seen:
    """One thing as one source shows it.

    Parameters
    ----------
    section
        What it is: under which heading a world has it.
    name
        What it might be called there.
    names
        What it is called outside: what another source may know it by.
    source
        Who shows it.
    title
        What people call it.
    known_as
        Its names by system, as a world binds them.
    figures, words
        Numbers and other values, by key of the noun.
    asks
        What it asks.
    where, where_rank
        Where it stands, and how well the source knows: 0 a guess, 1 a cloud's own word, 2 seen on its way.
    is_asked
        Whether anybody asks it, for what that source knows; a workload that nobody asks is clients.
    grows_to_count
        How many instances its autoscaler may make; 0 where it has none.
    scaler_name
        What that autoscaler is called.
    bound_to
        The workload whose way of asking these clients are, where records of flows showed them.
    """

    section: Section
    name: str
    source: str
    names: set[str] = field(default_factory=set)
    title: str = ""
    known_as: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    words: dict[str, object] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)
    where: str = INSIDE
    where_rank: int = 0
    is_asked: bool = False
    grows_to_count: int = 0
    scaler_name: str = ""
    bound_to: Seen | None = None


@dataclass(kw_only=True)
class Inventory:
    """What one source, or all of them, show.

    Parameters
    ----------
    seen
        The things.
    unused
        How many objects were not used, by kind and why.
    notes
        Sentences on what was taken for granted, or left out.
    sources
        What was read.
    """

    seen: list[Seen] = field(default_factory=list)
    unused: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    def add(self, other: Inventory) -> None:
        """Take in what another source shows."""
        self.seen += other.seen
        self.unused.update(other.unused)
        self.notes += [one for one in other.notes if one not in self.notes]
        self.sources += other.sources


def resource(name: str) -> str:
    """Return the name of what a system lists (an id, an address of Terraform), for comparing."""
    return f"resource {name[:_LONGEST]}"


def endpoint(host: str, port: int) -> str:
    """Return the name of what answers at a host and port; without a port, at the host."""
    known = host.strip("[]").rstrip(".").lower()[:_LONGEST]
    return f"at {known} {port}" if port else f"at {known}"


def machine(address: str) -> str:
    """Return the name of who sends from an address."""
    return f"from {address.strip('[]').lower()[:_LONGEST]}"


def cluster_service(namespace: str, name: str) -> str:
    """Return the name of a Service of Kubernetes."""
    return f"service {namespace}/{name}"


def workload(kind: str, namespace: str, name: str) -> str:
    """Return the name of a workload of Kubernetes."""
    return f"workload {kind.lower()}/{namespace}/{name}"
