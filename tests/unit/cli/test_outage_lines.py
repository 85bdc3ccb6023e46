"""`tidegate outage` and `tidegate case` say titles, and cut no line without saying so."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from record_sample import WORLD
from tidegate.cli.app import app
from tidegate.cli.command_modules import register

register()

LONG = "The till of the northern shop prints receipts of yesterday over and over again since this morning"


@pytest.fixture
def say(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("TIDEGATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "world.yaml").write_text(WORLD, encoding="utf-8")

    def run(*words: str) -> str:
        named = [word.replace("WORLD", str(tmp_path / "world.yaml")) for word in words]
        done = CliRunner().invoke(app, named)
        assert 0 == done.exit_code, done.output
        return done.stdout

    return run


def test_the_cause_is_said_by_its_title(say):
    """Also where the world is not at hand any more; and once."""
    say("outage", "open", "--cause", "edge", "--world", "WORLD")
    shown = " ".join(say("outage", "show").split())
    assert "cause: traffic between inner network and outer network (the world's dependency graph)" in shown


@pytest.mark.parametrize("command", ["outage", "case"])
def test_a_line_that_is_cut_ends_between_words_with_an_ellipsis(say, command):
    """Whoever reads it sees that there is more."""
    say("outage", "open", LONG)
    if command == "case":
        say("case", "new", LONG)
    (line,) = say(command, "list").splitlines()
    assert len(line) <= 80
    kept, ellipsis = (line[:-1], line[-1]) if line.endswith("…") else (line[:-3], line[-3:])
    assert ellipsis in {"…", "..."}
    assert kept.rpartition(" ")[2] in LONG.split()
