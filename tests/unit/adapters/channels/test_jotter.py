"""What is known of notices before the journal has it."""

from __future__ import annotations

import errno
import os

import pytest

from tidegate.adapters.channels import jotter as jotter_module
from tidegate.adapters.channels.jotter import Jotter
from tidegate.journal.entry import Draft


def done(subject: str) -> Draft:
    return Draft(kind="delivery.done", subject=subject, payload={"outcome": "delivered"})


@pytest.fixture(name="path")
def place(tmp_path):
    return tmp_path / "sender.jot"


def left(path) -> tuple[list[str], set[str]]:
    """What another process would find now: whose end was said, and who is in doubt."""
    found = Jotter(path)
    found.close()
    return [draft.subject for draft in found.left_said], set(found.left_in_doubt)


def test_what_was_said_is_found_by_the_next_without_any_ending(path):
    """No close, no sync: as after kill -9."""
    jotter = Jotter(path)
    assert ((), frozenset()) == (jotter.left_said, jotter.left_in_doubt)
    for named in ("a", "b"):
        jotter.begin(named)
    jotter.say(done("a"))
    assert (["a"], {"b"}) == left(path)


def test_what_is_in_the_journal_is_let_go(path):
    """Once nothing is open the file is empty; what is under way stays."""
    jotter = Jotter(path)
    for named in ("a", "b"):
        jotter.begin(named)
        jotter.say(done(named))
    jotter.forget([done("a")])
    assert (["a", "b"], set()) == left(path)
    jotter.forget([done("b")])
    assert 0 == path.stat().st_size


def test_a_long_file_is_replaced_by_what_still_counts(path, monkeypatch):
    """However long it runs with something under way, the file stays short."""
    monkeypatch.setattr(jotter_module, "_MOST_BYTES", 2_000)
    jotter = Jotter(path)
    jotter.begin("hangs")
    for number in range(1_000):
        jotter.begin(f"{number}")
        jotter.say(done(f"{number}"))
        if number:
            jotter.forget([done(f"{number - 1}")])
    assert (["999"], {"hangs"}) == (left(path)[0][-1:], left(path)[1])
    assert path.stat().st_size < 2_500


@pytest.mark.parametrize("cut_bytes", [2, 5, 20, 60])
def test_a_line_that_was_cut_is_passed_over_and_the_next_is_read(path, cut_bytes):
    """Torn by a loss of power or a full disk, wherever."""
    jotter = Jotter(path)
    jotter.say(done("a"))
    jotter.say(done("b"))
    os.truncate(path, path.stat().st_size - cut_bytes)
    jotter.say(done("c"))
    assert ["a", "c"] == left(path)[0]


def test_what_the_last_one_left_stays_until_it_is_in_the_journal(path):
    """Killed again before that, it is found again."""
    Jotter(path).begin("a")
    second = Jotter(path)
    assert frozenset({"a"}) == second.left_in_doubt
    assert {"a"} == left(path)[1]
    second.forget_left()
    assert (frozenset(), ([], set())) == (second.left_in_doubt, left(path))


def test_a_full_disk_stops_nothing(path, monkeypatch):
    """The journal alone counts then."""
    jotter = Jotter(path)
    jotter.begin("before")

    def full(*_args):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(jotter_module.os, "write", full)
    jotter.begin("a")
    jotter.say(done("a"))
    monkeypatch.undo()
    jotter.forget([done("a")])
    assert ([], {"before"}) == left(path)
