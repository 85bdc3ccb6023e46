"""What is said while something takes long, where nobody watches."""

from __future__ import annotations

import io
import sys
import time

from tidegate.cli import waiting


def told(monkeypatch, *, work_s):
    """Return what stands on standard error after so much work."""
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    monkeypatch.setattr(waiting, "FIRST_S", 0.05)
    monkeypatch.setattr(waiting, "EVERY_S", 0.05)
    with waiting.shown() as progress:
        progress("as believed", 40)
        time.sleep(work_s)
    ended = pipe.getvalue()
    time.sleep(0.15)
    assert ended == pipe.getvalue()  # nothing is said once the work is done
    return ended


def test_a_pipe_is_told_what_is_waited_for(monkeypatch):
    """After a while, and again, with what is being run and how much of it is done."""
    lines = told(monkeypatch, work_s=0.4).splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("still at work after ") for line in lines)
    assert lines[-1].endswith("as believed: 40 runs")


def test_what_is_quick_says_nothing(monkeypatch):
    """An answer that comes at once is not announced."""
    assert "" == told(monkeypatch, work_s=0.0)
