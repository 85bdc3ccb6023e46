"""Check: may a scaling activity go ahead? The one use case behind command line, server and notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.evaluate.judging.judge import Request, judge
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.exit_codes import OF_VERDICT, ExitCode
from tidegate.protect.first import first_remedies
from tidegate.world.file.names import nearest
from tidegate.world.file.was_read import WasRead
from tidegate.world.world import WorldFile

DEFAULT_SEED = 7

_SEVERITY = tuple(OF_VERDICT)


@dataclass(frozen=True, kw_only=True)
class Check:
    """What is asked of a world.

    Parameters
    ----------
    file
        The world, overlays already laid.
    activity
        The activity to judge; None judges each, or the triggers alone where there is none.
    seed
        Chooses the random streams.
    runs_count
        Runs of each case; None lets the stopping rule decide.
    notes
        Sentences to carry into the verdict.
    read
        What was read in files, to carry into the verdict.
    """

    file: WorldFile
    activity: str | None = None
    seed: int = DEFAULT_SEED
    runs_count: int | None = None
    notes: tuple[str, ...] = ()
    read: tuple[WasRead, ...] = ()


def activities_of(check: Check) -> tuple[str | None, ...]:
    """Return what is to be judged: the activity named, each of the world's, or its triggers alone.

    Raises
    ------
    InputError
        If the world has no activity of that name, or nothing happens in it at all.
    """
    world = check.file.world
    if check.activity is not None:
        if check.activity not in world.activities:
            raise InputError(
                Fault(
                    what="no such activity",
                    kind="absent",
                    value=check.activity,
                    allowed=", ".join(world.activities) or "this world states none",
                    nearest=nearest(check.activity, world.activities),
                )
            )
        return (check.activity,)
    if world.activities:
        return tuple(world.activities)
    if not world.triggers:
        raise InputError(
            Fault(
                what="nothing happens in this world",
                kind="statement",
                value=check.file.source,
                allowed="at least one activity or trigger",
            )
        )
    return (None,)


def check(
    asked: Check, *, executor: Executor, progress: Callable[[str, int], None] | None = None
) -> tuple[Verdict, ...]:
    """Judge the activities asked for, in the order of the file.

    Parameters
    ----------
    asked
        The world and what to judge.
    executor
        Where the runs happen.
    progress
        Called with what is being run and how many runs are done; may raise to end.
    """
    return tuple(
        judge(
            Request(
                file=asked.file,
                activity=activity,
                seed=asked.seed,
                runs_count=asked.runs_count,
                notes=asked.notes,
                read=asked.read,
            ),
            executor=executor,
            remedies=first_remedies,
            progress=progress,
        )
        for activity in activities_of(asked)
    )


def exit_code(verdicts: Sequence[str], fail_on: str = "conditions") -> ExitCode:
    """Return the exit code of the worst verdict; 0 where nothing was judged.

    Parameters
    ----------
    verdicts
        The words: "proceed", "stop" …
    fail_on
        "conditions": anything but proceed; "cannot_tell": cannot tell or stop; "stop": only stop.
    """
    line = {"conditions": "slow_down", "cannot_tell": "cannot_tell", "stop": "stop"}[fail_on]
    worst = max(verdicts, key=_SEVERITY.index, default="proceed")
    return OF_VERDICT[worst] if _SEVERITY.index(worst) >= _SEVERITY.index(line) else ExitCode.HOLDS
