"""A protection with which an activity holds, or is helped, as values of a world's numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One value to be set, as a world file (or `--set`) writes it.

    Parameters
    ----------
    path, value
        What is set, and to what.
    now
        What it is as planned; empty where nothing is set.
    name
        What people call it.
    fails_at
        The nearest value on the other side that was tried and does not hold; empty where none was.
    because
        The sum that its number comes from or stands beside, as a clause; empty where none says anything.
    """

    path: str
    value: str
    now: str = ""
    name: str = ""
    fails_at: str = ""
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """A protection with which an activity holds, and without which it does not.

    Parameters
    ----------
    name
        What people call it.
    settings
        What it sets.
    """

    name: str
    settings: tuple[Setting, ...]

    @property
    def changes(self) -> dict[str, object]:
        """The overlay."""
        return {setting.path: setting.value for setting in self.settings}

    def is_part_of(self, other: Remedy) -> bool:
        """Whether another sets all of it and more."""
        return set(self.settings) < set(other.settings)


@dataclass(frozen=True, kw_only=True)
class Partial:
    """What helps where the answer is *stop*, though it is not shown to be enough.

    Parameters
    ----------
    case
        Name of the case that shows it.
    settings
        What it sets; empty where it is the pace of the activity.
    keeps_objectives
        Whether it keeps every objective at the numbers given, and only their ranges stand against it; else
        service comes back with it, and what passes until then misses one.
    """

    case: str
    settings: tuple[Setting, ...]
    keeps_objectives: bool


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What was run and is not enough, or is so only at the numbers given.

    Parameters
    ----------
    name
        What people call it.
    settings
        What it sets; empty where it is the pace of the activity.
    is_enough_as_given
        Whether it keeps every objective at the numbers given; then their ranges stand against it, or a belief
        that may be wrong.
    fits
        Whether it keeps every limit by arithmetic.
    """

    name: str
    settings: tuple[Setting, ...]
    is_enough_as_given: bool
    fits: bool = False


@dataclass(frozen=True, kw_only=True)
class Instead:
    """What could be set so that a plan keeps its pace, where a slower one is the answer.

    Parameters
    ----------
    settings
        What it sets.
    runs_count
        Runs at the numbers given, as believed and with each belief wrong that was never measured: all hold.
    worlds_count, worlds_failed_count
        Worlds drawn over the ranges, and how many of them fail all the same; 0 where no number has a range.
    """

    settings: tuple[Setting, ...]
    runs_count: int
    worlds_count: int = 0
    worlds_failed_count: int = 0
