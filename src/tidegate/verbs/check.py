"""Check: may a scaling activity go ahead? The one use case behind command line, server and notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from tidegate.evaluate.judging.asked import DEFAULT_SEED, Check, activities_of
from tidegate.evaluate.judging.judge import judge
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.exit_codes import OF_VERDICT, ExitCode
from tidegate.protect.first import first_remedies

__all__ = ["DEFAULT_SEED", "Check", "activities_of", "check", "exit_code"]

_SEVERITY = tuple(OF_VERDICT)


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
            replace(asked, activity=activity),
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
