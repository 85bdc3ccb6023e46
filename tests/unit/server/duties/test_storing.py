"""Servers that see only a shared folder: what is secret comes, and each counts as heard by way of it."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack

import pytest

from run_here import run_here
from server_sample import PASSWORD, Browser, house
from sites_sample import admit
from tidegate.adapters.between_sites.chain_store import SHEETS
from tidegate.server.duties import storing


@pytest.fixture
def two(tmp_path):
    """Two servers that name each other without an address; a turn of each is made by hand."""
    (tmp_path / "shared").mkdir()
    with ExitStack() as stack:
        opened = []
        for name in ("west", "east"):
            (tmp_path / name).mkdir()
            one = house(tmp_path / name, site=name, exchange=[str(tmp_path / "shared")])
            opened.append(stack.enter_context(one))
        admit(opened[0].journal, opened[1].journal)
        admit(opened[1].journal, opened[0].journal)
        for one in opened:
            one.exchanging._look()
        yield opened


def turn(*houses) -> None:
    for one in houses:
        one.storing.turn()
        one.exchanging._look()


def alarms(here) -> list[str]:
    return [one.says for one in here.sites.alarms]


def waited(here, wait_s: float) -> None:
    """Let time go by for whoever asks how long ago something was."""
    pace = here.exchanging._pace
    here.exchanging._pace = lambda: pace() + wait_s


def test_an_account_made_at_one_logs_in_at_the_other(two):
    """And a session that is made there holds here, for the keys are the same; what ends it comes as well."""
    west, east = two
    west.accounts.declare("zoe", "responder", PASSWORD, by="test")
    turn(west, east, west, east)
    zoe = Browser(east)
    assert 303 == zoe.login("zoe").status_code
    assert 200 == zoe.get("/console").status_code
    there = Browser(west)
    there.client.cookies = zoe.client.cookies
    assert 200 == there.get("/console").status_code
    zoe.post("/console/logout")
    turn(east, west)
    assert 303 == there.get("/console").status_code
    west.accounts.end("zoe", by="test")
    turn(west, east)
    assert 401 == Browser(east).login("zoe").status_code


def test_who_is_reached_only_by_way_of_a_store_is_heard_while_it_leaves_words(two):
    """Each page says by which way, and how old the last word is; when none comes any more, it is away."""
    west, east = two
    waited(west, 20.0)
    assert ("east",) == west.exchanging.away()
    turn(east, west)
    assert () == west.exchanging.away()
    assert ("east",) == west.exchanging.unheard()
    assert [] == alarms(west)
    rob = Browser(west)
    rob.login("rob")
    page = rob.get("/console/sites").text
    assert "1 of 1 other sites are heard" in page
    assert "not since the start; by way of the folder" in page
    assert "its last word there at" in page
    assert re.search(r'site_heard_seconds\{site="east"\} [0-9]\.', rob.get("/metrics").text)
    west.mind_the_sites()
    west.publisher.follow()
    assert "which has not heard" not in (west.public / "index.html").read_text()
    waited(west, 400.0)
    assert ("east",) == west.exchanging.away()
    assert any("Site east has not been heard for" in one for one in alarms(west))


def test_a_site_that_hears_it_so_tells_others_that_do_not_read_the_store(two, monkeypatch):
    west, east = two
    turn(east, west)
    told = west.exchanging.leaves()
    assert ["east"] == list(told)
    ago_s, left_s = told["east"]
    assert 0.0 <= ago_s < 5.0
    assert storing.WHILE_UNHEARD_S < left_s <= storing.ELSE_S + 60.0

    class Peer:
        peer, hears, reaches, leaves = "mid", {}, {}, {"west": (3.0, 50.0), "unknown": (1.0, 1.0)}

    east.exchanging.standing["west"].left_s = east.exchanging.standing["west"].left_until_s = None
    waited(east, 20.0)
    east.exchanging._relay(Peer, east.exchanging._pace())
    assert () == east.exchanging.away()
    assert "site mid" == east.exchanging.standing["west"].left_in


def test_a_store_is_looked_at_often_while_a_site_is_heard_by_no_other_way(two):
    """Also while it counts as heard by way of the store: else what it leaves would soon be old."""
    west, east = two
    waited(west, 20.0)
    turn(east, west)
    assert storing.WHILE_UNHEARD_S == west.storing._every_s()
    west.exchanging.standing["east"].heard_s = west.exchanging._pace()
    assert storing.ELSE_S == west.storing._every_s()


def test_what_a_command_took_counts_at_the_server_as_well(two, tmp_path):
    west, east = two
    waited(west, 20.0)
    east.storing.turn()
    assert ("east",) == west.exchanging.away()
    words = ("site", "exchange", str(tmp_path / "shared"), "--data", "west/data")
    assert 0 == run_here(tmp_path, *words).returncode
    west.exchanging._look()
    assert () == west.exchanging.away()


def test_a_sheet_that_is_none_is_told_once_and_closes_no_path(two, tmp_path, caplog):
    west, east = two
    turn(east, west)
    (tmp_path / "shared" / SHEETS / "east").write_text("lies")
    for _ in range(3):
        turn(west)
    told = [one for one in caplog.records if "not taken" in one.message]
    assert 1 == len(told)
    assert {} == west.storing.failures
    left = json.loads((tmp_path / "shared" / SHEETS / "west").read_text())
    assert "west" == json.loads(left["sheet"])["site"]
