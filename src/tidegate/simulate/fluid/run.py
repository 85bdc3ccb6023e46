"""One fluid run: a script in, the mean course of events out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.simulate.fluid.flow import Flow
from tidegate.simulate.fluid.parts import Parts
from tidegate.simulate.fluid.record import FluidRun, Recorder
from tidegate.simulate.fluid.settle import Settling

if TYPE_CHECKING:
    from tidegate.simulate.script import Phase, Script, Wave
    from tidegate.world.world import World

_STEPS_COUNT = 2000
_MOST_STEPS_COUNT = 5000


def run_fluid(script: Script, *, horizon_s: float | None = None) -> FluidRun:
    """Return the mean course of `script`, whatever the number of clients.

    Once nothing changes any more, time jumps to the script's next step.

    Parameters
    ----------
    script
        What happens.
    horizon_s
        How long to simulate; None means as long as the world says.
    """
    world = script.phases[0].world
    end_s = world.horizon_s if horizon_s is None else horizon_s
    step_s = _step_s(world, end_s)
    most = min(_MOST_STEPS_COUNT, max(1, int(end_s / step_s + 0.5)))
    parts = Parts(script, most + 1, step_s)
    flow = Flow(most + 1, step_s)
    recorder = Recorder(parts, step_s, end_s)
    settling = Settling(parts)
    phases, waves = list(script.phases[1:]), list(script.waves)
    skipped = 0
    for step in range(most):
        begin_s = (step + skipped) * step_s
        if begin_s > end_s - 0.5 * step_s:
            break
        until_s = begin_s + step_s
        if _happen(parts, phases, waves, step, begin_s):
            settling.disturb()
        _step(parts, flow, step)
        recorder.note(until_s, script.disturbed_from_s)
        if settling.settled(step):
            next_s = min([end_s, *(p.at_s for p in phases[:1]), *(w.at_s for w in waves[:1])])
            idle_s = min(next_s - until_s, settling.lasts_s())
            jump = recorder.skip(int(idle_s / step_s) - 1, settling.window_count)
            if jump:
                settling.leap(jump)
                skipped += jump
    return recorder.finish(script, min(end_s, (step + 1 + skipped) * step_s))


def _happen(parts: Parts, phases: list[Phase], waves: list[Wave], step: int, begin_s: float) -> bool:
    """Carry out what the script has for this step; return whether there was anything."""
    until_s, waiting = begin_s + parts.step_s, len(phases) + len(waves)
    while phases and phases[0].at_s < until_s:
        phase = phases.pop(0)
        parts.change(phase.world, step, max(0.0, phase.at_s - begin_s))
    while waves and waves[0].at_s < until_s:
        parts.begin_wave(waves.pop(0), step)
    return len(phases) + len(waves) < waiting


def _step(parts: Parts, flow: Flow, step: int) -> None:
    flow.step = step
    sources = parts.sources
    for server in parts.servers.values():
        if server.links:
            server.renew(flow.step_s)
    for source in sources:
        source.begin(step, flow)
    for gate in parts.gates.values():
        gate.begin(step, parts.standing(gate))
    for server in parts.servers.values():
        server.crowd()
        server.station.begin(step)
    for source in sources:
        if source.resolver is not None:
            source.resolver.send()
        for errand in source.errands:
            errand.send()
    flow.run(step)
    for source in sources:
        source.end()


def _step_s(world: World, end_s: float) -> float:
    """Fine enough for the shortest time-out (calls count half), and as few steps as that allows."""
    timeouts = [clients.timeout_s for clients in world.clients.values()]
    timeouts += [2.0 * call.timeout_s for service in world.services.values() for call in service.calls]
    shortest_s = min(timeouts, default=1.0)
    step_s = min(max(shortest_s / 25.0, end_s / _STEPS_COUNT), shortest_s / 4.0)
    return shortest_s / int(shortest_s / step_s)
