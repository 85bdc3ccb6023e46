"""What is kept of a drill? One line of JSON: who, when, what was cut, and what came of it.

Nothing here reads a file or a clock.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.observe.drill.cut_reading import CaseReading, CutReading, WordReading
from tidegate.observe.drill.drill_judged import Finding, Held, held, judge, worst
from tidegate.observe.drill.drill_limits import DrillLimits

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One drill.

    Parameters
    ----------
    by, at_s
        Who ran it, and when it began, in seconds since 1970.
    world
        The world it was fed with; empty on real sites.
    sites
        The sites.
    is_real
        Whether they were real ones.
    limits
        What it had to keep to.
    readings
        What was measured, one for each cut.
    version
        Whose tooling it was.
    """

    by: str
    at_s: float
    world: str
    sites: tuple[str, ...]
    is_real: bool
    limits: DrillLimits
    readings: tuple[CutReading, ...]
    version: str

    def findings(self, reading: CutReading) -> tuple[Finding, ...]:
        """Return what did not keep to its limit at one cut."""
        return judge(reading, self.limits)

    @property
    def held(self) -> Held:
        """How it went."""
        return worst([held(self.findings(one)) for one in self.readings])


def drill_line(drill: Drill) -> str:
    """Return a drill as one line of JSON, ending in a line break."""
    document = {"format": FORMAT, "held": drill.held.value, **dataclasses.asdict(drill)}
    return json.dumps(document, ensure_ascii=False) + "\n"


def begun_line(*, by: str, at_s: float, sites: Sequence[str], commands: Mapping[str, str]) -> str:
    """Return that a drill of real sites begins as one line of JSON, with the commands that cut."""
    document = {"format": FORMAT, "begun": dict(commands), "by": by, "at_s": at_s, "sites": list(sites)}
    return json.dumps(document, ensure_ascii=False) + "\n"


def read_drills(text: str, source: str) -> tuple[Drill, ...]:
    """Return the drills of a file that came to an end, the oldest first.

    Raises
    ------
    InputError
        With every line that is no drill.
    """
    found, faults = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            if "begun" not in fields:
                found.append(_drill(fields))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            place = Place(source=source, line=number)
            faults.append(Fault(what="is not the record of a drill", place=place))
    if faults:
        raise InputError(*faults)
    return tuple(found)


def last_alike(drills: Sequence[Drill], drill: Drill) -> Drill | None:
    """Return the latest drill of the same sites; None where there is none."""
    alike = [one for one in drills if one.sites == drill.sites and one.is_real == drill.is_real]
    return max(alike, key=lambda one: one.at_s, default=None)


def readings_of(told: Sequence[Any]) -> tuple[CutReading, ...]:
    """Return readings from what JSON makes of them."""
    return tuple(_reading(one) for one in told)


def _drill(fields: Any) -> Drill:
    if fields["format"] != FORMAT:
        raise ValueError(f"format {FORMAT} is expected")
    return Drill(
        by=str(fields["by"]), at_s=float(fields["at_s"]), world=str(fields["world"]),
        sites=tuple(map(str, fields["sites"])), is_real=bool(fields["is_real"]),
        limits=DrillLimits(**fields["limits"]), readings=readings_of(fields["readings"]),
        version=str(fields["version"]),
    )  # fmt: skip


def _reading(fields: Any) -> CutReading:
    listed = ("hit", "unheard", "apart", "unsaid", "stale", "mute")
    cases = (CaseReading(**{**one, "found_at": tuple(one["found_at"])}) for one in fields["cases"])
    return CutReading(
        **{
            **fields,
            **{name: tuple(map(str, fields[name])) for name in listed},
            "words": tuple(WordReading(**one) for one in fields["words"]),
            "cases": tuple(cases),
        }
    )
