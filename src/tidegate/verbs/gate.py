"""Gate: may this change happen now? Asked by whatever is about to make it, and answered from what is known.

A question that was never worked out is answered with *cannot tell* at once, and handed on; asked again, it
has its answer. Steps that are not over yet are judged as one (`gate.asking.going_on`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from tidegate.gate.asking.going_on import GoingOn, Standing
from tidegate.gate.asking.intent import Intent, Resized, resizing
from tidegate.gate.asking.mirrored.cluster_mirror import Mirror
from tidegate.gate.asking.question import Awaited, Question
from tidegate.gate.asking.ruling import Ruling, Word
from tidegate.gate.asking.watched_world import GROWING, Watched
from tidegate.gate.asking.worked_out import Found, Known, key_of
from tidegate.gate.change.plan import Plan, SizeChange
from tidegate.verbs.unnamed import UNSEEN, Unnamed
from tidegate.world.world import World, WorldFile

AGAIN_AT_LEAST_S = 5.0
WORST = ("proceed", "cannot_tell", "slow_down", "stop")
"""Verdicts, the worst last: where several count it is that."""
_HARMLESS = Ruling(verdict="proceed", why="nothing grows, and nobody has to connect anew.")


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
        if activity.kind not in GROWING or activity.from_count is None or activity.to_count is None:
            continue
        for system, name in activity.known_as.items():
            yield resizing(
                system, Resized(address=name, before_count=activity.from_count, after_count=activity.to_count)
            )
