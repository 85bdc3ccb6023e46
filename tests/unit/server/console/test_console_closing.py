"""The end of an outage on the console: closing words, who hears them, the summary."""

from __future__ import annotations

import re
from html import unescape

import pytest

from server_sample import Browser, ask, house, way_of


@pytest.fixture
def here(tmp_path):
    with house(tmp_path, with_world=True, languages="en,de") as opened:
        yield opened


def told(rob: Browser) -> str:
    """The address of an outage that the public was told of."""
    way = rob.post("/console/outages", cause="login").headers["location"].split("?")[0]
    rob.post(f"{way}/move", event="confirm")
    draft, words = rob.draft(way.split("/")[-1])
    rob.post(f"{way}/publish", draft=draft, **{"text-en": words, "text-de": "x"}, despite="yes")
    return way


def closing(text: str) -> dict[str, str]:
    found = re.findall(r'<textarea name="closing-(\w+)"[^>]*>\n(.*?)</textarea>', text, re.DOTALL)
    return {language: unescape(words) for language, words in found}


def test_resolving_asks_for_the_closing_words_and_publishes_them(here):
    """Ready in every language; one button resolves and publishes; a customer's case is answered by them."""
    rob = Browser(here)
    rob.login("rob")
    case = way_of(ask(rob.client, text="cannot sign in", component="login", language="de"))
    way = told(rob)
    here.rounds.turn()
    words = closing(rob.get(way).text)
    assert ("de" in words, "this is over" in words["en"]) == (True, True)
    said = {f"closing-{language}": text for language, text in words.items()}
    answer = rob.post(f"{way}/resolve", **said)
    assert "done=resolved" in answer.headers["location"]
    here.rounds.turn()
    page = rob.get(way).text
    assert "nobody was told" not in page
    assert "Das ist vorbei" in rob.client.get(case).text
    with here.record.reading() as state:
        (one,) = state.outages()
    assert ("resolved", "this is over" in one.told[-1].text()) == (one.state.value, True)


def test_resolved_without_words_is_called_out_on_every_page(here):
    """Until they are published: the draft waits, and one button says it."""
    rob = Browser(here)
    rob.login("rob")
    way = told(rob)
    rob.post(f"{way}/move", event="resolve")
    assert "and nobody was told" in rob.get("/console").text
    page = rob.get(way).text
    assert "Say that it is over" in page
    draft, words = rob.draft(way.split("/")[-1])
    rob.post(f"{way}/publish", draft=draft, **{"text-en": words})
    assert "and nobody was told" not in rob.get("/console").text


def test_words_that_break_a_rule_leave_it_open(here):
    """What was typed stays in the form, with what is wrong."""
    rob = Browser(here)
    rob.login("rob")
    way = told(rob)
    answer = rob.post(f"{way}/resolve", **{"closing-en": "Host 10.0.0.5 is back."})
    assert (422, True) == (answer.status_code, "Host 10.0.0.5 is back." in answer.text)
    with here.record.reading() as state:
        assert all(one.is_open for one in state.outages())


def test_nothing_public_needs_no_closing_words(here):
    """One button, as before."""
    rob = Browser(here)
    rob.login("rob")
    way = rob.post("/console/outages", cause="login").headers["location"].split("?")[0]
    assert {} == closing(rob.get(way).text)
    rob.post(f"{way}/move", event="resolve")
    assert "nobody was told" not in rob.get("/console").text


def test_the_summary_has_its_button_and_reads_as_sentences(here):
    """A page, and the same as Markdown; components by their titles."""
    rob = Browser(here)
    rob.login("rob")
    way = told(rob)
    rob.post(f"{way}/tried", what="restarted the gateway", effect="nothing")
    rob.post(f"{way}/correct", title="Sign-in fails", because="the title said too little")
    assert f'href="{way}/summary"' in rob.get(way).text
    page, written = rob.get(f"{way}/summary"), rob.get(f"{way}/summary.md")
    assert "text/markdown" in written.headers["content-type"]
    for text in (page.text, written.text):
        for words in ("It is not over.", "Restarted the gateway. Nothing.", "There was one update, after",
                      "No promise of a next update fell due.", "What it is called was corrected at",
                      "The title said too little.", "sign-in"):  # fmt: skip
            assert words in text, words
    assert 303 == Browser(here).get(f"{way}/summary.md").status_code
    assert 404 == rob.get("/console/outages/nothing/summary.md").status_code
