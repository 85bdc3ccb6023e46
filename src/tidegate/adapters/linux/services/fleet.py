"""The instances of one service, each with a queue, places and connections of its own.

Each is what a whole service is otherwise (`serving`), of one instance; which of them a connection gets stands
in `balancer`. One that goes ends what it has, and closes connections on which nothing is asked.
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
    """

    def __init__(
        self,
        settings: ServerSettings,
        most_count: int,
        *,
        loop: EventLoop,
        chance: random.Random,
        hang_up: Callable[[Connection], None],
    ) -> None:
        self._loop = loop
        self._most_count = most_count
        self._settings = settings
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

    def take(self) -> Serving:
        """Return the instance that a new connection gets."""
        return self._members[self.balancer.pick()]

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
