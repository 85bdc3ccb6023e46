"""Timers and sockets take turns, and lateness is told apart from work."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from tidegate.adapters.linux.event_loop import BEHIND_S, TIMERS_A_ROUND, EventLoop


class SteppingClock:
    """A clock that goes on by a step with every look."""

    def __init__(self, step_s: float) -> None:
        self.step_s = step_s
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


class Listening:
    """Hears of a socket."""

    round_number = 0

    def __init__(self, hear: Callable[[int], None]) -> None:
        self.ready = hear

    def close(self) -> None:
        pass


def keep_busy(loop: EventLoop) -> None:
    """Leave the loop never idle: a clock that goes on by steps would make it wait for ever."""

    def again(what: None, number: int) -> None:
        loop.at(loop.now_s, again, what, number)

    loop.at(0.0, again, None)


@pytest.fixture
def loop() -> Iterator[EventLoop]:
    """A loop whose clock goes on by steps."""
    made = EventLoop(0.0, clock=SteppingClock(1e-4))
    yield made
    made.close()


def test_timers_come_in_order_and_not_before_they_are_due(loop: EventLoop) -> None:
    """Timers are carried out by their time, those of one time in the order in which they were set."""
    seen: list[tuple[str, bool]] = []

    def act(name: str, number: int) -> None:
        del number
        seen.append((name, loop.now_s >= loop.due_s))

    for due_s, name in ((0.02, "c"), (0.01, "a"), (0.01, "b"), (0.5, "never")):
        loop.at(due_s, act, name)
    keep_busy(loop)
    loop.run(0.03)
    assert [("a", True), ("b", True), ("c", True)] == seen


def test_a_timer_is_given_its_number(loop: EventLoop) -> None:
    """The number that a timer was set with comes back with it."""
    numbers: list[int] = []
    loop.at(0.0, lambda _, number: numbers.append(number), None, 7)
    keep_busy(loop)
    loop.run(0.01)
    assert [7] == numbers


def test_many_timers_do_not_keep_sockets_waiting() -> None:
    """Timers that always set another one at once still let a socket be heard."""
    loop = EventLoop(0.0, clock=SteppingClock(1e-4))
    ours, theirs = socket.socketpair()
    heard_after: list[int] = []
    done = [0]

    def again(what: None, number: int) -> None:
        done[0] += 1
        loop.at(loop.now_s, again, what, number)

    with ours, theirs:
        loop.listen(ours.fileno(), Listening(lambda _: heard_after.append(done[0])))
        loop.at(0.0, again, None)
        loop.run(0.1)
    loop.close()
    assert heard_after
    assert heard_after[0] <= TIMERS_A_ROUND


def test_news_of_a_closed_socket_does_not_reach_its_successor(loop: EventLoop) -> None:
    """A listener is told nothing in the round in which its descriptor was registered."""
    ours, theirs = socket.socketpair()
    told: list[int] = []

    listening = Listening(told.append)
    with ours, theirs:
        loop.listen(ours.fileno(), listening)
        listening.round_number = loop.round_number + 1
        loop._sockets_ready()
        assert told == []
        theirs.send(b"x")
        loop._sockets_ready()
        assert len(told) == 1
        loop.forget(ours.fileno())
        theirs.send(b"x")
        loop._sockets_ready()
        assert len(told) == 1


class Woken(Exception):  # noqa: N818
    """The timer that a test waits for has come."""


def test_the_loop_waits_for_what_is_due() -> None:
    """With nothing to do the loop sleeps until the next timer, instead of going round and round."""
    loop = EventLoop(time.monotonic())
    early: list[bool] = []

    def wake(what: None, number: int) -> None:
        del what, number
        early.append(loop.now_s < loop.due_s)
        raise Woken

    loop.at(loop.now_s + 0.05, wake, None)
    with pytest.raises(Woken):
        loop.run(60.0)
    loop.close()
    assert [False] == early
    assert loop.round_number < 10


def test_a_crowd_due_at_once_is_not_late() -> None:
    """A thousand timers of one instant take their time; the loop did not wake too late for that."""
    loop = EventLoop(0.0, clock=SteppingClock(7e-5))
    for _ in range(1000):
        loop.at(0.0, lambda _, __: None, None)
    keep_busy(loop)
    loop.run(0.2)
    late_s = loop.take_lateness_s()
    loop.close()
    assert late_s < 0.02


def test_standing_still_is_late() -> None:
    """A timer that takes 0.3 s, or timers more than a second behind, show as lateness, once."""
    clock = SteppingClock(1e-4)
    loop = EventLoop(0.0, clock=clock)

    def stall(what: None, number: int) -> None:
        del what, number
        clock.now_s += 0.3

    keep_busy(loop)
    loop.at(0.01, stall, None)
    loop.run(0.5)
    assert loop.take_lateness_s() == pytest.approx(0.3, abs=0.02)
    assert loop.take_lateness_s() == 0.0
    loop.at(loop.now_s - BEHIND_S - 0.5, lambda _, __: None, None)
    for _ in range(TIMERS_A_ROUND):
        loop.at(loop.now_s - BEHIND_S - 0.5, lambda _, __: None, None)
    loop.run(loop.now_s + 0.01)
    loop.close()
    assert loop.take_lateness_s() > BEHIND_S
