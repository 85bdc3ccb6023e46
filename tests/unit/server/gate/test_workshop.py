"""A question that takes too long, or ends what works it out, holds no other up for ever."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace

import pytest

from gate_sample import SHOP, WORLD
from tidegate.gate.asking.intent import Resized, resizing
from tidegate.gate.asking.question import Question
from tidegate.gate.asking.worked_out import key_of
from tidegate.server.gate.workshop import Workshop
from tidegate.verbs.gate import Gate
from tidegate.world.file.read import read_world
from workshop_trials import by_size


@pytest.fixture
def gate():
    return Gate([read_world(WORLD, "shop.yaml")], ask=lambda _: pytest.fail("nobody rules here"))


def question(gate, after):
    plan = resizing("kubernetes", Resized(address=SHOP, before_count=4, after_count=after))
    return Question(world=0, file=gate.worlds[0].file, plan=plan)


def why(gate, after):
    found = gate.worlds[0].known.of_plan(question(gate, after).plan)
    return None if found is None else found.why


def until(holds, within_s=100.0):
    until_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.02)


@pytest.mark.parametrize(("after", "said"), [(99, "within 2 s"), (66, "was ended"), (33, "our own fault")])
def test_those_behind_one_that_is_given_up_are_answered(gate, tmp_path, after, said):
    with closing(Workshop(tmp_path, gate, limit_s=2.0, work_out=by_size)) as workshop:
        workshop.ask(question(gate, after))
        workshop.ask(question(gate, 5))
        until(lambda: why(gate, 5) and not workshop.waiting_count)
        again = workshop.ask(question(gate, after))
        assert said in again.why
        assert 0.0 < again.again_s <= 60.0
        assert (0, 1) == (workshop.waiting_count, workshop.left_count)


def test_what_somebody_waits_for_goes_before_what_nobody_asked(gate, tmp_path):
    """Six are taken in; the one that is asked last of all is the next after what is under way."""
    with closing(Workshop(tmp_path, gate, limit_s=20.0, work_out=by_size)) as workshop:
        for after in (5, 6, 7, 8, 9):
            workshop.ask_beforehand(question(gate, after))
        workshop.ask(question(gate, 9))
        until(lambda: not workshop.waiting_count)
    at_ns = {int(text.split()[0]): int(text.split()[-1]) for n in (5, 6, 7, 8, 9) if (text := why(gate, n))}
    assert 5 == len(at_ns)
    assert at_ns[9] < at_ns[6]


def test_what_nobody_asked_keeps_nobody_out(gate, tmp_path):
    """A world may state more steps than may wait; what was asked and has an answer goes before those."""
    with closing(Workshop(tmp_path, gate, limit_s=20.0, work_out=by_size)) as workshop:
        workshop.ask(question(gate, 5))
        for after in range(100, 280):
            workshop.ask_beforehand(question(gate, after))
        workshop.ask(replace(question(gate, 6), can_wait=True))
        for after in range(280, 320):
            workshop.ask_beforehand(question(gate, after))
        assert "so much waits" not in workshop.ask(question(gate, 7)).why
        until(lambda: why(gate, 6))
        assert why(gate, 7)
        assert why(gate, 319) is None


def test_how_long_to_wait_follows_from_how_long_others_took(gate, tmp_path):
    """At first it is a guess of 20 s a question; after some that took milliseconds it is far less."""
    with closing(Workshop(tmp_path, gate, limit_s=600.0, work_out=by_size)) as workshop:
        assert 20.0 == workshop.ask(question(gate, 5)).again_s
        for after in range(6, 20):
            workshop.ask(question(gate, after))
        until(lambda: not workshop.waiting_count)
        assert workshop.ask(question(gate, 40)).again_s < 5.0


def test_a_question_of_a_world_that_is_another_now_is_passed_over(gate, tmp_path):
    with closing(Workshop(tmp_path, gate, limit_s=20.0, work_out=by_size)) as workshop:
        before = question(gate, 99)
        gate.renew(0, read_world(WORLD.replace("39,", "40,"), "shop.yaml"))
        workshop.ask_beforehand(before)
        workshop.ask(question(gate, 5))
        until(lambda: not workshop.waiting_count)
        assert why(gate, 5)


def test_so_much_may_wait_and_no_more(gate, tmp_path):
    with closing(Workshop(tmp_path, gate, limit_s=600.0, work_out=by_size)) as workshop:
        workshop.ask(question(gate, 99))
        for after in range(100, 320):
            said = workshop.ask(question(gate, after))
        assert 200 == workshop.waiting_count
        assert "so much waits" in said.why
        assert key_of(question(gate, 319).plan) not in gate.worlds[0].known.text()
