"""How many new flows does each crossing carry while nothing happens? By the fluid engine."""

from __future__ import annotations

from tidegate.simulate.fluid import run_fluid
from tidegate.simulate.script import write_script
from tidegate.world.world import WorldFile


def steady_flows_per_s(file: WorldFile) -> dict[str, float]:
    """Return the new flows a second on each crossing, by name, before anything disturbs."""
    run = run_fluid(write_script(file, None))
    until_s = run.disturbed_from_s
    steady = {}
    for name, flow in run.crossings.items():
        before = [v for t, v in zip(run.times_s, flow.offered_flows_per_s, strict=True) if t < until_s]
        steady[name] = sum(before) / len(before) if before else 0.0
    return steady
