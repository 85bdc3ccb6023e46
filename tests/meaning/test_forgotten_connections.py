"""Connections that each lie idle for longer than a device remembers: most requests find nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

import tidegate
from tidegate.evaluate.judging.verdict import Verdict

WORLD = """
name: idle
detail: coarse
horizon: 2min
networks: {in: {}, out: {}}
crossings: {nat: {between: [in, out], table: {entries: 10k, idle_timeout: 30s}}}
services: {api: {network: in, instances: 4, service_time: 20ms}}
clients:
  web: {network: out, service: api, population: 200, connection: keep_alive, timeout: 2s,
        demand: {kind: open, rate: 3/s}}
activities: {grow: {service: api, from: 4, to: 8}}
"""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    path = tmp_path / "idle.yaml"
    path.write_text(WORLD)
    return path


def judged(path: Path, changes: dict[str, object]) -> Verdict:
    (verdict,) = tidegate.check(tidegate.load(path, changes), runs_count=3, jobs=1)
    return verdict


def test_connections_that_are_forgotten_before_they_are_used_again_are_counted(world: Path) -> None:
    """200 clients that are asked 3/s use their connection every 67 s; e to the power of -30/67 is 64 %."""
    verdict = judged(world, {})
    assert verdict.verdict == "stop"
    (said,) = verdict.cases[0].exceeded
    assert "idle for 67 s: 64 % of the requests meet one that is forgotten" in said
    (fit,) = verdict.fits
    assert fit.path == "crossings.nat.table.idle_timeout"
    assert not judged(world, {fit.path: fit.value}).cases[0].exceeded


@pytest.mark.parametrize(
    "changes",
    [
        {"clients.web.demand.rate": "30/s"},
        {"clients.web.connection": "per_request"},
        {"clients.web.connection_age": {"age": "20s"}, "clients.web.reopen": "as_needed"},
        {"objectives.success": "30%", "objectives.lost": "80%"},
    ],
)
def test_what_is_used_or_made_anew_in_time_is_not(world: Path, changes: dict[str, object]) -> None:
    """Asked ten times as often, connecting each time, closed before it is forgotten, or accepted."""
    assert not judged(world, changes).cases[0].exceeded
