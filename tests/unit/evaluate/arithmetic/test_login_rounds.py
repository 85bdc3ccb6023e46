"""A time to log in shorter than a herd takes: a limit, unless chance scatters the tries widely enough."""

from __future__ import annotations

import pytest

import tidegate
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits, late_limits
from tidegate.evaluate.judging.fits import fits
from tidegate.evaluate.variants.scope import script_of
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = """
name: rounds
horizon: 4min
networks: {apps: {}, nats: {}}
crossings: {net: {between: [apps, nats]}}
services:
  nats: {network: nats, instances: 2, concurrency: 1, setup_time: 50ms, login: {timeout: 5s}}
clients:
  apps:
    network: apps
    service: nats
    population: 600
    connection: keep_alive
    timeout: 20s
    demand: {kind: closed, think: 30s}
    retry: {layers: [{retries: unlimited, backoff: exponential, base: 1s, cap: 20s, jitter: full}]}
activities: {drain: {kind: reconnect, service: nats, at: 20s, reactions: [{clients: apps, spread: 1s}]}}
"""
LAYER = "clients.apps.retry.layers.0"
SUM = "600 of apps that connect together ask nats for 30 s of work before anything else, which takes 15 s"


def limits(**changes):
    script = script_of(overlay(read_world(WORLD, "rounds.yaml"), changes), "drain")
    return exceeded_limits(script), late_limits(script)


def test_who_comes_back_over_as_long_as_it_takes_is_let_in_by_rounds():
    """Tries over 20 s ask for no more at a time than logs in: the sum is told, and the runs decide."""
    over, late = limits()
    assert () == over
    assert SUM in late[0]


@pytest.mark.parametrize(
    "changes",
    [
        {f"{LAYER}.cap": "4s"},
        {f"{LAYER}.jitter": "none"},
        {f"{LAYER}.retries": 2},
        {f"{LAYER}.backoff": "none"},
        {f"{LAYER}.jitter": "spread", f"{LAYER}.jitter_width": "10%"},
    ],
)
def test_who_comes_back_together_may_never_be_let_in(changes):
    """Scattered over less, as late as they try: what is half done is begun anew, and it is held."""
    over, _ = limits(**changes)
    assert SUM in over[0]


def test_check_goes_by_the_runs(tmp_path):
    """All of them get in: arithmetic alone stops nothing."""
    path = tmp_path / "rounds.yaml"
    path.write_text(WORLD)
    (verdict,) = tidegate.check(tidegate.load(str(path)), runs_count=3, jobs=1)
    assert verdict.verdict not in {"stop", "protect_first", "slow_down"}
    assert SUM in " ".join(verdict.notes)


def test_of_a_time_a_quarter_more_would_fit():
    """15 s of work: 14 s are wanted beside the second that they come over, and no root of seconds."""
    file = overlay(read_world(WORLD, "rounds.yaml"), {f"{LAYER}.cap": "4s"})
    (setting,) = fits(file, "drain")
    assert ("services.nats.login.timeout", "17s") == (setting.path, setting.value)
