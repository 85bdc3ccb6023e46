"""Asking for help by the web: accepted before anybody is asked, receipted, never refused."""

from __future__ import annotations

import asyncio
import threading

import pytest

from server_sample import Browser, ask, house, receipt_in, way_of
from tidegate.adapters.store.database import NoSpaceError
from tidegate.errors import InputError
from tidegate.present.console.help import thread_page
from tidegate.track.receipt import read_receipt
from tidegate.verbs.record.case import close, find_case, reopened, reply


@pytest.fixture
def here(tmp_path):
    with house(tmp_path) as opened:
        yield opened


def test_a_request_is_kept_and_receipted(here):
    """The answer carries a receipt that the site's key verifies, and the case is in the journal."""
    page = ask(Browser(here).client, text="nothing works", contact="a@b.example")
    found = read_receipt(receipt_in(page.text), named=[here.site_key])
    assert (200, "local") == (page.status_code, found.site)
    (entry,) = here.journal.about(found.case)
    assert ("nothing works", "a@b.example", "web") == (
        entry.payload["text"], entry.payload["contact"], entry.payload["channel"],
    )  # fmt: skip


def test_the_address_bar_is_the_way_back(here):
    """Sending leads to the case's own address: a reload, a bookmark or the history finds it again."""
    client = Browser(here).client
    sent = client.post("/help", data={"text": "nothing works", "contact": "a@b.example"})
    way = sent.headers["location"]
    assert (303, True) == (sent.status_code, way.startswith("/help/case/"))
    pages = [client.get(way).text, client.get(way).text]
    assert pages[0] == pages[1]
    assert "Your request is kept" in pages[0]


def test_the_answer_stands_above_everything_else(here):
    """Nobody has to look below a signature for what we said; until then, the page says where it will come."""
    client = Browser(here).client
    page = ask(client, text="nothing works")
    assert "the only way back" in page.text
    with here.record.desk("rob") as desk:
        reply(desk, [find_case(desk.state, way_of(page).split("/")[3])], "We are on it.")
    text = client.get(way_of(page)).text
    marks = [
        text.index(words)
        for words in ("We have answered", "We are on it.", "What was said", "tidegate receipt")
    ]
    assert sorted(marks) == marks
    assert "<details open" not in text


def test_the_same_form_sent_twice_is_one_case(here):
    """A reload, or a second tap, gets the very same receipt."""
    client = Browser(here).client
    sent = {"text": "nothing works", "key": "k1"}
    first, second = ask(client, **sent), ask(client, **sent)
    assert receipt_in(first.text) == receipt_in(second.text)
    assert 1 == here.intake.accepted_count


def test_a_key_reaches_nobody_elses_case(here):
    """Whoever guesses a key but not the words gets a case of their own."""
    client = Browser(here).client
    first = ask(client, text="my secret", key="k1")
    second = ask(client, text="guess", key="k1")
    assert way_of(first) != way_of(second)
    assert "my secret" not in second.text


@pytest.mark.parametrize(
    "text",
    [
        "x" * 70_000,
        "ö" * 40_000,
        "\x00\x07 bell",
        "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"),
        "=1+1",
    ],
)
def test_whatever_is_written_is_kept(here, text):
    """Too long, not quite text, or dangerous elsewhere: it is kept, at most its first 64 KB."""
    answer = ask(Browser(here).client, text=text)
    (entry,) = here.journal.about(read_receipt(receipt_in(answer.text)).case)
    assert 64 * 1024 >= len(entry.payload["text"].encode())
    assert ("first 64 KB" in answer.text) is (len(text.encode()) > 64 * 1024)


def test_a_body_that_is_no_form_is_read_as_far_as_it_goes(here):
    """A megabyte of anything, thousands of fields: the words are found all the same."""
    client = Browser(here).client
    kind = {"content-type": "application/x-www-form-urlencoded"}
    fields = "text=help&" + "&".join(f"a{number}=1" for number in range(5_000))
    assert 303 == client.post("/help", content=fields, headers=kind).status_code
    assert 303 == client.post("/help", content="text=" + "x" * 2_000_000, headers=kind).status_code


def test_nothing_said_is_asked_again(here):
    """An empty form shows the form; nothing is kept."""
    answer = Browser(here).client.post("/help", data={"text": "  "})
    assert (422, 0) == (answer.status_code, here.intake.accepted_count)


def test_the_known_outage_comes_first_and_takes_one_tap(tmp_path):
    """Before the form stands what is known; one button makes a case of it, counted to it."""
    with house(tmp_path, with_world=True) as here:
        rob = Browser(here)
        rob.login("rob")
        outage = rob.post("/console/outages", cause="login").headers["location"].split("/")[-1].split("?")[0]
        here.rounds.turn()
        assert "Sign-in is disturbed" not in rob.get("/help").text
        rob.post(f"/console/outages/{outage}/move", event="confirm")
        here.rounds.turn()
        page = rob.get("/help").text
        assert page.index("Sign-in is disturbed") < page.index("<textarea")
        answer = ask(rob.client, me_too="yes", outage=outage)
        case = read_receipt(receipt_in(answer.text)).case
        here.rounds.turn()
        with here.record.reading() as state:
            assert (True, outage) == (state.cases[case].is_me_too, state.cases[case].outage)


def test_a_case_has_its_own_page_and_only_its_customer_finds_it(here):
    """The address on the receipt shows the thread; a guessed one shows nothing."""
    client = Browser(here).client
    way = way_of(ask(client, text="nothing works"))
    with here.record.desk("rob") as desk:
        case = way.split("/")[3]
        reply(desk, [find_case(desk.state, case)], "We are on it.")
    assert "We are on it." in client.get(way).text
    assert 404 == client.get(f"/help/case/{case}/{'0' * 40}").status_code


def test_still_broken_opens_a_case_again(here):
    """After we closed it, one button of its customer opens it, with what they see now."""
    client = Browser(here).client
    way = way_of(ask(client, text="nothing works"))
    with here.record.desk("rob") as desk:
        close(desk, [find_case(desk.state, way.split("/")[3])])
    assert "We hold this case to be done." in client.get(way).text
    assert 303 == client.post(f"{way}/still-broken", data={"text": "not yet"}).status_code
    with here.record.reading() as state:
        assert "reopened" == state.cases[way.split("/")[3]].state.value


def test_a_full_disk_is_said_and_nothing_is_acknowledged(here, monkeypatch):
    """Where not even the reserve takes it, the customer is told to send it again."""
    monkeypatch.setattr(here.journal, "append", _raises)
    answer = Browser(here).client.post("/help", data={"text": "nothing works"})
    assert (503, "10") == (answer.status_code, answer.headers["retry-after"])
    assert "tidegate receipt" not in answer.text


def _raises(_drafts):
    raise NoSpaceError("full")


def test_files_are_the_first_to_be_refused(here, monkeypatch):
    """While the reserve is in use files are not taken, and the case is untouched."""
    client = Browser(here).client
    way = way_of(ask(client, text="see the file"))
    sent = {"file": ("../../etc/passwd", b"x" * 100)}
    assert 303 == client.post(f"{way}/files", files=sent).status_code
    (name,) = here.files.names(way.split("/")[3])
    assert name.endswith("-passwd")
    monkeypatch.setattr(here.journal, "is_low_on_space", lambda: True)
    assert 413 == client.post(f"{way}/files", files=sent).status_code
    assert (
        413 == client.post(f"{way}/files", files={"file": ("big", b"x" * (5 * 1024 * 1024 + 1))}).status_code
    )
    assert 200 == ask(client, text="still works").status_code


def test_a_receipt_that_was_changed_is_found_out(here):
    """One letter otherwise, or another key, and the receipt is refused."""
    text = receipt_in(ask(Browser(here).client, text="nothing works").text)
    with pytest.raises(InputError, match="changed after it was signed"):
        read_receipt(text.replace("as entry 5", "as entry 6"))
    with pytest.raises(InputError, match="signed with another key"):
        read_receipt(text, named=["0" * 64])
    with pytest.raises(InputError, match="is no receipt"):
        read_receipt(text[20:])


REOPENED_COUNT, REOPENED_TEXT = 400, "<'" * 30_000
LARGEST_PAGE_BYTES = 3_000_000


def reopened_often(here, client) -> str:
    """A case whose customer said 400 times, with 60 kB each, that it is still broken; its address."""
    way = way_of(ask(client, text="the first words"))
    case = way.split("/")[3]
    with here.record.desk("rob") as desk:
        reply(desk, [find_case(desk.state, case)], "our answer")
    for first in range(0, REOPENED_COUNT, 50):
        here.journal.append([reopened(case, f"{n}: {REOPENED_TEXT}") for n in range(first, first + 50)])
    return way


def test_a_page_of_a_case_reopened_often_is_bounded(here):
    """The first words, the latest, and that there are more: for the customer and for operators."""
    client = Browser(here).client
    way = reopened_often(here, client)
    rob = Browser(here)
    rob.login("rob")
    for page in (client.get(way), rob.get(f"/console/cases/{way.split('/')[3]}")):
        assert 200 == page.status_code
        assert len(page.content) < LARGEST_PAGE_BYTES
        assert "the first words" in page.text
        assert "399: " in page.text
        assert "More was said than is shown" in page.text
    assert 303 == client.post(f"{way}/still-broken", data={"text": "once more"}).status_code
    assert "once more" in client.get(way).text


def test_making_a_page_of_a_case_holds_up_nobody(here, monkeypatch):
    """It is made outside the event loop, where everybody's cases are taken in."""
    client = Browser(here).client
    way = way_of(ask(client, text="nothing works"))
    made_in = []

    def seen(*given, **named):
        made_in.append(threading.current_thread())
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        return thread_page(*given, **named)

    monkeypatch.setattr("tidegate.server.public.help_form.thread_page", seen)
    assert 200 == client.get(way).status_code
    assert 1 == len(made_in)
