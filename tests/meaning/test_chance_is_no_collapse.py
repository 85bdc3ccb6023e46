"""Chance is no collapse: a bin now and then in which more wait than usual is no outage until the end."""

from __future__ import annotations

from pathlib import Path

import pytest

import tidegate

WORLD = Path(__file__).parent / "worlds" / "roomy.yaml"


@pytest.mark.parametrize("seed", [7, 8])
def test_a_dozen_that_wait_now_and_then_are_no_collapse(seed: int) -> None:
    """Two bins of 600 stood for an outage that went on at the horizon, in 15 % of the runs."""
    (verdict,) = tidegate.check(tidegate.load(WORLD), seed=seed, runs_count=60, jobs=1)
    assert 0.0 == verdict.cases[0].collapse.value


def test_a_standstill_in_the_same_world_is_one() -> None:
    """What lasts is still found where only a few ask."""
    halt = {"at": "20s", "set": {"services.postgres.service_time": "4s"}}
    changes = {"clients.users.population": 6, "triggers": {"halt": halt}}
    (verdict,) = tidegate.check(tidegate.load(WORLD, changes), runs_count=10, jobs=1)
    assert 1.0 == verdict.cases[0].collapse.value
