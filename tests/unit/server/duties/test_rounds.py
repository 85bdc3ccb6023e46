"""What the server does without anybody asking: sort, warn, say the least, close, open by a burst."""

from __future__ import annotations

import time

import pytest

from record_sample import Clock
from server_sample import Browser, house
from tidegate.adapters.telemetry.guarded_http import Answer
from tidegate.track.lifecycle import OutageEvent
from tidegate.verbs.record.acknowledge import hold
from tidegate.verbs.record.case import Submission
from tidegate.verbs.record.outage import Report, find_outage, move, open_outage, publish
from tidegate.verbs.record.probed import CONFIRMED_S


@pytest.fixture
def clock():
    return Clock(float(int(time.time()) + 60))  # whole seconds: stamps round to microseconds


@pytest.fixture
def here(tmp_path, clock):
    with house(
        tmp_path, with_world=True, clock=clock, acknowledge_after="5min", probes="login=http://127.0.0.1:9/"
    ) as opened:
        opened.furnish()
        yield opened


def opened(here, **report):
    with here.record.desk("rob") as desk:
        return open_outage(desk, Report(**report))


def cases(here, count, **submission):
    return [
        here.intake.keep(Submission(text=f"broken {number}", **submission)).case for number in range(count)
    ]


def test_cases_find_their_outage_also_later(here):
    """A case that names a component waits for its outage, and is counted to it as soon as there is one."""
    (early,) = cases(here, 1, components=["login"])
    here.rounds.turn()
    one = opened(here, cause="login")
    (late,) = cases(here, 1, segment="buyers")
    here.rounds.turn()
    with here.record.reading() as state:
        assert [one.id, one.id] == [state.cases[early].outage, state.cases[late].outage]


def test_a_case_of_an_unknown_outage_is_not_lost(here):
    """A wrong outage id is believed by nobody: the case is counted where it most likely belongs."""
    one = opened(here, cause="login")
    (case,) = cases(here, 1, outage="abcdefghijkl", components=["login"])
    here.rounds.turn()
    with here.record.reading() as state:
        assert one.id == state.cases[case].outage


def test_a_burst_of_cases_opens_an_outage(here):
    """Six cases that no outage explains, within minutes, are one: possible, by cases, of what most name."""
    cases(here, 6, components=["search"])
    here.rounds.turn()
    with here.record.reading() as state:
        (one,) = state.outages()
    assert ("cases", "possible", "Customers report trouble with search") == (
        one.source,
        one.certainty,
        one.title,
    )
    here.rounds.turn()
    with here.record.reading() as state:
        assert 1 == len(state.outages())
        assert {one.id} == {case.outage for case in state.cases.values()}


def test_silence_publishes_the_least_and_a_hold_stops_it(here, clock):
    """Nobody holds one of two outages for five minutes: that one is acknowledged, the other is not."""
    silent, held = opened(here, cause="login"), opened(here, cause="search")
    here.rounds.turn()
    with here.record.desk("rob") as desk:
        hold(desk, find_outage(desk.state, held.id), "rob")
    clock.now_s += 301
    here.rounds.turn()
    with here.record.reading() as state:
        assert [1, 0] == [len(state.outage(one.id).updates) for one in (silent, held)]


def test_words_are_drafted_before_anybody_asks(here):
    """The next turn after an outage opened, whole words wait for one action."""
    one = opened(here, cause="login")
    here.rounds.turn()
    here.rounds.turn()
    with here.record.reading() as state:
        assert 1 == len(state.outage(one.id).drafts)


def test_the_next_words_are_ready_before_they_are_promised(here, clock):
    """Five minutes before the next update is due, its words wait; not earlier, and once."""
    one = opened(here, cause="login")
    here.rounds.turn()
    with here.record.desk("rob") as desk:
        publish(desk, find_outage(desk.state, one.id))
    drafts = []
    for ahead_s in (890, 20, 20):
        clock.now_s += ahead_s
        here.rounds.turn()
        with here.record.reading() as state:
            drafts.append(len(state.outage(one.id).drafts))
    assert [0, 1, 1] == drafts


def test_a_confirmed_outage_without_words_is_an_alarm_after_a_minute(here, clock):
    """The operator who has just confirmed it is given a minute to publish."""
    one = opened(here, cause="login")
    with here.record.desk("rob") as desk:
        move(desk, find_outage(desk.state, one.id), OutageEvent.CONFIRM)
    here.rounds.turn()
    assert () == here.rounds.alarms
    clock.now_s += 61
    here.rounds.turn()
    (alarm,) = here.rounds.alarms
    assert alarm.says.startswith("Confirmed 1 min ago and nothing is public")


def test_an_alarm_is_over_the_moment_its_cause_is(here, clock):
    """The page that says that words are public does not say beside it that none are."""
    one = opened(here, cause="login")
    with here.record.desk("rob") as desk:
        move(desk, find_outage(desk.state, one.id), OutageEvent.CONFIRM)
    here.rounds.turn()
    clock.now_s += 61
    assert 1 == len(here.rounds.alarms)
    with here.record.desk("rob") as desk:
        publish(desk, find_outage(desk.state, one.id))
    assert () == here.rounds.alarms


def test_a_broken_promise_is_an_alarm_until_it_is_kept(here, clock, caplog):
    """Once in the log, on every page as long as it lasts, and a measure."""
    one = opened(here, cause="login")
    here.rounds.turn()
    with here.record.desk("rob") as desk:
        publish(desk, move(desk, find_outage(desk.state, one.id), OutageEvent.CONFIRM))
    clock.now_s += 1300
    here.rounds.turn()
    here.rounds.turn()
    assert ["Overdue by 2 min: the promised update on “Sign-in is disturbed”."] == [
        one.says for one in here.rounds.alarms
    ]
    assert 1 == sum("overdue" in record.message for record in caplog.records)


def test_cases_close_with_their_outage_and_reopen_for_good(here):
    """Resolved: its cases are closed. One that is still broken stays open, whatever the outage says."""
    one = opened(here, cause="login")
    first, second = cases(here, 2, components=["login"])
    here.rounds.turn()
    with here.record.desk("rob") as desk:
        move(desk, find_outage(desk.state, one.id), OutageEvent.RESOLVE)
    here.rounds.turn()
    with here.record.reading() as state:
        assert ["closed", "closed"] == [state.cases[name].state.value for name in (first, second)]
    assert here.intake._reopen(first, "still")
    here.rounds.turn()
    with here.record.reading() as state:
        assert ["reopened", "closed"] == [state.cases[name].state.value for name in (first, second)]


def test_a_probe_that_fails_three_times_opens_an_outage_under_its_own_name(here, clock):
    """Two failures are nothing; the third opens an outage of the service, once; a success ends the alert."""
    (probe,) = here.rounds.probing.probes
    for count in range(1, 5):
        probe.take(Answer(why="refused"), clock.now_s + count)
        here.rounds.turn()
        with here.record.reading() as state:
            assert (1 if count >= 3 else 0) == len(state.outages())
    probe.take(Answer(status_count=200), clock.now_s + 10)
    here.rounds.turn()
    with here.record.reading() as state:
        (one,) = state.outages()
    assert ("probe", "login", 1, 1) == (one.source, one.cause, len(one.alerts), len(one.ceased))


def test_a_probe_that_is_answered_confirms_its_component(here, clock):
    """Operational while it is answered; unknown when no answer came in time; well again with the next."""
    (probe,) = here.rounds.probing.probes

    def seen() -> str:
        here.rounds.turn()
        with here.record.reading() as state:
            return state.status("login", clock.now_s).value

    probe.take(Answer(status_count=200), clock.now_s)
    assert "operational" == seen()
    clock.now_s += CONFIRMED_S + 1
    assert "unknown" == seen()
    probe.take(Answer(status_count=200), clock.now_s)
    assert "operational" == seen()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status_count=500),
        Answer(why="timed out"),
        Answer(status_count=200, body=b'{"segment": "admins"}'),
        Answer(status_count=200, body=b"[" * 60_000),
    ],
)
def test_identity_that_is_dead_or_wrong_changes_nothing(here, answer):
    """Down, slow, or naming a segment that is none: the case stays as it came."""
    identity = here.rounds.identity
    identity._http.get = lambda _url: answer
    identity._over.set()
    (case,) = cases(here, 1, contact="a@b.example")
    identity._ask_one(case, "a@b.example")
    here.rounds.turn()
    with here.record.reading() as state:
        assert ("received", "") == (state.cases[case].state.value, state.cases[case].segment)
    assert {} == identity.segments()


def test_identity_that_knows_helps_to_sort(here):
    """A contact's segment, where it is one of the world's, counts the case to the outage that hits it."""
    identity = here.rounds.identity
    identity._http.get = lambda _url: Answer(status_count=200, body=b'{"segment": "buyers"}')
    one = opened(here, cause="login")
    opened(here, cause="search")
    (case,) = cases(here, 1, contact="a@b.example")
    here.rounds.turn()
    identity._ask_one(case, "a@b.example")
    here.rounds.turn()
    with here.record.reading() as state:
        assert one.id == state.cases[case].outage


def test_a_clock_that_was_set_back_is_said_once_and_shown_as_long_as_it_is(here, clock, caplog):
    """An hour back: one line in the log, and the console says by how much; set right again, nothing."""
    browser = Browser(here)
    browser.login("ada")
    opened(here, cause="login")
    clock.now_s -= 3_600.0
    for _ in range(2):
        here.rounds.turn()
    assert 1 == sum("clock is behind" in said for said in caplog.messages)
    assert "behind the record" in browser.get("/console").text
    clock.now_s += 3_700.0
    here.rounds.turn()
    assert "behind the record" not in browser.get("/console").text
