"""Somebody looked into a chain that goes on in two ways: it is no alarm any more, and stays listed."""

from __future__ import annotations

import json
import shutil
from contextlib import closing

import pytest

from run_here import run_here
from sites_sample import drawn, group, heal, say
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.verbs.record.see_fork import see_fork
from tidegate.verbs.record.site import members_of


@pytest.fixture
def apart(tmp_path):
    """East and mid have heard the two ways in which chain west goes on; west has not yet."""
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        heal(west, mid, east)
        west.close()
        shutil.copytree(tmp_path / "west", tmp_path / "twin")
        with (
            closing(open_journal(tmp_path / "west")) as first,
            closing(open_journal(tmp_path / "twin")) as second,
        ):
            first.vouch(), second.vouch()
            say(first, "one way"), say(second, "other way")
            drawn(mid, first), drawn(east, second)
            heal(mid, east)
            yield first, mid, east


def test_the_list_says_who_looked_and_ends_with_0(apart, tmp_path):
    _, mid, east = apart
    done = run_here(tmp_path, "site", "list", "--data", "mid")
    assert 5 == done.returncode
    assert "Nobody has said that they looked into it: `tidegate site seen west" in done.stdout
    words = ("site", "seen", "west", "--because", "a copy ran, it is stopped", "--by", "anna")
    assert 0 == run_here(tmp_path, *words, "--data", "east").returncode
    heal(mid, east)
    done = run_here(tmp_path, "site", "list", "--data", "mid")
    assert 0 == done.returncode
    assert "Chain west goes on in two ways from entry 4 on" in done.stdout
    assert "anna at site east looked into it at 20" in done.stdout
    assert "a copy ran, it is stopped" in done.stdout
    (fork,) = json.loads(run_here(tmp_path, "site", "list", "--data", "mid", "--json").stdout)["forked"]
    assert ("west", "anna", "east") == (fork["chain"], fork["seen"]["by"], fork["seen"]["site"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("east", "--because", "x"), "is no chain that goes on in two ways"),
        (("west", "--because", " "), "empty"),
    ],
)
def test_what_is_wrong_with_it_is_told(apart, tmp_path, words, told):
    done = run_here(tmp_path, "site", "seen", *words, "--data", "mid")
    assert 2 == done.returncode
    assert told in " ".join(done.stderr.split()).lower()


def test_the_site_itself_ends_it_only_for_itself(apart, tmp_path):
    """Who wrote in its name can say in its name that all is well: others go on to ask."""
    west, mid, east = apart
    heal(west, mid, east)
    assert (
        "say it at one of them too"
        in run_here(tmp_path, "site", "seen", "west", "--because", "x", "--data", "west").stdout
    )
    heal(west, mid, east)
    assert {} == members_of(west).unseen_forks
    assert {"west"} == set(members_of(mid).unseen_forks) == set(members_of(east).unseen_forks)
    assert see_fork(mid, "west", because="it was so", by="anna")
    heal(west, mid, east)
    assert {} == members_of(east).unseen_forks
    assert {"west"} == set(members_of(east).forked)
    assert "mid" == members_of(west).fork_seen["west"].site
