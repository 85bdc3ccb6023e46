"""What has anything to do with an activity? Whatever shares a place with what it changes, step by step.

Clients and the services they use, services that call each other, and all that pass one crossing with a
limit are joined; so are they with what changes. Traffic that shares nothing with any of that can change
nothing of the answer, and is not run: neither its load nor its own troubles are the activity's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from tidegate.simulate.script import Phase, Script, write_script
from tidegate.world.crossing import Crossing
from tidegate.world.file.overlay import overlay
from tidegate.world.graph import route
from tidegate.world.world import World, WorldFile

_SECTIONS = ("clients", "services", "crossings")
Node = tuple[str, str]
"""A section of the world file, and a name in it."""


def script_of(
    file: WorldFile, activity: str | None, *, about: str | None = None, asked: WorldFile | None = None
) -> Script:
    """Return the script of an activity with only what has anything to do with it.

    Parameters
    ----------
    file
        The world.
    activity
        What happens; None for its triggers alone.
    about
        The activity that the question is about, where nothing of it happens (not acting); None means
        `activity`.
    asked
        The world with the triggers that the question is about, where `file` has none of them; None means
        `file`.
    """
    script = write_script(file, activity)
    plan = script
    if about is not None or asked is not None:
        plan = write_script(asked or file, about)
        script = _looked_at(script, plan.disturbed_from_s, file.world.horizon_s)
    joined = _joined(plan)
    if joined is None:
        return script
    phases = tuple(Phase(at_s=phase.at_s, world=_within(phase.world, joined)) for phase in script.phases)
    return replace(script, phases=phases)


def _looked_at(script: Script, from_s: float, horizon_s: float) -> Script:
    """Return a script that is looked at from as early on as what does not happen in it would begin.

    Where nothing happens that would be no time at all, and no objective could be missed.
    """
    happens = script.disturbed_from_s < horizon_s
    until_s = script.disturbed_until_s if happens else from_s
    return replace(script, disturbed_from_s=min(script.disturbed_from_s, from_s), disturbed_until_s=until_s)


def left_out(file: WorldFile, activity: str | None) -> tuple[str, ...]:
    """Return the populations that have nothing to do with an activity, by name."""
    joined = _joined(write_script(file, activity))
    if joined is None:
        return ()
    return tuple(name for name in file.world.clients if ("clients", name) not in joined)


def concern_of(file: WorldFile, activity: str | None) -> Callable[[str], bool]:
    """Return whether what stands at a path has anything to do with an activity, whichever belief is wrong.

    What has not is not set, moved or counted either: no setting of it helps, and no number of it decides.

    Parameters
    ----------
    file, activity
        As in `script_of`.
    """
    reached: set[Node] = set()
    for counter in ({}, *(belief.counter for belief in file.world.beliefs.values())):
        script = write_script(overlay(file, counter), activity)
        joined = _joined(script)
        if joined is None:
            return lambda _: True
        reached |= joined
        for phase in script.phases:  # a crossing without a limit joins nobody, and has its distance
            edges = _edges(phase.world, phase.world.crossings)
            reached |= {other for one, other in edges if one in joined and other[0] == "crossings"}

    def concerns(path: str) -> bool:
        section, _, rest = path.partition(".")
        return section not in _SECTIONS or (section, rest.partition(".")[0]) in reached

    return concerns


def _within(world: World, joined: set[Node]) -> World:
    return replace(
        world,
        clients={name: one for name, one in world.clients.items() if ("clients", name) in joined},
        services={name: one for name, one in world.services.items() if ("services", name) in joined},
    )


def _joined(script: Script) -> set[Node] | None:
    """Return all that is joined with what a script changes; None where it changes nothing."""
    reached = set(_touched(script))
    if not reached:
        return None
    neighbours: dict[Node, set[Node]] = {}
    changed = {name for section, name in reached if section == "crossings"}
    for phase in script.phases:
        limited = {name for name, one in phase.world.crossings.items() if _is_limited(one)}
        for one, other in _edges(phase.world, limited | changed):
            neighbours.setdefault(one, set()).add(other)
            neighbours.setdefault(other, set()).add(one)
    waiting = list(reached)
    while waiting:
        for node in neighbours.get(waiting.pop(), ()):
            if node not in reached:
                reached.add(node)
                waiting.append(node)
    return reached


def _touched(script: Script) -> Iterator[Node]:
    """Yield what changes from phase to phase, and who acts in a wave."""
    first = script.phases[0].world
    for phase in script.phases[1:]:
        for section in _SECTIONS:
            before, now = getattr(first, section), getattr(phase.world, section)
            yield from ((section, name) for name in now if now[name] != before.get(name))
    for wave in script.waves:
        if wave.clients:
            yield "clients", wave.clients
        if wave.service:
            yield "services", wave.service
    yield from (("services", one.service) for one in script.replacements)


def _edges(world: World, couple: Collection[str]) -> Iterator[tuple[Node, Node]]:
    """Yield the pairs of nouns that share something; of the crossings those that are named couple."""

    def passing(node: Node, start: str, service: str) -> Iterator[tuple[Node, Node]]:
        for name in route(world, start, world.services[service].network) or ():
            if name in couple:
                yield node, ("crossings", name)

    def uses(node: Node, start: str, service: str) -> Iterator[tuple[Node, Node]]:
        yield node, ("services", service)
        yield from passing(node, start, service)

    for name, clients in world.clients.items():
        yield from uses(("clients", name), clients.network, clients.service)
        beside = [errand.service for errand in clients.errands]
        for other in beside if clients.lookup is None else (clients.lookup.service, *beside):
            yield from uses(("clients", name), clients.network, other)
    for name, service in world.services.items():
        node = ("services", name)
        called = [call.service for call in service.calls] + [call.service for call in service.boot.calls]
        metrics = service.autoscaler.metrics if service.autoscaler is not None else None
        called += [metrics.service] if metrics is not None else []
        for other in called:
            yield from uses(node, service.network, other)
        for probe in service.health_probes:
            yield from passing(node, probe.network, name)


def _is_limited(crossing: Crossing) -> bool:
    """Whether those who pass a crossing can be in each other's way there."""
    rates = (crossing.forwarding_per_s, crossing.setup_per_s, crossing.bandwidth_bit_per_s)
    return any(limit is not None for limit in (*rates, crossing.table, crossing.ports, crossing.admission))


def left_out_sentences(file: WorldFile, activity: str | None) -> tuple[str, ...]:
    """Return who was not looked at, as a sentence; none where everybody was."""
    names = left_out(file, activity)
    called = [file.world.clients[name].title or name for name in names]
    return (f"Not looked at, since nothing joins them to this: {', '.join(called)}.",) if called else ()
