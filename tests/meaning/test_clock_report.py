"""What comes at every full minute: a loss that comes again is no collapse, and no PROCEED without a word."""

from __future__ import annotations

from pathlib import Path

import tidegate

WORLD = Path(__file__).parent / "worlds" / "gitlab_clock.yaml"


def test_the_clock_costs_log_ins_each_minute_and_is_no_proceed() -> None:
    """GitLab's sshd: 10 of 100 drop a third at random, each full minute anew."""
    (verdict,) = tidegate.check(tidegate.load(WORLD), runs_count=3, jobs=1)
    assert verdict.verdict != "proceed"
    assert 0.0 == verdict.cases[0].collapse.value
    assert any("worse than usual again and again: 3 times" in note for note in verdict.notes)


def test_with_more_log_ins_at_once_nothing_is_lost() -> None:
    """The same clock, and MaxStartups raised, as it was done."""
    file = tidegate.load(WORLD, {"services.sshd.login.most": 200, "services.sshd.login.drop_from": 200})
    (verdict,) = tidegate.check(file, runs_count=3, jobs=1)
    assert 0.0 == verdict.cases[0].collapse.value
    assert all(one.success_floor_ratio > 0.99 for one in verdict.cases[0].clients)
