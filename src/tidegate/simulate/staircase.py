"""How do the sizes that an activity changes go on over time? Instances, devices, clients and their rate.

Everything that follows from a size follows it here: clients that are the instances themselves, what
they ask for together (open demand), and old and new that run beside each other for a while.

Shortcut: what new clients of an open demand ask for grows in four equal parts over their `start_spread`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import Fault
from tidegate.world.activity import Activity
from tidegate.world.clients import Clients
from tidegate.world.file.quantity import format_quantity
from tidegate.world.graph import asked_services
from tidegate.world.world import World

_PARTS = 4


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of an activity.

    Parameters
    ----------
    at_s
        When it begins.
    touched_count
        How many instances start in it.
    broken_ratio
        Which share of clients that are instances goes before its successors come.
    doubled_ratio
        Which share, beyond what the sizes say, is exchanged one for one at this moment.
    share_ratio
        Of a restart: which share of all instances it replaces.
    gone_count
        Of a restart: how many instances stop as it begins.
    gone_ratio
        Of a size that becomes smaller: which share of the instances goes.
    boots_s
        How long after it begins its instances count as there; 0 where they do so at once.
    relieved_s, relieved_count
        When those stop whose successors run beside them, and how many those are.
    """

    at_s: float
    touched_count: int
    broken_ratio: float = 0.0
    doubled_ratio: float = 0.0
    share_ratio: float = 1.0
    gone_count: int = 0
    gone_ratio: float = 0.0
    boots_s: float = 0.0
    relieved_s: float = 0.0
    relieved_count: int = 0


def count_before(world: World, activity: Activity) -> int:
    """Return how many instances (devices) there are before an activity: its own word, else the world's."""
    if activity.from_count is not None:
        return activity.from_count
    if activity.kind == "devices":
        return world.crossings[activity.crossing].devices_count
    return world.services[activity.service].instances_count if activity.service else 1


def stages(activity: Activity, before_count: int, after_count: int) -> tuple[tuple[float, int], ...]:
    """Return the steps of a change of size: when each begins, from the first on, and the size from then on.

    Parameters
    ----------
    activity
        What happens.
    before_count, after_count
        The sizes that it goes from and to.
    """
    growth = after_count - before_count
    if not activity.is_unequal:
        many = activity.batches_count
        return tuple(
            (i * activity.pause_s, before_count + round(growth * (i + 1) / many)) for i in range(many)
        )
    last_count = activity.steps[-1].to_count
    if last_count == after_count:
        return tuple((step.after_s, step.to_count) for step in activity.steps)
    whole = last_count - before_count
    shares = [
        min(max((step.to_count - before_count) / whole, 0.0), 1.0) if whole else 1.0
        for step in activity.steps
    ]
    return tuple(
        (step.after_s, before_count + round(growth * share))
        for step, share in zip(activity.steps, shares, strict=True)
    )


def restarts_in_turn(world: World, activity: Activity) -> bool:
    """Whether only a run can say when the next instances of a restart go: as others have their answers."""
    if activity.kind != "restart" or activity.at_once_most_count is None:
        return False
    return not activity.service or bool(world.services[activity.service].boot.calls)


def growth_boots(world: World, activity: Activity) -> bool:
    """Whether it is known when instances that an activity adds have booted, and it matters to anybody.

    Where few start at a time (`at_once_most`), and beside an autoscaler, only a run can say when: those count
    as there as they start. Those that are clients (`clients_added`) ask as they start, and so are there. For
    instances of a service that nobody asks nobody waits.
    """
    if activity.kind != "scale" or activity.clients_added or activity.at_once_most_count is not None:
        return False
    is_scaled = world.services[activity.service].autoscaler is not None
    return not is_scaled and activity.service in asked_services(world)


class Staircase:
    """The sizes of one activity at each moment.

    Parameters
    ----------
    world
        The world before it.
    activity
        What happens.
    """

    def __init__(self, world: World, activity: Activity) -> None:
        self._world, self._activity = world, activity
        self.before_count = count_before(world, activity)
        self.after_count = self.before_count if activity.to_count is None else activity.to_count
        staged = stages(activity, self.before_count, self.after_count)
        self.starts_s = [activity.at_s + after_s for after_s, _ in staged]
        self._counts = [self.before_count, *(count for _, count in staged)]
        service = world.services.get(activity.service)
        self._boot_s = service.boot.time_s if service is not None else 0.0
        self._in_turn = restarts_in_turn(world, activity)
        self._growth_boots_s = self._boot_s if growth_boots(world, activity) else 0.0
        self._batches: list[int] = []
        if activity.kind == "restart":
            parts = list(self._parts())
            self.starts_s = [start_s for start_s, _ in parts]
            self._batches = [count for _, count in parts]
        given_s = activity.overlap_s
        self._overlap_s = (self._boot_s or activity.pause_s) if given_s is None else given_s
        self._added = {name: world.clients[name] for name in activity.clients_added}

    # -- when --------------------------------------------------------------------------------------

    def moments_s(self) -> list[float]:
        """Return every moment at which a size may change, in order."""
        moments = self._stepped_s()
        if self._grows:
            moments |= {start_s + self._growth_boots_s for start_s in self.starts_s}
        return sorted(moments)

    def _stepped_s(self) -> set[float]:
        """Return the moments of its steps, without those at which what it adds has booted."""
        moments: set[float] = set()
        for start_s in self.starts_s:
            moments.add(start_s)
            if self._activity.kind == "restart" and not self._in_turn:
                moments.add(start_s + self._boot_s)
            if self._activity.surge_count:
                moments.add(start_s + self._overlap_s)
            moments.update(self._spread_moments_s(start_s))
        return moments

    def _spread_moments_s(self, start_s: float) -> Iterator[float]:
        for clients in self._added.values() if self._activity.kind == "scale" else ():
            if clients.demand.kind == "open":
                yield from (start_s + clients.start_spread_s * (i + 1) / _PARTS for i in range(_PARTS))

    def end_s(self) -> float:
        """Return when the last of it has happened, the start of its last clients included."""
        spread_s = max((clients.start_spread_s for clients in self._added.values()), default=0.0)
        in_turn_s = 0.0
        if self._in_turn:  # at least: when the last gets its answers only a run can say
            rounds = math.ceil(self._batches[-1] / (self._activity.at_once_most_count or 1))
            in_turn_s = rounds * self._boot_s
        return max(*self._stepped_s(), self.starts_s[-1] + max(spread_s, in_turn_s))

    # -- how many ----------------------------------------------------------------------------------

    def steps(self) -> Iterator[Step]:
        """Yield what starts with each step."""
        before = self.before_count
        for i, at_s in enumerate(self.starts_s):
            if self._activity.kind == "restart":
                size = self._batches[i]
                broken = max(size - self._activity.surge_count, 0) / before if before else 0.0
                yield Step(
                    at_s=at_s,
                    touched_count=max(size, self._activity.surge_count),
                    broken_ratio=broken,
                    doubled_ratio=self._doubled_ratio(i),
                    share_ratio=self._share_ratio(i),
                    gone_count=max(size - self._activity.surge_count, 0),
                    boots_s=self._boot_s,
                    relieved_s=at_s + self._overlap_s,
                    relieved_count=min(size, self._activity.surge_count),
                )
            else:
                was, now = self._counts[i], self._counts[i + 1]
                yield Step(
                    at_s=at_s,
                    touched_count=max(now - was, 0) + self._activity.surge_count,
                    boots_s=self._growth_boots_s if now > was else self._boot_s,
                    gone_ratio=max(was - now, 0) / was if was else 0.0,
                )

    def _parts(self) -> Iterator[tuple[float, int]]:
        """Yield when a part of a restart begins and how many instances it replaces: all together each once.

        Where at most so many go at a time and each is back after its boot time, a batch falls into parts, and
        the next begins when the last of them is back.
        """
        many, before = self._activity.batches_count, self.before_count
        most = self._activity.at_once_most_count
        in_parts = most is not None and self._boot_s > 0.0 and not self._in_turn
        back_s = 0.0
        for i, start_s in enumerate(self.starts_s):
            left = math.ceil(before * (i + 1) / many) - math.ceil(before * i / many)
            if not in_parts:
                yield start_s, left
                continue
            at_s = max(start_s, back_s)
            while left > 0:
                each = min(left, most or left)
                yield at_s, each
                at_s, left = at_s + self._boot_s, left - each
            back_s = at_s

    def _share_ratio(self, i: int) -> float:
        """Return which share of all instances a part of a restart is."""
        equal = len(self._batches) == self._activity.batches_count
        return 1.0 / len(self._batches) if equal else self._batches[i] / max(self.before_count, 1)

    def _doubled_ratio(self, i: int) -> float:
        """Return which share is exchanged where an overlap begins as another ends: no size changes."""
        at_s, surge = self.starts_s[i], self._activity.surge_count
        ending = sum(start_s < at_s and start_s + self._overlap_s == at_s for start_s in self.starts_s)
        level = self.before_count + surge * self._overlapping(at_s)
        return min(ending, 1) * surge / level if level else 0.0

    def _overlapping(self, at_s: float) -> int:
        return sum(start_s <= at_s < start_s + self._overlap_s for start_s in self.starts_s)

    def sizes(self, at_s: float) -> dict[str, Any]:
        """Return the numbers of the world that the activity sets, as they stand from `at_s` on, by path."""
        activity, before = self._activity, self.before_count
        now = before
        if activity.kind != "restart":
            now = self._counts[sum(start_s <= at_s for start_s in self.starts_s)]
        if activity.kind == "devices":
            return {f"crossings.{activity.crossing}.devices": now}
        if activity.kind == "reconnect":
            return {}
        beside = activity.surge_count * self._overlapping(at_s)
        level = (before if activity.kind == "restart" else now) + beside
        sizes: dict[str, Any] = {}
        if activity.service:
            down = self._down_count(at_s) if activity.kind == "restart" else 0
            booting = min(self._booting_count(at_s), now)
            serving = before - down if activity.kind == "restart" else now - booting
            sizes[f"services.{activity.service}.instances"] = serving
            if activity.surge_count or self._grows:
                standing = self._world.services[activity.service].standby_count
                sizes[f"services.{activity.service}.standby"] = standing + beside + booting
        for name, clients in self._added.items():
            sizes |= self._clients(name, clients, level, at_s)
        return sizes

    def _down_count(self, at_s: float) -> int:
        """Return how many instances are down: steps overlap where the pause is shorter than the boot.

        Those that run beside their successors go when they stop, whether or not these have booted by then.
        """
        if self._in_turn:
            return 0
        down, surge = 0, self._activity.surge_count
        for start_s, count in zip(self.starts_s, self._batches, strict=True):
            if start_s <= at_s < start_s + self._boot_s:
                down += count if at_s >= start_s + self._overlap_s else max(count - surge, 0)
        return min(down, self.before_count)

    @property
    def _grows(self) -> bool:
        """Whether instances that it adds boot before they take requests."""
        return self._growth_boots_s > 0.0 and max(self._counts) > self.before_count

    def _booting_count(self, at_s: float) -> int:
        """Return how many instances of a growth have started and do not take requests yet."""
        if not self._grows:
            return 0
        boots_s, grown = self._growth_boots_s, zip(self._counts, self._counts[1:], strict=False)
        return sum(
            max(now - was, 0)
            for start_s, (was, now) in zip(self.starts_s, grown, strict=False)
            if start_s <= at_s < start_s + boots_s
        )

    def _clients(self, name: str, clients: Clients, level: int, at_s: float) -> Mapping[str, Any]:
        """Return the size of a population that the instances are, and the rate of an open demand."""
        if self.before_count == 0:  # one client an instance: `check` sees to it that there are none before
            return {f"clients.{name}.population": level}
        sizes: dict[str, Any] = {
            f"clients.{name}.population": round(clients.population_count * level / self.before_count)
        }
        if self._activity.kind == "scale" and clients.demand.kind == "open":
            started = self._started_count(at_s, clients.start_spread_s)
            rate_per_s = clients.demand.rate_per_s * started / self.before_count
            sizes[f"clients.{name}.demand.rate"] = rate_per_s
        return sizes

    def _started_count(self, at_s: float, spread_s: float) -> float:
        """Return how many instances ask by then: those of a step begin over the spread of their clients."""
        grows = self.after_count > self.before_count
        started = 0.0
        for i, start_s in enumerate(self.starts_s):
            if at_s < start_s:
                continue
            each = self._each(i)
            if grows and spread_s > 0.0:
                parts = int((at_s - start_s) / spread_s * _PARTS + 1e-9)
                started += min((parts + 0.5) / _PARTS, 1.0) * each if parts < _PARTS else each
            else:
                started += each
        return self.before_count + started

    def _each(self, i: int) -> float:
        """Return by how many instances a step changes the size; equal steps are exactly equal here."""
        if self._activity.is_unequal:
            return self._counts[i + 1] - self._counts[i]
        return (self.after_count - self.before_count) / self._activity.batches_count


def endless(world: World, name: str) -> tuple[Fault, ...]:
    """Return what is wrong with a restart of few at a time whose last instances go too late to be judged."""
    activity = world.activities[name]
    if activity.kind != "restart" or activity.at_once_most_count is None:
        return ()
    last_s = Staircase(world, activity).starts_s[-1]
    if last_s < world.horizon_s:
        return ()
    at, allowed = format_quantity(last_s, "s"), f"a horizon beyond {format_quantity(last_s, 's')}"
    what = "is not over within the simulated time: its last instances go then"
    return (Fault(what=what, path=f"activities.{name}.at_once_most", value=at, allowed=allowed),)
