"""What must a drill keep to? Numbers that somebody can name, with what holds where nobody does."""

from __future__ import annotations

from dataclasses import dataclass, fields

from tidegate.errors import Fault, InputError

LEAST_S = 1.0
MOST_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class DrillLimits:
    """The limits of a drill.

    Parameters
    ----------
    first_word_s
        So long words may take to a first page, and a notice to its receiver.
    heal_s
        So long sites may take after a healing until all hold the same record.
    lost_cases, lost_notices
        So many cases and notices may be lost.
    repeated
        So many notices more than once may come of one cut.
    unheard
        So many sites that could hear may not say what was said at others.
    apart_said_s
        So soon the page of a site that cannot hear another says so; 0 where it is not looked for.
    """

    first_word_s: float = 30.0
    heal_s: float = 30.0
    lost_cases: int = 0
    lost_notices: int = 0
    repeated: int = 1
    unheard: int = 0
    apart_said_s: float = 20.0


def check_limits(limits: DrillLimits) -> None:
    """Refuse limits that are none.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = []
    for one in fields(limits):
        value, flag = getattr(limits, one.name), f"--{one.name.removesuffix('_s').replace('_', '-')}"
        if one.name.endswith("_s"):
            if one.name == "apart_said_s" and value == 0.0:
                continue
            if not LEAST_S <= value <= MOST_S:
                allowed = f"{LEAST_S:g} s to {MOST_S:g} s"
                faults.append(Fault(what="is no limit", path=flag, value=f"{value:g} s", allowed=allowed))
        elif value < 0:
            faults.append(Fault(what="is no limit", path=flag, value=str(value), allowed="0 or more"))
    if faults:
        raise InputError(*faults)
