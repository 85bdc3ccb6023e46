"""Escape: the way out of a collapse, beside what the operators of the world did."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from tidegate.errors import CannotTellError, Fault, InputError
from tidegate.evaluate.reading.action_effects import Done, operators_actions
from tidegate.evaluate.reading.run_record import samples
from tidegate.evaluate.searching.escape import Escape, find_escape
from tidegate.evaluate.variants.world_case import believed_case, counter_cases
from tidegate.simulate.script import write_script
from tidegate.verbs.simulate import run_once
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile


@dataclass(frozen=True, kw_only=True)
class WaysOut:
    """The ways out of a collapse.

    Parameters
    ----------
    escape
        What can be done.
    done
        What operators did in this world, and what it brought.
    """

    escape: Escape
    done: tuple[Done, ...]


def ways_out(
    file: WorldFile,
    activity: str | None,
    *,
    wrong_belief: str | None,
    seed: int,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> WaysOut:
    """Return the ways out of the first case that collapses: as believed, then each belief wrong.

    Raises
    ------
    CannotTellError
        If no case collapses.
    InputError
        If there is no such belief.
    """
    beliefs = file.world.beliefs
    if wrong_belief is not None and wrong_belief not in beliefs:
        allowed = ", ".join(beliefs) or "this world states none"
        near = nearest(wrong_belief, beliefs)
        raise InputError(
            Fault(what="no such belief", kind="absent", value=wrong_belief, allowed=allowed, nearest=near)
        )
    left = _without_operators(file)
    cases = (believed_case(left, activity), *counter_cases(left, activity))
    if wrong_belief is not None:
        cases = tuple(case for case in cases if case.name == f"counter:{wrong_belief}")
    for case in cases:
        try:
            found = find_escape(case, seed=seed, executor=executor, progress=progress)
        except CannotTellError:
            continue
        return WaysOut(escape=found, done=_done(file, activity, case.name, seed))
    raise CannotTellError(
        f"{file.world.name} does not collapse in any case that was run, so there is nothing to escape from"
    )


def _without_operators(file: WorldFile) -> WorldFile:
    """Return the world in which nobody acts."""
    acted = [name for name, trigger in file.world.triggers.items() if trigger.by_operator]
    return overlay(file, {f"triggers.{name}.set": {} for name in acted}) if acted else file


def _done(file: WorldFile, activity: str | None, case: str, seed: int) -> tuple[Done, ...]:
    if not any(trigger.by_operator for trigger in file.world.triggers.values()):
        return ()
    belief = file.world.beliefs.get(case.removeprefix("counter:"))
    acted = overlay(file, belief.counter) if belief is not None else file
    rows = samples(*run_once(acted, activity, seed=seed))
    return operators_actions(write_script(acted, activity), rows)
