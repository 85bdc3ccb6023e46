"""How a process of the rig hears what is asked and tells what it sees."""

from __future__ import annotations

import io
import json
import time

from tidegate.adapters.linux.part import give_up, request, sleep_until, tell
from tidegate.errors import RigError


class Gone(io.StringIO):
    """A pipe whose reader has ended."""

    def flush(self):
        raise BrokenPipeError


def test_a_request_is_one_line(monkeypatch):
    """What follows it is left where it is."""
    monkeypatch.setattr("sys.stdin", io.StringIO('{"bins_count": 3}\nmore\n'))
    assert {"bins_count": 3} == request()


def test_what_is_told_is_a_line_at_once(capsys):
    """One JSON document a line."""
    tell({"ready": True})
    tell({"result": [1]})
    assert [{"ready": True}, {"result": [1]}] == [
        json.loads(line) for line in capsys.readouterr().out.splitlines()
    ]


def test_a_rig_that_is_gone_hears_nothing(monkeypatch):
    """The process goes on to its own end."""
    monkeypatch.setattr("sys.stdout", Gone())
    tell({"ready": True})


def test_giving_up_says_why_and_how_the_process_ends(capsys):
    """The error's kind and words, and its exit code."""
    assert RigError.exit_code == give_up(RigError("no such program"))
    assert {"error": {"kind": "RigError", "message": "no such program"}} == json.loads(
        capsys.readouterr().out
    )


def test_a_moment_that_is_over_is_not_waited_for(monkeypatch):
    """Only what is left is slept."""
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    sleep_until(time.monotonic() - 1.0)
    sleep_until(time.monotonic() + 1.0)
    assert 1 == len(slept)
    assert 0.0 < slept[0] <= 1.0
