"""Margin in every assumed number: the same world with each of them worse, one at a time.

Nobody knows which way is worse, so each is moved both ways. A number that the world calls published
or measured is not moved; neither is one that the candidate itself sets. A limit that can be counted is
moved no further than what runs already allows: a fleet of 5,000 that runs has more than 4,200 threads.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.variants.scope import concern_of
from tidegate.simulate.script import Phase, Script
from tidegate.world.belief import Estimate
from tidegate.world.file.overlay import overlay
from tidegate.world.file.shape import slot_at
from tidegate.world.world import WorldFile

MARGIN_RATIO = 0.3
_NEAR_STEPS = 40  # halvings: enough for any whole number


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
        The world and which of its activities is meant; the numbers of others, and of what has nothing to do
        with it, are left alone.
    but
        Paths that are not moved, because somebody sets them.
    ratio
        How far.
    """
    found, concerns = [], concern_of(file, activity)
    for path, estimate in file.estimates.items():
        steps = path.split(".")
        if estimate.basis != "assumed" or path in but or not concerns(path):
            continue
        if steps[0] == "activities" and steps[1] != activity:
            continue
        for factor in (1.0 - ratio, 1.0 + ratio):
            value = _moved(estimate, factor)
            if value is None:
                continue
            try:
                value = _as_far_as_it_runs(file, estimate, value)
            except InputError:
                continue  # a world that contradicts itself says nothing
            if value != estimate.value:
                found.append(Variant(path=path, value=value, was=estimate.value))
    return tuple(found)


def _runs(file: WorldFile, path: str, value: float) -> bool:
    """Whether what stands there before anything happens keeps all countable limits."""
    today = Phase(at_s=0.0, world=overlay(file, {path: value}).world)
    return not any(limit.kind == "stock" for limit in exceeded(Script(phases=(today,))))


def _as_far_as_it_runs(file: WorldFile, estimate: Estimate, value: float) -> float:
    """Return a value, or the last one towards it under which the world of today can be.

    Raises
    ------
    InputError
        If no world can have the value.
    """
    if _runs(file, estimate.path, value) or not _runs(file, estimate.path, estimate.value):
        return value
    slot = slot_at(estimate.path)
    whole = slot is not None and slot.shape.whole
    holds, fails = estimate.value, value
    for _ in range(_NEAR_STEPS):
        middle = 0.5 * (holds + fails)
        middle = float(round(middle)) if whole else middle
        if middle in (holds, fails):
            break
        if _runs(file, estimate.path, middle):
            holds = middle
        else:
            fails = middle
    return holds
