"""Margin in every assumed number: the same world with each of them worse, one at a time.

Nobody knows which way is worse, so each is moved both ways. A number that the world calls published
or measured is not moved; neither is one that the candidate itself sets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tidegate.errors import InputError
from tidegate.world.belief import Estimate
from tidegate.world.file.overlay import overlay
from tidegate.world.file.shape import slot_at
from tidegate.world.world import WorldFile

MARGIN_RATIO = 0.3


@dataclass(frozen=True, kw_only=True)
class Variant:
    """The world with one assumed number moved.

    Parameters
    ----------
    path, value
        Which, and to what.
    was
        What the world states.
    changes
        The overlay.
    """

    path: str
    value: float
    was: float

    @property
    def changes(self) -> Mapping[str, float]:
        """The overlay that moves it."""
        return {self.path: self.value}


def _moved(estimate: Estimate, factor: float) -> float | None:
    """Return the value moved, within what may stand there; None where nothing changes."""
    slot = slot_at(estimate.path)
    if slot is None:
        return None
    value = min(max(estimate.value * factor, slot.least), slot.most)
    if slot.shape.whole:
        value = float(round(value))
    return None if value == estimate.value else value


def margin_variants(
    file: WorldFile, activity: str | None, *, but: Collection[str] = (), ratio: float = MARGIN_RATIO
) -> tuple[Variant, ...]:
    """Return the world's assumed numbers, each a third less and a third more as `ratio` says.

    Parameters
    ----------
    file, activity
        The world and which of its activities is meant; the others' numbers are left alone.
    but
        Paths that are not moved, because somebody sets them.
    ratio
        How far.
    """
    found = []
    for path, estimate in file.estimates.items():
        steps = path.split(".")
        if estimate.basis != "assumed" or path in but or (steps[0] == "activities" and steps[1] != activity):
            continue
        for factor in (1.0 - ratio, 1.0 + ratio):
            value = _moved(estimate, factor)
            if value is None:
                continue
            variant = Variant(path=path, value=value, was=estimate.value)
            try:
                overlay(file, variant.changes)
            except InputError:
                continue  # a world that contradicts itself says nothing
            found.append(variant)
    return tuple(found)
