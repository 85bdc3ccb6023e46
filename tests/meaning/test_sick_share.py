"""An instance that does nothing keeps its connections: its share of what is asked is not answered."""

from __future__ import annotations

from pathlib import Path

import pytest

import tidegate
from tidegate.evaluate.judging.verdict import Verdict

WORLD = """
networks: {a: {}, b: {}}
horizon: 3min
crossings: {edge: {between: [a, b], forwarding: 100000/s}}
services:
  api:
    {network: b, instances: 10, concurrency: 20, service_time: 5ms, balancing: {rule: round_robin},
     sick: {instances: 0, answers: silent}}
clients:
  app:
    {network: a, service: api, population: 200, timeout: 2s, retry: none, connection: keep_alive,
     demand: {kind: open, rate: 100/s}}
triggers:
  one_sick: {at: 40s, set: {services.api.sick.instances: 1}, for: 90s}
"""
SAYS = "1 of 10 instances of api answers nothing: 10 % of the requests of app"


def judged(folder: Path, **changes: object) -> Verdict:
    path = folder / "world.yaml"
    path.write_text(WORLD)
    laid = {name.replace("__", "."): value for name, value in changes.items()}
    (verdict,) = tidegate.check(tidegate.load(path, laid), runs_count=3, jobs=1)
    return verdict


def test_a_tenth_that_is_not_answered_for_a_minute_is_held_back(tmp_path: Path) -> None:
    """Runs alone said *proceed*: in them a request takes the connection that was used last."""
    verdict = judged(tmp_path)
    assert "stop" == verdict.verdict
    assert SAYS in " ".join(verdict.cases[0].exceeded)


@pytest.mark.parametrize(
    "changes",
    [
        {"triggers__one_sick__for": "20s"},
        {"clients__app__retry": "immediate"},
        {"objectives__success": "80%"},
        {"services__api__sick__answers": "slow", "services__api__sick__time": "1s"},
    ],
)
def test_what_is_short_tried_again_accepted_or_only_slow_is_not(tmp_path: Path, changes: dict[str, str]):
    assert not judged(tmp_path, **changes).cases[0].exceeded
