"""Why did it happen? The chain of causes of one run in order of time, from trigger to symptom.

Every link is read off the run's own record: a value passes a limit that the world states and stays
there. What caused it is the latest earlier link of a kind that can: what was done strains crossings
and services, strain delays or loses attempts, those that fail are tried again, and retries strain.

Shortcuts: a link is what lasts for at least three time bins; where two earlier links could be the
cause, the later one is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.arithmetic.limit import Limit
from tidegate.evaluate.judging.audit import places_passed
from tidegate.evaluate.reading.run_record import LASTING_BINS, Record, Sample
from tidegate.simulate.script import Script
from tidegate.world.graph import route
from tidegate.world.recurrence import turns_s
from tidegate.world.world import World

ANSWER_PASSES = 4
RETRIES_RATIO = 1.5
HALF = 0.5
GIVEN_UP_RATIO = 0.05
LEAST_SERVED = 10  # requests in the second (or the time bin) that is looked at
FULL_RATIO = 0.99

DONE, STRAIN, FAILURE, RETRIES, LOSS, BLIND, RECOVERY = (
    "done", "strain", "failure", "retries", "loss", "blind", "recovery",
)  # fmt: skip
_CAUSES: Mapping[str, tuple[str, ...]] = {
    STRAIN: (DONE, RETRIES),
    FAILURE: (STRAIN,),
    RETRIES: (FAILURE, STRAIN),
    LOSS: (FAILURE, STRAIN),
    BLIND: (STRAIN,),
    RECOVERY: (DONE,),
}


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link of the chain.

    Parameters
    ----------
    at_s
        When, since the run's start.
    kind
        "done" (an activity or trigger), "strain" (a place is asked for more than it can take),
        "failure" (attempts end unanswered), "retries", "loss" (service is away), "blind" (tooling
        that passes there), or "recovery".
    name
        The noun it is about.
    value, limit
        What was reached, and the limit that it passed; None where there is none.
    what
        Which quantity: "offered", "packets", "delay", "dropped", "table", "ports", "busy", …; or the
        clause of a countable limit that is exceeded; for "blind" the place.
    because
        Index of the link that caused it; None where nothing before it can have.
    """

    at_s: float
    kind: str
    name: str
    what: str
    value: float | None = None
    limit: float | None = None
    because: int | None = None


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The chain of one run.

    Parameters
    ----------
    world, activity
        What was run.
    disturbed_from_s
        When it began; times are told from there.
    links
        In order of time.
    ends_well
        Whether every population was served again at the end.
    trapped
        Whether service was away at the end although what began it was over.
    """

    world: str
    activity: str | None
    disturbed_from_s: float
    links: tuple[Link, ...]
    ends_well: bool
    trapped: bool


def explain(script: Script, activity: str | None, rows: Iterable[Sample]) -> Explanation:
    """Return why a run came out as it did.

    Parameters
    ----------
    script
        What was run.
    activity
        The activity that happened; None for the triggers alone.
    rows
        The run's record, as `record.samples` gives it.
    """
    world = script.phases[0].world
    seen = _Seen(world, Record(rows), script.disturbed_from_s)
    links = [*_done(world, activity), *seen.crossings(), *seen.services(), *seen.clients()]
    over = exceeded(script)
    links += [
        Link(at_s=script.disturbed_from_s, kind=STRAIN, name=limit.place, what=limit.says) for limit in over
    ]
    links += _blinded(world, links, over)
    ends_well = not seen.lost_at_end()
    retried = any(link.kind == RETRIES for link in links)
    away = any(link.kind == LOSS and link.what == "served" for link in links)
    return Explanation(
        world=world.name,
        activity=activity,
        disturbed_from_s=script.disturbed_from_s,
        links=_chained(sorted(links, key=_when)),
        ends_well=ends_well,
        trapped=not ends_well and away and retried and world.horizon_s > script.disturbed_until_s,
    )


def _blinded(world: World, links: Iterable[Link], counted: Iterable[Limit]) -> list[Link]:
    """Return the tooling that stands on a strained place, from when on.

    A place that is busy or full but serves everybody blinds nobody, unless more is wanted than it has.
    """
    away = any(link.kind == LOSS and link.what == "served" for link in links)
    over = {limit.place for limit in counted}
    strained: dict[str, float] = {}
    for link in links:
        if link.kind == STRAIN and (away or link.name in over):
            strained[link.name] = min(link.at_s, strained.get(link.name, link.at_s))
    found: dict[str, Link] = {}
    for _, tooling, place, _ in places_passed(world):
        if place in strained:
            found.setdefault(tooling, Link(at_s=strained[place], kind=BLIND, name=tooling, what=place))
    return list(found.values())


def _when(link: Link) -> tuple[float, int]:
    return link.at_s, (DONE, STRAIN, FAILURE, RETRIES, LOSS, BLIND, RECOVERY).index(link.kind)


def _chained(links: Sequence[Link]) -> tuple[Link, ...]:
    """Give each link the latest earlier one that can have caused it."""
    chained: list[Link] = []
    for link in links:
        causes = _CAUSES.get(link.kind, ())
        before = [i for i, one in enumerate(chained) if one.kind in causes]
        if link.kind == BLIND:
            before = [i for i in before if chained[i].name == link.what]
        chained.append(replace(link, because=before[-1] if before else None))
    return tuple(chained)


def _done(world: World, activity: str | None) -> list[Link]:
    """Return what was done, and when it was over."""
    found = []
    if activity is not None:
        found.append(Link(at_s=world.activities[activity].at_s, kind=DONE, name=activity, what="activity"))
    for name, trigger in world.triggers.items():
        what = "operator" if trigger.by_operator else "trigger"
        for at_s in turns_s(trigger.at_s, trigger.every_s, trigger.times_count, world.horizon_s):
            found.append(Link(at_s=at_s, kind=DONE, name=name, what=what))
            if trigger.for_s is not None:
                found.append(Link(at_s=at_s + trigger.for_s, kind=DONE, name=name, what="over"))
    return found


class _Seen:
    """What a record shows of each noun after the disturbance began."""

    def __init__(self, world: World, record: Record, from_s: float) -> None:
        self._world, self._record, self._from_s = world, record, from_s
        self._first = sum(at_s <= from_s for at_s in record.times_s)

    def _usual(self, values: Sequence[float]) -> float:
        before = values[self._first // 3 : self._first]
        return sum(before) / len(before) if before else 0.0

    def _over(
        self, kind: str, name: str, what: str, values: Sequence[float], limit: float | None
    ) -> list[Link]:
        """Return the link of a value that passes a limit and stays there for a while."""
        if limit is None or not values:
            return []
        at = self._record.lasting(lambda i: values[i] >= limit, self._from_s)
        if at is None:
            return []
        peak = max(values[at : at + max(LASTING_BINS, round(5.0 / self._record.bin_s))])
        return [Link(at_s=self._record.times_s[at], kind=kind, name=name, what=what, value=peak, limit=limit)]

    def crossings(self) -> list[Link]:
        """Return how each crossing was strained."""
        found = []
        for name, crossing in self._world.crossings.items():
            series = self._record.per_second
            offered = series("crossing", name, "offered_per_s")
            admitted = series("crossing", name, "admitted_per_s")
            shed = [asked - let for asked, let in zip(offered, admitted, strict=True)]
            timeout_s = self._shortest_timeout_s(name)
            felt_s = None if timeout_s is None else timeout_s / ANSWER_PASSES
            delay_s, dropped = (
                self._record.of("crossing", name, quantity) for quantity in ("delay_s", "dropped_per_s")
            )
            packets = series("crossing", name, "packets_per_s")
            capacity_per_s = crossing.packet_capacity_per_s
            few = 0.01 * max(max(packets, default=0.0), 1.0)
            found += [
                *self._over(STRAIN, name, "offered", offered, crossing.flow_capacity_per_s),
                *self._over(FAILURE, name, "delay", delay_s, felt_s),
                *self._over(FAILURE, name, "dropped", dropped, few),
                *self._over(FAILURE, name, "shed", shed, 0.01 * max(max(offered, default=0.0), 1.0)),
            ]
            if capacity_per_s is not None:
                found += self._over(STRAIN, name, "packets", packets, FULL_RATIO * capacity_per_s)
            for what in ("table", "ports"):
                ratio = self._record.of("crossing", name, f"{what}_ratio")
                if getattr(crossing, what) is not None:
                    found += self._over(STRAIN, name, what, ratio, FULL_RATIO)
        return found

    def _shortest_timeout_s(self, crossing: str) -> float | None:
        world = self._world
        passing = (
            clients.timeout_s
            for clients in world.clients.values()
            if crossing in (route(world, clients.network, world.services[clients.service].network) or ())
        )
        return min(passing, default=None)

    def services(self) -> list[Link]:
        """Return how each service was strained."""
        found = []
        for name, service in self._world.services.items():
            workers = float(service.instances_count * service.concurrency_count)
            busy = self._record.of("service", name, "busy_count")
            found += self._over(STRAIN, name, "busy", busy, FULL_RATIO * workers if workers else None)
            if service.accepted_count is not None:
                most = FULL_RATIO * service.accepted_count * service.instances_count
                connections = self._record.of("service", name, "connections_count")
                found += self._over(STRAIN, name, "connections", connections, most)
        return found

    def clients(self) -> list[Link]:
        """Return what each population did and went through."""
        found = []
        for name, clients in self._world.clients.items():
            series = self._record.per_second
            attempts, served = (series("clients", name, f"{what}_per_s") for what in ("attempts", "served"))
            if not attempts or clients.demand.kind == "once":
                continue
            usual = max(self._usual(attempts), 1e-9)
            found += self._over(RETRIES, name, "attempts", attempts, RETRIES_RATIO * usual)
            given_up = series("clients", name, "given_up_per_s")
            wanted = max(self._usual(series("clients", name, "fresh_per_s")), usual)
            found += self._over(LOSS, name, "given_up", given_up, GIVEN_UP_RATIO * wanted)
            if self._speaks(name, served):
                low = self._low(name, served, attempts)
                at = self._record.lasting(lambda i, low=low: low[i], self._from_s)  # type: ignore[misc]
                if at is not None:
                    least = max(min(served[self._first :]), 0.0)
                    away = Link(at_s=self._record.times_s[at], kind=LOSS, name=name, what="served")
                    found.append(replace(away, value=least, limit=self._usual(served)))
                    found += self._recovered(name, low)
        return found

    def _low(self, name: str, served: Sequence[float], attempts: Sequence[float]) -> list[bool]:
        """Return when less than half of what is usual is served although somebody waits, or tries in vain.

        Clients that ask together are served together, and between that nobody is.
        """
        half = HALF * self._usual(served)
        waiting = self._record.of("clients", name, "unanswered_count") or [1.0] * len(served)
        return [
            got <= half and (waits > 0.0 or tried > got)
            for got, waits, tried in zip(served, waiting, attempts, strict=True)
        ]

    def _speaks(self, name: str, served: Sequence[float]) -> bool:
        """Whether so many are usually served a second that fewer are no coincidence."""
        one = self._one(name)
        return (
            self._usual(served) * max(self._record.bin_s, 1.0)
            >= LEAST_SERVED * one * self._record.bin_s
            > 0.0
        )

    def _one(self, name: str) -> float:
        """Return the rate that one request in one time bin is, in the world's own size.

        The least step between any two values of the record: all may always be served in crowds.
        """
        said = ("served_per_s", "attempts_per_s", "fresh_per_s")
        steps = sorted({0.0}.union(*(self._record.of("clients", name, what) for what in said)))
        apart = (more - less for less, more in pairwise(steps))
        return min((step for step in apart if step > 1e-6 * steps[-1]), default=0.0)

    def _recovered(self, name: str, low: Sequence[bool]) -> list[Link]:
        lasting = [i for i in range(self._first, len(low)) if all(low[max(i - LASTING_BINS + 1, 0) : i + 1])]
        if not lasting or lasting[-1] + LASTING_BINS >= len(low):
            return []
        return [Link(at_s=self._record.times_s[lasting[-1] + 1], kind=RECOVERY, name=name, what="served")]

    def lost_at_end(self) -> bool:
        """Whether some population was hardly served in the last moments, or much of what it tried failed."""
        tail = max(LASTING_BINS, len(self._record.times_s) // 20)
        for name, clients in self._world.clients.items():
            served, attempts = (
                self._record.of("clients", name, f"{what}_per_s") for what in ("served", "attempts")
            )
            usual = self._usual(served)
            if clients.demand.kind == "once" or not served:
                continue
            got, tried = sum(served[-tail:]), sum(attempts[-tail:])
            if (usual > 0.0 and got / tail < HALF * usual) or tried - got > GIVEN_UP_RATIO * tried:
                return True
        return False
