"""The record on the command line, with no server: one process a command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from record_sample import WORLD

TIDEGATE = str(Path(sys.executable).with_name("tidegate"))


@pytest.fixture(name="tidegate")
def command(tmp_path):
    (tmp_path / "world.yaml").write_text(WORLD, encoding="utf-8")

    def run(*words: str, code: int = 0) -> str:
        env = {**os.environ, "TIDEGATE_DATA": str(tmp_path / "data")}
        done = subprocess.run(
            [TIDEGATE, "outage", *words],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert code == done.returncode, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    return run


def test_an_outage_from_first_to_last(tidegate):
    """Open, confirm, publish, change, resolve, summary: each its own process, all on one record."""
    assert "EMERGING" in tidegate("open", "--world", "world.yaml", "--cause", "login")
    assert "Affected: buyers (paying)." in tidegate("confirm")
    assert "We speak again by" in tidegate("publish")
    assert "degraded" in tidegate("change", "login=degraded_performance")
    assert "restarted" in tidegate("tried", "restarted sign-in", "--effect", "it came back") + tidegate(
        "summary"
    )
    ended = tidegate("resolve", "--because", "all green for an hour")
    assert "RESOLVED" in ended
    assert "It affected: buyers (paying)." in ended
    assert "It affected: buyers (paying)." in tidegate("publish")
    assert "No draft waits" in tidegate("publish", code=2)
    page = tidegate("summary")
    assert page.startswith("# Sign-in is disturbed\n")
    assert "1. " in page
    assert "resolved  " in tidegate("list")


def test_two_outages_are_merged(tidegate):
    """The first disappears into the second."""
    first = tidegate("open", "Shop", "--component", "shop").split("\n", 1)[0]
    second = tidegate("open", "Search", "--component", "search=partial_outage").split("\n", 1)[0]
    assert second in tidegate("merge", first, second)
    assert "merged" in tidegate("list")


def test_what_is_wrong_is_said_with_exit_two(tidegate):
    """No journal, unknown outage, impossible event, bad time, bad status: exit 2 and a sentence."""
    assert "no journal here" in tidegate("list", code=2)
    tidegate("open", "Shop", "--component", "shop")
    for words in (
        ("show", "nothing"),
        ("move", "explode"),
        ("move", "relapse"),
        ("open", "x", "--at", "yesterday"),
        ("open", "x", "--component", "a=gone"),
        ("publish",),
        ("confirm", "--language", "tlh"),
        ("show", "--zone", "Mars/Base"),
        ("import", "world.yaml"),
    ):
        assert "cannot be used" in tidegate(*words, code=2), words


def test_words_that_break_a_rule_exit_four(tidegate):
    """They stay a draft unless somebody says otherwise."""
    tidegate("open", "Shop is out", "--component", "shop")
    assert "must: " in tidegate("update", "--text", "All systems are fine.")
    assert "rules that must be kept" in tidegate("publish", code=4)
    tidegate("publish", "--despite-wording")


def test_the_bundled_record_is_read_and_imported(tidegate):
    """Summary straight from the file, and through the journal, say the same; again adds nothing."""
    page = tidegate("summary", "--record", "us_east_1_2021/record.yaml")
    assert "The first public word came after 52 min." in page
    assert "38 entries of us_east_1_2021 are new" in tidegate("import", "us_east_1_2021/record.yaml")
    assert "0 entries" in tidegate("import", "us_east_1_2021/record.yaml")
    assert page == tidegate("summary", "--zone", "America/Los_Angeles")
    told = tidegate("show", "--as-said", "2021-12-08T06:00Z")
    assert "RECOVERING" in told
    assert "cause:" not in told
    assert "nothing had been said" in tidegate("show", "--as-said", "2021-12-07T00:00Z", code=2).lower()


def test_a_damaged_journal_is_named_with_exit_one(tidegate, tmp_path):
    """A flipped bit: which entry, no traceback."""
    tidegate("open", "Shop is out", "--component", "shop")
    path = tmp_path / "data" / "journal.db"
    data = bytearray(path.read_bytes())
    data[data.index(b"Shop is out")] ^= 1
    path.write_bytes(data)
    assert "entry 2 of site local" in tidegate("list", code=1)
