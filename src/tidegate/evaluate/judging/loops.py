"""Which feedback cycles does a world have, whatever happens in it? And which setting breaks each.

Every activity is looked at, as believed and with each belief wrong; nothing is run.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.evaluate.arithmetic.feedback.breaking import Break, breaks
from tidegate.evaluate.arithmetic.feedback.cycle import Cycle, feedback
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

AS_BELIEVED = "as believed"
_CLEARLY_TIMES = 1.05  # so much more gain makes it the activity's or the belief's


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A cycle, where it is strongest.

    Parameters
    ----------
    cycle
        What drives what, and how strongly.
    activity
        The activity that makes it so strong; empty where it needs none.
    case
        "as believed", or what is otherwise.
    breaks
        What would break it; empty where it does not feed itself.
    worst_gain, worst_activity, worst_case
        Where it is strongest of all, beliefs that are wrong included.
    """

    cycle: Cycle
    activity: str
    case: str
    breaks: tuple[Break, ...]
    worst_gain: float
    worst_activity: str
    worst_case: str


@dataclass(frozen=True, kw_only=True)
class Loops:
    """All cycles of a world file.

    Parameters
    ----------
    loops
        Those that can feed themselves as believed first, then by gain.
    is_cut
        Whether there are more than were looked for.
    """

    loops: tuple[Loop, ...] = ()
    is_cut: bool = False

    @property
    def feeding_count(self) -> int:
        """How many can feed themselves."""
        return sum(one.cycle.feeds_itself for one in self.loops)


NO_LOOPS = Loops()


def loops(file: WorldFile) -> Loops:
    """Return every cycle of a world once, where it is strongest."""
    cases = {AS_BELIEVED: file}
    for name, belief in file.world.beliefs.items():
        cases[belief.otherwise or f"not {name}"] = overlay(file, belief.counter)
    found: dict[object, _Found] = {}
    worst: dict[object, _Found] = {}
    is_cut = False
    for case, changed in cases.items():
        for activity in (None, *file.world.activities):
            script = write_script(changed, activity)
            there = feedback(script)
            is_cut = is_cut or there.is_cut
            for cycle in there.cycles:
                key = cycle.mechanism, cycle.quantities
                one = _Found(script, cycle, activity or "", case)
                found[key] = one if key not in found else found[key].clearer(one)
                worst[key] = one if key not in worst else worst[key].worse(one)
    listed = [_loop(one, worst[key]) for key, one in found.items()]
    listed.sort(key=lambda one: (one.cycle.feeds_itself and one.case != AS_BELIEVED, -one.cycle.gain))
    listed.sort(key=lambda one: not one.cycle.feeds_itself)
    return Loops(loops=tuple(listed), is_cut=is_cut)


@dataclass(frozen=True)
class _Found:
    script: Script
    cycle: Cycle
    activity: str
    case: str

    def clearer(self, other: _Found) -> _Found:
        """Return what is shown: what feeds itself as believed is not told of a wrong belief."""
        told = self.cycle.feeds_itself and self.case == AS_BELIEVED != other.case
        return self if told else self.worse(other)

    def worse(self, other: _Found) -> _Found:
        """Return which gains clearly more."""
        return other if other.cycle.gain > _CLEARLY_TIMES * self.cycle.gain else self


def _loop(shown: _Found, worst: _Found) -> Loop:
    return Loop(
        cycle=shown.cycle,
        activity=shown.activity,
        case=shown.case,
        breaks=breaks(shown.script, shown.cycle) if shown.cycle.feeds_itself else (),
        worst_gain=worst.cycle.gain,
        worst_activity=worst.activity,
        worst_case=worst.case,
    )
