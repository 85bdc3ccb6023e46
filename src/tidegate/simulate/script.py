"""The script of a run: activities and triggers as timed steps, the same for every engine.

A step is either a *phase* (from now on these are the world's numbers) or a *wave* (these clients
do something now). Nothing here knows how an engine carries a step out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.simulate.staircase import Staircase, Step, count_before, endless, restarts_in_turn
from tidegate.world.activity import Activity, Reaction
from tidegate.world.boot import BootCall
from tidegate.world.file.instances import uncountable, unmodelled
from tidegate.world.file.overlay import overlay
from tidegate.world.recurrence import turns_s
from tidegate.world.retry import RetryPolicy
from tidegate.world.trigger import Trigger
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
        each make the requests of `boot_call`; "break": connections that calls keep to `service` break
        and are rebuilt.
    clients, share_ratio
        The population (reconnect), and the share of it, or of the connections to `service`, that acts.
    batch_number
        Which batch of its activity it is, from 0: each has other clients act, where none has all of them.
    service, boot_call, count
        What boots, what it asks, and how many (boot); whose connections break (break).
    cold, cuts
        TLS sessions cannot be resumed; connections that are being opened break too, as an end of them goes.
    retry
        How they try again on this path, if otherwise than normally.
    in_turn
        Of a restart in which the next goes as one is ready: what boots goes first, and others act share by
        share as each does; clients that are the instances act in their turn.
    together_ratio
        Which part of the wave acts at one time.
    boots_s
        How long after the wave those that boot count as there; 0 where they do so at once.
    """

    at_s: float
    spread_s: float = 0.0
    kind: str = "reconnect"
    clients: str = ""
    share_ratio: float = 1.0
    batch_number: int = 0
    service: str = ""
    boot_call: BootCall | None = None
    count: int = 0
    cold: bool = False
    cuts: bool = False
    retry: RetryPolicy | None = None
    in_turn: bool = False
    together_ratio: float = 1.0
    boots_s: float = 0.0

    @property
    def acting_ratio(self) -> float:
        """Which share of its population acts at one time."""
        return self.share_ratio * self.together_ratio

    @property
    def acting_count(self) -> int:
        """How many of its instances boot at one time."""
        return math.ceil(self.count * self.together_ratio)


@dataclass(frozen=True, kw_only=True)
class Phase:
    """From `at_s` on, these are the world's numbers."""

    at_s: float
    world: World


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """So many instances of a service go at a moment; the sizes say how many there are from then on."""

    at_s: float
    service: str
    count: int


@dataclass(frozen=True, kw_only=True)
class InTurn:
    """Few start at a time, and the next when one is ready.

    Parameters
    ----------
    service, instances_count
        Whose new instances (those that make boot calls; "" for none), and how many at a time.
    clients
        Which populations, and how many clients of each at a time.
    """

    service: str
    instances_count: int
    clients: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Script:
    """Everything that happens to a world in one run, in order of time.

    Parameters
    ----------
    phases
        The first is at 0.
    waves
        In order of time.
    replacements
        Of services whose instances have queues of their own, or are slower at first: of the latter those that
        successors relieve one for one.
    disturbed_from_s, disturbed_until_s
        When the first step happens, and when the last one that is not an operator's action has
        ended: a collapse is what lasts beyond it. Both are the horizon where nothing happens.
    in_turn
        Who starts a few at a time as the others are ready; None where nobody does.
    turns_s
        When each further turn begins of what comes again.
    """

    phases: tuple[Phase, ...]
    waves: tuple[Wave, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    in_turn: InTurn | None = None
    disturbed_from_s: float = 0.0
    disturbed_until_s: float = 0.0
    turns_s: tuple[float, ...] = ()


@dataclass
class _Steps:
    """Changes collected before they are put in order; of a trigger's, instances that come boot."""

    changes: list[tuple[float, int, Mapping[str, Any], bool, Trigger | None]] = field(default_factory=list)
    waves: list[Wave] = field(default_factory=list)
    replacements: list[Replacement] = field(default_factory=list)
    ends_s: list[float] = field(default_factory=list)
    by_operators_s: set[float] = field(default_factory=set)
    turns_s: set[float] = field(default_factory=set)

    def change(
        self, at_s: float, paths: Mapping[str, Any], *, undo: bool = False, by: Trigger | None = None
    ) -> None:
        self.changes.append((at_s, len(self.changes), paths, undo, by))


def write_script(file: WorldFile, activity: str | None = None) -> Script:
    """Return the script of `file` with one of its activities, or with none.

    Triggers always happen; an activity only where it is named, or beside the one that is.

    Raises
    ------
    InputError
        If the world has no activity of that name, one that grows clients in step where nobody can
        know how many an instance is, or single instances that do what is not modelled of them.
    """
    steps = _Steps()
    world = file.world
    faults = tuple(fault for name in world.services if (fault := unmodelled(world, name)) is not None)
    if faults:
        raise InputError(*faults)
    if activity is not None:
        if activity not in world.activities:
            names = ", ".join(sorted(world.activities)) or "none: the world states no activity"
            raise InputError(Fault(what="no such activity", kind="absent", value=activity, allowed=names))
        together = (activity, *world.activities[activity].beside)
        faults = tuple(
            fault for one in together for fault in (*uncountable(world, one), *endless(world, one))
        )
        if faults:
            raise InputError(*faults)
        for one in together:
            _add_activity(steps, world, world.activities[one])
    _add_triggers(steps, world)
    script = _in_order(steps, file)
    return (
        script if activity is None else replace(script, in_turn=_in_turn(world, world.activities[activity]))
    )


def _in_turn(world: World, activity: Activity) -> InTurn | None:
    many = activity.at_once_most_count
    if many is None or not (activity.kind == "scale" or restarts_in_turn(world, activity)):
        return None
    before = count_before(world, activity)
    each = {
        name: world.clients[name].population_count / before if before else 1.0
        for name in activity.clients_added
    }
    clients = {name: many * one for name, one in each.items()}
    return InTurn(service=activity.service, instances_count=many, clients=clients)


def _add_activity(steps: _Steps, world: World, activity: Activity) -> None:
    stairs = Staircase(world, activity)
    for at_s in stairs.moments_s():
        sizes = stairs.sizes(at_s)
        if sizes:
            steps.change(at_s, sizes)
    in_turn = restarts_in_turn(world, activity)
    for i, step in enumerate(stairs.steps()):
        before = len(steps.waves)
        if activity.service:
            _boot(
                steps.waves,
                world,
                activity.service,
                at_s=step.at_s,
                count=step.touched_count,
                boots_s=step.boots_s,
            )
        if activity.kind == "restart":
            _replace(steps, world, activity, step, i)
        _react_all(steps, world, activity, step, i)
        if in_turn:
            ratio = min((activity.at_once_most_count or 1) / max(step.touched_count, 1), 1.0)
            steps.waves[before:] = [
                replace(wave, in_turn=True, together_ratio=ratio) for wave in steps.waves[before:]
            ]
    steps.ends_s.append(stairs.end_s())


def _react_all(steps: _Steps, world: World, activity: Activity, step: Step, number: int) -> None:
    """Let clients react to a step, as it is said of them, and those of whom nothing is said."""
    share = step.share_ratio  # a restart breaks its own connections, a new endpoint all
    cuts = activity.kind == "restart"  # else nobody goes, and who has no connection yet is not meant
    for reaction in activity.reactions:
        _react(steps, world, reaction, step.at_s, share=share, number=number, cuts=cuts)
    share = step.share_ratio if activity.kind == "restart" else step.gone_ratio
    if share == 0.0:
        return
    for reaction in unsaid_reactions(world, activity):
        _react(steps, world, reaction, step.at_s, share=share, number=number, cuts=True)
    if activity.kind == "scale" and activity.service:
        batch = number if share < 1.0 else 0
        _break(steps, activity.service, at_s=step.at_s, share=share, batch_number=batch)


def unsaid_reactions(world: World, activity: Activity) -> tuple[Reaction, ...]:
    """Return what clients do that keep connections to what stops, where the activity says nothing of them.

    Who stops closes its connections, said or not: all that restart, and those that a smaller size takes away.
    Where instances have queues of their own (`balancing`) the engine knows whose connections those are.
    """
    if activity.kind not in {"restart", "scale"} or not activity.service:
        return ()
    if world.services[activity.service].balancing is not None:
        return ()
    said = {*(reaction.clients for reaction in activity.reactions), *activity.clients_added}
    return tuple(
        Reaction(clients=name)
        for name, clients in world.clients.items()
        if clients.service == activity.service and clients.connection != "per_request" and name not in said
    )


def _break(steps: _Steps, service: str, *, at_s: float, share: float, batch_number: int) -> None:
    """Let connections that calls keep to instances that go break."""
    steps.waves.append(
        Wave(at_s=at_s, kind="break", service=service, share_ratio=share, batch_number=batch_number)
    )


def _replace(steps: _Steps, world: World, activity: Activity, step: Step, batch_number: int) -> None:
    """Let the connections of the instances that are replaced break."""
    if activity.service:
        _break(
            steps,
            activity.service,
            at_s=step.at_s,
            share=step.share_ratio,
            batch_number=batch_number,
        )
        service = world.services[activity.service]
        gone = [(step.at_s, step.gone_count)] if service.balancing is not None else []
        if service.balancing is not None or service.warm_up is not None:
            gone.append((step.relieved_s, step.relieved_count))
        steps.replacements += [
            Replacement(at_s=at_s, service=activity.service, count=count) for at_s, count in gone if count > 0
        ]
    share = min(step.broken_ratio + step.doubled_ratio, 1.0)
    for name in activity.clients_added if share > 0.0 else ():
        spread_s = world.clients[name].start_spread_s
        steps.waves.append(
            Wave(
                at_s=step.at_s,
                spread_s=spread_s,
                clients=name,
                share_ratio=share,
                batch_number=batch_number,
                cuts=True,
            )
        )


def _boot(
    waves: list[Wave], world: World, service: str, *, at_s: float, count: int, boots_s: float = 0.0
) -> None:
    if count > 0:
        waves.extend(
            Wave(at_s=at_s, kind="boot", service=service, boot_call=call, count=count, boots_s=boots_s)
            for call in world.services[service].boot.calls
        )


def _boot_risen(waves: list[Wave], before: World, now: World, at_s: float) -> None:
    """Let every instance boot that is there now and was not before."""
    for name, service in now.services.items():
        risen = service.instances_count - before.services[name].instances_count
        _boot(waves, now, name, at_s=at_s, count=risen)


def _break_fallen(waves: list[Wave], before: World, now: World, at_s: float, trigger: Trigger) -> None:
    """Let the connections to every instance break that a trigger takes away, where it does not say else.

    Where instances have queues of their own (`balancing`) the engine knows whose connections those are.
    """
    for name, service in now.services.items():
        was, left = before.services[name].instances_count, service.instances_count
        if left >= was or service.balancing is not None or trigger.gone_connections == "stay":
            continue
        share = (was - left) / was
        batch = sum(wave.kind == "break" for wave in waves) if share < 1.0 else 0
        waves += [
            Wave(at_s=at_s, clients=one, share_ratio=share, batch_number=batch, cuts=True)
            for one, clients in now.clients.items()
            if clients.service == name and clients.connection != "per_request" and one != trigger.reconnect
        ]
        waves.append(Wave(at_s=at_s, kind="break", service=name, share_ratio=share, batch_number=batch))


def _react(
    steps: _Steps, world: World, reaction: Reaction, at_s: float, *, share: float, number: int, cuts: bool
) -> None:
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
            batch_number=number if share < 1.0 else 0,
            cold=reaction.cold,
            cuts=cuts,
            retry=reaction.retry,
        )
    )
    steps.ends_s.append(at_s + spread_s)


def _add_triggers(steps: _Steps, world: World) -> None:
    for name in sorted(world.triggers):
        trigger = world.triggers[name]
        each_s = turns_s(trigger.at_s, trigger.every_s, trigger.times_count, world.horizon_s)
        for at_s in each_s:
            _add_trigger(steps, trigger, at_s)
        if not trigger.by_operator:
            steps.turns_s |= set(each_s[1:])


def _add_trigger(steps: _Steps, trigger: Trigger, at_s: float) -> None:
    steps.change(at_s, trigger.set, by=trigger)
    end_s = at_s
    if trigger.for_s is not None:
        end_s += trigger.for_s
        steps.change(end_s, trigger.set, undo=True, by=trigger)
    if trigger.reconnect:
        steps.waves.append(Wave(at_s=at_s, spread_s=trigger.reconnect_spread_s, clients=trigger.reconnect))
        end_s = max(end_s, at_s + trigger.reconnect_spread_s)
    if trigger.by_operator:
        steps.by_operators_s |= {at_s, end_s}
    else:
        steps.ends_s.append(end_s)


def _in_order(steps: _Steps, file: WorldFile) -> Script:
    phases, risen = _phases(steps, file)
    waves = tuple(sorted([*steps.waves, *risen], key=lambda wave: wave.at_s))
    horizon_s = file.world.horizon_s
    starts = [*(phase.at_s for phase in phases[1:]), *(wave.at_s for wave in waves)]
    starts += [one.at_s for one in steps.replacements]
    if not starts:  # what leaves everything as it was is nothing
        return Script(phases=(phases[0],), disturbed_from_s=horizon_s, disturbed_until_s=horizon_s)
    return Script(
        phases=tuple(phases),
        waves=waves,
        replacements=tuple(sorted(steps.replacements, key=lambda one: one.at_s)),
        disturbed_from_s=min(starts),
        disturbed_until_s=max(steps.ends_s, default=horizon_s),
        turns_s=tuple(sorted(steps.turns_s)),
    )


def _phases(steps: _Steps, file: WorldFile) -> tuple[list[Phase], list[Wave]]:
    """Return the phases in which anything differs from before, and what triggers let boot and break."""
    phases = [Phase(at_s=0.0, world=file.world)]
    risen: list[Wave] = []
    in_force: list[Mapping[str, Any]] = []
    for at_s, _, paths, undo, trigger in sorted(steps.changes, key=lambda change: change[:2]):
        if undo:
            in_force.remove(paths)
        else:
            in_force.append(paths)
        merged = {path: value for change in in_force for path, value in change.items()}
        world, before = overlay(file, merged).world, phases[-1].world
        if world == before:
            continue
        if trigger is not None:
            _boot_risen(risen, before, world, at_s)
            _break_fallen(risen, before, world, at_s, trigger)
        if at_s not in steps.by_operators_s:
            steps.ends_s.append(at_s + _appearing_s(before, world))
        phases.append(Phase(at_s=at_s, world=world))
    return phases, risen


def _appearing_s(before: World, now: World) -> float:
    """Return how long the clients that a phase adds take to appear, whatever adds them."""
    return max(
        (
            clients.start_spread_s
            for name, clients in now.clients.items()
            if name not in before.clients or clients.population_count > before.clients[name].population_count
        ),
        default=0.0,
    )
