"""Work out: what do whole runs say of a change that somebody asked the gate about? Loads the engine."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor

from tidegate.errors import TidegateError
from tidegate.evaluate.judging.asked import DEFAULT_SEED, Check
from tidegate.evaluate.searching.draw_curve import draw_limit
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.ruling import Word
from tidegate.gate.asking.worked_out import Found
from tidegate.gate.change.judged import planned
from tidegate.gate.change.together import together
from tidegate.present.verdict.headline import line_text
from tidegate.verbs.check import check
from tidegate.verbs.gate import Question
from tidegate.world.world import WorldFile

_WORDS: Mapping[str, Word] = {
    "proceed": "proceed",
    "slow_down": "slow_down",
    "protect_first": "stop",
    "stop": "stop",
}


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
        is_bad = _WORDS.get(part.verdict, "cannot_tell") in {"stop", "slow_down"}
        if is_bad:
            return Found(verdict="stop", why=line_text(part), activity=activity)
        return Found(verdict="cannot_tell", why=" ".join(undecided), activity=activity)
    if Intent(caller="", plan=question.plan).only_growth is not None:
        limit = draw_limit(as_one.file, activity, seed=DEFAULT_SEED, executor=executor)
        why = "no size beyond the one that stands was proven safe" + (
            f": {limit.beyond}." if limit.beyond else "."
        )
        verdict: Word = "stop" if limit.safe_count is None else "proceed"
        return Found(verdict=verdict, why=why, activity=activity, limit=limit)
    [verdict_found] = check(Check(file=as_one.file, activity=activity), executor=executor)
    word = _WORDS.get(verdict_found.verdict, "cannot_tell")
    return Found(verdict=word, why=line_text(verdict_found), activity=activity)
