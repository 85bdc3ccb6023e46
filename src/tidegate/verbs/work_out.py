"""Work out: what do whole runs say of a change that somebody asked the gate about? Loads the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from tidegate.errors import TidegateError
from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.judging.asked import DEFAULT_SEED, Check
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.evaluate.searching.curve import Limit
from tidegate.evaluate.searching.draw_curve import draw_limit
from tidegate.evaluate.variants.axis import number_at
from tidegate.evaluate.variants.scope import script_of
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.mirrored.cluster_model import ACTIVITY
from tidegate.gate.asking.question import Question
from tidegate.gate.asking.ruling import Word
from tidegate.gate.asking.worked_out import Found
from tidegate.gate.change.judged import planned
from tidegate.gate.change.together import together
from tidegate.present.verdict.headline import line_text
from tidegate.verbs.check import check
from tidegate.verbs.gate import WORST
from tidegate.world.file.overlay import overlay
from tidegate.world.file.tree import value_at
from tidegate.world.world import WorldFile

_WORDS: Mapping[str, Word] = {
    "proceed": "proceed",
    "slow_down": "slow_down",
    "protect_first": "stop",
    "stop": "stop",
}

_MOST_NUMBERS = 20
_LONGEST = 120


def work_out(question: Question, *, executor: Executor) -> Found:
    """Return what runs say of a question; loads the engine, and takes seconds to minutes.

    Parameters
    ----------
    question
        What is asked.
    executor
        Where the runs happen; the answer does not depend on it.
    """
    try:
        return _worked_out(question, executor)
    except TidegateError as error:
        return Found(verdict="cannot_tell", why=f"{error}")


def _is_spread(file: WorldFile, activity: str) -> bool:
    """Whether a population is known as what grows, with another number: nobody says how many each is."""
    plan = file.world.activities[activity]
    known = [file.world.clients[one] for one in plan.clients_added]
    return not plan.known_as and any(one.population_count != plan.from_count for one in known)


def _worked_out(question: Question, executor: Executor) -> Found:
    if question.readings:
        found = [_whole(one, executor) for one in question.readings]
        return max(found, key=lambda one: WORST.index(one.verdict))
    judged = planned(question.plan, question.file)
    as_one = together(judged.file, judged.activities)
    undecided = (*judged.cannot_tell, *as_one.cannot_tell)
    if not as_one.activities or len(as_one.activities) > 1:
        why = " ".join(undecided) or "nothing of it grows in this world."
        return Found(verdict="cannot_tell" if undecided else "proceed", why=why)
    [activity] = as_one.activities
    if _is_spread(as_one.file, activity):
        undecided = (
            *undecided,
            f"how many clients an instance is: say it by an activity with `from` ({activity}).",
        )
    if undecided:  # what is known of a part may be bad enough
        [part] = check(Check(file=as_one.file, activity=activity), executor=executor)
        if _WORDS.get(part.verdict, "cannot_tell") in {"stop", "slow_down"}:
            return _of_verdict("stop", part, as_one.file)
        return replace(_of_verdict("cannot_tell", part, as_one.file), why=" ".join(undecided))
    if Intent(caller="", plan=question.plan).only_growth is not None:
        limit = draw_limit(as_one.file, activity, seed=DEFAULT_SEED, executor=executor)
        why = "no size beyond the one that stands was proven safe" + (
            f": {limit.beyond}." if limit.beyond else "."
        )
        verdict: Word = "stop" if limit.safe_count is None else "proceed"
        numbers = _numbers(question.file, _beyond(as_one.file, activity, limit))
        return Found(
            verdict=verdict, why=why, activity=activity, limit=limit, seed=DEFAULT_SEED, numbers=numbers
        )
    [verdict_found] = check(Check(file=as_one.file, activity=activity), executor=executor)
    word = _WORDS.get(verdict_found.verdict, "cannot_tell")
    return _of_verdict(word, verdict_found, question.file)


def _whole(file: WorldFile, executor: Executor) -> Found:
    """Return what `check` says of a world that was made for one step, assumed ranges and all."""
    [said] = check(Check(file=file, activity=ACTIVITY), executor=executor)
    return _of_verdict(_WORDS.get(said.verdict, "cannot_tell"), said, file)


def _of_verdict(word: Word, verdict: Verdict, file: WorldFile) -> Found:
    """Return what a whole verdict comes to, with the numbers that it names."""
    paths = [one.path for one in (*verdict.rests_on, *verdict.widest) if one.kind == "number"]
    if verdict.nearest is not None:
        paths.insert(0, verdict.nearest.path)
    return Found(
        verdict=word,
        why=line_text(verdict),
        activity=verdict.activity,
        runs_count=verdict.reproduction.runs_count,
        seed=verdict.reproduction.seed,
        numbers=_numbers(file, paths),
    )


def _beyond(file: WorldFile, activity: str, limit: Limit) -> list[str]:
    """Return the paths of the limits that are exceeded just beyond what is safe, by arithmetic alone."""
    safe_count = int(limit.at) if limit.safe_count is None else limit.safe_count
    beyond = overlay(file, {f"activities.{activity}.to": safe_count + 1})
    return [one.path for one in exceeded(script_of(beyond, activity))]


def _numbers(file: WorldFile, paths: Sequence[str]) -> dict[str, str]:
    """Return numbers of a world by path, each with where it comes from, as the world says."""
    said: dict[str, str] = {}
    for path in paths[:_MOST_NUMBERS]:
        known, number = file.estimates.get(path), number_at(file, path)
        if known is not None:
            source = f": {known.source}" if known.source else ""
            said[path] = f"{known.value:g} {known.basis}{source}"[:_LONGEST]
        elif number is not None:
            is_stated = value_at(file.document, path.split(".")) is not None
            said[path] = f"{number:g} {'stated' if is_stated else 'assumed: the default'}"
    return said
