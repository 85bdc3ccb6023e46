"""The case form and a case's own page, in every language of the site."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest

from server_sample import Browser, ask, house, receipt_in, way_of
from tidegate.adapters.store.database import NoSpaceError
from tidegate.present.console.help_words import HelpWords
from tidegate.track.lifecycle import OutageEvent
from tidegate.verbs.record.outage import Report, move, open_outage, publish, write_update

GERMAN = 'de: {"Sign-in is disturbed": "Anmelden gestört", "buyers": "Kundschaft"}'


@pytest.fixture
def here(tmp_path):
    (tmp_path / "german.yaml").write_text(GERMAN, encoding="utf-8")
    spoken = {"languages": "en,de,fr,es", "translations": str(tmp_path / "german.yaml")}
    with house(tmp_path, with_world=True, **spoken) as opened:
        with opened.record.desk("rob") as desk:
            one = move(desk, open_outage(desk, Report(cause="login")), OutageEvent.CONFIRM)
            words = write_update(desk, one)
            publish(desk, words.outage, update=words.update)
        opened.rounds.turn()
        yield opened


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_a_case_is_asked_for_and_followed_in_each_language(here, language):
    """Form, receipt, the case's page and more words: every page says its language and speaks it."""
    client, words = Browser(here).client, HelpWords(language)
    form = client.get("/help", headers={"accept-language": language}).text
    page = ask(client, f"/help?language={language}", text="x", language=language)
    again = client.post(f"{way_of(page)}/still-broken", data={"text": ""})
    assert [200, 303] == [page.status_code, again.status_code]
    assert receipt_in(page.text)
    for text, says in ((form, words("see")), (page.text, words("kept")), (page.text, words("case"))):
        assert (True, True) == (f'lang="{language}"' in text, says in text)
    assert words("still_said") in client.get(way_of(page)).text
    with here.record.reading() as state:
        assert [language] == [case.language for case in state.cases.values()]


def test_what_is_known_is_called_as_the_language_does(here):
    """Title and words of the outage; English ones are as they are on record."""
    client = Browser(here).client
    german, english = client.get("/help?language=de").text, client.get("/help?language=en").text
    assert all(words in german for words in ("Anmelden gestört", "Wir bestätigen", "Bei mir auch"))
    assert all(
        words in english for words in ("Sign-in is disturbed", "We confirm", "It is broken for me too")
    )
    outage = re.search(r'name="outage" value="(\w+)"', german)[1]
    said = ask(client, "/help?language=de", outage=outage, me_too="yes", language="de").text
    assert "Er gehört zu einer bekannten Störung: <b>Anmelden gestört</b>, seit" in said


def test_a_full_disk_is_said_in_the_customers_language(here):
    """Nothing is claimed to be kept that is not."""
    with patch.object(here.intake, "accept", side_effect=NoSpaceError("full")):
        answer = Browser(here).client.post("/help?language=fr", data={"text": "x"})
    assert (503, True) == (answer.status_code, HelpWords("fr")("not_kept") in answer.text)


def test_a_language_that_is_not_spoken_is_answered_in_the_sites_own(here):
    """Whatever is asked for by name or by the browser."""
    client = Browser(here).client
    for text in (client.get("/help?language=xx").text,
                 client.get("/help", headers={"accept-language": "it"}).text):  # fmt: skip
        assert 'lang="en"' in text
