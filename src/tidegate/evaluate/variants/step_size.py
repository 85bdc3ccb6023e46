"""How large is the step of an activity, and what is a multiple of it? Instances added, or who reconnects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile


@dataclass(frozen=True, kw_only=True)
class StepSize:
    """The size of an activity's step.

    Parameters
    ----------
    paths
        What of the file says it, each with its value at no step at all, and by how much that grows with the
        step as planned.
    most_times
        The largest multiple that has a meaning: no more than all clients can reconnect.
    unit
        "instances", or "ratio" of the clients that reconnect.
    """

    paths: Mapping[str, tuple[float, float]]
    most_times: float
    unit: str

    def at(self, file: WorldFile, times: float) -> WorldFile:
        """Return the world with a step so many times as large."""
        return overlay(file, {path: none + times * step for path, (none, step) in self.paths.items()})

    def value(self, times: float) -> float:
        """Return what the step comes to: instances afterwards, or the greatest share that reconnects."""
        return max(none + times * step for none, step in self.paths.values())


def step_size(file: WorldFile, activity: str, *, most_times: float) -> StepSize | None:
    """Return the size of an activity's step; None where nothing of it could be more.

    Parameters
    ----------
    file, activity
        The world and its activity.
    most_times
        As far as is asked about.
    """
    plan = file.world.activities[activity]
    path = f"activities.{activity}"
    if plan.to_count is not None and plan.from_count is not None and plan.to_count > plan.from_count:
        step = (float(plan.from_count), float(plan.to_count - plan.from_count))
        return StepSize(paths={f"{path}.to": step}, most_times=most_times, unit="instances")
    shares = {f"{path}.reactions.{i}.reconnect": r.reconnect_ratio for i, r in enumerate(plan.reactions)}
    greatest = max(shares.values(), default=0.0)
    if greatest == 0.0:
        return None
    paths = {path: (0.0, share) for path, share in shares.items()}
    return StepSize(paths=paths, most_times=min(most_times, 1.0 / greatest), unit="ratio")
