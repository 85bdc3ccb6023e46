"""Gate: may this change happen now? Asked by whatever is about to make it, and answered from what is known.

A question that was never worked out is answered with *cannot tell* at once, and handed on; asked again, it
has its answer. Steps that are not over yet are judged as one (`gate.asking.going_on`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace

from tidegate import __version__
from tidegate.gate.asking.echoes import WITHIN_S as ECHO_S
from tidegate.gate.asking.going_on import GoingOn, Recent, Standing, leaves_s, settles_s
from tidegate.gate.asking.intent import Intent, Resized, resizing
from tidegate.gate.asking.known_names import common_names, is_another_kind, known_names
from tidegate.gate.asking.mirrored.cluster_mirror import Mirror
from tidegate.gate.asking.question import Awaited, Question
from tidegate.gate.asking.ruling import Grounds, Ruling, Word
from tidegate.gate.asking.worked_out import Found, Known, key_of
from tidegate.gate.change.plan import Plan, SizeChange, merged, parts_summed
from tidegate.gate.change.resource import without_index
from tidegate.verbs.unnamed import UNSEEN, Unnamed
from tidegate.world.file.digest import file_digest
from tidegate.world.world import World, WorldFile

AGAIN_AT_LEAST_S = 5.0
_GROWING = frozenset({"scale", "devices"})
WORST = ("proceed", "cannot_tell", "slow_down", "stop")
"""Verdicts, the worst last: where several count it is that."""
_HARMLESS = Ruling(verdict="proceed", why="nothing grows, and nobody has to connect anew.")


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
        if activity.from_count is not None and activity.kind in _GROWING:
            is_service = bool(activity.service) and not activity.clients_added
            found |= dict.fromkeys(activity.known_as.values(), (activity.from_count, is_service))
    return found


class Gate:
    """Answers intents from what is known, and takes down what is let through.

    Parameters
    ----------
    files
        The worlds.
    ask
        Called with each question that is not known; returns when it may be.
    cluster
        What is read of the cluster that it stands in; None where none is.
    unnamed
        Answers for workloads of that cluster that no world knows; None where nothing does.
    """

    def __init__(
        self,
        files: Sequence[WorldFile],
        ask: Callable[[Question], Awaited],
        cluster: Mirror | None = None,
        unnamed: Unnamed | None = None,
    ) -> None:
        self.worlds = [Watched(file) for file in files]
        self._ask = ask
        self._cluster = cluster
        self._unnamed = unnamed
        self._lock = threading.Lock()

    def beforehand(self, number: int) -> tuple[Question, ...]:
        """Return what of a world is worth working out before anybody asks: each step that it states."""
        watched = self.worlds[number]
        named = (watched.in_own_names(plan) for plan in _stated(watched.file.world))
        plans = {key_of(plan): plan for plan in named if plan is not None}
        return tuple(
            Question(world=number, file=watched.file, plan=plan)
            for plan in plans.values()
            if not watched.known.holds(plan)
        )

    def renew(self, number: int, file: WorldFile) -> Watched:
        """Put a world in the place of what it was before; what goes on in it goes on."""
        watched = Watched(file)
        with self._lock:
            watched.take_over(self.worlds[number])
            self.worlds[number] = watched
        return watched

    def rule(self, intent: Intent, now_s: float) -> Ruling:
        """Return what is known of an intent at a moment.

        Parameters
        ----------
        intent
            What is about to change.
        now_s
            Seconds on a clock that only grows.
        """
        if intent.is_harmless and intent.is_at_once:
            return _HARMLESS
        said: list[Ruling] = []
        with self._lock:
            for i, watched in enumerate(self.worlds):
                own = self._own(watched, intent, now_s)
                if own is not None:
                    ruling = _HARMLESS if own.is_harmless else self._in(i, watched, own, now_s)
                    said.append(replace(ruling, grounds=ruling.grounds or watched.grounds(own.plan)))
        if said:  # what several worlds know is as bad as the worst of them says
            return max(said, key=lambda one: (WORST.index(one.verdict), -(one.allowed_count or 0)))
        if not intent.may_harm:
            return _HARMLESS
        modelled = None if self._unnamed is None else self._unnamed.rule(intent, now_s)
        if modelled is not None:
            return modelled
        named = ", ".join(dict.fromkeys(one.address for one in intent.growth)) or "what changes"
        system = intent.plan.system
        why = f"no world here knows {named}: give what it is there `known_as: {{{system}: …}}`."
        return Ruling(verdict="cannot_tell", why=why)

    def let_through(
        self, intent: Intent, now_s: float, *, to_count: int | None = None, is_sure: bool = True
    ) -> None:
        """Take down what happens now, in each world that knows it, for what is asked until it is over.

        Parameters
        ----------
        intent
            What was asked.
        now_s
            As for `rule`.
        to_count
            The size that it was brought down to; None where it happens as it was asked for.
        is_sure
            Whether it is sure to happen; else it makes no world again what it states.
        """
        if self._unnamed is not None:
            self._unnamed.let_through(intent, now_s, to_count)
        with self._lock:
            for watched in self.worlds:
                own = self._own(watched, intent, now_s)
                if own is None:
                    continue
                plan = own.plan
                for anew in plan.reconnects:
                    address = watched.name_for_all(plan.system, anew.address)
                    watched.restarts(address, now_s, is_at_once=intent.is_at_once)
                for one in plan.changes:
                    change = replace(one, address=watched.name_for_all(plan.system, one.address))
                    after_count = change.after_count if to_count is None else to_count
                    is_back = after_count == watched.stated_count(change.address) and not is_sure
                    if after_count is not None and not change.is_allowed and not is_back:
                        watched.stands[change.address] = after_count
                    leaves = is_sure and watched.knows(change.address)
                    if not change.is_allowed and (change.grows or leaves):
                        step = replace(change, after_count=after_count)
                        watched.recent.let_through(now_s, step, is_at_once=intent.is_at_once)

    def still_asks(self, question: Question) -> bool:
        """Return whether the answer to a question is of use: its world is still the one it was asked of."""
        if question.readings:
            return self._unnamed is not None and self._unnamed.still_asks(question)
        return self.worlds[question.world].file is question.file

    def take(self, question: Question, found: Found) -> Known | None:
        """Take in what was worked out; return all that is known of its world, to be kept.

        None where the world is another, or was modelled: that is made anew at the next start.
        """
        if question.readings:
            if self._unnamed is not None:
                self._unnamed.take(question, found)
            return None
        with self._lock:
            if not self.still_asks(question):
                return None
            watched = self.worlds[question.world]
            watched.known.take(question.plan, found)
            return watched.known

    def _in(self, number: int, watched: Watched, intent: Intent, now_s: float) -> Ruling:
        """Return what one world says of an intent that is in its own names."""
        file, seen = watched.file, _as_asked(intent, watched.seen(self._cluster, now_s), now_s)
        going_on = watched.recent.now(now_s, seen)
        over_in_s = going_on.over_in_s(now_s)
        unlike = self._unread(now_s) or watched.unlike(intent, now_s, going_on, seen)
        if unlike and intent.may_harm:
            again_s = over_in_s or None
            return Ruling(verdict="cannot_tell", why=unlike, again_in_s=again_s, world=file.world.name)
        plan = _with_what_goes_on(intent, going_on)
        alone = replace(intent, plan=plan).only_growth
        found = None if alone is None else watched.known.of_size(plan.system, alone)
        found = found or watched.known.of_plan(plan)
        if found is None:
            awaited = self._ask(Question(world=number, file=file, plan=plan))
            again_s = max(awaited.again_s, AGAIN_AT_LEAST_S)
            return Ruling(verdict="cannot_tell", why=awaited.why, again_in_s=again_s, world=file.world.name)
        is_size = alone is not None and found.limit is not None
        is_exact = alone is None or _is_exact(found, alone) or watched.known.of_plan(plan) is not None
        if not is_exact:  # so that every gate comes to the same answer in the end
            self._ask(Question(world=number, file=file, plan=plan, can_wait=True))
        gone_count = 0 if alone is None else going_on.gone_counts().get(alone.address, 0)
        ruling = (
            _of_size(found, alone, gone_count, over_in_s) if is_size and alone else _of_plan(found, over_in_s)
        )
        ruling = _as_seen(ruling, seen, now_s)
        [*asked] = intent.growth
        if alone is not None and ruling.verdict == "slow_down" and ruling.allowed_count is not None:
            self._ask_ahead(number, plan, replace(asked[0], before_count=ruling.allowed_count))
        grounds = watched.grounds(plan, found)
        return replace(ruling, world=file.world.name, activity=found.activity, grounds=grounds)

    def _own(self, watched: Watched, intent: Intent, now_s: float) -> Intent | None:
        """Return an intent in the names of a world; None where it knows nothing of it.

        Who asks before it happens says sizes from memory: where a cluster shows less, or less was gone to
        when it was heard of last, it begins there.
        """
        plan = watched.in_own_names(intent.plan)
        if plan is None:
            return None
        own = replace(intent, plan=plan)
        seen = watched.seen(self._cluster, now_s)
        begins = {**watched.recent.begins(now_s), **{name: one.count for name, one in seen.items()}}
        watched.see(own, now_s, seen)
        return own if intent.is_at_once else own.begun_at(begins)

    def _ask_ahead(self, number: int, plan: Plan, rest: SizeChange) -> None:
        """Have the rest of a step worked out while the part that is safe goes on: it is asked about next."""
        watched = self.worlds[number]
        if watched.known.of_size(plan.system, rest) is None:
            ahead = replace(plan, changes=(rest,))
            self._ask(Question(world=number, file=watched.file, plan=ahead, can_wait=True))

    def _unread(self, now_s: float) -> str:
        """Return why what goes on is not known, where a cluster is to say it; empty where it is."""
        return "" if self._cluster is None else self._cluster.doubt(now_s)


def _is_exact(found: Found, change: SizeChange) -> bool:
    """Whether a limit was worked out for the very size that a growth begins at, not for those beside it."""
    return found.limit is None or found.limit.at == change.before_count


def _as_asked(intent: Intent, seen: Mapping[str, Standing], now_s: float) -> Mapping[str, Standing]:
    """Return what a cluster shows, with what left that it has yet to show: its server knows that first."""
    if not intent.is_at_once:
        return seen
    found = dict(seen)
    for one in intent.plan.changes:
        shown = seen.get(one.address)
        if shown is not None and one.before_count is not None:
            unshown_count = shown.count - one.before_count
            if unshown_count > shown.gone_count:
                found[one.address] = replace(shown, gone_count=unshown_count, gone_s=now_s)
    return found


def _as_seen(ruling: Ruling, seen: Mapping[str, Standing], now_s: float) -> Ruling:
    """Return a ruling: nothing is called safe where some may have left before the cluster was read."""
    until_s = max((one.unseen_until_s for one in seen.values()), default=now_s)
    if ruling.verdict != "proceed" or until_s <= now_s:
        return ruling
    return replace(
        ruling, verdict="cannot_tell", why=UNSEEN, allowed_count=None, again_in_s=until_s - now_s, evidence=""
    )


def _with_what_goes_on(intent: Intent, going_on: GoingOn) -> Plan:
    """Return a plan from the sizes of before the steps that are not over, with those of all others.

    What left and may still be there is there beside what is asked for.
    """
    plan = intent.begun_at(going_on.floors()).plan
    anew = {one.address for one in plan.reconnects}
    gone_counts = going_on.gone_counts(anew)
    own = (
        _with_gone(one, gone_counts.get(one.address, 0)) if intent.may_harm else one for one in plan.changes
    )
    others = going_on.beside((change.address for change in plan.changes), anew)
    return replace(plan, changes=(*own, *others))


def _with_gone(change: SizeChange, gone_count: int) -> SizeChange:
    """Return a change of size with those who left before and may still be there."""
    count = change.after_count if change.grows else change.before_count
    if not gone_count or count is None or change.is_allowed or change.unit:
        return change
    return replace(change, after_count=count + gone_count)


def _of_size(found: Found, change: SizeChange, gone_count: int, over_in_s: float) -> Ruling:
    """Return what a limit says of one growth, of which some are there that left before."""
    limit = found.limit
    assert change.before_count is not None
    assert change.after_count is not None
    if limit is None or limit.safe_count is None:
        return Ruling(verdict=_at_most(found), why=found.why, again_in_s=over_in_s or None)
    evidence = f"{limit.runs_count:,} whole runs"
    from_text = f"from {change.before_count:,}"
    gone_text = f" with {gone_count:,} that left and may still be there" if gone_count else ""
    allowed_count = max(limit.safe_count - gone_count, 0)
    if change.after_count <= limit.safe_count:
        why = f"{from_text} up to {limit.safe_count:,} was proven safe{gone_text and f',{gone_text}'}."
        return Ruling(verdict="proceed", why=why, allowed_count=allowed_count, evidence=evidence)
    beyond = f" (beyond: {limit.beyond})" if limit.beyond else ""
    wanted_count = change.after_count - gone_count
    why = f"{from_text} only {limit.safe_count:,} was proven safe, not {wanted_count:,}{gone_text}{beyond}."
    return Ruling(
        verdict="slow_down" if allowed_count > change.before_count else "stop",
        why=why,
        allowed_count=allowed_count,
        again_in_s=over_in_s or None,
        evidence=evidence,
    )


def _at_most(found: Found) -> Word:
    """Return the verdict on a size where none is known to be safe."""
    return "stop" if found.verdict == "proceed" else found.verdict


def _of_plan(found: Found, over_in_s: float) -> Ruling:
    again_in_s = None if found.verdict == "proceed" else over_in_s or None
    evidence = f"{found.runs_count:,} whole runs" if found.runs_count else ""
    return Ruling(verdict=found.verdict, why=found.why, again_in_s=again_in_s, evidence=evidence)


def _stated(world: World) -> Iterator[Plan]:
    """Yield the steps of a world that something outside is known to make."""
    for activity in world.activities.values():
        if activity.kind not in _GROWING or activity.from_count is None or activity.to_count is None:
            continue
        for system, name in activity.known_as.items():
            yield resizing(
                system, Resized(address=name, before_count=activity.from_count, after_count=activity.to_count)
            )
