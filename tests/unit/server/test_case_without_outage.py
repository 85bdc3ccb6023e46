"""A case that names nothing: nobody counts it to an outage but a person, and no closing words go to it."""

from __future__ import annotations

import re

import pytest

from server_sample import Browser, ask, house
from tidegate.track.case import CaseState


@pytest.fixture
def here(tmp_path):
    with house(tmp_path, with_world=True) as opened:
        yield opened


def case_in(here, text: str):
    """Return the case with a text's first words as its title."""
    here.rounds.turn()
    with here.record.reading() as state:
        return next(one for one in state.cases.values() if one.title == text)


def told(rob: Browser) -> str:
    """The address of an outage of sign-in that the public was told of."""
    way = rob.post("/console/outages", cause="login").headers["location"].split("?")[0]
    rob.post(f"{way}/move", event="confirm")
    draft, words = rob.draft(way.split("/")[-1])
    rob.post(f"{way}/publish", draft=draft, **{"text-en": words})
    return way


def test_an_unrelated_case_is_proposed_and_never_closed_with_the_outage(here):
    """The only open outage is proposed once it is public; its end says nothing to the case."""
    rob = Browser(here)
    rob.login("rob")
    ask(rob.client, text="my invoice is wrong")
    way = rob.post("/console/outages", cause="login").headers["location"].split("?")[0]
    case = case_in(here, "my invoice is wrong")
    assert "" == case.outage
    assert "It may belong to" not in rob.get(f"/console/cases/{case.id}").text
    rob.post(f"{way}/move", event="confirm")
    draft, words = rob.draft(way.split("/")[-1])
    rob.post(f"{way}/publish", draft=draft, **{"text-en": words})
    page = rob.get(f"/console/cases/{case.id}").text
    assert ("It may belong to" in page, "It belongs to it" in page) == (True, True)
    rob.post(f"{way}/resolve", **{"closing-en": "Sign-in works again."})
    found = case_in(here, "my invoice is wrong")
    assert (CaseState.RECEIVED, 0) == (found.state, found.replies_count)


def test_what_a_person_links_is_told_of_the_end(here):
    """The button of the proposal is a person's word."""
    rob = Browser(here)
    rob.login("rob")
    way = told(rob)
    ask(rob.client, text="I am locked out")
    case = case_in(here, "I am locked out")
    rob.post(f"/console/cases/{case.id}/link", outage=way.split("/")[-1])
    rob.post(f"{way}/resolve", **{"closing-en": "Sign-in works again."})
    found = case_in(here, "I am locked out")
    assert (CaseState.CLOSED, 1) == (found.state, found.replies_count)


def test_something_else_is_not_the_known_outage(here):
    """What is sent under "something else is broken" is not counted to it, whatever component it names."""
    rob = Browser(here)
    rob.login("rob")
    way = told(rob)
    here.rounds.turn()
    form = rob.get("/help").text.split("Something else is broken", 1)[1]
    denied = re.search(r'name="denied" value="(\w+)"', form)
    assert denied is not None
    assert way.split("/")[-1] == denied[1]
    ask(rob.client, text="another thing", component="login", denied=denied[1])
    ask(rob.client, text="the same thing", component="login")
    assert "" == case_in(here, "another thing").outage
    assert denied[1] == case_in(here, "the same thing").outage


def test_a_guess_by_a_burst_is_not_told_of_the_end(here):
    """Those that name its component are told; those that merely came at the same time wait for a person."""
    rob = Browser(here)
    rob.login("rob")
    rob.login("ada")
    rob.post("/console/components", id="login", title="Sign-in")
    for number in range(5):
        ask(rob.client, text=f"login {number}", component="login")
    ask(rob.client, text="anything", component="")
    burst = case_in(here, "anything").outage
    assert burst
    way = f"/console/outages/{burst}"
    rob.post(f"{way}/move", event="confirm")
    draft, words = rob.draft(burst)
    rob.post(f"{way}/publish", draft=draft, **{"text-en": words})
    rob.post(f"{way}/resolve", **{"closing-en": "Sign-in works again."})
    assert (True, 0) == (case_in(here, "anything").is_open, case_in(here, "anything").replies_count)
    assert CaseState.CLOSED is case_in(here, "login 0").state
