"""Sites as `tidegate site list` shows them: what is on record here, and when a server here heard each."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from sites_sample import group
from tidegate.adapters.store.peers_file import note_heard
from tidegate.cli.app import app
from tidegate.cli.command_modules import register
from tidegate.verbs.record.site import retire

register()


def listed(folder, *words: str) -> str:
    done = CliRunner().invoke(app, ["site", "list", "--data", str(folder), *words])
    assert 0 == done.exit_code, done.output
    return done.stdout


def test_when_a_server_heard_a_site_last_is_listed(tmp_path):
    """Who was never heard so is said to be; this site and retired ones have no such line."""
    with group(tmp_path, "west", "east", "north", "south") as (west, *_):
        retire(west, "south", because="", by="test")
        note_heard(tmp_path / "west", {"east": 1_764_565_200.0})
    text = listed(tmp_path / "west")
    assert "  heard  last at 2025-12-01T05:00:00" in text
    assert "  heard  not that a server here noted it" in text
    assert 2 == text.count("  heard  ")
    sites = json.loads(listed(tmp_path / "west", "--json"))["sites"]
    found = {one["name"]: one["heard"] for one in sites}
    assert found["east"].startswith("2025-12-01T05:00:00")
    assert found["north"] is None


def test_the_latest_reason_of_a_retirement_is_listed(tmp_path):
    with group(tmp_path, "west", "east") as (west, _):
        retire(west, "east", because="it moved", by="test")
        retire(west, "east", because="its key was copied", by="test")
    text = listed(tmp_path / "west")
    assert "east  retired: its key was copied" in text
    assert "it moved" not in text
