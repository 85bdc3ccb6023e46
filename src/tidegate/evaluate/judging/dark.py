"""What goes dark with a saturated crossing, and from when."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.judging.verdict import CaseEvidence, Dark
from tidegate.world.graph import SharedFate, shared_fate
from tidegate.world.world import World

LEAST_LOST_S = 30.0


def lasting_saturation_s(case: CaseEvidence) -> dict[str, float]:
    """Return the crossings that a case saturates for a while, with the time it begins.

    Trouble that is over within half a minute darkens nothing.
    """
    if case.collapse.value < 0.5 and (case.recovery_s or 0.0) < LEAST_LOST_S:
        return {}
    return {k.name: k.saturated_at_s for k in case.crossings if k.saturated_at_s is not None}


def _dark(world: World, fate: SharedFate, case: CaseEvidence, from_s: float) -> Dark:
    if fate.kind == "tooling":
        tooling = world.tooling[fate.name]
        title, role, loses, keeps = tooling.title, tooling.role, "", ""
    else:
        segment = world.segments[fate.name]
        title, role, loses, keeps = segment.title, "", segment.loses, segment.keeps
    return Dark(
        kind=fate.kind,
        name=fate.name,
        title=title or fate.name,
        role=role,
        loses=loses,
        keeps=keeps,
        because=fate.crossing,
        case=case.name,
        from_s=from_s,
    )


def goes_dark(world: World, cases: Sequence[CaseEvidence]) -> tuple[Dark, ...]:
    """Return what is lost, the earliest first, each once, in the first case that loses it."""
    found: dict[tuple[str, str], Dark] = {}
    for case in cases:
        saturated = lasting_saturation_s(case)
        dark = [_dark(world, fate, case, saturated[fate.crossing]) for fate in shared_fate(world, saturated)]
        for item in sorted(dark, key=lambda lost: lost.from_s or 0.0):
            found.setdefault((item.kind, item.name), item)
    return tuple(sorted(found.values(), key=lambda lost: (lost.from_s or 0.0, lost.kind, lost.name)))
