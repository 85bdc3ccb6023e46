"""An outage that passes is no reason to proceed, however long a horizon is, unless the world accepts it."""

from __future__ import annotations

from pathlib import Path

import pytest

import tidegate
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.headline import remedy_text

WORLD = """
name: dip
detail: coarse
horizon: 5min
networks: {a: {}, b: {}}
crossings: {lb: {between: [a, b]}}
services: {web: {network: b, instances: 10, concurrency: 8, service_time: 20ms}}
clients:
  users: {network: a, service: web, population: 200, timeout: 1s, demand: {kind: open, rate: 100/s}}
triggers: {dip: {at: 60s, for: 20s, set: {services.web.instances: 0}}}
"""
DECIDES = "objectives.success says otherwise"


@pytest.fixture
def world(tmp_path: Path) -> Path:
    path = tmp_path / "dip.yaml"
    path.write_text(WORLD)
    return path


def judged(path: Path, **changes: object) -> Verdict:
    laid = {name.replace("__", "."): value for name, value in changes.items()}
    (verdict,) = tidegate.check(tidegate.load(path, laid), runs_count=3, jobs=1)
    return verdict


@pytest.mark.parametrize("horizon", ["3min", "10min", "40min"])
def test_a_passing_outage_is_held_back_whatever_the_horizon(world: Path, horizon: str) -> None:
    """Nobody is answered for 20 s: two thirds of the worst minute, and the answer says what decided."""
    verdict = judged(world, horizon=horizon)
    assert verdict.verdict == "stop"
    (said,) = verdict.failed_objectives
    assert DECIDES in said
    assert DECIDES in remedy_text(verdict)
    assert abs(verdict.cases[0].clients[0].success_floor_ratio - 2 / 3) < 0.05


def test_three_seconds_of_a_minute_are_what_any_day_has(world: Path) -> None:
    """Two seconds of nothing are 97 % of the minute."""
    verdict = judged(world, triggers__dip__for="2s")
    assert not verdict.failed_objectives
    assert verdict.verdict not in {"stop", "protect_first", "slow_down"}


@pytest.mark.parametrize("accepts", [{"objectives__success": "50%"}, {"objectives__lost": "40%"}])
def test_who_accepts_an_outage_says_so(world: Path, accepts: dict[str, str]) -> None:
    """So deep a loss was stated to be of no harm, in the worst minute or for good."""
    verdict = judged(world, **accepts)
    assert not verdict.failed_objectives
    assert verdict.verdict not in {"stop", "protect_first", "slow_down"}


def test_a_stated_objective_is_named_as_one(world: Path) -> None:
    """The author's own number, and not ours."""
    (said,) = judged(world, objectives__success="99%").failed_objectives
    assert "the objective is 99.0 %" in said
    assert DECIDES not in said


def test_over_the_ranges_the_objective_that_is_missed_is_counted(world: Path) -> None:
    """Away for anything from one second to half a minute: it is not known whether that is noticed."""
    lasts = {"value": "1s", "low": "500ms", "high": "25s", "basis": "assumed"}
    verdict = judged(world, triggers__dip__for=lasts)
    assert verdict.verdict != "proceed"
    (ranges,) = verdict.ranges
    assert ranges.missed.count("success") > 10
    assert "too little succeeds in the worst minute" in " ".join(answer_of(verdict).sure.must)
