"""What is known of one world that is asked about? Its limits, its names, and what goes on in it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from tidegate import __version__
from tidegate.gate.asking.echoes import WITHIN_S as ECHO_S
from tidegate.gate.asking.going_on import GoingOn, Recent, Standing, leaves_s, settles_s
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.known_names import common_names, is_another_kind, known_names
from tidegate.gate.asking.mirrored.cluster_mirror import Mirror
from tidegate.gate.asking.ruling import Grounds
from tidegate.gate.asking.worked_out import Found, Known, key_of
from tidegate.gate.change.plan import Plan, SizeChange, merged, parts_summed
from tidegate.gate.change.resource import without_index
from tidegate.world.file.digest import file_digest
from tidegate.world.world import World, WorldFile

GROWING = frozenset({"scale", "devices"})


class Watched:
    """One world with what is known of it, and what goes on in it.

    Parameters
    ----------
    file
        The world.
    """

    def __init__(self, file: WorldFile) -> None:
        self.file = file
        self.known = Known(digest=file_digest(file), version=__version__)
        self.recent = Recent(settles_s=settles_s(file.world), leaves_s=leaves_s(file.world))
        self.stands: dict[str, int] = {}
        """The sizes that were gone to since, by the name of what has them."""
        self.anew_s: dict[str, float] = {}
        """When what was restarted last began to connect anew, by its name."""
        self.names = known_names(file.world)
        self._common = common_names(file.world)
        in_kubernetes = {own for (system, _), own in self.names.items() if system == "kubernetes"}
        self._in_kubernetes = sorted(in_kubernetes)
        self._stated = _stated_sizes(file.world)
        self._own_names = frozenset(self.names.values())

    def seen(self, cluster: Mirror | None, now_s: float) -> Mapping[str, Standing]:
        """Return what a cluster shows of what this world knows, by its name here."""
        if cluster is None:
            return {}
        recent = self.recent
        shown = (
            (one, cluster.standing(one, recent.settles_s, now_s, leaves_s=recent.leaves_s))
            for one in self._in_kubernetes
        )
        return {name: standing for name, standing in shown if standing is not None}

    def unlike(self, intent: Intent, now_s: float, going_on: GoingOn, seen: Mapping[str, Standing]) -> str:
        """Return why nothing that was proven of this world says anything of it now; empty where it does.

        What was proven has everything else at the size that the world states, and no restart going on.
        """
        own = {change.address for change in intent.plan.changes}
        if self._is_anew(intent, now_s, seen):
            return "a restart is going on in this world, and nobody has proven both."
        moving = {step.change.address for step in going_on.steps}
        gone = set(going_on.gone_counts()) - own
        for address in sorted(gone):
            if self._is_service(address):
                return f"{address} has just become smaller, and nobody has proven what is left of it."
        for address, count in {**self.stands, **{name: one.count for name, one in seen.items()}}.items():
            stated = self._stated.get(address)
            if address in own or stated is None or stated[0] == count:
                continue
            if address not in moving or self._is_service(address):
                return f"{address} has gone to {count:,}, and this world says {stated[0]:,}: write it there."
        return ""

    def _is_anew(self, intent: Intent, now_s: float, seen: Mapping[str, Standing]) -> bool:
        """Whether a restart is going on that is not the very one that is asked about."""
        own = {one.address for one in intent.plan.reconnects}
        going = {one for one, at_s in self.anew_s.items() if now_s < at_s + self.recent.settles_s}
        going |= {address for address, one in seen.items() if one.is_anew}
        if not intent.is_at_once:  # it may be the same that is asked about again
            return not going <= own
        asked_now = {one for one in own if now_s - self.anew_s.get(one, float("-inf")) <= ECHO_S}
        return not going <= asked_now

    def _is_service(self, address: str) -> bool:
        stated = self._stated.get(address)
        return stated is not None and stated[1]

    def see(self, intent: Intent, now_s: float, seen: Container[str]) -> None:
        """Take down which sizes somebody says that things have, save what a cluster shows.

        Who says it from memory is believed that some left, and not that more came.
        """
        plan, is_at_once = intent.plan, intent.is_at_once
        for one in plan.changes if is_at_once or not intent.is_trial else ():
            address = self.name_for_all(plan.system, one.address)
            is_said = one.before_count is not None and not one.is_allowed and not one.unit
            if is_said and self.knows(address) and address not in seen:
                self.recent.see(now_s, address, one.before_count or 0, is_at_once=is_at_once)

    def restarts(self, address: str, now_s: float, *, is_at_once: bool) -> None:
        """Take down a restart: those who stood leave, and as many come."""
        before_s, recent = self.anew_s.get(address, float("-inf")), self.recent
        self.anew_s[address] = now_s
        if now_s - before_s < (ECHO_S if is_at_once else recent.settles_s):
            recent.left_again(now_s, address)
            return
        known = (recent.begins(now_s).get(address), self.stands.get(address), self.stated_count(address))
        count = max(one or 0 for one in known)
        if recent.leaves_s > recent.settles_s:  # else they are part of its proof, and over with it
            recent.leave(now_s, address, count, is_at_once=is_at_once, is_anew=True)

    @property
    def knows_nothing(self) -> bool:
        """Whether nothing of this world can be asked about: nothing in it says what it is known as."""
        return not self.names

    def knows(self, address: str) -> bool:
        """Whether a name is one of those by which this world knows something."""
        return address in self._own_names

    def stated_count(self, address: str) -> int | None:
        """Return the size that this world states of what it knows by a name; None where it states none."""
        stated = self._stated.get(address)
        return None if stated is None else stated[0]

    def grounds(self, plan: Plan, found: Found | None = None) -> Grounds:
        """Return what a ruling on a plan, in the names of this world, is given on."""
        kept = found or Found(verdict="cannot_tell", why="")
        return Grounds(
            digest=self.known.digest,
            judged=key_of(plan),
            settles_s=self.recent.settles_s,
            runs_count=kept.limit.runs_count if kept.limit else kept.runs_count,
            seed=kept.seed,
            numbers=kept.numbers,
        )

    def called(self, plan: Plan, address: str) -> str | None:
        """Return the name by which this world knows what changes; None where it does not."""
        for name in sorted(plan.names_of(address)):
            own = self.names.get((plan.system, name))
            if own is not None and not is_another_kind(name, address, own):
                return own
        return None

    def in_own_names(self, plan: Plan) -> Plan | None:
        """Return a plan in the names of this world; None where it knows nothing of it."""
        own = {one: name for one in _addresses(plan) if (name := self.called(plan, one)) is not None}
        if not own:
            return None
        return self._in_common(self._own(plan, own))

    def _own(self, plan: Plan, own: Mapping[str, str]) -> Plan:
        return replace(
            plan,
            changes=merged(
                self._whole(replace(one, address=own.get(one.address, one.address)), plan)
                for one in parts_summed(plan.changes, own.values())
            ),
            reconnects=tuple(
                replace(one, address=own.get(one.address, one.address)) for one in plan.reconnects
            ),
            resources=tuple((own.get(address, address), names) for address, names in plan.resources),
            aliases={},
        )

    def _whole(self, change: SizeChange, plan: Plan) -> SizeChange:
        """Return a change of parts as one of the whole that they are of, as far as its size is known here."""
        if all(without_index(one.address) == one.address for one in plan.changes):
            return change
        address = self.name_for_all(plan.system, change.address)
        parts = [one for one in plan.changes if without_index(one.address) == change.address != one.address]
        counts = [one.before_count or 0 for one in parts]
        whole_count = self.stands.get(address, self.stated_count(address)) or 0
        rest_count = whole_count - sum(counts)
        if not parts or rest_count <= 0 or change.before_count is None or change.after_count is None:
            return change
        return replace(
            change,
            before_count=change.before_count + rest_count,
            after_count=change.after_count + rest_count,
        )

    def _in_common(self, plan: Plan) -> Plan:
        """Return a plan by the names that all callers have in common, where all of it has one."""
        known = {name for system, name in self._common if system == plan.system}
        changing = {*(one.address for one in plan.changes), *(one.address for one in plan.reconnects)}
        named = [one for one in _addresses(plan) if one in changing or {one, without_index(one)} & known]
        common = {one: self._common.get((plan.system, one)) or ("", one) for one in named}
        systems = {system for system, _ in common.values()}
        if len(systems) != 1 or "" in systems:
            return plan
        [system] = systems
        return replace(self._own(plan, {one: name for one, (_, name) in common.items()}), system=system)

    def name_for_all(self, system: str, address: str) -> str:
        """Return what all who call a thing have in common, of the name by which one system calls it."""
        return (self._common.get((system, address)) or ("", address))[1]

    def take_over(self, before: Watched) -> None:
        """Take in what goes on in what this world was before, by the names that it has now."""
        now = {own: self.names[key] for key, own in before.names.items() if key in self.names}
        written = {one for one in now.values() if self.stated_count(one) != before.stated_count(one)}
        self.recent.take_over(before.recent, now, written)
        self.stands = {now.get(address, address): count for address, count in before.stands.items()}
        self.anew_s = {now.get(one, one): at_s for one, at_s in before.anew_s.items()}


def _addresses(plan: Plan) -> tuple[str, ...]:
    named = (*(one.address for one in plan.changes), *(one.address for one in plan.reconnects))
    return tuple(dict.fromkeys((*named, *(address for address, _ in plan.resources))))


def _stated_sizes(world: World) -> dict[str, tuple[int, bool]]:
    """Return the size that a world states of each thing, by its name there, and whether it is a service."""
    found: dict[str, tuple[int, bool]] = {}
    for service in world.services.values():
        found |= dict.fromkeys(service.known_as.values(), (service.instances_count, True))
    for clients in world.clients.values():
        found |= dict.fromkeys(clients.known_as.values(), (clients.population_count, False))
    for activity in world.activities.values():
        if activity.from_count is not None and activity.kind in GROWING:
            is_service = bool(activity.service) and not activity.clients_added
            found |= dict.fromkeys(activity.known_as.values(), (activity.from_count, is_service))
    return found
