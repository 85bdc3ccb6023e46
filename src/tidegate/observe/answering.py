"""Which series answers what? Stated in a file by whoever knows: the sizes, and what must hold, of each world.

Nothing is guessed but one thing: what kube-state-metrics calls the size of a workload of Kubernetes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.quantity import parse_quantity
from tidegate.world.file.tree import Places, read_tree

EVERY_S = 15.0
_KSM = {
    "Deployment": "deployment", "StatefulSet": "statefulset", "ReplicaSet": "replicaset",
    "ReplicationController": "replicationcontroller",
}  # fmt: skip
_PARTS = 5
_TOP = ("every", "worlds")
_WORLD = ("sizes", "objectives", "readings")
_READING = ("read", "count")
_OBJECTIVE = ("read", "count", "most", "least", "for")
_UNITS = ("count", "ratio", "s")


@dataclass(frozen=True, kw_only=True)
class Objective:
    """One thing that must hold, and the series that says whether it does.

    Parameters
    ----------
    name
        What people call it.
    read
        The expression, or the name of a column.
    is_counter
        Whether it only grows, so that its increase over the whole time is meant.
    most, least
        Where it must stay; None where there is no such bound.
    for_s
        How long it may be beyond that, in seconds.
    """

    name: str
    read: str
    is_counter: bool = False
    most: float | None = None
    least: float | None = None
    for_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The series of one world.

    Parameters
    ----------
    sizes
        The expression of each size, by the name of what has it.
    objectives
        What must hold.
    readings
        How each number of the world is read while it lives, by its path: whether it is a "gauge" or a
        "counter", and its expression.
    """

    sizes: Mapping[str, str] = field(default_factory=dict)
    objectives: tuple[Objective, ...] = ()
    readings: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def size(self, address: str) -> str:
        """Return the expression of a size; empty where nobody knows one.

        A name of Kubernetes may be shorter: its namespace and its own.
        """
        if address in self.sizes:
            return self.sizes[address]
        longer = [said for name, said in self.sizes.items() if name.endswith(f"/{address}")]
        return longer[0] if len(longer) == 1 else kube_state(address)


@dataclass(frozen=True, kw_only=True)
class Answering:
    """Which series answers what, by world.

    Parameters
    ----------
    worlds
        The series of each world, by its name.
    every_s
        How often the source has a new sample, in seconds.
    """

    worlds: Mapping[str, Answers]
    every_s: float = EVERY_S


def kube_state(address: str) -> str:
    """Return what kube-state-metrics calls the size of a workload; empty of what is none.

    Source: github.com/kubernetes/kube-state-metrics, docs/metrics/workload.
    """
    parts = address.split("/")
    kind = _KSM.get(parts[-3]) if len(parts) == _PARTS else None
    if kind is None or '"' in address or "\\" in address:
        return ""
    return f'kube_{kind}_status_replicas{{namespace="{parts[-2]}",{kind}="{parts[-1]}"}}'


def read_answering(text: str, source: str) -> Answering:
    """Return what a file says.

    Raises
    ------
    InputError
        With every fault of it.
    """
    tree = read_tree(text, source)
    reading = _Reading(tree.places, list(tree.faults))
    top = reading.mapping(tree.document, (), _TOP)
    every_s = reading.duration(top, ("every",), EVERY_S)
    worlds = {
        name: reading.answers(said, ("worlds", name))
        for name, said in reading.mapping(top.get("worlds", {}), ("worlds",)).items()
    }
    if not worlds and not reading.faults:
        reading.fault(("worlds",), "is missing", "", "the series of each world, by its name")
    if reading.faults:
        raise InputError(*reading.faults)
    return Answering(worlds=worlds, every_s=every_s)


class _Reading:
    """Gathers the faults of one file."""

    def __init__(self, places: Places, faults: list[Fault]) -> None:
        self._places = places
        self.faults = faults

    def fault(
        self, path: tuple[str, ...], what: str, value: str = "", allowed: str = "", near: str = ""
    ) -> None:
        place = self._places.find(path)
        self.faults.append(
            Fault(what=what, path=".".join(path), value=value[:60], allowed=allowed, nearest=near,
                  place=replace(place, column=0))
        )  # fmt: skip

    def mapping(self, found: Any, path: tuple[str, ...], allowed: tuple[str, ...] = ()) -> dict[str, Any]:
        if not isinstance(found, Mapping):
            self.fault(path, "is no mapping", str(found), ", ".join(allowed) or "values by name")
            return {}
        for name in found:
            if allowed and name not in allowed:
                near = nearest(str(name), allowed)
                self.fault((*path, str(name)), "is an unknown key", "", ", ".join(allowed), near)
        return {str(name): one for name, one in found.items()}

    def duration(self, found: Mapping[str, Any], path: tuple[str, ...], default_s: float) -> float:
        said = found.get(path[-1])
        if said is None:
            return default_s
        try:
            duration_s = parse_quantity(str(said), "s")
        except InputError as error:
            self.fault(path, error.faults[0].what, str(said), error.faults[0].allowed)
            return default_s
        if duration_s <= 0 and path[-1] == "every":
            self.fault(path, "is too short", str(said), "more than 0 s")
            return default_s
        return duration_s

    def answers(self, found: Any, path: tuple[str, ...]) -> Answers:
        world = self.mapping(found, path, _WORLD)
        sizes = self.mapping(world.get("sizes", {}), (*path, "sizes"))
        for name, said in sizes.items():
            self.expression(said, (*path, "sizes", name))
        objectives = self.mapping(world.get("objectives", {}), (*path, "objectives"))
        readings = self.mapping(world.get("readings", {}), (*path, "readings"))
        return Answers(
            sizes={name: str(said) for name, said in sizes.items()},
            objectives=tuple(
                self.objective(name, said, (*path, "objectives", name)) for name, said in objectives.items()
            ),
            readings={name: self.reading(said, (*path, "readings", name)) for name, said in readings.items()},
        )

    def reading(self, found: Any, path: tuple[str, ...]) -> tuple[str, str]:
        """Return whether a number is a gauge or a counter, and its expression."""
        if isinstance(found, str):
            return "gauge", self.expression(found, path)
        said = self.mapping(found, path, _READING)
        asked = [key for key in _READING if key in said]
        if len(asked) != 1:
            self.fault(
                path, "needs one of them", "", "`read` (a number as it is) or `count` (one that only grows)"
            )
            return "gauge", ""
        form = "counter" if asked == ["count"] else "gauge"
        return form, self.expression(said[asked[0]], (*path, asked[0]))

    def expression(self, said: Any, path: tuple[str, ...]) -> str:
        if not isinstance(said, str) or not said.strip() or len(said) > 4_000:
            self.fault(path, "is no expression", str(said), "what the source is asked: text")
            return ""
        return said.strip()

    def objective(self, name: str, found: Any, path: tuple[str, ...]) -> Objective:
        said = self.mapping(found, path, _OBJECTIVE)
        asked = [key for key in ("read", "count") if key in said]
        if len(asked) != 1:
            self.fault(
                path, "needs one of them", "", "`read` (a number as it is) or `count` (one that only grows)"
            )
            return Objective(name=name, read="")
        bounds = {key: self.bound(said[key], (*path, key)) for key in ("most", "least") if key in said}
        if not bounds:
            self.fault(path, "needs a bound", "", "`most`, `least` or both")
        return Objective(
            name=name, read=self.expression(said[asked[0]], (*path, asked[0])),
            is_counter=asked == ["count"], most=bounds.get("most"), least=bounds.get("least"),
            for_s=self.duration(said, (*path, "for"), 0.0),
        )  # fmt: skip

    def bound(self, said: Any, path: tuple[str, ...]) -> float | None:
        for unit in _UNITS:
            try:
                return parse_quantity(str(said), unit)
            except InputError:
                continue
        self.fault(
            path, "is no number", str(said), "a number, a share such as 95% or a duration such as 500ms"
        )
        return None
