"""May it grow to this size, now? A look-up in safe limits that were proven before, in no time.

A curve says how far an activity may go at some base loads, or from some sizes. Between two of them the
lower limit counts, beyond the greatest nothing is known. Nothing is run here and no engine is loaded, so
that an admission webhook can ask.

Shortcut: between two points of a curve the limit is taken to be no lower than at both of them.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.world.file.digest import file_digest
from tidegate.world.world import WorldFile

FORMAT = 1
OVER = ("load", "size")
_NOT_A_CURVE = "what `tidegate headroom --curve FILE` writes"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How far it may go at one point of a curve.

    Parameters
    ----------
    at
        Times today's load, or instances before the activity.
    safe_count
        The greatest size proven safe by whole runs; None where none was.
    collapse_high_ratio
        Upper end of the 95 % interval of the probability of collapse there; None with it.
    runs_count
        Runs it took.
    beyond
        What is too much just beyond it, as a clause; empty where only runs say so.
    """

    at: float
    safe_count: int | None
    collapse_high_ratio: float | None
    runs_count: int
    beyond: str = ""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Safe limits of one activity, computed beforehand.

    Parameters
    ----------
    activity
        Which.
    over
        "load": `at` is a multiple of the load that the world states; "size": it is instances before.
    limits
        In order of `at`.
    acceptable_ratio
        The probability of collapse that is acceptable.
    world_digest, tidegate_version, seed
        What they were computed for, and with.
    """

    activity: str
    over: str
    limits: tuple[Limit, ...]
    acceptable_ratio: float
    world_digest: str
    tidegate_version: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Admission:
    """The answer to one look-up.

    Parameters
    ----------
    verdict
        "proceed", "stop" or "cannot_tell".
    safe_count
        The limit that was looked up; None where it is not known.
    why
        A sentence.
    """

    verdict: str
    safe_count: int | None
    why: str


def admit(curve: Curve, world: WorldFile, *, to_count: int, at: float, version: str) -> Admission:
    """Look up whether an activity may go to a size.

    Parameters
    ----------
    curve
        Computed beforehand.
    world
        The world as it is now; if it differs from the curve's, nothing can be told.
    to_count
        Instances after it.
    at
        Times the load that the world states, or instances before it, as the curve is drawn over.
    version
        Of Tidegate, now; another one than the curve's cannot tell either.
    """
    if curve.world_digest != file_digest(world):
        return _unknown("the world has changed since the curve was drawn")
    if curve.tidegate_version != version:
        return _unknown(f"the curve was drawn by Tidegate {curve.tidegate_version}, this is {version}")
    limit = limit_at(curve.limits, at)
    if limit is None:
        lowest, greatest = curve.limits[0].at, curve.limits[-1].at
        return _unknown(f"{at:g} lies outside of the curve, which goes from {lowest:g} to {greatest:g}")
    if limit.safe_count is None:
        return _unknown(f"no size was proven safe at {limit.at:g}")
    if to_count <= limit.safe_count:
        return Admission(verdict="proceed", safe_count=limit.safe_count, why=f"{limit.safe_count} is safe")
    why = f"only {limit.safe_count} was proven safe at {limit.at:g}"
    return Admission(verdict="stop", safe_count=limit.safe_count, why=why)


def _unknown(why: str) -> Admission:
    return Admission(verdict="cannot_tell", safe_count=None, why=why)


def limit_at(limits: tuple[Limit, ...], at: float) -> Limit | None:
    """Return the lower of the two limits around a place; None outside of them.

    Parameters
    ----------
    limits
        In order of `at`.
    at
        Where.
    """
    below = [limit for limit in limits if limit.at <= at]
    above = [limit for limit in limits if limit.at >= at]
    if not below or not above:
        return None
    around = (below[-1], above[0])
    return min(around, key=lambda limit: -1 if limit.safe_count is None else limit.safe_count)


def curve_json(curve: Curve) -> str:
    """Return a curve as a file holds it."""
    return json.dumps({"format": FORMAT, "curve": dataclasses.asdict(curve)}, indent=2) + "\n"


def read_curve(text: str, source: str) -> Curve:
    """Return the curve of a file.

    Raises
    ------
    InputError
        If it is none, or of another format.
    """
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            fault = Fault(
                what="a curve of another format",
                kind="statement",
                value=str(document["format"]),
                allowed=str(FORMAT),
            )
            raise InputError(fault)
        held = document["curve"]
        limits = tuple(Limit(**limit) for limit in held["limits"])
        curve = Curve(**{**held, "limits": limits})
    except (ValueError, TypeError, KeyError):
        raise InputError(Fault(what="is no curve", value=source, allowed=_NOT_A_CURVE)) from None
    if curve.over not in OVER or not limits or [x.at for x in limits] != sorted(x.at for x in limits):
        raise InputError(Fault(what="is no curve", value=source, allowed=_NOT_A_CURVE))
    return curve
