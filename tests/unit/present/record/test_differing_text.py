"""`tidegate outage show` tells edits of people who did not know of each other, as the console does."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest

from run_here import run_here
from sites_sample import group, heal
from tidegate.adapters.store.journal_begin import open_journal


@pytest.fixture
def said(tmp_path):
    """Two sites that both know an outage: how a command is run at one, and how they hear each other."""
    with group(tmp_path, "west", "east"):
        pass

    def run(site: str, *words: str) -> str:
        done = run_here(tmp_path, "outage", *words, "--data", site)
        assert 0 == done.returncode, done.stderr
        return " ".join(done.stdout.split())

    def hear() -> None:
        with (
            closing(open_journal(tmp_path / "west")) as west,
            closing(open_journal(tmp_path / "east")) as east,
        ):
            heal(west, east)

    run("west", "open", "Slow", "--component", "shop")
    hear()
    return run, hear


def test_what_was_said_at_two_sites_at_once_stands_side_by_side(said):
    """Until somebody who has seen both says again what is so; what came after a time is not told of it."""
    run, hear = said
    before = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
    assert "at once" not in run("west", "change", "shop=operational", "--by", "rob")
    assert "at once" not in run("east", "change", "shop=partial_outage", "--by", "bob")
    hear()
    for site in ("west", "east"):
        text = run(site, "show")
        assert "Said at several sites at once, by people who had not seen what the others said" in text
        assert "shop operational - rob at west, 20" in text
        assert "out in part - bob at east, 20" in text
        assert text.endswith("UTC; holds")
    assert "at once" not in run("west", "show", "--as-said", before)
    run("west", "change", "shop=operational", "--by", "rob")
    hear()
    for site in ("west", "east"):
        assert "at once" not in run(site, "show")
