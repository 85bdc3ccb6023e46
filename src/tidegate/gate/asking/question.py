"""What is to be worked out by runs, and when is it known? What the gate hands on, and gets back at once."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.gate.asking.worked_out import key_of
from tidegate.gate.change.plan import Plan
from tidegate.world.world import WorldFile


@dataclass(frozen=True, kw_only=True)
class Question:
    """A change that is to be worked out by runs.

    Parameters
    ----------
    world
        Of which of the worlds, by number.
    file
        That world.
    plan
        The change, in the names of the world.
    can_wait
        Whether there is an answer meanwhile, so that it is worked out where nothing else is.
    readings
        Worlds that were made for this very step, each to be judged whole; the worst of them counts. Empty
        where the plan is laid over the world.
    """

    world: int
    file: WorldFile
    plan: Plan
    can_wait: bool = False
    readings: tuple[WorldFile, ...] = ()

    @property
    def key(self) -> str:
        """What makes two of them the same: the world as it was read then, and the change."""
        return f"{self.world} {id(self.file):x} {key_of(self.plan)}"


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """When an answer may be there that is not known yet.

    Parameters
    ----------
    again_s
        After how many seconds.
    why
        What is told until then.
    """

    again_s: float
    why: str = "this was not worked out before; it is now, and will be known when it is asked again."
