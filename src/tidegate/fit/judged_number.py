"""What became of each number of a world that history was asked for? Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tidegate.exit_codes import ExitCode
from tidegate.fit.fitted import Number
from tidegate.fit.intensity import Hour
from tidegate.fit.reproduced import Compared
from tidegate.world.belief import Estimate
from tidegate.world.file.edit import Edited

State = Literal["new", "same", "kept", "doubted", "untold"]
"""new: it is written; same: the world says it already; kept: the engine does not reproduce it, so that the
old one stays; doubted: read as it is, and so far from the old one that its unit may be another, so that the
old one stays; untold: these data do not tell it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One number, as it was and as history has it.

    Parameters
    ----------
    number
        What history has.
    before
        What the world said, with its range; None where it said nothing.
    state
        What becomes of it.
    off_ratio
        By how much of it the old value is off, where that was measured and lies outside the new interval,
        its own range included; None else.
    against
        Readings that the engine does not reproduce with it.
    is_compared
        Whether what it was read from stands beside a run; a number that is read as it is needs none.
    """

    number: Number
    before: Estimate | None
    state: State
    off_ratio: float | None = None
    against: tuple[Compared, ...] = ()
    is_compared: bool = True


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What came of it.

    Parameters
    ----------
    world, origin
        The world's name, and where the numbers come from: as it stands beside each.
    numbers
        Each number that was looked for.
    compared
        What was seen beside the engine's runs with the new numbers.
    courses
        The course of a day, by the path of the number that has one.
    unread
        Readings that were not there, by their name, with why.
    edited
        The world's text with the new numbers.
    """

    world: str
    origin: str
    numbers: tuple[Finding, ...]
    compared: tuple[Compared, ...]
    courses: Mapping[str, tuple[Hour, ...]]
    unread: Mapping[str, str]
    edited: Edited

    @property
    def exit_code(self) -> ExitCode:
        """0 where the engine reproduces all that was seen, 3 some of it, 5 none; 4 where nothing was told."""
        good = sum(one.state in {"new", "same"} for one in self.numbers)
        kept = sum(one.state == "kept" for one in self.numbers)
        doubted = sum(one.state == "doubted" for one in self.numbers)
        if not good and not kept and not doubted:
            return ExitCode.CANNOT_TELL
        if not good and not doubted:
            return ExitCode.DOES_NOT_HOLD
        is_all = not kept and not doubted and all(one.is_compared for one in self.numbers)
        is_all = is_all and all(one.holds for one in self.compared) and not self.unread
        return ExitCode.HOLDS if is_all else ExitCode.CONDITIONS
