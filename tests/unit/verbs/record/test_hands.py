"""Who holds an outage, who is asked to take it over, and who is called while nobody answers."""

from __future__ import annotations

from record_sample import NOON_S, desk
from tidegate.inform.call import call, called_outage, callee, is_call
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.track.hands import ROUNDS_COUNT, Hands
from tidegate.verbs.record.acknowledge import ask_over, call_unanswered, hold, unanswered_since
from tidegate.verbs.record.outage import Report, find_outage, open_outage, publish, write_update

ROW = ("first", "second")


def turn(here) -> tuple[str, ...]:
    return call_unanswered(here, ROW, 600.0)


def test_the_next_is_called_when_nobody_answers_in_time():
    """The first at once, the second after ten minutes, in rounds, and no more once all were called often."""
    here, clock, _ = desk()
    one = open_outage(here, Report(cause="login"))
    assert (("first",), ()) == (turn(here), turn(here))
    clock.now_s += 599
    assert () == turn(here)
    clock.now_s += 1
    assert ("second",) == turn(here)
    called = []
    for _ in range(20):
        clock.now_s += 600
        called += turn(here)
    assert ROUNDS_COUNT * len(ROW) - 2 == len(called)
    assert ["first", "second"] * ROUNDS_COUNT == [
        who for _, who in find_outage(here.state, one.id).hands.calls
    ]


def test_whoever_takes_it_ends_the_calls_and_letting_go_begins_them_again():
    """From the first on."""
    here, clock, _ = desk()
    one = open_outage(here, Report(cause="login"))
    turn(here)
    hold(here, one, "ann")
    clock.now_s += 3600
    assert () == turn(here)
    hold(here, one, "")
    assert ("first",) == turn(here)


def test_a_holder_who_lets_a_promise_pass_is_not_answering():
    """The row is called although somebody holds it."""
    here, clock, _ = desk()
    one = hold(here, open_outage(here, Report(cause="login")), "ann")
    words = write_update(here, one)
    publish(here, words.outage, update=words.update)
    promise_s = find_outage(here.state, one.id).promise_s
    clock.now_s = promise_s
    assert () == turn(here)
    clock.now_s += 1
    assert ("first",) == turn(here)
    assert promise_s == unanswered_since(find_outage(here.state, one.id), clock.now_s)


def test_a_drill_wakes_nobody():
    """Nor does an outage that is over, or a row of nobody."""
    here, _, _ = desk()
    open_outage(here, Report(cause="login", is_exercise=True))
    assert () == turn(here)
    open_outage(here, Report(cause="login"))
    assert () == call_unanswered(here, (), 600.0)


def test_a_hand_over_that_nobody_answers_loses_nothing():
    """It stays with its holder until the other takes it."""
    here, _, _ = desk()
    one = ask_over(here, hold(here, open_outage(here, Report(cause="login")), "ann"), "bob")
    assert ("ann", "bob") == (one.holder, one.hands.asked)
    one = hold(here, one, "bob")
    assert ("bob", "") == (one.holder, one.hands.asked)


def test_a_call_is_a_notice_of_the_ledger():
    """Planned once, to the operators' channel; its words lead to the console."""
    here, _, _ = desk()
    one = open_outage(here, Report(cause="login"))
    turn(here)
    (delivery,) = here.state.deliveries.values()
    update = delivery.update
    assert (True, one.id, "first") == (is_call(update), called_outage(update), callee("first").address)
    told = call(SiteSetting(url="https://s.example"), find_outage(here.state, one.id), update, NOON_S)
    assert f"https://s.example/console/outages/{one.id}" in told.text
    assert told.title == "Sign-in is disturbed"


def test_two_sites_that_call_at_once_have_made_one_turn():
    """Neither had heard of the other's call: nobody in the row is passed over, nor called too early."""
    first = Hands(calls=((0.0, "first"), (0.4, "first")))
    assert ("second", 600.0) == first.next_call(ROW, 0.0, 600.0)
    both = Hands(calls=((0.0, "first"), (600.0, "second"), (0.4, "first"), (601.0, "second")))
    assert ("first", 1200.0) == both.next_call(ROW, 0.0, 600.0)
    alone = Hands(calls=((0.0, "first"), (600.0, "first")))
    assert ("first", 1200.0) == alone.next_call(("first",), 0.0, 600.0)
