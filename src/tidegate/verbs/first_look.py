"""The first words on an activity: arithmetic, else the fluid engine, as believed and with each belief wrong.

Loads nothing compiled, so that something true can be said within half a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tidegate.evaluate.arithmetic.connecting import connects
from tidegate.evaluate.arithmetic.downtime import starts, starts_outlast
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.arithmetic.load import steady_flows_per_s
from tidegate.evaluate.judging.fits import fits
from tidegate.evaluate.variants.scope import script_of
from tidegate.present.verdict.first_words import FirstCase, FirstWords
from tidegate.simulate.fluid import CrossingFlow, FluidRun, run_fluid, unfollowed
from tidegate.simulate.script import Script
from tidegate.world.crossing import Crossing
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

MOST_CASES = 3


def flow_pressure(crossing: Crossing, flow: CrossingFlow) -> tuple[float, float | None]:
    """Return the peak of new flows asked of a crossing and what it can carry."""
    return max(flow.offered_flows_per_s, default=0.0), crossing.flow_capacity_per_s


def _choke(world: World, run: FluidRun) -> str:
    """Return the crossing under the greatest pressure."""

    def pressure(name: str) -> float:
        peak, capacity = flow_pressure(world.crossings[name], run.crossings[name])
        return peak / capacity if capacity else 0.0

    return max(run.crossings, key=pressure, default="")


def _case(title: str, file: WorldFile, activity: str | None) -> FirstCase:
    script = script_of(file, activity)
    over = exceeded_limits(script)
    if over:
        return FirstCase(title=title, collapses=True, exceeded=over)
    run = run_fluid(script)
    name = _choke(file.world, run)
    peak, capacity, limit_at_s = 0.0, None, None
    if name:
        flow = run.crossings[name]
        peak, capacity = flow_pressure(file.world.crossings[name], flow)
        # Who asks more than once in a step of the fluid engine is beyond it, and not beyond a sum.
        peak = max(peak, *(steady_flows_per_s(phase.world, name) for phase in script.phases))
        beyond = [
            at_s
            for at_s, offered in zip(run.times_s, flow.offered_flows_per_s, strict=True)
            if capacity is not None and offered > capacity and at_s >= run.disturbed_from_s
        ]
        limit_at_s = beyond[0] - run.disturbed_from_s if beyond else None
    return FirstCase(
        title=title,
        collapses=run.collapsed,
        recovery_s=run.recovered_at_s,
        crossing=name,
        offered_peak_per_s=peak,
        capacity_per_s=capacity,
        limit_at_s=limit_at_s,
        follows=not (starts(script) or starts_outlast(script) or connects(script) or unfollowed(file.world)),
        beyond=_beyond(script),
    )


def _beyond(script: Script) -> str:
    """Return what of a script the fluid engine does not follow beside instances that start, as a clause."""
    crossings = [crossing for phase in script.phases for crossing in phase.world.crossings.values()]
    if any(crossing.bandwidth_bit_per_s is not None for crossing in crossings):
        return "what bytes do to a link"
    if any(crossing.scaler is not None for crossing in crossings):
        return "how devices grow"
    if any(wave.in_turn for wave in script.waves):
        return "that instances are away which restart as others are ready"
    return ""


def first_looks(file: WorldFile, activity: str | None) -> Iterator[FirstWords]:
    """Yield what can be said of one activity, as it grows: as believed, then all cases.

    Where arithmetic decides there is nothing to estimate.
    """
    over = exceeded_limits(script_of(file, activity))
    if over:
        decided = replace(_words(file, activity, [], ()), exceeded=over, fits=fits(file, activity))
        yield decided
        yield decided
        return
    cases = [_case("as believed", file, activity)]
    script = script_of(file, activity)
    limits = (*starts(script), *connects(script))
    yield _words(file, activity, cases, limits)
    for name, belief in list(file.world.beliefs.items())[: MOST_CASES - 1]:
        cases.append(_case(belief.otherwise or f"not {name}", overlay(file, belief.counter), activity))
    yield _words(file, activity, cases, limits)


def _words(
    file: WorldFile, activity: str | None, cases: list[FirstCase], limits: Iterable[str]
) -> FirstWords:
    world = file.world
    return FirstWords(
        world=world.name,
        activity=world.happening(activity),
        horizon_s=world.horizon_s,
        cases=tuple(cases),
        limits=tuple(limits),
        unfollowed=unfollowed(world),
    )
