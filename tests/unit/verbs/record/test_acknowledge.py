"""What is said without anybody asking, and what is called out."""

from __future__ import annotations

import pytest

from record_sample import NOON_S, desk
from tidegate.errors import InputError
from tidegate.inform.standing_rules import Policy, check_policy, duties
from tidegate.track.lifecycle import OutageEvent
from tidegate.verbs.record.acknowledge import acknowledge_unheld, hold
from tidegate.verbs.record.outage import Report, find_outage, move, open_outage

FIVE = Policy(acknowledge_after_s=300.0)


def test_silence_publishes_only_that_we_see_it():
    """Five minutes after an outage was opened and not held, one plain notice is public; no second one."""
    here, clock, _ = desk()
    one = open_outage(here, Report(cause="login", certainty="likely", source="alert"))
    clock.now_s += 299
    assert () == acknowledge_unheld(here, FIVE)
    clock.now_s += 1
    (words,) = acknowledge_unheld(here, FIVE)
    assert "We see a problem since" in words.texts["en"]
    assert "This is likely, not yet certain." in words.texts["en"]
    one = find_outage(here.state, one.id)
    assert ("emerging", 1, NOON_S + 300 + 1200) == (one.state.value, len(one.updates), one.promise_s)
    assert ["policy"] == [decision.because for decision in here.state.decisions()]
    assert () == acknowledge_unheld(here, FIVE)


@pytest.mark.parametrize("case", ["held", "drill", "unsure", "never"])
def test_what_keeps_the_policy_silent(case):
    """Somebody holds it, it is a drill, we are not sure enough, or no policy is set."""
    here, clock, _ = desk()
    certainty = "possible" if case == "unsure" else "observed"
    one = open_outage(here, Report(cause="login", certainty=certainty, is_exercise=case == "drill"))
    if case == "held":
        assert "ann" == hold(here, one, "ann").holder
    clock.now_s += 3600
    assert () == acknowledge_unheld(here, Policy() if case == "never" else FIVE)


def test_letting_go_makes_it_due_again():
    """An outage that is held and let go waits for nobody any more."""
    here, clock, _ = desk()
    one = hold(here, open_outage(here, Report(cause="login")), "ann")
    hold(here, one, "")
    clock.now_s += 300
    assert 1 == len(acknowledge_unheld(here, FIVE))


def test_words_with_a_fault_wait_for_a_person():
    """A title that names a machine is drafted, and not published by itself; nor drafted again and again."""
    here, clock, _ = desk()
    one = open_outage(here, Report(title="10.0.0.5 is down", components={"login": "major_outage"}))
    clock.now_s += 300
    assert ((), ()) == (acknowledge_unheld(here, FIVE), acknowledge_unheld(here, FIVE))
    one = find_outage(here.state, one.id)
    assert (0, 1) == (len(one.updates), len(one.drafts))


def test_silence_and_broken_promises_are_called_out():
    """A confirmed outage without words is due at once; after words, when the promise is broken."""
    here, clock, _ = desk()
    one = move(here, open_outage(here, Report(cause="login")), OutageEvent.CONFIRM)
    assert [("silent", NOON_S)] == [(duty.kind, duty.since_s) for duty in duties([one], Policy(), NOON_S)]
    clock.now_s += 300
    acknowledge_unheld(here, FIVE)
    one = find_outage(here.state, one.id)
    assert () == duties([one], FIVE, NOON_S + 1500)
    assert ["overdue"] == [duty.kind for duty in duties([one], FIVE, NOON_S + 1501)]


def test_a_policy_must_leave_time_to_hold():
    """Both faults of a policy are named."""
    with pytest.raises(InputError) as caught:
        check_policy(Policy(acknowledge_after_s=1.0, certainty="maybe"))
    assert 2 == len(caught.value.faults)
