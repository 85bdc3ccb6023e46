"""Asking for notices by the web: double opt-in, one click to the end, nobody learns who is subscribed."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest

from server_sample import Browser, house
from tidegate.adapters.store.database import NoSpaceError
from tidegate.inform.notice import confirm_address, end_address
from tidegate.journal.entry import Draft
from tidegate.server.subscribing import MOST_ASKED_COUNT

MAIL = {"mail_server": "smtp://127.0.0.1:9", "mail_from": "status@x.example"}
EVIL = "<script>alert(1)</script>\"'>"


@pytest.fixture
def here(tmp_path):
    with house(tmp_path, **MAIL) as opened:
        with opened.record.desk("test") as desk:
            desk.say(
                [
                    Draft(kind="component.declared", subject=name, payload={"title": f"{name} {EVIL}"})
                    for name in ("shop", "login")
                ]
            )
        yield opened


def subscriptions(at):
    with at.record.reading() as state:
        return state.subscriptions()


def ask(at, **fields: str):
    wish = {"channel": "email", "address": "ann@a.example", "severity": "major", **fields}
    return Browser(at).client.post("/notices", data=wish)


def test_asked_agreed_ended(here):
    """The form asks; the link's page shows a button and does nothing; the button agrees; another ends."""
    assert 202 == ask(here, component="login").status_code
    (one,) = subscriptions(here)
    assert (("login",), "major", False) == (one.components, one.severity, one.is_confirmed)
    client = Browser(here).client
    agree, over = confirm_address("", here.key, one.id), end_address("", here.key, one.id)
    assert "Yes, send notices" in client.get(agree).text
    assert not subscriptions(here)[0].is_confirmed
    assert "Notices are on" in client.post(agree).text
    assert subscriptions(here)[0].is_confirmed
    assert "End these notices" in client.get(over).text
    assert subscriptions(here)[0].is_confirmed
    assert "Ended" in client.post(over).text
    assert subscriptions(here)[0].is_ended
    assert [200, 404] == [client.post(over).status_code, client.post(agree).status_code]


def test_one_click_of_a_mail_program_ends_it(here):
    """RFC 8058: no cookie, no mark, another site's form; answered with 200."""
    ask(here)
    over = end_address("", here.key, subscriptions(here)[0].id)
    headers = {"sec-fetch-site": "cross-site", "origin": "https://mail.example"}
    answer = Browser(here).client.post(over, data={"List-Unsubscribe": "One-Click"}, headers=headers)
    assert (200, True) == (answer.status_code, subscriptions(here)[0].is_ended)


def test_a_webhook_learns_its_secret_when_it_agrees(here):
    """Not before: whoever only asked for it must not be able to sign."""
    asked = ask(here, channel="webhook", address="https://hook.example.org/x")
    agreed = Browser(here).client.post(confirm_address("", here.key, subscriptions(here)[0].id))
    assert (False, True) == ("whsec_" in asked.text, "whsec_" in agreed.text)


def test_whoever_asks_twice_learns_nothing(here):
    """The second answer is the first, word for word, and the address is not asked again."""
    assert ask(here).text == ask(here).text
    assert 1 == len(subscriptions(here))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"address": "ann"}, "is no mail address"),
        ({"address": "ann@a.example\r\nBcc: x@y.example"}, "is no mail address"),
        ({"channel": "operators", "address": "on-call"}, "is no way to send notices here"),
        ({"channel": "webhook", "address": "ftp://x.example/"}, "is no address to post to"),
        ({"channel": "slack", "address": "https://x.example/"}, "is no incoming webhook of Slack"),
        ({"component": "nothing"}, "is no component"),
        ({"severity": "huge"}, "is no severity"),
        ({"language": "de"}, "is no language of this site"),
        ({"address": EVIL}, "is no mail address"),
    ],
)
def test_what_cannot_be_asked_for_is_said_beside_the_form(here, fields, says):
    """What was typed stays, escaped; nothing is kept."""
    answer = ask(here, **fields)
    assert (422, True) == (answer.status_code, says in answer.text)
    assert "<script" not in answer.text
    assert () == subscriptions(here)


def test_what_people_call_components_is_no_markup(here):
    """Titles stand in the form as they were typed."""
    text = Browser(here).get("/notices").text
    assert (False, 2) == ("<script" in text, text.count("&lt;script&gt;"))


def test_links_that_are_wrong_all_look_the_same(here):
    """Another word, another id, one purpose for another: 404, and nothing said of what there is."""
    ask(here)
    (one,) = subscriptions(here)
    agree, over = confirm_address("", here.key, one.id), end_address("", here.key, one.id)
    word = over.rsplit("/", 1)[1]
    wrong = [f"/notices/confirm/{one.id}/{word}", agree.replace(one.id, "a" * 12), f"{over[:-1]}a"]
    wrong.append(f"/notices/end/{one.id}/{agree.rsplit('/', 1)[1]}")
    client = Browser(here).client
    answers = [client.post(way) for way in wrong]
    assert [404] * 4 == [answer.status_code for answer in answers]
    assert 1 == len({answer.text for answer in answers})
    assert [404, 404] == [client.get(f"/notices/end/{one.id}/%3Cscript%3E").status_code,
                          client.post("/notices/end/x/y").status_code]  # fmt: skip


def test_asking_is_limited_and_cases_are_not(here):
    """After many questions from one address the form is refused; a case from there is kept all the same."""
    client = Browser(here).client
    wish = {"channel": "email", "severity": "none"}
    said = [
        client.post("/notices", data={**wish, "address": f"a{number}@a.example"}).status_code
        for number in range(MOST_ASKED_COUNT + 1)
    ]
    assert [202] * MOST_ASKED_COUNT + [429] == said
    assert 201 == client.post("/help", data={"text": "nothing works"}).status_code


def test_a_full_disk_is_said(here):
    """Nothing is claimed to be kept that is not."""
    with patch.object(here.journal, "append", side_effect=NoSpaceError("full")):
        assert 503 == ask(here).status_code


def test_without_mail_no_mail_is_offered_and_without_notices_nothing(tmp_path):
    """The form offers what is set up; a site without notices has no form, and links to none."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with house(tmp_path / "a") as here:
        assert re.findall(r'option value="(\w+)"', Browser(here).get("/notices").text)[:3] == [
            "webhook", "slack", "teams",
        ]  # fmt: skip
        assert 422 == ask(here).status_code
        assert "http://testserver/notices" == here.site.subscribe_url
    with house(tmp_path / "b", notices="no") as here:
        assert 200 != Browser(here).get("/notices").status_code
        assert "" == here.site.subscribe_url


def test_unguessable_words_are_not_logged(here, caplog):
    """Whoever reads the log cannot end or confirm anything with it."""
    ask(here)
    word = end_address("", here.key, subscriptions(here)[0].id)
    with caplog.at_level("INFO", logger="tidegate.request"):
        Browser(here).client.post(word)
    assert ["/notices/end/…"] == [record.path for record in caplog.records]


def test_the_console_shows_what_is_owed_and_ends_subscriptions(here):
    """Owed questions, subscriptions, their end; a webhook of our own tells its secret once."""
    ask(here)
    vera, rob = Browser(here), Browser(here)
    vera.login("vera")
    rob.login("rob")
    page = rob.get("/console/notices").text
    assert all(words in page for words in ("1 notice is owed", "ann@a.example", "has not agreed"))
    (one,) = subscriptions(here)
    assert 403 == vera.post("/console/notices/end", id=one.id).status_code
    assert 303 == rob.post("/console/notices/end", id=one.id).status_code
    assert subscriptions(here)[0].is_ended
    own = {"channel": "webhook", "address": "https://h.example/", "severity": "none"}
    assert "whsec_" in rob.post("/console/notices", **own).text
    assert "whsec_" not in rob.get("/console/notices").text
    assert 422 == rob.post("/console/notices", **{**own, "address": "nowhere"}).status_code
