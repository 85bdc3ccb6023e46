"""Backtest: what would the gate have said of scalings that happened? Each asked in turn, on their own clock.

The same gate answers as is asked live, so steps that follow each other within the time that one takes are
judged together, and a size that was gone to counts. All of it happened, so all is taken down as let through.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from tidegate import __version__
from tidegate.exit_codes import ExitCode
from tidegate.gate.asking.intent import Intent, Resized, resizing
from tidegate.gate.asking.question import Awaited, Question
from tidegate.gate.asking.ruling import Grounds, Ruling
from tidegate.gate.asking.worked_out import key_of
from tidegate.gate.past.history import History, Scaled
from tidegate.journal.entry import new_id
from tidegate.track.given_ruling import GivenRuling
from tidegate.track.replayed import NOT_WORKED_OUT, HeldUp, Replayed
from tidegate.verbs.gate import Gate
from tidegate.verbs.work_out import work_out
from tidegate.world.world import WorldFile

MOST_QUESTIONS = 100
_HELD_UP = frozenset({"slow_down", "stop"})


@dataclass
class _Replay:
    """A gate whose questions are worked out at once, so many at most."""

    file: WorldFile
    executor: Executor
    most: int
    tell: Callable[[str, int], None]
    asked: list[Question] = field(default_factory=list)
    left_count: int = 0
    runs_count: int = 0
    worked_count: int = 0

    def __post_init__(self) -> None:
        self.gate = Gate([self.file], self._ask)

    def _ask(self, question: Question) -> Awaited:
        self.asked.append(question)
        return Awaited(again_s=0.0, why=NOT_WORKED_OUT)

    def rule(self, intent: Intent, at_s: float, title: str) -> Ruling:
        """Return what is said of an intent; where that is not known yet, it is worked out first."""
        self.asked.clear()
        ruling = self.gate.rule(intent, at_s)
        for question in self.asked[:1] if ruling.why == NOT_WORKED_OUT else ():
            if self.worked_count >= self.most:
                self.left_count += 1
                return ruling
            self.tell(title, self.runs_count)
            found = work_out(question, executor=self.executor)
            self.worked_count += 1
            self.runs_count += found.limit.runs_count if found.limit else found.runs_count
            self.gate.take(question, found)
            ruling = self.gate.rule(intent, at_s)
        return ruling


def backtest(
    file: WorldFile,
    past: History,
    *,
    executor: Executor,
    progress: Callable[[str, int], None],
    most: int = MOST_QUESTIONS,
) -> Replayed:
    """Return what the gate would have said of past scalings.

    Parameters
    ----------
    file
        The world.
    past
        What was scaled, in order of time.
    executor
        Where runs happen; the answer does not depend on it.
    progress
        Called with what is being done and how many runs were made.
    most
        How many different questions are worked out at most.
    """
    replay = _Replay(file=file, executor=executor, most=most, tell=progress)
    rulings: list[GivenRuling] = []
    held_up: list[HeldUp] = []
    unknown: Counter[str] = Counter()
    for number, scaled in enumerate(past.scaled):
        intent = _intent(scaled)
        if intent.growth:
            title = f"scaling {number + 1:,} of {len(past.scaled):,}, {key_of(intent.plan)[:80]}"
            ruling = replay.rule(intent, scaled.at_s, title)
            given = _given(number, scaled, intent, ruling)
            rulings.append(given)
            unknown.update([scaled.address] if not ruling.world else [])
            if ruling.verdict in _HELD_UP:
                held_up.append(HeldUp(ruling=given, for_s=_held_for_s(ruling, number, past.scaled)))
        replay.gate.let_through(intent, scaled.at_s)
    return Replayed(
        world=file.world.name,
        scalings_count=len(past.scaled),
        shrinking_count=len(past.scaled) - len(rulings),
        first_s=past.scaled[0].at_s,
        last_s=past.scaled[-1].at_s,
        rulings=tuple(rulings),
        held_up=tuple(held_up),
        unknown_names=dict(unknown.most_common()),
        not_worked_out_count=replay.left_count,
        passed=past.passed,
        notes=past.notes,
    )


def _intent(scaled: Scaled) -> Intent:
    one = Resized(
        address=scaled.address,
        aliases=scaled.aliases,
        before_count=scaled.before_count,
        after_count=scaled.after_count,
    )
    return Intent(caller="backtest", plan=resizing(scaled.system, one), is_at_once=True)


def _held_for_s(ruling: Ruling, number: int, scaled: Sequence[Scaled]) -> float | None:
    """Return for how long a scaling would have been held up; None where it was wanted to the end.

    A step that may be smaller comes to its size in as many steps of that size, one after the other; no longer
    than until it was no longer wanted.
    """
    one = scaled[number]
    allowed_count = max(ruling.allowed_count or 0, one.before_count)
    later = (x for x in scaled[number + 1 :] if (x.system, x.address) == (one.system, one.address))
    until_s = next((x.at_s - one.at_s for x in later if x.after_count <= allowed_count), None)
    step_count = allowed_count - one.before_count
    if step_count <= 0 or ruling.grounds is None:
        return until_s
    steps_count = math.ceil((one.after_count - one.before_count) / step_count)
    climbing_s = (steps_count - 1) * ruling.grounds.settles_s
    return climbing_s if until_s is None else min(climbing_s, until_s)


def _given(number: int, scaled: Scaled, intent: Intent, ruling: Ruling) -> GivenRuling:
    """Return a ruling as the record has those that were given."""
    grounds = ruling.grounds or Grounds(digest="", judged="", settles_s=0.0)
    about = key_of(intent.plan)
    return GivenRuling(
        id=new_id(f"backtest {number} {scaled.at_s} {about}".encode()),
        at_s=scaled.at_s,
        caller="backtest",
        about=about,
        asked_by="",
        verdict=ruling.verdict,
        why=ruling.why,
        allowed_count=ruling.allowed_count,
        world=ruling.world,
        activity=ruling.activity,
        mode="preview",
        is_through=True,
        to_count=None,
        override="",
        system=scaled.system,
        sizes={scaled.address: f"{scaled.before_count} to {scaled.after_count}"},
        judged=grounds.judged,
        settles_s=grounds.settles_s if ruling.grounds else None,
        digest=grounds.digest,
        version=__version__,
        evidence=ruling.evidence,
        runs_count=grounds.runs_count or None,
        seed=grounds.seed,
        numbers=grounds.numbers,
    )


def exit_code(found: Replayed) -> ExitCode:
    """Return what a backtest ends with: whether anything could be told."""
    told = len(found.rulings) - found.count("cannot_tell")
    return ExitCode.CANNOT_TELL if found.rulings and not told else ExitCode.HOLDS
