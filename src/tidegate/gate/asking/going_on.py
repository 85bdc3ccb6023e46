"""What has just been let through? A step is proven from calm, so one that is not over is part of the next.

Two safe steps one after the other may be one unsafe step if the second comes before the first has settled. So
each intent is judged from the size that was there before the first step that is not yet over, together with
whatever else in the same world is still going on.

Who leaves is not gone at once: connections close, tables and ports are held on. So what left counts as still
there for as long, and is taken off what is allowed meanwhile.

Where a cluster was read, its pods say both (`Standing`); what was let through counts beside that until the
cluster must have shown it. Else a size that is not the one that was gone to says that something was missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from tidegate.gate.asking.echoes import WITHIN_S as ECHO_S
from tidegate.gate.change.plan import SizeChange
from tidegate.world.world import World

SHOWN_WITHIN_S = 10.0
"""After so long a cluster has shown what it was allowed to do, or does not do it."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step that was let through.

    Parameters
    ----------
    at_s
        When.
    change
        What grew, from and to which size.
    is_at_once
        Whether it happens as soon as it is let through; others may come at any time.
    is_told
        Whether nobody asked about it: a size that somebody said tells of it.
    """

    at_s: float
    change: SizeChange
    is_at_once: bool = False
    is_told: bool = False


@dataclass(frozen=True, kw_only=True)
class Departure:
    """Some that left, and may still be there.

    Parameters
    ----------
    at_s
        When.
    address
        Of what.
    count
        How many.
    is_at_once
        As for `Step`.
    is_anew
        Whether as many came in their place: a restart.
    """

    at_s: float
    address: str
    count: int
    is_at_once: bool = False
    is_anew: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands of one thing, as a cluster shows it.

    Parameters
    ----------
    count
        Its size now, with what is still to come.
    calm_count
        How many of that have stood for as long as a step takes until it is over.
    begun_s
        When the last of the others came, in seconds; now, where some are still to come.
    is_anew
        Whether they are being replaced by others.
    gone_count
        How many beside that may still be there: they leave, or left within the time that this takes.
    gone_s
        When the last of them left; now, where some are leaving.
    unseen_until_s
        Until when some may be there that left before the cluster was read; negative infinity where none are.
    """

    count: int
    calm_count: int
    begun_s: float
    is_anew: bool = False
    gone_count: int = 0
    gone_s: float = float("-inf")
    unseen_until_s: float = float("-inf")

    def step(self, address: str) -> Step | None:
        """Return what of it is not over, as one step; None where all is."""
        if self.calm_count >= self.count:
            return None
        change = SizeChange(
            address=address, attribute="replicas", before_count=self.calm_count, after_count=self.count
        )
        return Step(at_s=self.begun_s, change=change)


@dataclass
class Recent:
    """The steps of one world that are not over, and what left it within that time.

    Parameters
    ----------
    settles_s
        How long a step takes until it is over: as long as its proof looked at.
    leaves_s
        How long what left may still be there; no shorter than that.
    """

    settles_s: float
    leaves_s: float = 0.0
    _steps: list[Step] = field(default_factory=list)
    _gone: list[Departure] = field(default_factory=list)
    _last: dict[str, Step] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)

    def let_through(self, at_s: float, change: SizeChange, *, is_at_once: bool = False) -> None:
        """Take down a change of size; one that is let through again has not begun before."""
        self._forget(at_s)
        step, last = Step(at_s=at_s, change=change, is_at_once=is_at_once), self._last.get(change.address)
        self._last[change.address] = step
        if change.after_count is not None:
            self._sizes[change.address] = change.after_count
        if last is not None and last.change == change and self._is_still_that(last, at_s):
            self._steps = [step if one is last else one for one in self._steps]
            self._gone = [
                replace(one, at_s=at_s) if (one.at_s, one.address) == (last.at_s, change.address) else one
                for one in self._gone
            ]
        elif change.grows:
            self._steps.append(step)
        else:
            self.leave(at_s, change.address, _left_count(change), is_at_once=is_at_once)

    def leave(
        self, at_s: float, address: str, count: int, *, is_at_once: bool = False, is_anew: bool = False
    ) -> None:
        """Take down that some left."""
        if count > 0:
            self._gone.append(
                Departure(
                    at_s=at_s, address=address, count=count, is_at_once=is_at_once, is_anew=is_anew
                )
            )  # fmt: skip

    def left_again(self, at_s: float, address: str) -> None:
        """Take down that a restart which was let through before is so again: no more leave by that."""
        self._gone = [
            replace(one, at_s=at_s) if one.is_anew and one.address == address else one for one in self._gone
        ]

    def see(self, at_s: float, address: str, count: int, *, is_at_once: bool = True) -> None:
        """Take down the size that somebody says a thing has; one that it did not go to tells of something.

        Nobody knows when that was: at the latest now. What was let through a moment ago, or by a caller
        who does it later, may not have happened yet. Who says it from memory may not know that less is left.
        """
        self._forget(at_s)
        if not is_at_once and count >= self._sizes.get(address, 0):
            return
        known_count, last = self._sizes.get(address, count), self._last.get(address)
        if known_count == count:
            self._sizes[address] = count
            return
        if last is not None and last.change.before_count == count and self._is_still_that(last, at_s):
            return
        if count < known_count:
            self.leave(at_s, address, known_count - count, is_at_once=True)
        else:
            missed = SizeChange(
                address=address, attribute="replicas", before_count=known_count, after_count=count
            )
            self._steps.append(Step(at_s=at_s, change=missed, is_at_once=True, is_told=True))
        self._sizes[address] = count

    def begins(self, now_s: float) -> Mapping[str, int]:
        """Return the least size that each thing may have now, for all that is known without a cluster."""
        self._forget(now_s)
        found = dict(self._sizes)
        for step in self._steps:
            before_count = step.change.before_count
            if step.is_told and before_count is not None:
                address = step.change.address
                found[address] = min(found.get(address, before_count), before_count)
        return found

    def take_over(self, before: Recent, names: Mapping[str, str], written: Container[str]) -> None:
        """Take in what goes on in what this world was before, by the names that it has now.

        Parameters
        ----------
        before
            What went on there.
        names
            The names now, by those of before.
        written
            Of what the world states another size now: that holds, and not what was heard of last.
        """

        def now(step: Step) -> Step:
            address = step.change.address
            return replace(step, change=replace(step.change, address=names.get(address, address)))

        kept = {id(one): now(one) for one in (*before._steps, *before._last.values())}
        self._steps = [kept[id(one)] for one in before._steps]
        self._last = {names.get(address, address): kept[id(one)] for address, one in before._last.items()}
        sizes = {names.get(address, address): count for address, count in before._sizes.items()}
        self._sizes = {address: count for address, count in sizes.items() if address not in written}
        self._gone = [replace(one, address=names.get(one.address, one.address)) for one in before._gone]

    def now(self, now_s: float, seen: Mapping[str, Standing] | None = None) -> GoingOn:
        """Return what is not over at a moment.

        Parameters
        ----------
        now_s
            When.
        seen
            What a cluster shows, by address.
        """
        self._forget(now_s)
        known = seen or {}

        def counts(one: Step | Departure, address: str) -> bool:
            return not (one.is_at_once and address in known and now_s - one.at_s > SHOWN_WITHIN_S)

        kept = [one for one in self._steps if counts(one, one.change.address)]
        shown = [step for address, one in known.items() if (step := one.step(address)) is not None]
        left = [
            Departure(at_s=one.gone_s, address=address, count=one.gone_count)
            for address, one in known.items()
            if one.gone_count
        ]
        return GoingOn(
            steps=tuple(sorted((*kept, *shown), key=lambda one: one.at_s)),
            over_s=self.settles_s,
            gone=tuple(one for one in self._gone if counts(one, one.address)),
            shown_gone=tuple(left),
            gone_over_s=self._leaves_s,
            sizes={**self._sizes, **{address: one.count for address, one in known.items()}},
        )

    @property
    def _leaves_s(self) -> float:
        return max(self.leaves_s, self.settles_s)

    def _is_still_that(self, last: Step, now_s: float) -> bool:
        """Whether who asks again may mean the same once more, as it has not happened yet."""
        return now_s - last.at_s < (min(ECHO_S, self.settles_s) if last.is_at_once else self.settles_s)

    def _forget(self, now_s: float) -> None:
        self._steps = [one for one in self._steps if one.at_s + self.settles_s > now_s]
        self._gone = [one for one in self._gone if one.at_s + self._leaves_s > now_s]


@dataclass(frozen=True, kw_only=True)
class GoingOn:
    """The steps that are not over at one moment, and what left and may still be there.

    Parameters
    ----------
    steps
        The oldest first.
    over_s
        How long each takes.
    gone, shown_gone
        What left, as it was let through, and as a cluster shows it: the same seen twice.
    gone_over_s
        How long what left may be there.
    sizes
        The last that is known of each thing, by address.
    """

    steps: tuple[Step, ...]
    over_s: float
    gone: tuple[Departure, ...] = ()
    shown_gone: tuple[Departure, ...] = ()
    gone_over_s: float = 0.0
    sizes: Mapping[str, int] = field(default_factory=dict)

    def floors(self) -> Mapping[str, int]:
        """Return the size from which each thing grew, by address."""
        found: dict[str, int] = {}
        for step in self.steps:
            before_count = step.change.before_count
            if before_count is not None:
                found[step.change.address] = min(found.get(step.change.address, before_count), before_count)
        return found

    def gone_counts(self, anew: Container[str] = ()) -> Mapping[str, int]:
        """Return how many left each thing and may still be there, by address.

        Parameters
        ----------
        anew
            What is asked to be restarted: those who leave by that are part of its proof.
        """
        told: Counter[str] = Counter()
        for one in self.gone:
            told[one.address] += 0 if one.is_anew and one.address in anew else one.count
        shown = Counter({one.address: one.count for one in self.shown_gone})
        return +(told | shown)

    def beside(self, own: Iterable[str], anew: Container[str] = ()) -> tuple[SizeChange, ...]:
        """Return what else goes on than what is named, each thing from its floor to its greatest size.

        Parameters
        ----------
        own
            What is asked about.
        anew
            As for `gone_counts`.
        """
        left_out, floors, gone_counts = set(own), self.floors(), self.gone_counts(anew)
        others: dict[str, SizeChange] = {}
        for step in self.steps:
            change = step.change
            if change.address in left_out:
                continue
            before = others.get(change.address)
            sizes = [one.after_count for one in (change, before) if one is not None]
            most = None if None in sizes else max(one for one in sizes if one is not None)
            others[change.address] = replace(
                change, before_count=floors.get(change.address), after_count=most
            )
        for address in sorted(set(gone_counts) - left_out):
            others[address] = self._with_gone(address, others.get(address), gone_counts[address])
        return tuple(others[address] for address in sorted(others))

    def _with_gone(self, address: str, moves: SizeChange | None, gone_count: int) -> SizeChange:
        """Return what goes on with a thing, up to what is there with those who left."""
        size = self.sizes.get(address)
        if moves is None:
            after_count = None if size is None else size + gone_count
            return SizeChange(
                address=address, attribute="replicas", before_count=size, after_count=after_count
            )
        if moves.after_count is None or size is None:
            return replace(moves, after_count=None)
        return replace(moves, after_count=max(moves.after_count, size + gone_count))

    def over_in_s(self, now_s: float) -> float:
        """Return after how long all of it is over; 0 where nothing goes on."""
        ends_s = [one.at_s + self.over_s for one in self.steps]
        ends_s += [one.at_s + self.gone_over_s for one in (*self.gone, *self.shown_gone)]
        return max(max(ends_s, default=now_s) - now_s, 0.0)


def _left_count(change: SizeChange) -> int:
    if change.before_count is None or change.after_count is None:
        return 0
    return change.before_count - change.after_count


def settles_s(world: World) -> float:
    """Return how long a step is not over: as long as runs look at what comes of one, from its start on."""
    starts_s = (activity.at_s for activity in world.activities.values())
    return world.horizon_s - min(starts_s, default=0.0)


def leaves_s(world: World) -> float:
    """Return how long what left may still be there: until a step is over, and what it held is let go.

    A table that gives the entry of a closed flow to the next one keeps nobody out by it.
    """
    held_s = [
        one.table.closed_hold_s
        for one in world.crossings.values()
        if one.table is not None and one.table.when_full != "evict"
    ]
    held_s += [one.ports.hold_s for one in world.crossings.values() if one.ports is not None]
    return max(settles_s(world), *held_s, 0.0)
