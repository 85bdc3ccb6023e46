"""`init --for`: a world that everybody has, with its numbers given or asked for."""

from __future__ import annotations

import os
import pty
import sys
from subprocess import DEVNULL, Popen
from types import SimpleNamespace

import pytest

from tidegate.cli.commands.world_file import Begin
from tidegate.cli.main import main
from tidegate.world.file.read import read_world
from tidegate.world.file.recipe import RECIPES

TIDEGATE = (sys.executable, "-m", "tidegate.cli.main")


@pytest.fixture(name="said")
def run_in_process(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tidegate", *words])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        return SimpleNamespace(code=caught.value.code or 0, out=out, err=err)

    return run


def test_every_recipe_can_be_asked_for():
    """The choices of `--for` are the recipes."""
    assert [one.value for one in Begin] == [one.name for one in RECIPES]


def test_numbers_can_be_given_without_being_asked(said):
    """As a script does it: what answers a question goes to every place that it concerns."""
    done = said("init", "-", "--for", "kubernetes-database", "--set", "clients.pods.population=60")
    world = read_world(done.out, "-").world
    assert (world.clients["pods"].population_count, world.activities["grow"].from_count) == (60, 60)


def test_what_cannot_be_written_writes_nothing(said, tmp_path):
    """A number that is none, a path that is none: exit 2, no file."""
    for wrong in ("clients.pods.pool=many", "clients.pod.pool=1", "pool"):
        done = said("init", "w.yaml", "--for", "kubernetes-database", "--set", wrong)
        assert done.code == 2
        assert not (tmp_path / "w.yaml").exists()


def test_in_a_pipe_nothing_is_asked(said, tmp_path):
    """The guesses stand, and where to find the numbers is said."""
    assert said("init", "w.yaml", "--for", "dns").code == 0
    recipe = next(one for one in RECIPES if one.name == "dns")
    assert (tmp_path / "w.yaml").read_text() == recipe.text


def test_a_size_that_nobody_said_is_named(said):
    """It has no range, so that no check could doubt it."""
    size = ("--set", "clients.clients.population=36k")
    told = said("init", "w.yaml", "--for", "broker", *size).err
    assert "they are taken for true: services.broker.instances." in told
    assert "clients.clients.population" not in told


def test_a_terminal_is_asked_number_by_number(tmp_path):
    """Answered, answered wrongly and again, skipped; the world has what was said."""
    ours, theirs = pty.openpty()
    words = (*TIDEGATE, "init", "w.yaml", "--for", "broker")
    with Popen(words, cwd=tmp_path, stdin=theirs, stderr=theirs, stdout=DEVNULL) as running:
        os.close(theirs)
        os.write(ours, b"30k\n\nslow\n20ms\n")
        heard = b""
        while chunk := _read(ours):
            heard += chunk
    assert running.returncode == 0
    world = read_world((tmp_path / "w.yaml").read_text(), "w.yaml").world
    assert world.clients["clients"].population_count == 30_000
    assert world.services["broker"].instances_count == 3
    assert world.services["broker"].setup_time_s == 0.02
    assert b"slow: is not a duration" in heard.replace(b"\r\n", b"\n")
    assert b"rabbitmqctl" in heard


def _read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # its other side is closed
        return b""
