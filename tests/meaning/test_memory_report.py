"""A public report of API servers that ran out of memory one after the other: held back, named, mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tidegate
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.world.file.overlay import overlay

WORLD = Path(__file__).with_name("worlds") / "apiserver_memory.yaml"
M = "services.apiserver.memory"


def judged(changes: dict[str, Any], *, runs: int) -> Verdict:
    (verdict,) = tidegate.check(overlay(tidegate.load(str(WORLD)), changes), runs_count=runs, jobs=1)
    return verdict


def floor(verdict: Verdict) -> float:
    """Return the share of requests served in the worst minute."""
    return min(one.success_floor_ratio for one in verdict.cases[0].clients)


def test_replacing_one_takes_the_others_along_and_the_sum_says_so() -> None:
    """Whoever lost its server lists anew at the others, which then use more than they may."""
    verdict = judged({}, runs=3)
    assert verdict.verdict in {"stop", "slow_down", "protect_first"}
    assert floor(verdict) < 0.3
    said = "once one of the 3 instances of apiserver is gone, each of the 2 that are left uses 6.5GB"
    assert said in " ".join(verdict.notes)


@pytest.mark.parametrize(
    "changes",
    [
        {f"{M}.per_request": "5MB"},  # lists in pages, or as a stream
        {f"{M}.limit": "24GB"},
        {"clients.kubelets.population": 100},
    ],
)
def test_what_mends_it(changes: dict[str, Any]) -> None:
    """With lists that take little, or enough memory for all of them at once, nobody is killed."""
    verdict = judged(changes, runs=3)
    assert verdict.cases[0].collapse.value == 0.0
    assert floor(verdict) > 0.8
    assert verdict.verdict not in {"stop", "protect_first"}
