"""What is said while something takes long, where nobody watches."""

from __future__ import annotations

import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tidegate.cli import waiting
from tidegate.experiment.done_count import DoneCount
from tidegate.verbs.check import Check, check
from tiny_worlds import grow


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


def test_how_long_it_takes_at_most_follows_from_the_pace_so_far():
    """Of the runs told now; before any of them is done, of those before; rounded up."""
    pace = waiting.Pace()
    assert "as believed: 0 of at most 300 runs" == pace.told("as believed", DoneCount(0, 300), 10.0)
    said = pace.told("as believed", DoneCount(20, 300), 14.0)
    assert "as believed: 20 of at most 300 runs; at this pace 60 s more at most" == said
    assert pace.told("if idle", DoneCount(0, 20), 15.0).endswith("at this pace 5 s more at most")
    assert pace.told("if idle", DoneCount(10, 400), 35.0).endswith("at this pace 13 min more at most")
    assert pace.told("if idle", DoneCount(12, 9000), 39.0).endswith("at this pace 5 h more at most")
    assert "if idle: 20 of at most 20 runs" == pace.told("if idle", DoneCount(20, 20), 40.0)
    assert "screening candidates: 10 runs" == pace.told("screening candidates", 10, 41.0)


def test_runs_of_a_check_say_how_many_there_are_at_most():
    """Whatever is run for the cases of a verdict has a bound, and is told with it."""
    told = []
    with ThreadPoolExecutor(1) as executor:
        check(Check(file=grow(), activity="grow"), executor=executor, progress=lambda *one: told.append(one))
    assert told
    assert all(isinstance(count, DoneCount) and count <= count.most_count for _, count in told)
