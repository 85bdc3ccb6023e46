"""Which number of a world is varied, and between which values? An axis of a search or a map.

An axis is an overlay with one value: a path of file keys, or several paths that go together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tidegate.errors import Fault, InputError
from tidegate.experiment.seed_edge import Span
from tidegate.world.file.lay import lay
from tidegate.world.file.overlay import overlay
from tidegate.world.file.quantity import format_quantity, parse_quantity
from tidegate.world.file.shape import Slot, slot_at
from tidegate.world.file.value import value_at
from tidegate.world.world import WorldFile

_OVERLAYS = {("triggers", "set"), ("beliefs", "counter")}


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A number of the world that is varied, or several that go together.

    Parameters
    ----------
    name
        What it is called: a path of file keys, or a phrase.
    paths
        The paths it sets, each with the factor from the axis' value to the path's.
    unit
        "s", "per_s", "ratio" or "count".
    turned
        Whether its values are those of the world with the other sign, so that what is worse is greater.
    """

    name: str
    paths: Mapping[str, float]
    unit: str = "count"
    turned: bool = False

    def changes(self, value: float) -> dict[str, float]:
        """Return the overlay that puts the axis at a value."""
        written = -value if self.turned else value
        return {path: factor * written for path, factor in self.paths.items()}

    def text(self, value: float) -> str:
        """Return a value as the file writes it, with the digits that matter."""
        return format_quantity(float(f"{-value if self.turned else value:.4g}"), self.unit)


def slot_of(path: str) -> Slot | None:
    """Return the key that a path leads to, through the overlays that triggers and beliefs are."""
    steps = path.split(".")
    if len(steps) > 3 and (steps[0], steps[2]) in _OVERLAYS:
        return slot_at(".".join(steps[3:]))
    return slot_at(path)


def number_at(file: WorldFile, path: str) -> float | None:
    """Return the number at a path of file keys, through triggers and beliefs; None where there is none."""
    steps = path.split(".")
    if len(steps) > 3 and (steps[0], steps[2]) in _OVERLAYS:
        held = getattr(file.world, steps[0]).get(steps[1])
        inner = {"triggers": "set", "beliefs": "counter"}[steps[0]]
        written = getattr(held, inner, {}).get(".".join(steps[3:]))
        slot = slot_of(path)
        return None if written is None or slot is None else _number(written, slot.shape.unit)
    found = value_at(file.world, path)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _number(written: object, unit: str) -> float:
    return parse_quantity(written, unit) if isinstance(written, str) else float(str(written))


def path_axis(
    file: WorldFile,
    path: str,
    *,
    low: str | None = None,
    high: str | None = None,
    options: tuple[str, str] = ("--from", "--to"),
) -> tuple[Axis, Span]:
    """Return an axis along one path of the world and the span to look at.

    Parameters
    ----------
    file
        The world.
    path
        A path of file keys that leads to a number.
    low, high
        Where to look, as a file writes it; None takes the end of the number's range.
    options
        What says so on the command line, for who said neither.

    Raises
    ------
    InputError
        If the path leads to no number, or an end is missing, wrong or in the wrong order.
    """
    # Laying a value knows which step of the path is wrong, and the nearest one that exists.
    lay(file.document, {path: 1.0}, file.source)
    slot = slot_of(path)
    if slot is None or slot.shape.kind != "number":
        raise InputError(Fault(what="is not a number that can be varied", path=path))
    unit = slot.shape.unit
    estimate = file.estimates.get(path)
    ends = []
    for given, known, option in (
        (low, estimate.low if estimate else None, options[0]),
        (high, estimate.high if estimate else None, options[1]),
    ):
        if given is not None:
            ends.append(_end(given, unit, path))
        elif known is not None and estimate is not None and estimate.is_uncertain:
            ends.append(known)
        else:
            now = number_at(file, path)
            at = "" if now is None else f"; it is {format_quantity(now, unit)}"
            allowed = f"{option} VALUE, as a file writes it{at}"
            raise InputError(Fault(what="has no range in this world", path=path, allowed=allowed))
    if not ends[0] < ends[1]:
        raise InputError(
            Fault(what="the span is empty", kind="statement", path=path, value=f"{ends[0]:g} to {ends[1]:g}")
        )
    for end in ends:
        overlay(file, {path: end})  # a value the world cannot have is said before anything runs
    axis = Axis(name=path, paths={path: 1.0}, unit=unit)
    return axis, Span(low=ends[0], high=ends[1], whole=slot.shape.whole)


def _end(text: str, unit: str, path: str) -> float:
    try:
        return parse_quantity(text, unit)
    except InputError as error:
        raise InputError(replace(error.faults[0], path=path, value=text)) from None
