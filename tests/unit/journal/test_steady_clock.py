"""A clock that goes on where the wall clock is set back."""

from __future__ import annotations

from record_sample import NOON_S, Clock
from tidegate.journal.clock import Steady


def clocks() -> tuple[Steady, Clock, Clock]:
    wall, pace = Clock(NOON_S), Clock(0.0)
    return Steady(wall, pace), wall, pace


def test_it_is_the_wall_clock_while_nothing_was_said_later():
    """Set ahead and back again, with nothing said meanwhile, it shows what the wall clock shows."""
    steady, wall, pace = clocks()
    steady.hear(NOON_S - 60.0)
    for now_s in (NOON_S, NOON_S + 7_200.0, NOON_S + 1.0):
        wall.now_s, pace.now_s = now_s, pace.now_s + 1.0
        assert (now_s, 0.0) == (steady(), steady.behind_s)


def test_it_goes_on_from_what_was_said_where_the_wall_clock_is_set_back():
    """Two hours back: it moves on as time does, says how far the wall clock is behind, and meets it again."""
    steady, wall, pace = clocks()
    steady.hear(NOON_S)
    wall.now_s -= 7_200.0
    assert (NOON_S, 7_200.0) == (steady(), steady.behind_s)
    wall.now_s, pace.now_s = wall.now_s + 100.0, pace.now_s + 100.0
    assert (NOON_S + 100.0, 7_200.0) == (steady(), steady.behind_s)
    wall.now_s = NOON_S + 300.0
    assert (NOON_S + 300.0, 0.0) == (steady(), steady.behind_s)


def test_what_was_said_earlier_does_not_turn_it_back():
    """Only a later moment counts."""
    steady, wall, pace = clocks()
    steady.hear(NOON_S + 60.0)
    pace.now_s += 10.0
    steady.hear(NOON_S + 61.0)
    assert NOON_S + 70.0 == steady()
    steady.hear(NOON_S + 80.0)
    assert NOON_S + 80.0 == steady()
    assert NOON_S == wall.now_s
