"""What of a plan can be judged with a world, and what cannot? Bound by `known_as: {terraform: …}` and so on.

Growth is judged; shrinking is not. How far a scaler may go is told, and judged only where the world states an
activity for it. A resource that the world knows and that changes
in a way that is not understood is never passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tidegate.errors import Fault, InputError
from tidegate.evaluate.variants.beginning import begun_at, grown
from tidegate.gate.change.plan import Plan, Reconnect, SizeChange, parts_summed
from tidegate.gate.change.resource import without_index
from tidegate.gate.fleet import STARTS_AT_S
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

_RECONNECTING = frozenset({"restart", "reconnect"})
_GROWING = frozenset({"scale", "devices"})


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What of a plan can be judged with a world.

    Parameters
    ----------
    file
        The world, with the sizes of the plan laid over it.
    activities
        Names of the activities to judge.
    cannot_tell
        Sentences on what cannot be judged, and what would help.
    notes
        Sentences to carry into the verdicts.
    """

    file: WorldFile
    activities: tuple[str, ...]
    cannot_tell: tuple[str, ...]
    notes: tuple[str, ...]


def only_growth(plan: Plan) -> str | None:
    """Return the one change of a plan that grows, as ``BEFORE:AFTER``; None where there is nothing to judge.

    Raises
    ------
    InputError
        If more than one grows, or one that cannot be judged: then a world must say what the resources are.
    """
    grown = [change for change in plan.changes if change.grows]
    named = [*(one.address for one in grown), *(one.address for one in plan.reconnects)]
    if not named:
        return None
    if len(grown) == len(named) == 1 and grown[0].before_count is not None and not grown[0].unit:
        change = grown[0]
        if change.after_count is not None:
            return f"{change.before_count}:{change.after_count}"
    what = f"a world is needed to judge this plan ({plan.summary.removesuffix('.')})"
    allowed = "a world file, or a plan in which one known size grows"
    raise InputError(Fault(what=what, value=", ".join(dict.fromkeys(named)), allowed=allowed))


def planned(plan: Plan, file: WorldFile) -> Planned:
    """Return what of `plan` can be judged with a world, and what cannot.

    A change is bound through the `known_as` of an activity, a population or a service; a population or
    service without an activity gets one.
    """
    judging = _Judging(plan, file, list(plan.doubts))
    for change in parts_summed(plan.changes, _known_as(file.world, plan.system)):
        judging.size(change)
    for one in plan.reconnects:
        judging.reconnect(one)
    for address, names in plan.resources:
        judging.bound(address, names)
    return Planned(
        file=overlay(file, judging.overlays),
        activities=tuple(dict.fromkeys(judging.activities)),
        cannot_tell=tuple(judging.cannot),
        notes=(*judging.notes, *plan.notes, f"The plan: {plan.summary}"),
    )


def _known_as(world: World, system: str) -> set[str]:
    sections = (world.activities, world.clients, world.services)
    nouns = (noun for section in sections for noun in section.values())
    return {noun.known_as[system] for noun in nouns if system in noun.known_as}


@dataclass(kw_only=False)
class _Judging:
    """Gathers what is to be judged, change by change."""

    plan: Plan
    file: WorldFile
    cannot: list[str]
    notes: list[str] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)
    overlays: dict[str, object] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    @property
    def world(self) -> World:
        """The world as it is stated."""
        return self.file.world

    def size(self, change: SizeChange) -> None:
        """Bind one change of size."""
        size = f"{change.address} ({change.attribute})"
        self._told |= self.plan.names_of(change.address)
        if change.before_count is None and not self.plan.says_before:
            change = replace(change, before_count=self._stands(change))
        if change.after_count is None:
            self.cannot.append(f"{size} {change.unknown_why}.")
        elif change.before_count is None and self.plan.says_before:
            self.cannot.append(f"{size} is made by this plan; describe it in the world before it is judged.")
        elif change.before_count is None:
            self.cannot.append(f"{size} is {change.after_count:,}, and {self._unbound(change.address)}")
        elif change.before_count == change.after_count:
            self.notes.append(f"{size} is {change.after_count:,}, as in the world.")
        elif not change.grows:
            stands = (
                "" if self.plan.says_before else f" to {change.after_count:,}, from {change.before_count:,}"
            )
            self.notes.append(f"{size} shrinks{stands}, which is not judged.")
            self._less_room(change, size)
        elif change.unit:
            self.cannot.append(
                f"{size} grows from {change.before_count:,} to {change.after_count:,} {change.unit}, which "
                "are no instances: say in the world how many those are, and judge it by hand."
            )
        else:
            self._growth(change, size)

    def _less_room(self, change: SizeChange, size: str) -> None:
        """Doubt a plan that takes away from a service what it gives to others."""
        known, system = self.plan.names_of(change.address), self.plan.system
        served = any(one.known_as.get(system) in known for one in self.world.services.values())
        served |= any(
            one.known_as.get(system) in known and one.service and not one.clients_added
            for one in self.world.activities.values()
        )
        if served and any(one.grows for one in self.plan.changes):
            self.cannot.append(
                f"{size} becomes smaller while others grow: judge them with the smaller one in the world."
            )

    def _growth(self, change: SizeChange, size: str) -> None:
        grows = "may grow" if change.is_allowed else "grows"
        what = f"{size} {grows} from {change.before_count:,} to {change.after_count:,}"
        if from_nothing := self._from_nothing(change):
            self.cannot.append(f"{what}: {from_nothing}")
            return
        laid = self._laid(change)
        if laid is not None:
            self.activities.append(laid[0])
            self.overlays |= laid[1]
            self.notes.append(f"{what}; judged as one step, from the plan.")
        elif self._known(change.address) and not change.is_allowed:
            self.cannot.append(
                f"{what}, and what this world knows as it does not grow: describe that as an activity of "
                f"kind scale that is `known_as: {{{self.plan.system}: {without_index(change.address)}}}`."
            )
        elif self._known(change.address):
            self.cannot.append(
                f"{what}, when and in which steps its scaler decides: describe the step that you expect as "
                "an activity that is known as it too, or the scaler (`autoscaler`) with its load."
            )
        else:
            self.cannot.append(f"{what}, and {self._unbound(change.address)}")

    def _unbound(self, address: str) -> str:
        return (
            "nothing in this world is known as it; give the clients, the service or the activity that it is "
            f"`known_as: {{{self.plan.system}: {without_index(address)}}}`."
        )

    def reconnect(self, one: Reconnect) -> None:
        """Judge what makes clients connect anew, where the world has an activity for it."""
        known = self.plan.names_of(one.address)
        self._told |= known
        for name, activity in self.world.activities.items():
            if activity.known_as.get(self.plan.system) in known and activity.kind in _RECONNECTING:
                self.activities.append(name)
                self.notes.append(f"{one.address} {one.why}: judged as {name}.")
                return
        self.cannot.append(
            f"{one.address} {one.why}: who is connected to it, or through it, may connect anew; describe "
            f"that as an activity of kind restart or reconnect that is "
            f"`known_as: {{{self.plan.system}: {without_index(one.address)}}}`."
        )

    def bound(self, address: str, names: tuple[str, ...]) -> None:
        """Tell a resource that the world knows and whose change was not understood."""
        if self.plan.names_of(address) & self._told or not self._known(address):
            return
        self.cannot.append(
            f"{address} is known to this world and changes ({', '.join(names) or 'in a way not stated'}); "
            "what that does to its size and its clients is not understood."
        )

    def _known(self, address: str) -> bool:
        sections = (self.world.activities, self.world.clients, self.world.services, self.world.crossings)
        nouns = [noun for section in sections for noun in section.values()]
        names = self.plan.names_of(address)
        return any(noun.known_as.get(self.plan.system) in names for noun in nouns)

    def _stands(self, change: SizeChange) -> int | None:
        """Return the size that the world states of what a change is bound to; None where it states none."""
        known, system = self.plan.names_of(change.address), self.plan.system
        for activity in self.world.activities.values():
            if activity.known_as.get(system) in known and activity.to_count is not None:
                return activity.from_count
        for clients in self.world.clients.values():
            if clients.known_as.get(system) in known:
                return clients.population_count
        for service in self.world.services.values():
            if service.known_as.get(system) in known:
                return service.instances_count
        return None

    def _activity_of(self, change: SizeChange) -> str | None:
        """Return the activity that changes the size of what is known so; None where none does."""
        known, system = self.plan.names_of(change.address), self.plan.system
        found = (
            name
            for name, one in self.world.activities.items()
            if one.known_as.get(system) in known and one.kind in _GROWING
        )
        return next(found, None)

    def _from_nothing(self, change: SizeChange) -> str:
        """Return why growth from none cannot be judged, as nothing stands for an instance; else nothing."""
        name = self._activity_of(change)
        if change.before_count or name is None:
            return ""
        many = [
            one
            for one in self.world.activities[name].clients_added
            if self.world.clients[one].population_count > 0
        ]
        if not many:
            return ""
        return (
            f"how many of {' and '.join(many)} one instance is, the world says only of more than none "
            f"(activities.{name}.from); describe the first step as an activity of its own."
        )

    def _laid(self, change: SizeChange) -> tuple[str, dict[str, object]] | None:
        """Return the activity that a change is, and what is laid over the world for it.

        What a scaler may do by itself is only an activity where the world states one for it.
        """
        known, system = self.plan.names_of(change.address), self.plan.system
        if (name := self._activity_of(change)) is not None:
            path, plan = f"activities.{name}", self.world.activities[name]
            sizes = begun_at(self.file, name, change.before_count or 0)
            at_once: dict[str, object] = {}
            if not change.is_allowed and plan.steps_count > 1:  # nothing that applies a plan knows of steps
                at_once = {f"{path}.batches": 1, f"{path}.pause": 0.0, f"{path}.steps": []}
            return name, {**sizes, **at_once, f"{path}.to": change.after_count}
        if change.is_allowed:
            return None
        for section, key in (("clients", "clients_added"), ("services", "service")):
            for name, noun in getattr(self.world, section).items():
                if noun.known_as.get(system) in known:
                    step = {
                        "kind": "scale",
                        "title": f"{change.address} from {change.before_count:,} to {change.after_count:,}",
                        key: name,
                        "from": change.before_count,
                        "to": change.after_count,
                        "at": f"{STARTS_AT_S:g}s",
                    }
                    return f"plan_{name}", {
                        **self._standing(section, name, change),
                        f"activities.plan_{name}": step,
                    }
        return None

    def _standing(self, section: str, name: str, change: SizeChange) -> dict[str, object]:
        """Return what is laid over the world so that a population or service is as many as the plan says.

        A population may be more clients than instances, but no fewer.
        """
        before_count = change.before_count or 0
        if section == "services":
            return {f"services.{name}.instances": before_count}
        stated_count = self.world.clients[name].population_count
        if stated_count > before_count > 0:
            self.notes.append(
                f"clients.{name} are {stated_count:,}, and {change.address} is {before_count:,}: judged with "
                f"{stated_count / before_count:,.3g} clients an instance. If that is no longer so, an "
                "activity with `from` says how many each is."
            )
        if stated_count >= before_count or stated_count == 0:
            return {}
        return grown(self.file, name, before_count / stated_count)
