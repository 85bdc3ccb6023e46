"""The script of a run: activities and triggers as timed steps, the same for every engine.

A step is either a *phase* (from now on these are the world's numbers) or a *wave* (these clients
do something now). Nothing here knows how an engine carries a step out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.world.activity import Activity, Reaction
from tidegate.world.file.overlay import overlay
from tidegate.world.retry import RetryPolicy
from tidegate.world.service import BootCall
from tidegate.world.world import World, WorldFile


@dataclass(frozen=True, kw_only=True)
class Wave:
    """Clients of one population that act together.

    Parameters
    ----------
    at_s, spread_s
        The first acts at `at_s`, the last `spread_s` later, evenly between.
    kind
        "reconnect": break and rebuild their connections; "boot": `count` new instances of `service`
        each make the requests of `boot_call`.
    clients, share_ratio
        The population and the share of it that acts (reconnect).
    service, boot_call, count
        What boots, what it asks, and how many (boot).
    cold
        TLS sessions cannot be resumed.
    retry
        How they try again on this path, if otherwise than normally.
    """

    at_s: float
    spread_s: float = 0.0
    kind: str = "reconnect"
    clients: str = ""
    share_ratio: float = 1.0
    service: str = ""
    boot_call: BootCall | None = None
    count: int = 0
    cold: bool = False
    retry: RetryPolicy | None = None


@dataclass(frozen=True, kw_only=True)
class Phase:
    """From `at_s` on, these are the world's numbers."""

    at_s: float
    world: World


@dataclass(frozen=True, kw_only=True)
class Script:
    """Everything that happens to a world in one run, in order of time.

    Parameters
    ----------
    phases
        The first is at 0.
    waves
        In order of time.
    disturbed_from_s, disturbed_until_s
        When the first step happens, and when the last one that is not an operator's action has
        ended: a collapse is what lasts beyond it. Both are the horizon where nothing happens.
    """

    phases: tuple[Phase, ...]
    waves: tuple[Wave, ...] = ()
    disturbed_from_s: float = 0.0
    disturbed_until_s: float = 0.0


@dataclass
class _Steps:
    """Changes collected before they are put in order."""

    changes: list[tuple[float, int, Mapping[str, Any], bool]] = field(default_factory=list)
    waves: list[Wave] = field(default_factory=list)
    ends_s: list[float] = field(default_factory=list)

    def change(self, at_s: float, paths: Mapping[str, Any], *, undo: bool = False) -> None:
        self.changes.append((at_s, len(self.changes), paths, undo))


def write_script(file: WorldFile, activity: str | None = None) -> Script:
    """Return the script of `file` with one of its activities, or with none.

    Triggers always happen; an activity only where it is named.

    Raises
    ------
    InputError
        If the world has no activity of that name.
    """
    steps = _Steps()
    world = file.world
    if activity is not None:
        if activity not in world.activities:
            names = ", ".join(sorted(world.activities)) or "none: the world states no activity"
            raise InputError(Fault(what="no such activity", value=activity, allowed=names))
        _add_activity(steps, world, world.activities[activity])
    _add_triggers(steps, world)
    return _in_order(steps, file)


def _add_activity(steps: _Steps, world: World, activity: Activity) -> None:
    step_s = [activity.at_s + i * activity.pause_s for i in range(activity.batches_count)]
    before = count_before(world, activity)
    after = before if activity.to_count is None else activity.to_count
    for i, at_s in enumerate(step_s):
        now = before + round((after - before) * (i + 1) / activity.batches_count)
        was = before + round((after - before) * i / activity.batches_count)
        touched = max(now - was, 0)
        if activity.kind == "restart":
            touched = max(1, round(before / activity.batches_count))
        _change_size(steps, world, activity, at_s=at_s, now=now, before=before)
        _boot(steps, world, activity, at_s=at_s, count=touched)
        for reaction in activity.reactions:
            _react(steps, world, reaction, at_s=at_s, share=_batch_share(activity))


def count_before(world: World, activity: Activity) -> int:
    """Return how many instances (devices) there are before an activity: its own word, else the world's."""
    if activity.from_count is not None:
        return activity.from_count
    if activity.kind == "devices":
        return world.crossings[activity.crossing].devices_count
    return world.services[activity.service].instances_count if activity.service else 1


def _batch_share(activity: Activity) -> float:
    """Return the share a batch reaches: a restart breaks its own connections, a new endpoint all."""
    return 1.0 / activity.batches_count if activity.kind == "restart" else 1.0


def _change_size(
    steps: _Steps, world: World, activity: Activity, *, at_s: float, now: int, before: int
) -> None:
    if activity.kind == "devices":
        steps.change(at_s, {f"crossings.{activity.crossing}.devices": now})
    elif activity.kind == "restart":
        boot_s = world.services[activity.service].boot.time_s
        for then_s in (at_s, at_s + boot_s):
            left = before - _down_count(activity, before, boot_s=boot_s, then_s=then_s)
            steps.change(then_s, {f"services.{activity.service}.instances": left})
        steps.ends_s.append(at_s + boot_s)
    elif activity.kind == "scale":
        if activity.service and now != before:
            steps.change(at_s, {f"services.{activity.service}.instances": now})
        if activity.clients_added and before > 0:
            population = world.clients[activity.clients_added].population_count
            steps.change(
                at_s, {f"clients.{activity.clients_added}.population": round(population * now / before)}
            )
            steps.ends_s.append(at_s + world.clients[activity.clients_added].start_spread_s)
    steps.ends_s.append(at_s)


def _down_count(activity: Activity, before: int, *, boot_s: float, then_s: float) -> int:
    """Return how many instances are down: batches overlap where the pause is shorter than the boot."""
    starts_s = (activity.at_s + i * activity.pause_s for i in range(activity.batches_count))
    batches = sum(start_s <= then_s < start_s + boot_s for start_s in starts_s)
    return min(batches * max(1, round(before / activity.batches_count)), before)


def _boot(steps: _Steps, world: World, activity: Activity, *, at_s: float, count: int) -> None:
    if not activity.service or count == 0:
        return
    steps.waves.extend(
        Wave(at_s=at_s, kind="boot", service=activity.service, boot_call=call, count=count)
        for call in world.services[activity.service].boot.calls
    )


def _react(steps: _Steps, world: World, reaction: Reaction, *, at_s: float, share: float) -> None:
    spread_s = reaction.spread_s
    lookup = world.clients[reaction.clients].lookup
    if reaction.spread_by_lookup and lookup is not None:
        spread_s = max(spread_s, lookup.ttl_s)
    steps.waves.append(
        Wave(
            at_s=at_s,
            spread_s=spread_s,
            clients=reaction.clients,
            share_ratio=reaction.reconnect_ratio * share,
            cold=reaction.cold,
            retry=reaction.retry,
        )
    )
    steps.ends_s.append(at_s + spread_s)


def _add_triggers(steps: _Steps, world: World) -> None:
    for name in sorted(world.triggers):
        trigger = world.triggers[name]
        steps.change(trigger.at_s, trigger.set)
        end_s = trigger.at_s
        if trigger.for_s is not None:
            end_s += trigger.for_s
            steps.change(end_s, trigger.set, undo=True)
        if trigger.reconnect:
            steps.waves.append(
                Wave(at_s=trigger.at_s, spread_s=trigger.reconnect_spread_s, clients=trigger.reconnect)
            )
            end_s = max(end_s, trigger.at_s + trigger.reconnect_spread_s)
        if not trigger.by_operator:
            steps.ends_s.append(end_s)


def _in_order(steps: _Steps, file: WorldFile) -> Script:
    phases = [Phase(at_s=0.0, world=file.world)]
    in_force: list[Mapping[str, Any]] = []
    for at_s, _, paths, undo in sorted(steps.changes, key=lambda change: change[:2]):
        if undo:
            in_force.remove(paths)
        else:
            in_force.append(paths)
        merged = {path: value for change in in_force for path, value in change.items()}
        phases.append(Phase(at_s=at_s, world=overlay(file, merged).world))
    waves = tuple(sorted(steps.waves, key=lambda wave: wave.at_s))
    starts = [change[0] for change in steps.changes] + [wave.at_s for wave in waves]
    horizon_s = file.world.horizon_s
    return Script(
        phases=tuple(phases),
        waves=waves,
        disturbed_from_s=min(starts, default=horizon_s),
        disturbed_until_s=max(steps.ends_s, default=horizon_s),
    )
