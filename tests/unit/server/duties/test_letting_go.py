"""A server lets go of what is over by itself: out of its journal, its memory and its pages."""

from __future__ import annotations

import pytest

from compacted_sites import DAY_S, LONG_AGO_S, request, tell
from server_sample import Browser, ask, house, receipt_in, way_of
from tidegate.adapters.store.leaving import done
from tidegate.journal.compaction import NO_CUT
from tidegate.track.case import CaseState
from tidegate.verbs.record.case import close, find_case


class Hands:
    def __init__(self) -> None:
        self.now_s = LONG_AGO_S

    def __call__(self) -> float:
        return self.now_s


def test_a_case_that_left_is_said_to_be_archived_and_lives_again_by_a_later_word(tmp_path):
    clock = Hands()
    with house(tmp_path, clock=clock) as here:
        browser = Browser(here)
        page = ask(browser.client, text="it is broken", contact="a@b.example")
        receipt, way = receipt_in(page.text), way_of(page)
        with here.record.desk("rob") as desk:
            (case,) = desk.state.cases
            close(desk, [find_case(desk.state, case)], "done")
        tell(here.journal, "decision.made", "d", what="a")
        clock.now_s += 100 * DAY_S
        request(here.journal, LONG_AGO_S + 50 * DAY_S)
        here.letting_go.look()
        assert done(here.journal)[0] != NO_CUT
        assert {} == here.record.all.state.cases
        assert here.record.all.state.decisions()
        by_receipt = browser.client.post("/help/receipt", data={"receipt": receipt})
        for answer in (browser.client.get(way), by_receipt):
            assert 410 == answer.status_code
            assert "closed and archived" in answer.text
        tell(here.journal, "case.reopened", case, text="again")
        assert 410 == browser.client.get(way).status_code
        browser.login("rob")
        shown = browser.get(f"/console/cases/{case}")
        assert 200 == shown.status_code
        assert "its beginning was archived" in shown.text
        assert "again" in shown.text
        with here.record.reading() as state:
            assert CaseState.REOPENED is state.cases[case].state
        assert 200 == browser.get("/console/cases").status_code
        assert 200 == browser.get("/console").status_code


def test_sending_rests_while_something_leaves_and_begins_anew(tmp_path):
    clock = Hands()
    with house(tmp_path, clock=clock) as here:
        here.notices.start()
        seen = []
        with here.notices.resting():
            seen.append(here.notices._running)
        assert [None] == seen
        with pytest.raises(ZeroDivisionError), here.notices.resting():
            seen.append(1 // 0)
        with here.notices.resting():
            assert here.notices._running is None
