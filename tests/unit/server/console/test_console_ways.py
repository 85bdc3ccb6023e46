"""Where pages lead: through the login to what was asked for, and nowhere from what is not there."""

from __future__ import annotations

import re

import pytest

from server_sample import PASSWORD, Browser, ask, house, receipt_in, way_of
from tidegate.track.receipt import read_receipt


@pytest.fixture
def here(tmp_path):
    with house(tmp_path, with_world=True) as opened:
        opened.rounds.turn()
        yield opened


def somebody(here, name: str = "rob") -> Browser:
    who = Browser(here)
    who.login(name)
    return who


def opened(rob: Browser, **fields: str) -> str:
    answer = rob.post("/console/outages", **{"cause": "edge", **fields})
    return re.search(r"outages/(\w+)", answer.headers["location"])[1]


def test_a_login_leads_on_to_what_was_asked_for(here):
    """A link to an outage survives the login, a wrong password and a query."""
    outage = opened(somebody(here))
    rob = Browser(here)
    for path in (f"/console/outages/{outage}", f"/console/cases?outage={outage}"):
        sent = rob.get(path).headers["location"]
        assert f'name="to" value="{path}"' in rob.get(sent).text
        wrong = rob.client.post("/console/login", data={"name": "rob", "password": "no", "to": path})
        assert f'name="to" value="{path}"' in wrong.text
        right = rob.client.post("/console/login", data={"name": "rob", "password": PASSWORD, "to": path})
        assert (303, path) == (right.status_code, right.headers["location"])
        rob.post("/console/logout")


@pytest.mark.parametrize(
    "to",
    ["https://evil.example/", "//evil.example/console", "/console@evil.example", "/console/../../evil",
     "/\\evil.example", "/console\r\nx: y", "/consoles", "/help", "/console//evil.example", "console",
     "/console/login", "/console/logout"],
)  # fmt: skip
def test_a_login_leads_nowhere_else(here, to):
    """What is no page of the console is not gone to, by form or by address."""
    rob = Browser(here)
    answer = rob.client.post("/console/login", data={"name": "rob", "password": PASSWORD, "to": to})
    assert (303, "/console") == (answer.status_code, answer.headers["location"])
    assert 'name="to"' not in rob.client.get("/console/login", params={"to": to}).text


def test_an_address_of_no_case_says_what_to_do(here):
    """Cut, mistyped, of another case, of none: one page, the same words, nothing of what there is."""
    customer = Browser(here).client
    page = ask(customer, text="nothing works")
    way = way_of(page)
    _, _, _, case, mark = way.split("/")
    other = case[:-1] + ("y" if case.endswith("x") else "x")
    wrong = [way[:-1], f"/help/case/{case}", f"/help/case/{case}/", f"/help/case/{other}/{mark}",
             f"/help/case/none/{here.accounts.mark('case', 'none')}", f"{way}/more"]  # fmt: skip
    answers = [customer.get(path) for path in wrong]
    assert [404] * len(wrong) == [answer.status_code for answer in answers]
    assert 1 == len({answer.text for answer in answers})
    text = answers[0].text
    assert all(said in text for said in ("no case at this address", "Is the address whole?", 'href="/help?'))
    assert '<a href="/" class="site">Example</a>' in text
    sent = [customer.post(f"{way[:-1]}/{deed}") for deed in ("still-broken", "files")]
    assert [404, 404] == [answer.status_code for answer in sent]


def test_pages_a_role_may_not_use_are_not_offered(here):
    """Access is in an admin's navigation alone; whoever asks for it all the same keeps their navigation."""
    rob, ada = somebody(here), somebody(here, "ada")
    assert 'href="/console/access"' not in rob.get("/console").text
    assert 'href="/console/access"' in ada.get("/console").text
    refused, unknown = rob.get("/console/access"), rob.get("/console/outages/nothing")
    assert [403, 404] == [refused.status_code, unknown.status_code]
    assert all('<nav aria-label="Console">' in answer.text for answer in (refused, unknown))


def test_no_ids_where_there_are_titles(here):
    """A page that is not there lists no ids; a case is called by its subject; a cause is picked by title."""
    rob = somebody(here)
    outage = opened(rob)
    case = read_receipt(receipt_in(ask(rob.client, text="The till is down").text)).case
    unknown = rob.get("/console/outages/nothing").text
    assert "There is no such outage" in unknown
    assert outage not in unknown
    assert "<h1>The till is down</h1>" in rob.get(f"/console/cases/{case}").text
    page = rob.get(f"/console/outages/{outage}").text
    correction = page[page.index("Something on record was never so") :]
    title = "traffic between inner network and outer network"
    assert '<select name="cause">' in correction
    assert f'<option value="edge" selected>{title}</option>' in correction


def test_a_cause_is_named_once_and_nobody_is_said_to_have_observed_it(here):
    """The graph names it already; what an operator picked was not observed."""
    rob = somebody(here)
    page = rob.get(f"/console/outages/{opened(rob)}").text
    (said,) = re.findall(r"<b>Cause: </b>(.*?)</p>", page)
    assert "traffic between inner network and outer network (the world&#x27;s dependency graph)." == said


def test_components_stand_in_the_order_of_the_site(here):
    """On an outage's page as on the page of components, whatever their ids."""
    rob = somebody(here)
    for name, title in (("zoo", "First"), ("mail", "Second"), ("ant", "Third")):
        rob.post("/console/components", id=name, title=title)
    hit = {f"status-{name}": "major_outage" for name in ("ant", "mail", "zoo")}
    page = rob.get(f"/console/outages/{opened(rob, cause='', title='All fails', **hit)}").text
    assert ["First", "Second", "Third"] == re.findall(r'class="title">(\w+)</span>', page)


def test_what_was_accepted_is_counted_in_words(here):
    """One case was, two cases were."""
    rob = somebody(here)
    ask(rob.client, text="one")
    assert "1 case was accepted since the start." in rob.get("/console").text
    ask(rob.client, text="two")
    assert "2 cases were accepted since the start." in rob.get("/console").text


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, ""),
        ({"mail_server": "smtp://mail.example:25", "mail_from": "help@example.org"}, "Where do we answer?"),
        ({"identity_url": "http://127.0.0.1:9/"}, "Your mail address"),
    ],
)
def test_a_mail_address_is_asked_for_where_it_is_used(tmp_path, settings, says):
    """To answer, or to know who it is; otherwise nobody is asked."""
    with house(tmp_path, **settings) as opened_here:
        page = Browser(opened_here).get("/help").text
    assert bool(says) is ('name="contact"' in page)
    assert says in page
