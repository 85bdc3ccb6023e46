"""What one site asks to leave leaves at all that are served, and one that joins later has it not."""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack, closing

import pytest

from compacted_sites import DAY_S, Hands, case, notice, view
from served import PROGRAM
from served_sites import ServedSite, free_port, until
from sites_sample import begun, heal
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.journal.moment import moment_text
from tidegate.verbs.record.site import join, own_key


def admit(site, *others, clock=None):
    with closing(open_journal(site.data, clock=clock)) as journal:
        for other in others:
            with closing(open_journal(other.data)) as its:
                key = own_key(its)
            join(journal, other.name, key=key, address=other.url, by="test", may_be_plain=False)


def seen(site):
    with closing(open_journal(site.data)) as journal:
        return view(journal)


def alike(*sites):
    first, *others = [seen(one) for one in sites]
    return all(first == other for other in others)


@pytest.mark.timeout(120)
def test_served_sites_let_go_of_the_same_and_one_that_joins_later_holds_the_same(tmp_path):
    hands = Hands(time.time() - 100 * DAY_S)
    sites = [ServedSite(name=name, data=tmp_path / name, port=free_port()) for name in ("west", "east")]
    west, east = sites
    journals = [begun(tmp_path, one.name, clock=hands.steady()) for one in sites]
    admit(west, east, clock=hands.steady()), admit(east, west, clock=hands.steady())
    for number in range(20):
        case(journals[number % 2], f"case{number}", closed=number % 5 > 0)
        notice(journals[number % 2], f"notice{number}")
    heal(*journals)
    for one in journals:
        one.close()
    before = moment_text(time.time() - 50 * DAY_S)[:10]
    with ExitStack() as stack:
        for one in sites:
            stack.callback(one.stop)
            one.launch()
        for one in sites:
            one.wait()
        words = ["journal", "compact", "--before", before, "--yes", "--data", str(west.data)]
        told = subprocess.run([*PROGRAM, *words], capture_output=True, text=True, timeout=60, check=False)
        assert 4 == told.returncode
        assert "The server that works on this folder does the rest" in told.stdout
        until(lambda: len(seen(west)["cases"]) == 4 and alike(west, east), 30.0)
        assert 4 == len(seen(east)["cases"])
        north = ServedSite(name="north", data=tmp_path / "north", port=free_port())
        begun(tmp_path, "north").close()
        admit(north, west, east), admit(west, north), admit(east, north)
        stack.callback(north.stop)
        north.start()
        until(lambda: alike(west, north), 30.0)
