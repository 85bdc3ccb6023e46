"""Replay: an outage again from recorded series, beside what the world predicts of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from tidegate.errors import CannotTellError, Fault, InputError
from tidegate.evaluate.searching.escape import Escape
from tidegate.exit_codes import ExitCode
from tidegate.fit.outage_again import Replay, outage_again
from tidegate.verbs.check import Check, check
from tidegate.verbs.escape import ways_out
from tidegate.verbs.fit import Fit, read_history
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

LONGEST_BEFORE_S = 3_600.0
"""So much of what was before it is read: what is usual is learned from that."""
_AGREES_RATIO = 0.5
_SEEN_RATIO = 0.5
RUNS_COUNT = 30
"""Runs of each case for the verdict that would have been given, so that an outage is read within a minute."""


def replay(
    asked: Fit,
    activity: str | None,
    *,
    began_s: float,
    told: Sequence[tuple[float, str]] = (),
    asks: bool = True,
    executor: Executor,
    heard: Callable[[str, int], None] | None = None,
) -> Replay:
    """Return an outage beside the world's prediction, with what would have been said of it.

    Parameters
    ----------
    asked
        The world and where its history is.
    activity
        The activity that began it; None for the world's triggers.
    began_s
        When it began, in seconds since 1970.
    told
        What was on record, with its time in seconds since 1970.
    asks
        Whether it is worked out what would have been said beforehand, and the way out.
    executor
        Where the runs of these happen.
    heard
        Told what is run, and how many runs are done.

    Raises
    ------
    InputError
        If the world, its readings or the activity are wrong, with every fault.
    CannotTellError
        If no reading was recorded in the time that the world simulates.
    """
    file = read_world(asked.text, asked.source, measured=asked.measured)
    if activity is not None and activity not in file.world.activities:
        allowed = ", ".join(file.world.activities) or "none: the world states no activity"
        fault = Fault(what="no such activity", kind="absent", value=activity, allowed=allowed)
        raise InputError(fault)
    if activity is None and not file.world.triggers:
        allowed = ", ".join(file.world.activities) or "an activity or a trigger of the world"
        raise InputError(Fault(what="is missing", path="--activity", allowed=allowed))
    history, unread = read_history(file, asked)
    found = outage_again(
        file, activity, history, began_s=began_s, every_s=asked.every_s, seed=asked.seed,
        heard=heard,
    )  # fmt: skip
    if found is None:
        raise CannotTellError(
            f"{asked.source_name} has no reading of {file.world.name} seen from when it began "
            f"until its horizon, {file.world.horizon_s:.0f} s: --at says when it began"
        )
    asking = Check(file=file, activity=activity, seed=asked.seed, runs_count=RUNS_COUNT)
    verdict = check(asking, executor=executor, progress=heard)[0] if asks else None
    escape = _way_out(file, activity, asked.seed, executor, heard) if asks else None
    return Replay(
        world=file.world.name, activity=activity or "", began_s=began_s, source=asked.source_name,
        again=found, verdict=verdict, escape=escape,
        told=tuple(sorted((at_s - began_s, word) for at_s, word in told)), unread=unread,
    )  # fmt: skip


def _way_out(
    file: WorldFile, activity: str | None, seed: int, executor: Executor,
    heard: Callable[[str, int], None] | None,
) -> Escape | None:  # fmt: skip
    try:
        found = ways_out(file, activity, wrong_belief=None, seed=seed, executor=executor, progress=heard)
    except CannotTellError:
        return None
    return found.escape


def exit_code(found: Replay) -> ExitCode:
    """Return 0 where no reading leaves the band of the runs, 3 where one does, 5 where most of it does.

    Where less than half of what came after it began was seen, it is 3 at best.
    """
    if found.again.first_out is None:
        return ExitCode.HOLDS if found.again.seen_ratio >= _SEEN_RATIO else ExitCode.CONDITIONS
    share, _, _ = found.again.agreement
    return ExitCode.CONDITIONS if share >= _AGREES_RATIO else ExitCode.DOES_NOT_HOLD
