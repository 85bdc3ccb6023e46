"""What one site asks to leave the record leaves at all that are served, and at those that come later."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import ExitStack, closing

import pytest

from compacted_sites import DAY_S, Hands, case, notice, view
from served import PROGRAM
from served_sites import ServedSite, _free_port, until
from sites_sample import begun, forget, heal
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


def compact(site, *words):
    asked = [*PROGRAM, "journal", "compact", *words, "--data", str(site.data)]
    return subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.timeout(120)
def test_served_sites_let_go_of_the_same_and_later_ones_and_old_copies_follow(tmp_path):
    hands = Hands(time.time() - 100 * DAY_S)
    sites = [ServedSite(name=name, data=tmp_path / name, port=_free_port()) for name in ("west", "east")]
    west, east = sites
    journals = [begun(tmp_path, one.name, clock=hands.steady()) for one in sites]
    admit(west, east, clock=hands.steady()), admit(east, west, clock=hands.steady())
    for number in range(20):
        case(journals[number % 2], f"case{number}", closed=number % 5 > 0)
        notice(journals[number % 2], f"notice{number}")
    heal(*journals)
    for one in journals:
        one.close()
    shutil.copytree(west.data, tmp_path / "copy")
    before = moment_text(time.time() - 50 * DAY_S)[:10]
    with ExitStack() as stack:
        for one in sites:
            stack.callback(one.stop)
            one.launch()
        for one in sites:
            one.wait()
        told = compact(west, "--before", before)
        assert (0, "") == (told.returncode, told.stderr)
        assert "88 entries" in told.stdout
        assert "All sites must say the same first: east." in told.stdout
        assert 24 == len(seen(west)["cases"]) + 4
        told = compact(west, "--before", before, "--yes")
        assert 4 == told.returncode
        assert "The server that works on this folder does the rest" in told.stdout
        until(lambda: seen(west)["gaps"] and alike(west, east), 30.0)
        assert 4 == len(seen(east)["cases"])
        assert "88 entries left" in compact(east).stdout
        north = ServedSite(name="north", data=tmp_path / "north", port=_free_port())
        begun(tmp_path, "north").close()
        admit(north, west, east), admit(west, north), admit(east, north)
        stack.callback(north.stop)
        north.start()
        until(lambda: alike(west, north), 30.0)
        west.stop()
        for name in ("journal.db", "journal.db-journal"):
            shutil.copyfile(tmp_path / "copy" / name, west.data / name)
        forget(west.data)
        west.start()
        until(lambda: alike(west, east, north), 40.0)
        assert 0 == subprocess.run([*PROGRAM, "journal", "verify", "--data", str(west.data)], check=False).returncode
