"""What was scaled, when, from and to which size; and what of the files was passed over, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.journal.moment import LATEST_S, parse_moment

MOST_COUNT = 10_000_000
_MOST_FAULTS = 50
_LEAST_MS = 1e11
NOT_KNOWN = "of which nothing says the size before"
NO_CHANGE = "that changed no size"
TWICE = "that were told twice"


@dataclass(frozen=True, kw_only=True)
class Told:
    """One size that something went to, as one file tells it.

    Parameters
    ----------
    at_s
        When, in seconds since 1970.
    system, address, aliases
        Under which name of `known_as` a world knows it, what it is called there, and further names.
    before_count
        The size before; None where it is not told.
    after_count
        The size it went to.
    is_least
        Whether it went there only if it was smaller: a raised minimum.
    """

    at_s: float
    system: str
    address: str
    before_count: int | None
    after_count: int
    aliases: tuple[str, ...] = ()
    is_least: bool = False


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """One change of size that happened.

    Parameters
    ----------
    at_s, system, address, aliases, before_count, after_count
        As for `Told`, with the size before.
    """

    at_s: float
    system: str
    address: str
    before_count: int
    after_count: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class History:
    """What was scaled, in order of time.

    Parameters
    ----------
    scaled
        Each change of size.
    passed
        How many things in the files were passed over, by why.
    notes
        What else there is to know of the files, as sentences.
    """

    scaled: tuple[Scaled, ...]
    passed: Mapping[str, int]
    notes: tuple[str, ...] = ()


@dataclass
class Reading:
    """Gathers what files tell, and what is wrong with them.

    Parameters
    ----------
    source
        The file that is read now.
    """

    source: str = ""
    told: list[Told] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    targets: dict[tuple[str, str], str] = field(default_factory=dict)
    """The workload's name by namespace and name of its autoscaler."""
    wished: list[tuple[float, tuple[str, str], int]] = field(default_factory=list)
    """When an autoscaler, by namespace and name, went to which size."""

    def fault(self, what: str, path: str = "", value: object = "", allowed: str = "", line: int = 0) -> None:
        """Name something that is wrong with the file that is read."""
        place = Place(source=self.source, line=line)
        shown = " ".join(str(value).split())[:60]
        self.faults.append(Fault(what=what, path=path, value=shown, allowed=allowed, place=place))

    def moment(self, said: object, path: str, line: int = 0) -> float | None:
        """Return the seconds since 1970 that are meant; None, and a fault, where none are."""
        if (
            isinstance(said, int | float)
            and not isinstance(said, bool)
            and 0 <= said < min(LATEST_S, _LEAST_MS)
        ):
            return float(said)
        try:
            return parse_moment(str(said)) if isinstance(said, str) else _no_time()
        except InputError:
            self.fault("is not a time", path, "" if said is None else said, "a time with its offset", line)
            return None

    def count(self, said: object, path: str, line: int = 0) -> int | None:
        """Return the size that is meant; None, and a fault, where it is none."""
        text = str(said).strip()
        if not isinstance(said, bool) and text.isascii() and text.isdecimal() and len(text) < 9:
            return int(text)
        allowed = f"a whole number from 0 to {MOST_COUNT:,}"
        self.fault("is no size", path, "" if said is None else said, allowed, line)
        return None


def _no_time() -> float:
    raise InputError


def mapping(found: object) -> Mapping[str, Any]:
    """Return a mapping; an empty one of anything else."""
    return found if isinstance(found, dict) else {}


def history(reading: Reading) -> History:
    """Return what was told as changes of size, in order of time: each once, each from a size that is known.

    Raises
    ------
    InputError
        With everything that is wrong with the files.
    """
    if reading.faults:
        raise InputError(*reading.faults[:_MOST_FAULTS])
    passed = Counter(reading.passed)
    ordered = sorted(reading.told, key=lambda one: one.at_s)
    notes = []
    if [one.at_s for one in reading.told] != [one.at_s for one in ordered]:
        notes.append("The files are not in order of time; they were put into it.")
    scaled: list[Scaled] = []
    seen: set[Told] = set()
    stands: dict[tuple[str, str], int] = {}
    for one in ordered:
        if one in seen:
            passed[TWICE] += 1
            continue
        seen.add(one)
        why = _take(one, stands, scaled)
        if why:
            passed[why] += 1
    return History(scaled=tuple(scaled), passed=dict(passed), notes=tuple(notes))


def _take(one: Told, stands: dict[tuple[str, str], int], scaled: list[Scaled]) -> str:
    """Take in one size; return why it is no change that can be looked at, or nothing."""
    key = (one.system, one.address)
    before_count = stands.get(key) if one.before_count is None else one.before_count
    after_count = one.after_count
    if one.is_least:
        if before_count is None:
            return NOT_KNOWN
        after_count = max(after_count, before_count)
    stands[key] = after_count
    if before_count is None:
        return NOT_KNOWN
    if before_count == after_count:
        return NO_CHANGE
    scaled.append(
        Scaled(
            at_s=one.at_s, system=one.system, address=one.address, aliases=one.aliases,
            before_count=before_count, after_count=after_count,
        )
    )  # fmt: skip
    return ""


def pairs(found: object, what: str) -> Iterable[tuple[str, object]]:
    """Yield each item of a list with its path; nothing of anything else."""
    return ((f"{what}.{number}", one) for number, one in enumerate(found if isinstance(found, list) else ()))
