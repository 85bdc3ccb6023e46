"""What was written and changes nothing? Activities, reactions, triggers and beliefs without any effect.

Two worlds are the same here where they lower to the same script and the same tables: whatever is written,
in whatever words, and leaves these as they were, cannot change any answer. Of activities and triggers it is
asked besides whether anything happens: more clients that ask for nothing, or a reconnection of nobody,
change nothing either.

Shortcut: most numbers that act only together with another one are told as ones that act.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

import numpy as np

from tidegate.errors import InputError
from tidegate.simulate.lower import lower
from tidegate.simulate.script import Script, write_script
from tidegate.simulate.tables import Tables
from tidegate.world.clients import Clients
from tidegate.world.file.overlay import overlay
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.shape import slot_at
from tidegate.world.world import World, WorldFile

_POLICIES = "retry_policies"
_LOWERED = frozenset({"networks", "crossings", "services", "clients", _POLICIES, "activities", "triggers"})


def idle_sentences(file: WorldFile, activity: str | None) -> tuple[str, ...]:
    """Return a sentence for each thing that was written for one activity and changes nothing.

    Parameters
    ----------
    file
        The world.
    activity
        The activity that is judged; None for its triggers alone.
    """
    as_written, happening = _Lowered.of(file, activity), _Lowered.happening(file, activity)
    return (
        *_activity(file, activity, happening),
        *_triggers(file, activity, happening),
        *_beliefs(file, activity, as_written),
        *_ranges(file, activity),
        *_policies(file),
    )


def idle_settings(file: WorldFile, settings: Mapping[str, object]) -> tuple[str, ...]:
    """Return a sentence for each setting that is so already in `file`, or on which nothing depends.

    One that leaves its number as it is, or moves it where nothing depends on it, may yet take away a range.

    Parameters
    ----------
    file
        The world before any of them.
    settings
        What is laid over it, all at once: one may act only beside another.
    """
    return tuple(_idle_settings(file, settings))


def _idle_settings(file: WorldFile, settings: Mapping[str, object]) -> Iterator[str]:
    changed = overlay(file, settings)
    for path, value in settings.items():
        others = {other: said for other, said in settings.items() if other != path}
        try:
            without = overlay(file, others)
        except InputError:
            continue  # the others cannot be said without it
        if removed := _range_removed(without, changed, path):
            if _all_same(changed, without):
                yield f"The setting {path}={value} takes away its range, {removed}: it counts as known."
        elif without.world == changed.world:
            yield f"The setting {path}={value} changes nothing: it is so already."
        elif path.partition(".")[0] in _LOWERED and _all_same(changed, without):
            yield f"The setting {path}={value} changes nothing: nothing here depends on it."


def _range_removed(before: WorldFile, after: WorldFile, path: str) -> str:
    """Return which range a number had on which something depends, and has no more; else nothing."""
    had, has = before.estimates.get(path), after.estimates.get(path)
    if had is None or not had.is_uncertain or (has is not None and has.is_uncertain):
        return ""
    try:
        ends = [overlay(before, {path: end}) for end in (had.low, had.high)]
    except InputError:
        ends = []  # an end at which the world contradicts itself: it was not judged there
    if ends and _all_same(*ends):
        return ""
    slot = slot_at(path)
    unit = slot.shape.unit if slot is not None else "count"
    low, high = (format_quantity(end, unit) for end in (had.low, had.high))
    return f"{low} to {high} ({had.basis})"


def _all_same(one: WorldFile, other: WorldFile) -> bool:
    """Whether two worlds differ in nothing that any of their activities, or none, can show."""
    asked = (None, *one.world.activities)
    return all(_Lowered.of(one, activity).same(_Lowered.of(other, activity)) for activity in asked)


class _Lowered:
    """All that can make a difference to the judgement of one activity, as values."""

    def __init__(self, tables: Tables, judged: object) -> None:
        self._tables, self._judged = tables, judged

    @classmethod
    def of(cls, file: WorldFile, activity: str | None) -> _Lowered:
        return cls._from(file, write_script(file, activity))

    @classmethod
    def happening(cls, file: WorldFile, activity: str | None) -> _Lowered:
        """Return the same without when it disturbs, and without more of those who ask for nothing."""
        script = write_script(file, activity)
        silent = _silent(script)
        first = script.phases[0].world
        phases = [script.phases[0]]
        for phase in script.phases[1:]:
            world = _populated_as(first, phase.world, silent)
            if world != phases[-1].world:
                phases.append(replace(phase, world=world))
        left = replace(script, phases=tuple(phases), disturbed_from_s=0.0, disturbed_until_s=0.0)
        return cls._from(file, left)

    @classmethod
    def _from(cls, file: WorldFile, script: Script) -> _Lowered:
        world = file.world
        tables = lower(script, horizon_s=world.horizon_s)
        return cls(tables, (world.horizon_s, world.objectives, world.segments, world.tooling))

    def same(self, other: _Lowered) -> bool:
        """Whether nothing tells the two apart."""
        if self._judged != other._judged:
            return False
        pairs = ((getattr(self._tables, f.name), getattr(other._tables, f.name)) for f in fields(Tables))
        return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


def _asks_nothing(clients: Clients) -> bool:
    """Whether a population neither asks at any rate nor keeps connections, however many its clients are."""
    demand = clients.demand
    return demand.kind == "open" and demand.rate_per_s == 0.0 and clients.connection == "per_request"


def _silent(script: Script) -> frozenset[str]:
    """Return the populations that do nothing in any phase, and that nothing makes reconnect."""
    worlds = [phase.world for phase in script.phases]
    return frozenset(
        name
        for name, clients in worlds[0].clients.items()
        if all(_asks_nothing(world.clients[name]) for world in worlds)
        and not any(wave.clients == name for wave in script.waves)
        and not any(world.services[clients.service].health_probes for world in worlds)
    )


def _populated_as(first: World, world: World, names: frozenset[str]) -> World:
    """Return a world in which some populations are as many as at first."""
    counts = {name: first.clients[name].population_count for name in names}
    as_many = {name: replace(world.clients[name], population_count=count) for name, count in counts.items()}
    return replace(world, clients={**world.clients, **as_many})


def _why(world: World, *grown: str) -> str:
    """Say why an activity or trigger that may add clients of populations changes nothing."""
    silent = [name for name in grown if name in world.clients and _asks_nothing(world.clients[name])]
    if silent and len(silent) == len(grown):
        return " and ".join(
            f"{name} asks for nothing, since clients.{name}.demand.rate is 0/s" for name in silent
        )
    return "all is as it was before"


def _activity(file: WorldFile, activity: str | None, happening: _Lowered) -> Iterator[str]:
    if activity is None:
        return
    plan = file.world.activities[activity]
    grown = plan.clients_added
    if _Lowered.happening(file, None).same(happening):
        yield f"The activity {activity} changes nothing: {_why(file.world, *grown)}."
        return
    silent = _silent(write_script(file, activity))
    if grown and silent.issuperset(grown):
        yield f"activities.{activity}.clients_added changes nothing: {_why(file.world, *grown)}."
    else:
        for name in silent.intersection(grown):
            yield f"activities.{activity}.clients_added changes nothing of {name}: {_why(file.world, name)}."
    for index, reaction in enumerate(plan.reactions):
        none = replace(reaction, reconnect_ratio=0.0)  # left out, clients of what restarts would react unsaid
        left = tuple(none if i == index else one for i, one in enumerate(plan.reactions))
        left = left if reaction.reconnect_ratio else tuple(one for one in left if one is not none)
        activities = {**file.world.activities, activity: replace(plan, reactions=left)}
        without = replace(file, world=replace(file.world, activities=activities))
        if _Lowered.happening(without, activity).same(happening):
            path = f"activities.{activity}.reactions.{index}"
            yield f"{path} changes nothing: none of {reaction.clients} reacts."
        elif reaction.cold and not _resumes(file, reaction.clients):
            path = f"activities.{activity}.reactions.{index}.cold"
            yield f"{path} changes nothing: {reaction.clients} resume no sessions."
    yield from _before(file, activity)


def _resumes(file: WorldFile, clients: str) -> bool:
    """Whether any of a population's new connections could resume a session."""
    service = file.world.services[file.world.clients[clients].service]
    return service.resumption_ratio > 0.0 and service.saves_by_resumption


def _before(file: WorldFile, activity: str) -> Iterator[str]:
    """Say where an activity counts from another number than there is."""
    plan = file.world.activities[activity]
    if plan.from_count is None or not plan.service or plan.kind == "devices":
        return
    there = file.world.services[plan.service].instances_count
    if plan.from_count != there:
        path = f"activities.{activity}.from"
        yield f"{path} is {plan.from_count:,}, and {plan.service} has {there:,} before it."


def _triggers(file: WorldFile, activity: str | None, happening: _Lowered) -> Iterator[str]:
    for name, trigger in file.world.triggers.items():
        left = {other: one for other, one in file.world.triggers.items() if other != name}
        without = replace(file, world=replace(file.world, triggers=left))
        if not _Lowered.happening(without, activity).same(happening):
            continue
        grown = next((path.split(".")[1] for path in trigger.set if path.startswith("clients.")), "")
        why = _why(file.world, grown)
        if trigger.reconnect and not trigger.set:
            why = f"none of {trigger.reconnect} reconnects"
        yield f"The trigger {name} changes nothing: {why}."


def _beliefs(file: WorldFile, activity: str | None, as_written: _Lowered) -> Iterator[str]:
    for name, belief in file.world.beliefs.items():
        counter = overlay(file, belief.counter)
        if not _Lowered.of(counter, activity).same(as_written):
            continue
        already = counter.world == file.world
        listed = " and ".join(
            f"{path} is already {value}" if already else f"nothing here depends on {path}"
            for path, value in belief.counter.items()
        )
        yield f"The counter-belief {name} changes nothing: {listed}."


def _ranges(file: WorldFile, activity: str | None) -> Iterator[str]:
    for path, estimate in file.estimates.items():
        if not estimate.is_uncertain or not is_written(file.document, path):
            continue
        try:
            ends = [
                _Lowered.of(overlay(file, {path: end}), activity) for end in (estimate.low, estimate.high)
            ]
        except InputError:
            continue  # an end at which the world contradicts itself is not judged either
        if ends[0].same(ends[1]):
            yield f"The range of {path} changes nothing: nothing here depends on it."


def _policies(file: WorldFile) -> Iterator[str]:
    used = set(_words({section: said for section, said in file.document.items() if section != _POLICIES}))
    for name in file.world.retry_policies:
        if name not in used:
            yield f"The retry policy {name} changes nothing: nobody here retries by it."


def _words(said: object) -> Iterator[str]:
    """Yield every word that stands as a value in a document."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        yield from _words(tuple(said.values()))
    elif isinstance(said, list | tuple):
        for part in said:
            yield from _words(part)


def is_written(document: object, path: str) -> bool:
    """Whether the file itself states a path; a catalogue entry's ranges are not its author's."""
    here = document
    for step in path.split("."):
        if isinstance(here, Mapping) and step in here:
            here = here[step]
        elif isinstance(here, list | tuple) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return False
    return True
