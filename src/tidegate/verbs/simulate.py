"""Simulate: one run of the event engine, as `check` would run it."""

from __future__ import annotations

from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables
from tidegate.world.world import WorldFile


def run_once(file: WorldFile, activity: str | None, *, seed: int, replication: int = 0) -> tuple[Tables, Run]:
    """Run the event engine once, to the horizon, at the fraction `check` would use."""
    script = write_script(file, activity)
    horizon_s = file.world.horizon_s
    fraction = choose_fraction(script, horizon_s)
    tables = lower(script, horizon_s=horizon_s, fraction=fraction)
    return tables, simulate(tables, seed=seed, replication=replication)
