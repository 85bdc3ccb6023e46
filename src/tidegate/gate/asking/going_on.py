"""What has just been let through? A step is proven from calm, so one that is not over is part of the next.

Two safe steps one after the other may be one unsafe step if the second comes before the first has settled. So
each intent is judged from the size that was there before the first step that is not yet over, together with
whatever else in the same world is still going on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.gate.change.plan import SizeChange


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step that was let through.

    Parameters
    ----------
    at_s
        When.
    change
        What grew, from and to which size.
    """

    at_s: float
    change: SizeChange


@dataclass
class Recent:
    """The steps of one world that are not over.

    Parameters
    ----------
    settles_s
        How long a step takes until it is over: as long as its proof looked at.
    """

    settles_s: float
    _steps: list[Step] = field(default_factory=list)

    def let_through(self, at_s: float, change: SizeChange) -> None:
        """Take down a step; one that is let through again has not begun before."""
        self._forget(at_s)
        self._steps = [one for one in self._steps if one.change != change]
        self._steps.append(Step(at_s=at_s, change=change))

    def steps(self) -> tuple[Step, ...]:
        """Return all steps that were not over when last looked at."""
        return tuple(self._steps)

    def going_on(self, now_s: float) -> tuple[Step, ...]:
        """Return the steps that are not over, the oldest first."""
        self._forget(now_s)
        return tuple(self._steps)

    def floors(self, now_s: float) -> Mapping[str, int]:
        """Return the size from which each thing grew in the steps that are not over, by address."""
        found: dict[str, int] = {}
        for step in self.going_on(now_s):
            before_count = step.change.before_count
            if before_count is not None:
                found[step.change.address] = min(found.get(step.change.address, before_count), before_count)
        return found

    def over_in_s(self, now_s: float) -> float:
        """Return after how long all is over that goes on now; 0 where nothing does."""
        steps = self.going_on(now_s)
        return max(steps[-1].at_s + self.settles_s - now_s, 0.0) if steps else 0.0

    def _forget(self, now_s: float) -> None:
        self._steps = [one for one in self._steps if one.at_s + self.settles_s > now_s]
