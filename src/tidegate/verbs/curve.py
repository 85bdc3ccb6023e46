"""Curve: the safe limits of an activity for look-ups at admission time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from tidegate.errors import Fault, InputError
from tidegate.evaluate.judging.asked import Check, activities_of
from tidegate.evaluate.searching.curve import OVER, Curve
from tidegate.evaluate.searching.draw_curve import draw_curve
from tidegate.exit_codes import ExitCode
from tidegate.world.world import WorldFile


def curve(
    file: WorldFile,
    activity: str | None,
    *,
    over: str,
    seed: int,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> Curve:
    """Draw the curve of an activity; without one named, of the world's first.

    Raises
    ------
    InputError
        If there is no such activity, it has no size, or `over` is neither "load" nor "size".
    """
    if over not in OVER:
        raise InputError(
            Fault(what="a curve is drawn over", kind="statement", value=over, allowed=", ".join(OVER))
        )
    meant = activities_of(Check(file=file, activity=activity))[0]
    if meant is None:
        raise InputError(
            Fault(what="a curve is of an activity, and this world states none", kind="statement")
        )
    return draw_curve(file, meant, over=over, seed=seed, executor=executor, progress=progress)


def exit_code(drawn: Curve) -> ExitCode:
    """Return 0 if a limit was proven at each point, 4 if not."""
    is_known = all(limit.safe_count is not None for limit in drawn.limits)
    return ExitCode.HOLDS if is_known else ExitCode.CANNOT_TELL
