"""What is to be configured, on whichever device or client? The noun of protection, free of vendors.

A protection is a set of elements, each a value at a path of the world, so that it is an overlay and the
simulator can try it. How an element is chosen, and how a vendor writes it, is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.protect.reason import reason_for
from tidegate.protect.setting_kinds import KINDS, Kind, canonical, kind_at, kind_of
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.overlay import overlay
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.shape import slot_at
from tidegate.world.file.value import value_at
from tidegate.world.retry import RetryPolicy
from tidegate.world.world import WorldFile

AS_ASKED = "as asked"
PROVEN = "proven by runs, not by a sum"


@dataclass(frozen=True, kw_only=True)
class Element:
    """One protective setting.

    Parameters
    ----------
    path
        Where the world states it, in file keys.
    value
        Its value in the core's unit (seconds, per second), a word, or the name or layers of a retry policy.
    reason
        The number it comes from: ``70 % of the 257/s that one device of edge carries``.
    purpose
        What it does, as a sentence.
    margin_ratio
        By how much every assumed number may be wrong before it no longer suffices; None where untested.
    """

    path: str
    value: Any
    reason: str = AS_ASKED
    purpose: str = ""
    margin_ratio: float | None = None

    @property
    def kind(self) -> Kind:
        """Which kind of setting it is."""
        return kind_at(self.path)

    @property
    def text(self) -> str:
        """The value as a world file writes it."""
        return value_text(self.path, self.value)


@dataclass(frozen=True, kw_only=True)
class Protection:
    """The elements that are to be in force together.

    Parameters
    ----------
    elements
        In the order in which they matter; one for each path.
    activity
        The activity they were chosen for; empty where none was named.
    """

    elements: tuple[Element, ...]
    activity: str = ""

    def overlay(self) -> dict[str, Any]:
        """Return the values by path, to be laid over the world they protect."""
        return {element.path: element.value for element in self.elements}

    def subjects(self, section: str) -> tuple[str, ...]:
        """Return the names within a section (`crossings`, `clients` …) that have an element."""
        steps = [element.path.split(".") for element in self.elements]
        return tuple(dict.fromkeys(step[1] for step in steps if step[0] == section))


def value_text(path: str, value: object) -> str:
    """Return a value as a world file writes it at `path`."""
    slot = slot_at(path)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)) and slot is not None and slot.shape.kind == "number":
        return format_quantity(value, slot.shape.unit)
    if isinstance(value, (tuple, list)) and not path.endswith(".layers"):
        return f"[{', '.join(value_text(f'{path}.0', one) for one in value)}]"
    if isinstance(value, Mapping):
        return str(value["name"]) if set(value) == {"name"} else _whole_text(path, value)
    return str(value) if isinstance(value, (str, int, float)) else "its own layers"


def _whole_text(path: str, value: Mapping[str, Any]) -> str:
    if "layers" in value:
        return "its own layers"
    parts = (f"{key}: {value_text(f'{path}.{key}', part)}" for key, part in value.items())
    return f"{{{', '.join(parts)}}}"


def protection_of(
    file: WorldFile,
    changes: Mapping[str, object],
    *,
    reasons: Mapping[str, str] | None = None,
    margin_ratio: float | None = None,
    activity: str = "",
    otherwise: str = AS_ASKED,
) -> Protection:
    """Return an overlay as a protection.

    Parameters
    ----------
    file
        The world it protects.
    changes
        Values by path, as a file writes them or in the core's unit.
    reasons
        The number each value comes from, by path; what is not given is worked out from the world.
    margin_ratio
        The margin all of them were tested with.
    activity
        The activity they were chosen for.
    otherwise
        The reason where neither is known.

    Raises
    ------
    InputError
        If a path leads nowhere or to no protective setting, or a value is not of its kind.
    """
    wanted = {canonical(path): value for path, value in changes.items()}
    changed = overlay(file, wanted).world
    faults = [
        Fault(
            what="is no protective setting",
            path=path,
            nearest=nearest(path.rpartition(".")[2], [kind.pattern.rpartition(".")[2] for kind in KINDS]),
            allowed="what a device, client or scaler can be told; docs/reference/targets.md lists it",
            place=Place(source=file.source),
        )
        for path in wanted
        if kind_of(path) is None
    ]
    if faults:
        raise InputError(*faults)
    given = {canonical(path): reason for path, reason in (reasons or {}).items()}
    elements = []
    for path, written in wanted.items():
        value = value_at(changed, path)
        value = written if isinstance(value, RetryPolicy) or path.endswith(".reactions") else value
        elements.append(
            Element(
                path=path,
                value=value,
                reason=given.get(path) or reason_for(changed, path, value, activity) or otherwise,
                purpose=kind_at(path).does.format(value=value_text(path, value)),
                margin_ratio=margin_ratio,
            )
        )
    return Protection(elements=tuple(elements), activity=activity)
