"""What an offer asks for, how far it may be eased, and in which order sets are tried."""

from __future__ import annotations

from tidegate.protect.offer import Knob, Offer, cost_of, sets_of


def offer(name, *, refuses=0, asks="setting", path=None):
    return Offer(name=name, changes={path or name: 1}, refuses=refuses, asks=asks)


def test_a_knob_that_grows_is_rounded_up_and_one_that_shrinks_down():
    """A whole number is never rounded to the side that is less safe."""
    up = Knob(path="p", least=1.0, most=4.0, scale=10.0, whole=True)
    down = Knob(path="p", least=1.0, most=4.0, scale=10.0, grows=False, whole=True)
    assert [10.0, 16.0, 40.0] == [up.value(x) for x in (1.0, 1.55, 4.0)]
    assert [10.0, 6.0, 2.0] == [down.value(x) for x in (1.0, 1.55, 4.0)]


def test_a_goal_shrinks_towards_what_stands_today():
    """A fifth of the step from 40 to 90 is 50."""
    goal = Knob(path="p", least=1.0, most=10.0, base=40, scale=50, grows=False, whole=True)
    assert [90.0, 50.0, 45.0] == [goal.value(x) for x in (1.0, 5.0, 10.0)]


def test_easing_changes_one_value_and_nothing_else():
    """The other settings of the offer stay."""
    knob = Knob(path="p", least=1.0, most=20.0)
    eased = Offer(name="x", changes={"p": 20.0, "q": "drop"}, refuses=1, knob=knob).at(3.3333)
    assert {"p": 3.33, "q": "drop"} == eased.changes
    assert ("x", 1, knob) == (eased.name, eased.refuses, eased.knob)


def test_what_can_be_set_comes_before_what_must_be_raised_lowered_or_bought():
    """Three settings come before one higher limit, that before a smaller goal, that before more capacity."""
    settings = [offer(f"s{i}", refuses=2) for i in range(3)]
    asked = [offer(asks, asks=asks) for asks in ("limit", "goal", "capacity")]
    ordered = sorted([[one] for one in asked[::-1]] + [settings], key=cost_of)
    assert [settings, *([one] for one in asked)] == ordered


def test_no_set_sets_one_thing_twice_or_pairs_a_goal_with_two_others():
    """Two values for one path contradict each other; a smaller goal and capacity stand beside one part."""
    a, b, again = offer("a"), offer("b"), offer("again", path="a")
    goal = offer("goal", asks="goal")
    names = [tuple(one.name for one in kept) for kept in sets_of((a, b, again, goal), most_count=3)]
    assert ("a", "again") not in names
    assert ("a", "goal") in names
    assert not [kept for kept in names if "goal" in kept and len(kept) > 2]
    assert [("a",), ("b",), ("again",)] == names[:3]
