"""What is said of other sites: on every page of the console, on its own page, in public, and to machines."""

from __future__ import annotations

import re
import time

import pytest
from starlette.testclient import TestClient

from record_sample import Clock
from server_sample import Browser, house
from sites_sample import begun
from tidegate.journal.entry import Draft
from tidegate.journal.entry_chain import Damage
from tidegate.journal.received import ChainEnd
from tidegate.server.addresses import build
from tidegate.server.duties.peer_standing import PeerStanding
from tidegate.verbs.record.site import join, own_key

LANGUAGES = ("en", "de", "fr", "es")


@pytest.fixture(name="clock")
def own_clock():
    return Clock()


@pytest.fixture(name="here")
def own_house(tmp_path, clock):
    with house(tmp_path, clock=clock, site="west", languages=list(LANGUAGES)) as opened:
        east = begun(tmp_path, "east")
        key = own_key(east)
        join(opened.journal, "east", key=key, address="https://e.example", by="test", may_be_plain=False)
        east.close()
        yield opened


def standing(here, *, heard_ago_s=0.0, asked_ago_s=0.0, **said) -> PeerStanding:
    """East as it is seen from here."""
    now_s = time.monotonic()
    heard_s = now_s - heard_ago_s
    one = PeerStanding(name="east", url="https://e.example", heard_s=heard_s, **{"why": "", **said})
    here.exchanging.standing["east"] = one
    here.conversations.asked_s["east"] = now_s - asked_ago_s
    return one


def alarms(here) -> list[str]:
    return [one.says for one in here.sites.alarms]


def front(here, language: str = "en") -> str:
    here.mind_the_sites()  # as the exchange does each second
    here.publisher.follow()
    path = "index.html" if language == "en" else f"{language}/index.html"
    return (here.public / path).read_text(encoding="utf-8")


def test_a_site_that_is_not_heard_is_an_alarm_and_stands_on_the_public_page(here):
    """In each language; and once it is heard again, both are gone."""
    standing(here)
    assert [] == alarms(here)
    assert "east" not in front(here)
    standing(here, heard_ago_s=42.0, why="it does not answer")
    (said_here,) = alarms(here)
    assert re.fullmatch(r"Site east has not been heard for \d+ s: it does not answer\.", said_here)
    said = {
        "en": "This page is made by site west, which has not heard from east since",
        "de": "Diese Seite macht Standort west; er hat von east nichts mehr gehört seit",
        "fr": "Cette page est faite par le site west, qui n’a rien entendu de east depuis",
        "es": "Esta página la hace el sitio west, que no sabe nada de east desde",
    }
    for language in LANGUAGES:
        assert said[language] in front(here, language)
    standing(here)
    assert [] == alarms(here)
    assert "east" not in front(here)


def test_one_that_was_never_heard_is_not_away_at_once(here):
    """A server that has just begun has heard nobody; after a while that is said."""
    here.exchanging.standing["east"] = PeerStanding(name="east", url="https://e.example")
    assert () == here.exchanging.away()
    here.exchanging.began_s -= 20.0
    assert ("east",) == here.exchanging.away()
    assert "which has not heard from east yet" in front(here)
    assert any(said.startswith("No other site has asked this one for") for said in alarms(here))


def test_one_that_another_site_hears_is_not_away(here):
    """A path between any two is enough: what it has comes by way of the other, and that is said."""
    one = standing(here, heard_ago_s=60.0, why="it does not answer")
    assert ("east",) == here.exchanging.away()
    one.relayed_s = time.monotonic() - 2.0
    assert () == here.exchanging.away()
    assert [] == alarms(here)
    browser = Browser(here)
    browser.login("vera")
    assert "by way of another site" in browser.get("/console/sites").text


def test_what_is_refused_a_clock_that_is_ahead_and_secrets_that_are_not_taken_are_alarms(here):
    """Each says what to look at."""
    damage = Damage(site="east", number=7, what="is said 400 s ahead of this clock")
    standing(here, refused={"east": damage}, ahead_s=90.0, withheld="they are of a time to come")
    assert [
        "Not taken from site east: entry 7 of site east is said 400 s ahead of this clock.",
        "Not taken from site east: its secrets: they are of a time to come.",
        "This machine's clock is 2 min ahead of every other site's.",
    ] == alarms(here)


def test_nobody_who_asks_is_an_alarm(here):
    """What is said here is then kept here alone."""
    standing(here, asked_ago_s=33.0)
    (said,) = alarms(here)
    assert re.fullmatch(r"No other site has asked this one for \d+ s: what is said here stays here\.", said)


def test_a_chain_that_forks_is_said_for_a_day(here, clock):
    """In public as well; in the console's page on sites it stays."""
    payload = {"number": 4.0, "ends": {"east": "4 ab"}}
    here.journal.append([Draft(kind="site.forked", subject="east", payload=payload)])
    standing(here)
    assert ["Chain east goes on in two ways: somebody wrote as site east twice."] == alarms(here)
    assert "The record of site east contradicts itself" in front(here)
    clock.now_s += 90_000.0
    assert [] == alarms(here)
    assert {"east": 4} == here.sites.seen().forked


def test_a_fork_into_which_somebody_looked_is_no_alarm_and_stays_on_every_list(here):
    """Said by a form, with what was found; the public page says that it was looked into, for the day."""
    payload = {"number": 4.0, "ends": {"east": "4 ab"}}
    here.journal.append([Draft(kind="site.forked", subject="east", payload=payload)])
    standing(here)
    browser = Browser(here)
    browser.login("rob")
    assert "I looked into it" in browser.get("/console/sites").text
    assert "tidegate_chain_forks_unseen 1" in browser.get("/metrics").text
    for chain, because in (("east", " "), ("north", "stopped")):
        assert 422 == browser.post("/console/sites/seen", chain=chain, because=because).status_code
    assert 1 == len(alarms(here))
    done = browser.post("/console/sites/seen", chain="east", because="the copy was stopped")
    assert 303 == done.status_code
    page = browser.get("/console/sites").text
    assert "rob at site west looked into it" in page
    assert "the copy was stopped" in page
    assert "Chain east goes on in two ways from entry 4 on" in page
    assert "I looked into it" not in page
    assert [] == alarms(here)
    said = {
        "en": "The record of site east contradicted itself. We have looked into it",
        "de": "Was Standort east aufgezeichnet hat, widersprach sich.",
        "fr": "Le registre du site east se contredisait.",
        "es": "El registro del sitio east se contradecía.",
    }
    for language in LANGUAGES:
        assert said[language] in front(here, language)
    metrics = browser.get("/metrics").text
    assert "tidegate_chain_forks 1" in metrics
    assert "tidegate_chain_forks_unseen 0" in metrics


def test_the_page_on_sites_says_how_far_each_is(here):
    """How many entries are not here yet, and how many of ours it had not when it was heard."""
    ours = here.journal.heads()["west"]
    ends = [ChainEnd(label="west", number=ours - 2, hash=""), ChainEnd(label="east", number=5, hash="")]
    standing(here, ends=ends)
    seen = here.sites.seen().others[0]
    assert (5, 2) == (seen.lacking_count, seen.behind_count)
    browser = Browser(here)
    browser.login("vera")
    text = browser.get("/console/sites").text
    assert "1 of 1 other sites are heard" in text
    assert "This is site west." in text
    assert 'href="/console/sites"' in browser.get("/console").text
    standing(here, heard_ago_s=60.0, why="it does not answer")
    assert "Site east has not been heard for" in browser.get("/console").text, "on every page"
    assert "0 of 1 other sites are heard" in browser.get("/console/sites").text


def test_a_later_chain_is_named(here):
    """Since a copy was put back: so that nobody wonders what west+… is."""
    here.journal.begin_chain()
    browser = Browser(here)
    browser.login("vera")
    assert "It writes in a later chain, west+" in browser.get("/console/sites").text


def test_machines_read_how_other_sites_do(here):
    """Since when each was heard, what is refused, how many chains fork."""
    standing(here, heard_ago_s=42.0, refused={"east": Damage(site="east", number=7, what="is wrong")})
    text = TestClient(build(here)).get("/metrics").text
    assert 'tidegate_site_heard_seconds{site="east"} 4' in text
    assert "tidegate_site_refused 1" in text
    assert "tidegate_chain_forks 0" in text


def test_a_site_alone_says_nothing_of_sites(tmp_path):
    """No page, no metric, no alarm speaks of others where there are none."""
    with house(tmp_path) as alone:
        browser = Browser(alone)
        browser.login("vera")
        assert "/console/sites" not in browser.get("/console").text
        assert [] == alarms(alone)
        assert "tidegate_site_heard" not in browser.get("/metrics").text


def hub_only(here, *, relayed_ago_s: float | None, known_ago_s: float = 0.0) -> PeerStanding:
    """A site south that another named: nobody said here where it is asked."""
    south = "5" * 64
    join(here.journal, "south", key=south, address="", by="test", may_be_plain=False)
    now_s = time.monotonic()
    relayed_s = None if relayed_ago_s is None else now_s - relayed_ago_s
    one = PeerStanding(name="south", url="", relayed_s=relayed_s, known_s=now_s - known_ago_s)
    here.exchanging.standing["south"] = one
    return one


def test_no_page_is_green_while_a_site_that_is_not_asked_from_here_is_heard_by_nobody(here):
    """As when the hub by way of which it was heard is gone; what it has that is not here is unknown."""
    standing(here, heard_ago_s=24.0, why="it does not answer")
    hub_only(here, relayed_ago_s=25.0, known_ago_s=600.0)
    _, said = alarms(here)
    assert re.fullmatch(
        r"Site south has not been heard for 2\d s: it is not asked from here, and no site that is heard says "
        r"that it hears it\.", said,
    )  # fmt: skip
    assert "which has not heard from south since" in front(here)
    browser = Browser(here)
    browser.login("vera")
    text = browser.get("/console/sites").text
    assert "0 of 2 other sites are heard" in text
    seen = {one.name: one for one in here.sites.seen().others}
    assert (None, None) == (seen["south"].lacking_count, seen["south"].behind_count)
    assert 'data-head="Not here yet">unknown<' in text
    assert 'data-head="Not here yet">0<' not in text


def test_one_that_is_heard_by_way_of_another_alone_counts_as_heard_and_its_counts_are_unknown(here):
    """And the metric says since when it was heard so, not since the start."""
    standing(here)
    hub_only(here, relayed_ago_s=2.0, known_ago_s=600.0)
    assert [] == alarms(here)
    assert "south" not in front(here)
    browser = Browser(here)
    browser.login("vera")
    text = browser.get("/console/sites").text
    assert "2 of 2 other sites are heard" in text
    assert "not since the start, but by way of another site" in text
    south = here.sites.seen().others[-1]
    assert (None, None) == (south.lacking_count, south.behind_count)
    assert re.search(r'site_heard_seconds\{site="south"\} [23]\.', browser.get("/metrics").text)


def test_a_site_that_was_just_joined_is_not_said_to_be_unheard_since_the_start(here):
    """Neither in an alarm nor as a metric; and that nobody asked counts from then as well."""
    here.exchanging.began_s -= 600.0
    standing(here, heard_ago_s=1.0)
    hub_only(here, relayed_ago_s=None, known_ago_s=22.0)
    (said,) = alarms(here)
    assert said.startswith("Site south has not been heard yet, in 22 s: it is not asked from here")
    assert "which has not heard from south yet" in front(here)
    text = TestClient(build(here)).get("/metrics").text
    assert re.search(r'site_heard_seconds\{site="south"\} 2\d\.', text)
    here.conversations.asked_s.clear()
    (unasked,) = (one for one in alarms(here) if "asked this one" in one)
    assert re.search(r"No other site has asked this one for 2\d s", unasked)


def test_what_one_that_is_away_lacks_is_at_most_so_much(here):
    """It may have come there by ways that are not seen from here; what it has is unknown."""
    ours = here.journal.heads()["west"]
    ends = [ChainEnd(label="west", number=ours - 2, hash="")]
    standing(here, ends=ends, heard_ago_s=60.0, why="it does not answer")
    seen = here.sites.seen().others[0]
    assert seen.lacking_count is None
    browser = Browser(here)
    browser.login("vera")
    assert re.search(r"at most \d+<", browser.get("/console/sites").text)


def test_a_site_that_all_others_refuse_says_so_itself(here):
    """On the console at once, in public when it is so for a while; and it is taken back with the cause."""
    one = standing(here, heard_ago_s=1.0, why="does not greet: 403", is_refusing=True)
    parted = "Site east no longer takes in what this site says: it was retired there, or never joined."
    assert [parted] == alarms(here)
    assert "Our other sites" not in front(here)
    one.heard_s -= 20.0
    assert [parted] == alarms(here)
    said = {
        "en": "Our other sites take in nothing that site west says, which makes this page",
        "de": "Unsere anderen Standorte nehmen nichts auf, was Standort west sagt",
        "fr": "Nos autres sites ne reprennent rien de ce que dit le site west",
        "es": "Nuestros otros sitios no recogen nada de lo que dice el sitio west",
    }
    for language in LANGUAGES:
        assert said[language] in front(here, language)
    hub_only(here, relayed_ago_s=1.0).url = "https://s.example"
    assert "Our other sites" not in front(here), "one works with it still"


def ready(here) -> tuple[int, str]:
    here.mind_the_sites()  # as the exchange does each second
    answer = TestClient(build(here)).get("/health/ready")
    return answer.status_code, answer.json()["status"]


def test_a_retired_site_is_not_ready_and_its_pages_stay_readable(here):
    """As it reads in the record, or as a site says that signs it; balancers lead customers to the others."""
    one = standing(here, heard_ago_s=60.0, why="does not greet: 403", is_refusing=True)
    assert (200, "ready") == ready(here), "who was never joined there takes cases as before"
    one.is_parting = True
    code, said = ready(here)
    assert 503 == code
    assert said.startswith("retired: other sites take nothing that this one says")
    assert ["Site east no longer takes in what this site says: it was retired there."] == alarms(here)
    one.is_parting = one.is_refusing = False
    assert (200, "ready") == ready(here)
    here.journal.append([Draft(kind="site.retired", subject="west", payload={"ends": {}})])
    assert 503 == ready(here)[0]
    assert "This site was retired: other sites take nothing more that it says." in alarms(here)
    assert "Our other sites take in nothing that site west says" in front(here)
    app = TestClient(build(here))
    assert 200 == app.get("/").status_code == app.get("/health/live").status_code
    key = own_key(here.journal)
    named = {"public_key": key, "role": "site"}
    here.journal.append([Draft(kind="site.admitted", subject="west", payload=named)])
    assert (200, "ready") == ready(here)


def test_a_site_that_reads_in_the_record_that_it_was_retired_says_so(here, tmp_path):
    """As when it comes by way of a third; a chain that forks is said otherwise."""
    standing(here)
    payload = {"ends": {"west": "3 ab"}, "because": "it moved"}
    here.journal.append([Draft(kind="site.retired", subject="west", payload=payload)])
    assert ["This site was retired: other sites take nothing that it says after entry 3."] == alarms(here)
    assert "Our other sites take in nothing that site west says" in front(here)
