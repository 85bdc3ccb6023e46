"""What has just been let through? A step is proven from calm, so one that is not over is part of the next.

Two safe steps one after the other may be one unsafe step if the second comes before the first has settled. So
each intent is judged from the size that was there before the first step that is not yet over, together with
whatever else in the same world is still going on.

Where a cluster was read, the ages of its pods say it (`Standing`); what was let through counts beside that
until the cluster must have shown it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tidegate.gate.change.plan import SizeChange
from tidegate.world.world import World

SHOWN_WITHIN_S = 10.0
"""After so long a cluster has shown what it was allowed to do, or does not do it."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step that was let through.

    Parameters
    ----------
    at_s
        When.
    change
        What grew, from and to which size.
    is_at_once
        Whether it happens as soon as it is let through; others may come at any time.
    """

    at_s: float
    change: SizeChange
    is_at_once: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands of one thing, as a cluster shows it.

    Parameters
    ----------
    count
        Its size now, with what is still to come.
    calm_count
        How many of that have stood for as long as a step takes until it is over.
    begun_s
        When the last of the others came, in seconds; now, where some are still to come.
    is_anew
        Whether they are being replaced by others.
    """

    count: int
    calm_count: int
    begun_s: float
    is_anew: bool = False

    def step(self, address: str) -> Step | None:
        """Return what of it is not over, as one step; None where all is."""
        if self.calm_count >= self.count:
            return None
        change = SizeChange(
            address=address, attribute="replicas", before_count=self.calm_count, after_count=self.count
        )
        return Step(at_s=self.begun_s, change=change)


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

    def let_through(self, at_s: float, change: SizeChange, *, is_at_once: bool = False) -> None:
        """Take down a step; one that is let through again has not begun before."""
        self._forget(at_s)
        self._steps = [one for one in self._steps if one.change != change]
        self._steps.append(Step(at_s=at_s, change=change, is_at_once=is_at_once))

    def steps(self) -> tuple[Step, ...]:
        """Return all steps that were not over when last looked at."""
        return tuple(self._steps)

    def now(self, now_s: float, seen: Mapping[str, Standing] | None = None) -> GoingOn:
        """Return what is not over at a moment.

        Parameters
        ----------
        now_s
            When.
        seen
            What a cluster shows, by address.
        """
        self._forget(now_s)
        known = seen or {}
        kept = [
            one
            for one in self._steps
            if not (one.is_at_once and one.change.address in known and now_s - one.at_s > SHOWN_WITHIN_S)
        ]
        shown = [step for address, one in known.items() if (step := one.step(address)) is not None]
        return GoingOn(steps=tuple(sorted((*kept, *shown), key=lambda one: one.at_s)), over_s=self.settles_s)

    def _forget(self, now_s: float) -> None:
        self._steps = [one for one in self._steps if one.at_s + self.settles_s > now_s]


@dataclass(frozen=True, kw_only=True)
class GoingOn:
    """The steps that are not over at one moment.

    Parameters
    ----------
    steps
        The oldest first.
    over_s
        How long each takes.
    """

    steps: tuple[Step, ...]
    over_s: float

    def floors(self) -> Mapping[str, int]:
        """Return the size from which each thing grew, by address."""
        found: dict[str, int] = {}
        for step in self.steps:
            before_count = step.change.before_count
            if before_count is not None:
                found[step.change.address] = min(found.get(step.change.address, before_count), before_count)
        return found

    def beside(self, own: Iterable[str]) -> tuple[SizeChange, ...]:
        """Return what else goes on than what is named, each thing from its floor to its greatest size."""
        left_out, floors = set(own), self.floors()
        others: dict[str, SizeChange] = {}
        for step in self.steps:
            change = step.change
            if change.address in left_out:
                continue
            before = others.get(change.address)
            sizes = [one.after_count for one in (change, before) if one is not None]
            most = None if None in sizes else max(one for one in sizes if one is not None)
            others[change.address] = replace(
                change, before_count=floors.get(change.address), after_count=most
            )
        return tuple(others[address] for address in sorted(others))

    def over_in_s(self, now_s: float) -> float:
        """Return after how long all of it is over; 0 where nothing goes on."""
        return max(self.steps[-1].at_s + self.over_s - now_s, 0.0) if self.steps else 0.0


def settles_s(world: World) -> float:
    """Return how long a step is not over: as long as runs look at what comes of one, from its start on."""
    starts_s = (activity.at_s for activity in world.activities.values())
    return world.horizon_s - min(starts_s, default=0.0)
