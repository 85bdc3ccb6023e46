"""Answers that are awaited for minutes: when they are looked for, said, said again, and given up."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from tidegate.adapters.telemetry.guarded_http import Answer
from tidegate.gate.asking.intent import Intent, Resized, resizing
from tidegate.gate.asking.ruling import Mode, OnDoubt, Policy, Ruling
from tidegate.server.gate import calling_back
from tidegate.server.gate.calling_back import CallingBack

GO = Ruling(verdict="proceed", why="proven")
STOP = Ruling(verdict="stop", why="none was proven safe")
COLD = Ruling(verdict="cannot_tell", why="not worked out", again_in_s=5.0)
NEVER = Ruling(verdict="cannot_tell", why="no world here knows it")
INTENT = Intent(
    caller="run-task", plan=resizing("terraform", Resized(address="a", before_count=4, after_count=8))
)


class Waiting:
    """One that waits, and notes what it is told."""

    caller = "run-task"

    def __init__(self, key="1", *, answers=(200,), within_s=5.0, holds=True, known=None, breaks=False):
        self.key, self.within_s, self.holds, self.is_sure = key, within_s, holds, False
        self._answers, self._known, self._breaks = list(answers), known, breaks
        self.progress_count, self.told = 0, []

    async def question(self):
        if self._breaks:
            raise RuntimeError("a fault of ours")
        return INTENT, self._known

    async def progress(self, _ruling):
        self.progress_count += 1

    async def answer(self, asked, policy):
        self.told.append((asked.ruling.verdict, asked.is_held_up(policy)))
        status = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return Answer(status_count=status, why="" if status else "timed out")


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(calling_back, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(calling_back, "PROGRESS_EVERY_S", 0.05)
    monkeypatch.setattr(calling_back, "_LONGEST_PAUSE_S", 0.01)


class Runs:
    """What is called back, with rulings as they are told one after the other."""

    def __init__(self, *rulings, on_doubt=OnDoubt.DENY, mode=Mode.ENFORCE):
        self.rulings, self.settled, self.registry = list(rulings), [], CollectorRegistry()
        self._policy = Policy(mode=mode, on_doubt=on_doubt)

    def _rule(self, _intent):
        return self.rulings.pop(0) if len(self.rulings) > 1 else self.rulings[0]

    def _settle(self, asked, reply, is_sure):
        self.settled.append((asked.ruling.verdict, reply.happens, is_sure))

    def run(self, *waiting, ends=False):
        """Take them in, and return whether each was taken, once all are answered."""

        async def all_() -> list[bool]:
            calling = CallingBack(self._rule, self._settle, self._policy, self.registry)
            taken = []
            for one in waiting:
                taken.append(calling.take(one))
                await asyncio.sleep(0.02 if ends else 0)
            if ends:
                await calling.close()
            await asyncio.gather(*calling._tasks)
            return taken

        return asyncio.run(asyncio.wait_for(all_(), 20))

    def became(self, word):
        return self.registry.get_sample_value(
            "tidegate_gate_callbacks_total", {"caller": "run-task", "became": word}
        )


def test_what_is_not_known_is_waited_for_and_said_to_be():
    """Progress is said meanwhile; then the answer, which counts before it is said."""
    one, runs = Waiting(), Runs(*[COLD] * 20, STOP)
    assert [True] == runs.run(one)
    assert ([("stop", True)], [("stop", False, False)]) == (one.told, runs.settled)
    assert (True, 1.0) == (one.progress_count >= 1, runs.became("delivered"))


def test_it_is_waited_no_longer_than_may_be():
    """By then it is a doubt like any other."""
    one, runs = Waiting(within_s=0.05), Runs(COLD)
    runs.run(one)
    assert [("cannot_tell", True)] == one.told
    allowed = Waiting(within_s=0.0)
    Runs(COLD, on_doubt=OnDoubt.ALLOW).run(allowed)
    assert [("cannot_tell", False)] == allowed.told


def test_a_preview_keeps_nobody_waiting_and_has_the_answer_on_record():
    """It is told at once that it may go on; what would have been said is worked out behind it."""
    one, runs = Waiting(within_s=1e9), Runs(*[COLD] * 20, STOP, mode=Mode.PREVIEW)
    runs.run(one)
    assert ([("cannot_tell", False)], 0) == (one.told, one.progress_count)
    assert [("stop", True, False)] == runs.settled


def test_advice_is_not_waited_for_long(monkeypatch):
    """What holds nothing up is no reason to stand still for an hour."""
    monkeypatch.setattr(calling_back, "ADVICE_WITHIN_S", 0.05)
    one = Waiting(within_s=1e9)
    Runs(COLD, mode=Mode.ADVISE).run(one)
    assert [("cannot_tell", False)] == one.told


def test_what_will_never_be_known_is_not_waited_for():
    one, runs = Waiting(within_s=1e9), Runs(NEVER)
    runs.run(one)
    assert (0, [("cannot_tell", True)]) == (one.progress_count, one.told)


def test_what_holds_nothing_up_happens_whatever_is_said():
    runs = Runs(STOP)
    runs.run(Waiting(holds=False))
    assert [("stop", True, False)] == runs.settled


def test_a_hanging_or_broken_caller_is_called_again_and_then_given_up():
    """No answer, 500 and 429 pass; so many times, and it is lost and told."""
    one, runs = Waiting(answers=(0, 500, 429, 200)), Runs(GO)
    runs.run(one)
    assert (4, 1.0) == (len(one.told), runs.became("delivered"))
    gone, runs = Waiting(answers=(0,)), Runs(GO)
    runs.run(gone)
    assert (calling_back.MOST_TRIES_COUNT, 1.0) == (len(gone.told), runs.became("lost"))


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 422])
def test_a_refusal_is_not_repeated(status):
    one, runs = Waiting(answers=(status,)), Runs(GO)
    runs.run(one)
    assert (1, 1.0) == (len(one.told), runs.became("refused"))


def test_the_same_is_answered_once_and_asked_anew_where_it_was_not_heard():
    """Delivered again while it is looked for, or after, it is nothing new."""
    first, again = Waiting(), Waiting()
    assert [True, True] == Runs(COLD, COLD, GO).run(first, again)
    assert (1, 0) == (len(first.told), len(again.told))

    async def one_after_the_other():
        runs = Runs(GO)
        calling = CallingBack(runs._rule, runs._settle, runs._policy, runs.registry)
        refused, later = Waiting(answers=(500, 401)), Waiting()
        for one in (refused, later):
            assert calling.take(one)
            await asyncio.gather(*calling._tasks)
        return later.told

    assert [("proceed", False)] == asyncio.run(one_after_the_other())


def test_too_many_are_not_taken_in(monkeypatch):
    """Who is turned away asks again; nothing of it was remembered."""
    monkeypatch.setattr(calling_back, "MOST_WAITING_COUNT", 2)
    many = [Waiting(str(number), within_s=0.1) for number in range(3)]
    assert [True, True, False] == Runs(COLD).run(*many)


def test_little_is_remembered_for_ever(monkeypatch):
    """The oldest is forgotten first."""
    monkeypatch.setattr(calling_back, "MOST_REMEMBERED_COUNT", 2)
    many = [Waiting(number) for number in "12312"]
    Runs(GO).run(*many)
    assert [1, 1, 1, 1, 1] == [len(one.told) for one in many]


def test_one_that_goes_wrong_is_counted_and_no_other_with_it():
    bad, good = Waiting("1", breaks=True), Waiting("2")
    runs = Runs(GO)
    runs.run(bad, good)
    assert (1.0, 1.0) == (runs.became("lost"), runs.became("delivered"))
    assert [("proceed", False)] == good.told


def test_as_the_gate_ends_each_is_told_what_is_known():
    one, runs = Waiting(within_s=1e9), Runs(COLD)
    assert [True] == runs.run(one, ends=True)
    assert [("cannot_tell", True)] == one.told
