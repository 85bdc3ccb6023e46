"""How long the port of a flow that nobody answered stays taken; by verdict, engine, arithmetic and mean."""

from __future__ import annotations

from typing import Any

import pytest

import tidegate
from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.judging.fits import fits
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.unanswered import of_ports
from tidegate.simulate.fluid.run import run_fluid
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

# Moving a bank takes 25 s, in which some 3,000 attempts find nobody; afterwards 60 a second need 300 ports.
SILENCE = """
horizon: 5min
networks: {apps: {}, bank: {}}
crossings:
  nat: {between: [apps, bank], ports: {per_destination: 2000, hold: 5s}}
services:
  api: {network: bank, instances: 4, concurrency: 50, service_time: 50ms, boot: {time: 25s}}
clients:
  apps: {network: apps, service: api, population: 100, timeout: 2s, demand: {kind: open, rate: 60/s},
         retry: {layers: [{retries: 1, backoff: constant, base: 1s}]}}
activities:
  move: {title: move the bank, kind: restart, service: api, at: 60s}
objectives: {success: 20%, unserved_within: 60s, lost: 20%}
"""
PORTS = "crossings.nat.ports"
API = "services.api"


def world(changes: dict[str, Any] | None = None) -> WorldFile:
    return overlay(read_world(SILENCE, "silence.yaml"), changes or {})


def fullest(file: WorldFile, *, at_s: float) -> float:
    """Return how full the ports are at a moment, in a run of the event engine."""
    tables = lower(write_script(file, "move"), horizon_s=file.world.horizon_s)
    run = simulate(tables, seed=3)
    return float(run.crossings.ports_ppm[round(at_s * 1e9 / tables.bin_ns), 0]) * 1e-6


def test_a_silence_that_ends_is_no_reason_to_proceed_where_its_ports_are_still_taken() -> None:
    """Freed with their flows they are there when the bank is; kept as Linux keeps them, nobody has one."""
    (as_it_was,) = tidegate.check(world({f"{PORTS}.unanswered_hold": "5s"}), jobs=1)
    (as_it_is,) = tidegate.check(world(), jobs=1)
    assert as_it_was.verdict == "proceed"
    assert as_it_is.verdict != "proceed"


@pytest.mark.parametrize(
    ("changes", "hold_s"),
    [
        ({}, 120.0),
        ({"crossings.nat.table": {"entries": 9000, "unanswered_hold": "30s"}}, 30.0),
        ({"crossings.nat.table": {"entries": 9000, "unanswered_hold": "2s"}}, 5.0),
        ({f"{PORTS}.hold": "4min"}, 240.0),
        ({f"{PORTS}.unanswered_hold": "1s"}, 1.0),
    ],
)
def test_left_out_it_is_that_of_an_entry_and_no_shorter_than_hold(
    changes: dict[str, Any], hold_s: float
) -> None:
    """Without a table it is Linux's; what is stated holds."""
    assert hold_s == world(changes).world.crossings["nat"].unanswered_port_hold_s


def test_ports_are_free_after_their_hold_and_not_before() -> None:
    """All 2,000 are gone while nobody answers, and until two minutes after the first was given up."""
    assert fullest(world(), at_s=150.0) > 0.99
    assert fullest(world(), at_s=230.0) < 0.25
    assert fullest(world({f"{PORTS}.unanswered_hold": "40s"}), at_s=150.0) < 0.25


@pytest.mark.parametrize(
    "changes",
    [
        {f"{API}.when_down": "refuse"},
        {f"{API}.boot.time": "0s", "clients.apps.timeout": "500ms", "crossings.nat.round_trip": "900ms"},
    ],
)
def test_who_is_answered_late_or_refused_is_answered(changes: dict[str, Any]) -> None:
    """The device sees a reset: then the port is held as that of any flow that has closed."""
    assert fullest(world(changes), at_s=100.0) < 0.4
    silent = changes | {f"{API}.when_down": "silent", f"{API}.boot.time": "25s"}
    assert fullest(world(silent), at_s=100.0) > 0.9


@pytest.mark.parametrize(("hold", "is_exceeded"), [("20s", False), ("4min", True)])
def test_arithmetic_multiplies_first_attempts_by_the_longer_hold(hold: str, is_exceeded: bool) -> None:
    """60 a second for 25 s are 1,500; 300 closed ones beside them and 1,600 ports are too few."""
    changes = {f"{PORTS}.unanswered_hold": hold, f"{PORTS}.per_destination": 1600}
    over = exceeded(script_of(world(changes), "move"))
    assert is_exceeded == any("ports" in one.path for one in over)
    if is_exceeded:
        assert over[0].says.endswith("those of flows that nobody answered for 240 s each")
        assert f"{PORTS}.unanswered_hold" in {one.path for one in fits(world(changes), "move")}


def test_the_mean_runs_out_of_ports_too() -> None:
    """In the fluid engine few are served in the minute after the silence, and all where ports are freed."""
    kept, freed = (
        run_fluid(write_script(world({f"{PORTS}.unanswered_hold": hold}), "move")) for hold in ("2min", "5s")
    )
    at = kept.times_s.index(min(kept.times_s, key=lambda t: abs(t - 110.0)))
    assert kept.clients["apps"].served_per_s[at] < 30.0
    assert freed.clients["apps"].served_per_s[at] > 55.0


def test_a_shorter_hold_is_offered_and_more_ports() -> None:
    """120 attempts a second for 25 s: half of 2,000 ports hold them for 8 s, or there are twice as many."""
    offered = {path: value for one in of_ports("nat", world(), "move") for path, value in one.changes.items()}
    assert {f"{PORTS}.unanswered_hold", f"{PORTS}.per_destination"} == set(offered)
    assert offered[f"{PORTS}.unanswered_hold"] == pytest.approx(1000.0 / 120.0, rel=0.01)
    assert offered[f"{PORTS}.per_destination"] == pytest.approx(6000.0)
    assert [] == of_ports("nat", world({f"{API}.when_down": "refuse"}), "move")
    assert [] == of_ports("nat", world({f"{PORTS}.per_destination": 9000}), "move")
