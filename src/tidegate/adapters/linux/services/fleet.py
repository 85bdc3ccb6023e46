"""The instances of one service, each with a queue, places and connections of its own.

Each is what a whole service is otherwise (`serving`), of one instance; which of them a connection gets stands
in `balancer`. One that goes ends what it has, and closes connections on which nothing is asked. One that is
killed, because what it has takes more memory than it may, loses that, resets all its connections, and is away
for a while. Shortcut: memory is reckoned, not used.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.adapters.linux.services.balancer import Balancer
from tidegate.adapters.linux.services.serving import Connection, Serving
from tidegate.rehearse.service_plan import ServerSettings


class Fleet:
    """All instances of a service that there may be.

    Parameters
    ----------
    settings
        Of all of them together, as the run begins.
    most_count
        Instances at most.
    loop, chance, hang_up
        As of a `Serving`.
    lose
        Told of each instance that is killed, whose connections break.
    """

    def __init__(
        self,
        settings: ServerSettings,
        most_count: int,
        *,
        loop: EventLoop,
        chance: random.Random,
        hang_up: Callable[[Connection], None],
        lose: Callable[[Serving], None],
    ) -> None:
        self._loop = loop
        self._lose = lose
        self._most_count = most_count
        self._settings = settings
        self._kills_count = [0] * most_count
        self._back_s = [0.0] * most_count
        self._members = [
            Serving(self._of_one(settings, i), loop=loop, chance=chance, hang_up=hang_up)
            for i in range(most_count)
        ]
        for member in self._members:
            member.fleet = self
        self.balancer = Balancer(
            most_count,
            settings.instances_count,
            rule=settings.rule,
            skew_ratio=settings.skew_ratio,
            chance=chance,
        )

    def _of_one(self, settings: ServerSettings, instance: int) -> ServerSettings:
        """Return how one instance serves."""
        limit = settings.connections_count
        sick = instance < settings.sick_count
        return replace(
            settings,
            instances_count=1,
            queue_count=-(-settings.queue_count // self._most_count),
            connections_count=None if limit is None else limit // max(settings.instances_count, 1),
            sick_count=int(sick),
        )

    def take(self) -> Serving | None:
        """Return the instance that a new connection gets; None where none is there."""
        chosen = self.balancer.pick()
        return None if chosen is None else self._members[chosen]

    def weigh(self) -> None:
        """Kill instances that fill more memory than they may, once what goes on now has ended."""
        if self._settings.room_bytes is not None and any(map(self._is_overfull, range(self._most_count))):
            self._loop.at(self._loop.now_s, self._kill_overfull, None)

    def _is_overfull(self, i: int) -> bool:
        member = self._members[i]
        settings = member.settings
        used = self.balancer.connections_count(i) * settings.connection_bytes
        used += member.requests_count * settings.request_bytes
        return settings.room_bytes is not None and used > settings.room_bytes

    def _kill_overfull(self, what: None, number: int) -> None:
        del what, number
        for i, member in enumerate(self._members):
            if self._is_overfull(i) and self.balancer.kill(i):
                self._back_s[i] = self._loop.now_s + member.settings.away_s + self._wait_s(i, member.settings)
                self._loop.at(self._back_s[i], self._come_back, i)
                self._lose(member)

    def _wait_s(self, i: int, settings: ServerSettings) -> float:
        """Return how much longer this restart takes than the first of a row."""
        if settings.backoff_s == 0.0:
            return 0.0
        if self._loop.now_s - self._back_s[i] > 2.0 * settings.backoff_most_s:
            self._kills_count[i] = 0
        doublings = self._kills_count[i] - 1
        self._kills_count[i] += 1
        return 0.0 if doublings < 0 else min(settings.backoff_s * 2.0**doublings, settings.backoff_most_s)

    def _come_back(self, instance: int, number: int) -> None:
        del number
        if self.balancer.revive(instance):
            self._members[instance].replace(1)

    def is_full(self, serving: Serving) -> bool:
        """Whether an instance has more connections than it may."""
        limit = serving.settings.connections_count
        return limit is not None and self.balancer.connections_count(self._number(serving)) > limit

    def left(self, serving: Serving) -> None:
        """Take notice that a connection of an instance has ended."""
        self.balancer.give_back(self._number(serving))

    def checked(self, instance: int, serving: Serving) -> Serving:
        """Return the instance that a check is about, which came to another."""
        self.balancer.give_back(self._number(serving))
        self.balancer.take(instance)
        return self._members[instance]

    def change(self, settings: ServerSettings) -> list[Serving]:
        """Serve in another way from now on; return the instances that go."""
        self._settings = settings
        for i, member in enumerate(self._members):
            member.change(self._of_one(settings, i))
        gone, come = self.balancer.settle(settings.instances_count)
        for i in come:
            self._members[i].replace(1)
        return [self._members[i] for i in gone]

    def replace(self, count: int) -> list[Serving]:
        """Let so many instances go, each in its turn; return which."""
        return [self._members[i] for i in self.balancer.replace(count)]

    def take_served_count(self) -> int:
        """Return how many answers were given since the last call."""
        return sum(member.take_served_count() for member in self._members)

    def _number(self, serving: Serving) -> int:
        return next(i for i, member in enumerate(self._members) if member is serving)
