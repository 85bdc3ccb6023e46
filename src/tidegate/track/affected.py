"""If this is the cause, who and what is affected? Read off the world's dependency graph.

Crossings and services can be causes. Without a world, what an operator names is the scope. How bad it
is for each component is for people and signals to say; here is only whom it reaches, and how.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import Fault, InputError
from tidegate.track.component import Component, Status
from tidegate.world.file.nearest_name import listed, nearest
from tidegate.world.graph import depends_on, route, shared_fate

if TYPE_CHECKING:
    from tidegate.world.world import World


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A service, segment or tooling that a cause reaches.

    Parameters
    ----------
    kind
        "service", "segment" or "tooling".
    name, title
        Its name in the world, and what people call it.
    via
        The services from it to the cause, the one it uses first; empty where its own traffic meets it.
    """

    kind: str
    name: str
    title: str
    via: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whom and what a cause reaches.

    Parameters
    ----------
    cause, kind, title
        The cause's name, whether it is a "crossing" or a "service", and what people call it.
    services
        Services that need it while they run, the cause itself first where it is one.
    cannot_start
        Services that need it only when a new instance starts: what runs goes on.
    segments
        Customer segments affected.
    tooling
        What goes dark with it.
    sees, keeps, does
        What each affected segment loses, what goes on working for it, and what it can do meanwhile.
    """

    cause: str
    kind: str
    title: str
    services: tuple[Reached, ...]
    cannot_start: tuple[str, ...]
    segments: tuple[Reached, ...]
    tooling: tuple[Reached, ...]
    sees: Mapping[str, str]
    keeps: Mapping[str, str]
    does: Mapping[str, str]

    @property
    def size_count(self) -> int:
        """How many services, segments and tools it reaches."""
        return len(self.services) + len(self.segments) + len(self.tooling)


def scope(world: World, cause: str) -> Scope:
    """Return whom and what a crossing or service reaches when it fails.

    Raises
    ------
    InputError
        If the world has no crossing or service of that name.
    """
    if cause in world.crossings:
        return _crossing_scope(world, cause)
    if cause in world.services:
        return _service_scope(world, cause)
    names = (*world.crossings, *world.services)
    raise InputError(
        Fault(
            what="is no crossing or service of the world",
            value=cause,
            allowed=listed(names),
            nearest=nearest(cause, names),
        )
    )


def _crossing_scope(world: World, cause: str) -> Scope:
    services = tuple(_services_through(world, cause))
    fates = {(fate.kind, fate.name): fate.via for fate in shared_fate(world, [cause])}
    segments = tuple(
        Reached(kind=kind, name=name, title=world.segments[name].title or name, via=via)
        for (kind, name), via in fates.items()
        if kind == "segment"
    )
    tooling = tuple(
        Reached(kind=kind, name=name, title=world.tooling[name].title or name, via=via)
        for (kind, name), via in fates.items()
        if kind == "tooling"
    )
    return Scope(
        cause=cause,
        kind="crossing",
        title=cause,
        services=services,
        cannot_start=tuple(_start_through(world, cause, {one.name for one in services})),
        segments=segments,
        tooling=tooling,
        **_told(world, segments),
    )


def _told(world: World, segments: tuple[Reached, ...]) -> dict[str, dict[str, str]]:
    """Return what the world says of segments: what they lose, keep and can do."""
    known = {one.name: world.segments[one.name] for one in segments}
    return {
        "sees": {name: one.loses for name, one in known.items() if one.loses},
        "keeps": {name: one.keeps for name, one in known.items() if one.keeps},
        "does": {name: one.advice for name, one in known.items() if one.advice},
    }


def _services_through(world: World, crossing: str) -> Iterator[Reached]:
    """Yield services that call across a crossing while they run, or are called across it."""
    called = {
        clients.service
        for clients in world.clients.values()
        if _passes(world, crossing, clients.network, world.services[clients.service].network)
    }
    for name, service in world.services.items():
        needed = [(name,), *(found.via for found in depends_on(world, name) if not found.at_boot)]
        steps = [(via, call.service) for via in needed for call in world.services[via[-1]].calls]
        across = [
            (*via, callee)
            for via, callee in steps
            if _passes(world, crossing, world.services[via[-1]].network, world.services[callee].network)
        ]
        if across or name in called:
            via = min(across, key=len)[1:] if across else ()
            yield Reached(kind="service", name=name, title=service.title or name, via=via)


def _start_through(world: World, crossing: str, already: set[str]) -> Iterator[str]:
    """Yield services whose new instances call across a crossing when they start."""
    for name, service in world.services.items():
        callees = [call.service for call in service.boot.calls]
        callees += [found.service for found in depends_on(world, name) if found.at_boot]
        crosses = (_passes(world, crossing, service.network, world.services[one].network) for one in callees)
        if name not in already and any(crosses):
            yield name


def _passes(world: World, crossing: str, start: str, end: str) -> bool:
    return crossing in (route(world, start, end) or ())


def _service_scope(world: World, cause: str) -> Scope:
    own = world.services[cause]
    services = [Reached(kind="service", name=cause, title=own.title or cause, via=())]
    cannot_start = []
    for name, service in world.services.items():
        found = next((one for one in depends_on(world, name) if one.service == cause), None)
        if found is not None and found.at_boot:
            cannot_start.append(name)
        elif found is not None:
            reached = Reached(kind="service", name=name, title=service.title or name, via=found.via[1:])
            services.append(reached)
    ways = {one.name: (one.name, *one.via) for one in services}
    segments = tuple(
        Reached(kind="segment", name=name, title=segment.title or name, via=_shortest(segment.uses, ways))
        for name, segment in world.segments.items()
        if set(segment.uses) & ways.keys()
    )
    tooling = tuple(
        Reached(kind="tooling", name=name, title=tool.title or name, via=_shortest(tool.uses, ways))
        for name, tool in world.tooling.items()
        if set(tool.uses) & ways.keys()
    )
    return Scope(
        cause=cause,
        kind="service",
        title=own.title or cause,
        services=tuple(services),
        cannot_start=tuple(cannot_start),
        segments=segments,
        tooling=tooling,
        **_told(world, segments),
    )


def _shortest(uses: tuple[str, ...], ways: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return min((ways[used] for used in uses if used in ways), key=len)


def components_hit(found: Scope, components: tuple[Component, ...]) -> dict[str, Status]:
    """Return a first status for each component that a cause reaches.

    The cause itself is taken to be out, what needs it to be out in part: people and signals correct it.
    Components are matched by the noun they state; without components the world's names are used.
    """
    reached = {one.name for one in found.services} | {found.cause}
    if components:
        reached |= {one.name for one in found.segments}
    hit = (
        {one.id: one.noun for one in components if one.noun in reached}
        if components
        else {name: name for name in sorted(reached)}
    )
    return {name: Status.MAJOR if noun == found.cause else Status.PARTIAL for name, noun in hit.items()}
