"""Does the messenger depend on the message? Tooling that goes down with a path an activity can saturate.

Which way tooling's traffic goes is read off the dependency graph; whether an activity can saturate a
place on that way is estimated with the fluid engine, as believed and with each belief wrong, and by
arithmetic. So are the cycles that could feed themselves (`loops`). Nothing here is run exactly: an audit
asks what is possible, not how probable it is.

Shortcut: a place counts as saturated where it is asked for more than it can take and service is away
for at least half a minute, or where a countable limit is exceeded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.judging.dark import LEAST_LOST_S
from tidegate.evaluate.judging.loops import AS_BELIEVED, NO_LOOPS, Loops, loops
from tidegate.simulate.fluid import FluidRun, run_fluid
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.graph import depends_on, shared_fate
from tidegate.world.world import World, WorldFile

FULL_RATIO = 0.99


@dataclass(frozen=True, kw_only=True)
class Strain:
    """What one activity asks of one place in one case.

    Parameters
    ----------
    activity
        Name of the activity; empty for the triggers alone.
    case
        "as believed", or what is otherwise.
    pressure_ratio
        The most that is asked for, over what the place can take.
    saturates
        Whether that takes service away.
    limit
        The countable limit that is exceeded, as a clause; empty where the estimate says it.
    """

    activity: str
    case: str
    pressure_ratio: float
    saturates: bool
    limit: str = ""


@dataclass(frozen=True, kw_only=True)
class Dependence:
    """One piece of tooling and one place that its traffic passes.

    Parameters
    ----------
    tooling, title, role
        Its name in the world, what people call it, and what it is for.
    place_kind, place
        "crossing" or "service", and its name.
    via
        The services that lead there, the one it uses first.
    worst
        The activity that asks most of the place; None where nothing happens in the world.
    """

    tooling: str
    title: str
    role: str
    place_kind: str
    place: str
    via: tuple[str, ...]
    worst: Strain | None

    @property
    def shares_fate(self) -> bool:
        """Whether it goes down with what it reports on."""
        return self.worst is not None and self.worst.saturates


@dataclass(frozen=True, kw_only=True)
class Audit:
    """All tooling of a world, and the places its traffic passes.

    Parameters
    ----------
    world
        The world's name.
    dependences
        Those that share fate first, then by how near the place is to its limit.
    independent
        Titles of tooling whose traffic passes no modelled place.
    loops
        The world's feedback cycles.
    """

    world: str
    dependences: tuple[Dependence, ...]
    independent: tuple[str, ...]
    loops: Loops = NO_LOOPS

    @property
    def shares_fate(self) -> bool:
        """Whether any tooling goes down with what it reports on."""
        return any(dependence.shares_fate for dependence in self.dependences)


def audit(file: WorldFile) -> Audit:
    """Return which tooling depends on a path that an activity can saturate, and what could feed itself."""
    world = file.world
    strains = _strains(file)
    found = []
    for kind, name, place, via in places_passed(world):
        tooling = world.tooling[name]
        worst = max(strains.get((kind, place), ()), key=_severity, default=None)
        found.append(
            Dependence(
                tooling=name,
                title=tooling.title or name,
                role=tooling.role,
                place_kind=kind,
                place=place,
                via=via,
                worst=worst,
            )
        )
    depending = {one.tooling for one in found}
    return Audit(
        world=world.name,
        dependences=tuple(sorted(found, key=_most_severe_first)),
        independent=tuple(t.title or name for name, t in world.tooling.items() if name not in depending),
        loops=loops(file),
    )


def _severity(strain: Strain) -> tuple[bool, bool, float]:
    """Rank what happens as believed above what a wrong belief brings."""
    return strain.saturates, strain.saturates and strain.case == AS_BELIEVED, strain.pressure_ratio


def _most_severe_first(one: Dependence) -> tuple[bool, float, str, str]:
    pressure_ratio = one.worst.pressure_ratio if one.worst else 0.0
    return (not one.shares_fate, -pressure_ratio, one.tooling, one.place)


def places_passed(world: World) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield (kind of place, tooling, place, via) for every place that tooling's traffic passes."""
    for fate in shared_fate(world, world.crossings):
        if fate.kind == "tooling":
            yield "crossing", fate.name, fate.crossing, fate.via
    for name, tooling in world.tooling.items():
        ways: dict[str, tuple[str, ...]] = {used: (used,) for used in tooling.uses}
        for used in tooling.uses:
            for needed in depends_on(world, used):
                if not needed.at_boot:
                    ways.setdefault(needed.service, needed.via)
        for service, via in ways.items():
            yield "service", name, service, via


def _strains(file: WorldFile) -> dict[tuple[str, str], list[Strain]]:
    """Return what the activities ask of every place, in every case."""
    cases = {AS_BELIEVED: file}
    for name, belief in file.world.beliefs.items():
        cases[belief.otherwise or f"not {name}"] = overlay(file, belief.counter)
    activities: list[str | None] = [*file.world.activities]
    if not activities and file.world.triggers:
        activities = [None]
    found: dict[tuple[str, str], list[Strain]] = {}
    for activity in activities:
        for title, case in cases.items():
            script = write_script(case, activity)
            for place, strain in _of_script(script, activity or "", title):
                found.setdefault(place, []).append(strain)
    return found


def _of_script(script: Script, activity: str, case: str) -> Iterator[tuple[tuple[str, str], Strain]]:
    run = run_fluid(script)
    away = run.recovered_at_s is None or run.recovered_at_s >= LEAST_LOST_S
    for place, ratio in _pressures(script.phases[-1].world, run).items():
        yield (
            place,
            Strain(activity=activity, case=case, pressure_ratio=ratio, saturates=away and ratio >= 1.0),
        )
    for limit in exceeded(script):
        yield (
            (limit.place_kind, limit.place),
            Strain(activity=activity, case=case, pressure_ratio=1.0, saturates=True, limit=limit.says),
        )


def _pressures(world: World, run: FluidRun) -> Mapping[tuple[str, str], float]:
    """Return the most that was asked of every place, over what it can take."""
    found: dict[tuple[str, str], float] = {}
    for name, flow in run.crossings.items():
        crossing = world.crossings[name]
        ratios = [
            _peak_ratio(flow.offered_flows_per_s, crossing.flow_capacity_per_s),
            _peak_ratio(flow.packets_per_s, crossing.packet_capacity_per_s),
        ]
        full_ratio = max((*flow.table_ratio, *flow.ports_ratio), default=0.0)
        ratios.append(max(full_ratio, 1.0) if full_ratio >= FULL_RATIO else full_ratio)
        found["crossing", name] = max(ratios)
    for name, served in run.services.items():
        service = world.services[name]
        busy_ratio = _peak_ratio(served.busy_count, service.instances_count * service.concurrency_count)
        found["service", name] = max(busy_ratio, 1.0) if busy_ratio >= FULL_RATIO else busy_ratio
    return found


def _peak_ratio(values: tuple[float, ...], capacity: float | None) -> float:
    return max(values, default=0.0) / capacity if capacity else 0.0
