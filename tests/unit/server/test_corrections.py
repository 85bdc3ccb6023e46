"""A correction on the console: what was wrong is no evidence; what followed from a wrong cause is gone."""

from __future__ import annotations

import pytest

from server_sample import Browser, house

WRONG = "the graphs pointed at the wrong place"


@pytest.fixture
def here(tmp_path):
    with house(tmp_path, with_world=True) as opened:
        yield opened


def outage(here):
    with here.record.reading() as state:
        (one,) = state.outages()
    return one


@pytest.mark.parametrize("evidence", ["", "its disks were full"])
def test_what_was_wrong_is_no_evidence_for_the_new_cause(here, evidence):
    """Neither on the page, nor in the summary; the correction says what is, or nothing does."""
    rob = Browser(here)
    rob.login("rob")
    way = rob.post("/console/outages", cause="login").headers["location"].split("?")[0]
    assert ("graphs",) == outage(here).dark
    rob.post(f"{way}/correct", cause="search", because=WRONG, evidence=evidence)
    assert (evidence, ()) == (outage(here).because, outage(here).dark)
    page, summed = rob.get(way).text, rob.get(f"{way}/summary.md").text
    assert f"({WRONG})" not in page
    assert 1 == page.count(WRONG)
    assert 1 == page.count("Corrected: ")
    assert "Corrected: cause, by rob" in page
    assert "Goes dark with it" not in page
    cause = summed.lower().split("## impact")[0]
    assert (WRONG.lower() in cause, evidence.lower() in cause) == (False, True)
    assert "Why that is held to be the cause was corrected" not in summed
    assert 1 == summed.lower().count(WRONG)


def test_what_goes_dark_follows_the_new_cause(here):
    """Where the world knows it."""
    rob = Browser(here)
    rob.login("rob")
    way = rob.post("/console/outages", cause="search").headers["location"].split("?")[0]
    assert () == outage(here).dark
    rob.post(f"{way}/correct", cause="store", because=WRONG)
    assert ("graphs",) == outage(here).dark
    assert "dashboards" in rob.get(way).text


def test_a_correction_of_another_field_leaves_the_evidence(here):
    """Two fields corrected together are one entry of the timeline."""
    rob = Browser(here)
    rob.login("rob")
    way = rob.post("/console/outages", cause="login").headers["location"].split("?")[0]
    known = outage(here).because
    rob.post(f"{way}/correct", title="Nobody signs in", since="2025-12-01T11:00Z", because=WRONG)
    assert known
    assert (known, ("graphs",)) == (outage(here).because, outage(here).dark)
    assert 1 == rob.get(way).text.count("Corrected: ")
    lost = rob.post(f"{way}/correct", title="It is so", because=WRONG, evidence="nothing")
    assert (422, True) == (lost.status_code, "goes with another cause" in lost.text)
