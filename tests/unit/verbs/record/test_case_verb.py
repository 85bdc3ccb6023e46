"""Cases as a use case: kept whatever they are, sorted, answered together, closed with their outage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record_sample import desk
from tidegate.errors import InputError
from tidegate.journal.entry import new_id
from tidegate.track.lifecycle import OutageEvent
from tidegate.verbs.record.case import (
    Submission,
    burst,
    close,
    find_case,
    link,
    received,
    reopened,
    reply,
    sort_cases,
    waiting,
)
from tidegate.verbs.record.closing import close_over
from tidegate.verbs.record.outage import Report, merge, move, open_outage


def ask(here, text="broken", **fields) -> str:
    draft = received(Submission(text=text, **fields), here.entropy())
    here.say([draft])
    return draft.subject


anything = st.text(st.characters(exclude_categories=()), max_size=300)


@given(text=anything, title=anything, contact=anything, segment=anything, key=anything, outage=anything,
       components=st.lists(anything, max_size=60))  # fmt: skip
def test_there_is_nothing_that_cannot_be_kept(**fields):
    """Whatever a customer sends makes an entry without a fault: long, empty, or not even text."""
    draft = received(Submission(**fields), b"0" * 16)
    assert () == draft.faults()


def test_the_same_key_contact_and_words_are_one_case():
    """At whichever site: the id follows from them; without a key each submission is its own."""
    one, two = (received(Submission(text="a", contact="c", key="k"), bytes([n]) * 16) for n in (1, 2))
    assert one.subject == two.subject
    assert one.subject != received(Submission(text="b", contact="c", key="k"), b"1" * 16).subject
    loose = {received(Submission(text="a"), bytes([n]) * 16).subject for n in (1, 2)}
    assert 2 == len(loose)


def test_a_long_text_is_cut_at_a_whole_letter():
    """64 KB are kept, and the customer can be told that it is not all."""
    submission = Submission(text="ö" * 40_000)
    kept = received(submission, b"0" * 16).payload["text"]
    assert (True, 65_536, "ö") == (submission.is_cut, len(kept.encode()), kept[-1])


def test_answering_many_is_one_entry_each():
    """One reply to all: each case has it in its own thread, under one broadcast id; none is for no case."""
    here, _, journal = desk()
    one = open_outage(here, Report(cause="login"))
    cases = [ask(here, f"{number}", outage=one.id) for number in range(1_200)]
    broadcast = reply(here, waiting(here.state, outage=one.id), "We are on it.")
    replies = [entry for entry in journal.entries() if entry.kind == "case.replied"]
    assert (set(cases), {broadcast}) == (
        {entry.subject for entry in replies},
        {entry.payload["broadcast"] for entry in replies},
    )
    assert 1_200 == len(replies)
    with pytest.raises(InputError, match="no case to answer"):
        reply(here, [], "words")
    with pytest.raises(InputError, match="needs words"):
        reply(here, waiting(here.state)[:1], " ")


def test_the_hardest_hit_are_answered_first():
    """Reopened before new, worse before better, the heavier segment before the lighter, old before new."""
    here, clock, _ = desk()
    worse = open_outage(here, Report(title="out", components={"login": "major_outage"}))
    better = open_outage(here, Report(title="slow", components={"search": "degraded_performance"}))
    names = []
    for outage, segment in (
        (better.id, ""),
        (worse.id, "readers"),
        (worse.id, "buyers"),
        (worse.id, "buyers"),
        (better.id, ""),
    ):
        clock.now_s += 1
        names.append(ask(here, outage=outage, segment=segment))
    here.say([reopened(names[4])])
    assert [names[4], names[2], names[3], names[1], names[0]] == [one.id for one in waiting(here.state)]


def test_cases_follow_an_outage_that_is_merged():
    """Merged into another, its cases are counted there."""
    here, _, _ = desk()
    one, other = (
        open_outage(here, Report(title=name, components={name: "major_outage"})) for name in ("login", "shop")
    )
    case = ask(here, outage=one.id)
    merge(here, one, other)
    assert 1 == sort_cases(here, here.state.cases.values())
    assert other.id == find_case(here.state, case).outage


def test_what_a_person_linked_stays():
    """Sorting again changes nothing that is right."""
    here, _, _ = desk()
    one = open_outage(here, Report(cause="login"))
    case = ask(here, components=["search"])
    link(here, find_case(here.state, case), one.id, "ann says so")
    assert 0 == sort_cases(here, here.state.cases.values())
    assert one.id == find_case(here.state, case).outage


def test_five_cases_in_a_row_are_no_chance():
    """Five unexplained cases within ten minutes open an outage that explains them; four do not."""
    here, _, _ = desk()
    for number in range(4):
        ask(here, f"{number}")
    assert burst(here) is None
    ask(here, "4")
    one = burst(here)
    assert ("cases", "possible", "emerging") == (one.source, one.certainty, one.state.value)
    assert {one.id} == {case.outage for case in here.state.cases.values()}


def test_one_burst_is_one_outage():
    """Cases that go on coming are counted to the outage that the first of them opened, not to another."""
    here, clock, _ = desk()
    for number in range(60):
        ask(here, f"{number}", components=["search"])
        clock.now_s += 5
        sort_cases(here, here.state.cases.values())
        burst(here)
    (one,) = here.state.outages()
    assert {one.id} == {case.outage for case in here.state.cases.values()}


def test_cases_that_name_nothing_are_no_second_outage():
    """With two outages open, cases that say neither what nor who belong to one of them."""
    here, _, _ = desk()
    for cause in ("login", "search"):
        open_outage(here, Report(cause=cause))
    for number in range(20):
        ask(here, f"{number}")
    sort_cases(here, here.state.cases.values())
    assert burst(here) is None
    for number in range(5):
        ask(here, f"also {number}", components=["printer"])
    assert "cases" == burst(here).source


def test_cases_close_with_a_resolved_outage_only():
    """A false alarm answers nobody: its cases stay open; so do reopened ones."""
    here, _, _ = desk()
    one, false = open_outage(here, Report(cause="login")), open_outage(here, Report(title="nothing"))
    kept, done = ask(here, outage=false.id), ask(here, outage=one.id)
    move(here, one, OutageEvent.RESOLVE)
    move(here, false, OutageEvent.RETRACT)
    assert (1, 0) == (close_over(here), close_over(here))
    assert ["linked", "closed"] == [find_case(here.state, name).state.value for name in (kept, done)]
    here.say([reopened(done, "still")])
    assert 0 == close_over(here)
    assert 1 == close(here, [find_case(here.state, done)])


def test_a_case_is_found_by_the_beginning_of_its_id():
    """One that fits is found; none or several are a fault."""
    here, _, _ = desk()
    case = ask(here)
    assert case == find_case(here.state, case[:6]).id
    for name in ("", new_id(b"other")):
        with pytest.raises(InputError, match="no such case"):
            find_case(here.state, name)


def test_a_case_of_a_drill_is_kept_and_waits_for_nobody():
    """It is in the record as an exercise, in no queue, and counted to no outage that is meant."""
    here, _, _ = desk()
    open_outage(here, Report(title="Shop", components={"shop": "major_outage"}))
    drilled = ask(here, components=["shop"], is_exercise=True)
    real = ask(here, components=["shop"])
    sort_cases(here, list(here.state.cases.values()))
    assert [real] == [one.id for one in waiting(here.state)]
    one = find_case(here.state, drilled)
    assert (True, False, "") == (one.is_exercise, one.is_open, one.outage)


def test_cases_of_a_drill_are_no_burst():
    """However many come, no outage is opened for them; as many real ones open one."""
    here, _, _ = desk()
    for n in range(20):
        ask(here, text=f"drill {n}", is_exercise=True)
    assert burst(here) is None
    for n in range(20):
        ask(here, text=f"real {n}")
    assert burst(here) is not None
