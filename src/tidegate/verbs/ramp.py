"""Ramp: how fast an activity may run, and by which schedule."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime

from tidegate.errors import Fault, InputError
from tidegate.evaluate.judging.asked import DEFAULT_SEED, Check, activities_of
from tidegate.evaluate.searching.ramp import RampAnswer, find_ramp
from tidegate.evaluate.variants.pace import Bounds, planned_s
from tidegate.exit_codes import ExitCode
from tidegate.verbs.ramp_window import over_by
from tidegate.world.file.quantity import parse_quantity
from tidegate.world.world import WorldFile

_USUAL_S = 3600.0
_LEAST_S = 1.0  # a pace is in whole seconds


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked of a ramp.

    Parameters
    ----------
    file
        The world, overlays already laid.
    activity
        Which activity; None where the world has only one.
    within
        The time it may take, as a file writes it; None takes ten times as planned, at least an hour,
        or until `by`.
    by
        The time by which it must be over, as `ramp_window.over_by` reads it; needs `start`.
    start
        When the first batch begins, with its zone; None where it is not known.
    multiple_count
        Instances in each batch are a multiple of this.
    spreads
        Whether clients can be told to spread their connecting.
    seed
        Chooses the random streams.
    """

    file: WorldFile
    activity: str | None = None
    within: str | None = None
    by: str | None = None
    start: datetime | None = None
    multiple_count: int = 1
    spreads: bool = True
    seed: int = DEFAULT_SEED


def asked_of(ask: Ask) -> tuple[str, Bounds]:
    """Return the activity and the bounds that are meant.

    Raises
    ------
    InputError
        If there is no such activity, more than one without a name, or bounds that cannot be kept.
    """
    meant = activities_of(Check(file=ask.file, activity=ask.activity))
    activity = meant[0]
    if activity is None:
        raise InputError(Fault(what="a ramp is of an activity, and this world states none", kind="statement"))
    if len(meant) > 1:
        allowed = ", ".join(str(one) for one in meant)
        raise InputError(
            Fault(what="this world has several activities; name one", kind="statement", allowed=allowed)
        )
    bounds = Bounds(within_s=_within_s(ask, activity), multiple_count=ask.multiple_count, spreads=ask.spreads)
    return activity, bounds


def _within_s(ask: Ask, activity: str) -> float:
    """Return the time it may take: what was said, both where both were; else as is usual."""
    said = []
    if ask.within is not None:
        said.append(parse_quantity(ask.within, "s"))
    if ask.by is not None:
        end = over_by(ask.by, ask.start)
        assert ask.start is not None
        said.append((end - ask.start).total_seconds())
    within_s = min(said, default=max(_USUAL_S, 10.0 * planned_s(ask.file.world, activity)))
    if within_s < _LEAST_S:
        value = (ask.within if ask.by is None else ask.by) or ""
        raise InputError(
            Fault(what="there is no time to do it in", kind="statement", value=value, allowed="at least 1s")
        )
    return within_s


def ramp(ask: Ask, *, executor: Executor, progress: Callable[[str, int], None] | None = None) -> RampAnswer:
    """Find the fastest safe ramp.

    Parameters
    ----------
    ask
        World, activity and bounds.
    executor
        Where exact runs happen; the answer does not depend on it.
    progress
        Called with what is being done and how much of it; may raise to end.
    """
    activity, bounds = asked_of(ask)
    return find_ramp(ask.file, activity, bounds, seed=ask.seed, executor=executor, progress=progress)


def exit_code(answer: RampAnswer) -> ExitCode:
    """Return 0 if it may run as planned, 3 if a slower ramp was proven, 5 if there is none."""
    if answer.ramp is None:
        return ExitCode.DOES_NOT_HOLD
    return ExitCode.HOLDS if answer.ramp.is_plan else ExitCode.CONDITIONS
