"""Asking for notices by the web: double opt-in, one click to the end, nobody learns who is subscribed."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest

from server_sample import Browser, house
from tidegate.adapters.store.database import NoSpaceError
from tidegate.inform.notice import change_address, confirm_address, end_address
from tidegate.inform.site.segment_link import segment_pages, word_of
from tidegate.journal.entry import Draft
from tidegate.server.public.subscribing import MOST_ASKED_COUNT, MOST_CHANGED_COUNT

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


def another(way: str) -> str:
    """An address with a word that is wrong in its last letter."""
    return f"{way[:-1]}{'b' if way.endswith('a') else 'a'}"


def test_links_that_are_wrong_all_look_the_same(here):
    """Another word, another id, one purpose for another: 404, and nothing said of what there is."""
    ask(here)
    (one,) = subscriptions(here)
    agree, over = confirm_address("", here.key, one.id), end_address("", here.key, one.id)
    word = over.rsplit("/", 1)[1]
    wrong = [f"/notices/confirm/{one.id}/{word}", agree.replace(one.id, "a" * 12), another(over)]
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
    assert 303 == client.post("/help", data={"text": "nothing works"}).status_code


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


# -- languages, segments, preferences ---------------------------------------------------------------


@pytest.fixture
def spoken(tmp_path):
    """A server with a world, so with customer segments, that speaks four languages."""
    with house(tmp_path, with_world=True, languages="en,de,fr,es", **MAIL) as opened:
        opened.furnish()
        yield opened


def word_for(at, segment: str) -> str:
    """The unguessable word of a segment's own page."""
    pages = segment_pages(at.site, at.record.clock())
    return word_of(next(path for name, path, _ in pages if name == segment))


@pytest.mark.parametrize(("language", "says"), [
    ("en", "Get notices"), ("de", "Nachrichten erhalten"), ("fr", "Recevoir des avis"),
    ("es", "Recibir avisos"),
])  # fmt: skip
def test_the_form_speaks_every_language_of_the_site(spoken, language, says):
    """By its address and by what the browser prefers; every page after it too."""
    client = Browser(spoken).client
    for text in (
        client.get(f"/notices?language={language}").text,
        client.get("/notices", headers={"accept-language": f"it-IT, {language}-CH;q=0.9, en;q=0.1"}).text,
    ):
        assert (True, True) == (f'lang="{language}"' in text, says in text)
    asked = client.post(f"/notices?language={language}", data={
        "channel": "email", "address": "ann@a.example", "language": language,
    })  # fmt: skip
    (one,) = subscriptions(spoken)
    agreed = client.post(confirm_address("", spoken.key, one.id))
    manage = client.get(end_address("", spoken.key, one.id))
    ended = client.post(end_address("", spoken.key, one.id))
    assert (202, language) == (asked.status_code, one.language)
    assert [True] * 4 == [f'lang="{language}"' in page.text for page in (asked, agreed, manage, ended)]


def test_no_segment_is_named_to_who_does_not_hold_its_word(spoken):
    """The form names none; a word that is made up gives none, and says that the address lapsed."""
    client = Browser(spoken).client
    plain, wrong = client.get("/notices").text, client.get(f"/notices?for={'a' * 32}").text
    assert [False] * 4 == [name in text for name in ("buyers", "readers") for text in (plain, wrong)]
    assert (False, True) == ("has lapsed" in plain, "has lapsed" in wrong)
    ask(spoken, segment="yes", **{"for": "a" * 32})
    assert () == subscriptions(spoken)[0].segments


def test_a_segments_own_page_leads_to_its_words(spoken):
    """Its word names that segment alone; the subscription may hear its words, and can leave them."""
    word = word_for(spoken, "buyers")
    form = Browser(spoken).client.get(f"/notices?for={word}").text
    assert (True, False, True) == ("buyers only" in form, "readers" in form, word in form)
    ask(spoken, segment="yes", **{"for": word})
    ask(spoken, address="bob@a.example", **{"for": word})
    assert {("buyers",), ()} == {one.segments for one in subscriptions(spoken)}


def test_the_link_in_a_notice_changes_what_is_heard(spoken):
    """Components, severity, language and a segment's words: shown as they are, kept as they are chosen."""
    ask(spoken, component="login", language="de", segment="yes", **{"for": word_for(spoken, "buyers")})
    (one,) = subscriptions(spoken)
    client = Browser(spoken).client
    client.post(confirm_address("", spoken.key, one.id))
    page = client.get(end_address("", spoken.key, one.id)).text
    assert all(
        words in page for words in ('value="major" selected', 'value="login" checked', "nur für buyers")
    )
    wish = {"severity": "critical", "language": "fr", "component": ["shop", "store"], "segment": "yes"}
    way = change_address("", spoken.key, one.id)
    assert "Modifié" in client.post(way, data=wish).text
    (now,) = subscriptions(spoken)
    assert (("shop", "store"), ("buyers",), "critical", "fr") == (
        now.components, now.segments, now.severity, now.language,
    )  # fmt: skip
    assert now.is_confirmed
    assert one.confirmed_s is None
    client.post(way, data={"severity": "none", "language": "fr"})
    assert ((), (), True) == (
        subscriptions(spoken)[0].components, subscriptions(spoken)[0].segments,
        subscriptions(spoken)[0].is_confirmed,
    )  # fmt: skip
    client.post(way, data={"severity": "none", "segment": "yes"})
    assert () == subscriptions(spoken)[0].segments  # what was given up cannot be taken back by itself


def test_a_change_that_cannot_be_is_said_and_nothing_is_kept(spoken):
    """An unknown component or severity; a wrong word; a subscription that was ended; too many changes."""
    ask(spoken)
    (one,) = subscriptions(spoken)
    client, way = Browser(spoken).client, change_address("", spoken.key, one.id)
    answer = client.post(way, data={"severity": "huge", "component": f"x{EVIL}"})
    text = answer.text
    assert 422 == answer.status_code
    assert (True, True, False) == ("is no severity" in text, "is no component" in text, "<script" in text)
    wrong = [another(way), way.replace(one.id, "a" * 12)]
    wrong.append(confirm_address("", spoken.key, one.id).replace("confirm", "change"))
    assert [404] * 3 == [client.post(one, data={"severity": "minor"}).status_code for one in wrong]
    assert "major" == subscriptions(spoken)[0].severity
    said = [client.post(way, data={"severity": "minor"}).status_code for _ in range(MOST_CHANGED_COUNT)]
    assert (200, 429) == (said[0], said[-1])
    client.post(end_address("", spoken.key, one.id))
    assert "Ended" in client.get(end_address("", spoken.key, one.id)).text


def test_components_of_one_title_are_told_apart_and_stay_ticked(here):
    """By their group and region; and a form that comes back for a fault keeps what was chosen."""
    shared = {"title": "API", "group": "Front"}
    with here.record.desk("test") as desk:
        desk.say([
            Draft(kind="component.declared", subject=name, payload={**shared, "region": at})
            for name, at in (("one", "eu"), ("two", "us"))
        ])  # fmt: skip
    text = ask(here, component="two", address="nowhere").text
    assert all(words in text for words in ("<legend>Front</legend>", "API (eu)", "API (us)"))
    assert ['value="two" checked'] == re.findall(r'value="\w+" checked', text)


def test_the_console_shows_an_admin_the_segments_addresses(spoken):
    """The addresses that the public site has, so that somebody can pass them on; not to others."""
    ada, rob = Browser(spoken), Browser(spoken)
    ada.login("ada")
    rob.login("rob")
    word = word_for(spoken, "buyers")
    assert (True, False) == (word in ada.get("/console/access").text, word in rob.get("/console/access").text)
