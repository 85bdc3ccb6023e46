"""A service whose instances have queues of their own, and which of them a connection gets."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from reference.agenda import Agenda, ns
from tidegate.world import service as world
from tidegate.world.instance import Balancing
from twin.chance import Chance
from twin.service import QUEUE_MOST, Service
from twin.service_end import Answer

if TYPE_CHECKING:
    from twin.connection import Connection
    from twin.exchange import Exchange
    from twin.population import Population


class Instance(Service):
    """One of the instances: a service of one, or of none while it is away."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.is_there = self.is_ending = False
        self.life = 0
        self._used_until_ns = 0
        super().__init__(fleet.agenda, fleet.chance, fleet.name, self._noun_of_one())

    def _noun_of_one(self) -> world.Service:
        whole = self._fleet.noun
        queue = QUEUE_MOST if whole.queue_count is None else whole.queue_count
        return replace(
            whole,
            instances_count=int(self.is_there),
            queue_count=-(-queue // self._fleet.most_count),
            when_down=self._fleet.balancing.when_gone,
        )

    def renew(self) -> None:
        """Take the numbers of the fleet."""
        self.noun = self._noun_of_one()

    def change(self, noun: world.Service) -> None:
        """From now on these are the numbers of the fleet."""
        self.renew()
        self.agenda.soon(self.take_next)
        self.agenda.soon(self._accept_waiting)

    @property
    def workers_count(self) -> int:
        """An instance that has gone in order ends what it has."""
        return self.noun.concurrency_count * (self.is_there or self.is_ending)

    @property
    def is_used(self) -> bool:
        """Whether connections are given to it: while it is there, and for a lag after it."""
        return self.is_there or self.agenda.now_ns < self._used_until_ns

    @property
    def outstanding_count(self) -> int:
        """What a balancer counts: connections, those that wait to be accepted with them."""
        return self.connections_count + len(self._unaccepted)

    def is_past(self, connection: Connection) -> bool:
        """Whether it has gone since the connection got it."""
        return connection.life != self.life

    def _sick_answer(self) -> Answer | None:
        """Return what it does with a request if it is sick."""
        sick = self._fleet.noun.sick
        if sick is None or self._fleet.instances.index(self) >= sick.instances_count:
            return None
        return {"error": Answer.WITH_AN_ERROR, "silent": Answer.NOT_AT_ALL, "slow": Answer.WELL}[sick.answers]

    def begin(self, connection: Connection, exchange: Exchange) -> None:
        """Who is sick does no work and calls nobody."""
        answer, sick = self._sick_answer(), self.noun.sick
        if answer is None or sick is None:
            super().begin(connection, exchange)
            return
        self.busy_count += 1
        connection.service.setup_paid = True
        connection.after(ns(sick.time_s), partial(self.done, connection, exchange, answer))

    def come(self) -> None:
        """It is there."""
        self.is_there, self.is_ending = True, False
        self.renew()
        if self.agenda.now_ns > 0:
            self.grow_fresh(1)
        self.agenda.after(0, self.take_next)

    def go(self) -> None:
        """It takes no more, and all its connections break."""
        self.is_there, self.is_ending = False, True
        self._fresh_count = 0
        self._used_until_ns = self.agenda.now_ns + ns(self._fleet.balancing.removal_lag_s)
        self.life += 1
        self.connections_count = 0
        self.renew()
        self.agenda.after(0, self.take_next)
        self.agenda.after(0, self._accept_waiting)
        for holder in self._fleet.holders:
            count = holder.clients.population_count * holder.stride
            holder.break_connections(count, is_cold=True, only_to=self)


class Fleet(Service):
    """A service in front of its instances: it keeps who came while none of them was used.

    Parameters
    ----------
    most_count
        The most instances that there are at any time.
    """

    def __init__(
        self, agenda: Agenda, chance: Chance, name: str, noun: world.Service, most_count: int
    ) -> None:
        super().__init__(agenda, chance, name, noun)
        self.most_count = max(most_count, 1)
        self.holders: list[Population] = []
        self.instances = [Instance(self) for _ in range(self.most_count)]
        self._turns_count = 0
        self._settle()

    @property
    def balancing(self) -> Balancing:
        """How connections are spread."""
        assert self.noun.balancing is not None
        return self.noun.balancing

    @property
    def parts(self) -> list[Service]:
        """It, and its instances."""
        return [self, *self.instances]

    @property
    def serves_itself(self) -> bool:
        """Only its instances do."""
        return False

    def share_calls(self) -> None:
        """What it calls its instances call."""
        for instance in self.instances:
            instance.calls = self.calls

    def change(self, noun: world.Service) -> None:
        """From now on these are its numbers; instances come or go."""
        super().change(noun)
        for instance in self.instances:
            instance.change(noun)
        self._settle()

    def _settle(self) -> None:
        """As many are there as there should be: the last go first, the first that is missing comes."""
        missing = self.noun.instances_count - sum(one.is_there for one in self.instances)
        for instance in reversed(self.instances):
            if missing < 0 and instance.is_there:
                instance.go()
                missing += 1
        for instance in self.instances:
            if missing > 0 and not instance.is_there:
                instance.come()
                missing -= 1
        self.agenda.after(0, self.take_next)

    def choose(self, connection: Connection, name: tuple[int, int, int]) -> Instance | None:
        """Give a connection an instance, by what `name` draws; None where none is used."""
        used = [instance for instance in self.instances if instance.is_used]
        if not used:
            return None
        draw, rule = self.chance.balance, self.balancing.rule
        if rule == "random":
            found = self._any(used, draw(name, 0))
        elif rule == "round_robin":
            found = used[self._turns_count % len(used)]
            self._turns_count += 1
        elif rule == "least_outstanding":
            turn = self._turns_count % len(used)
            found = min([*used[turn:], *used[:turn]], key=lambda one: one.outstanding_count)
            self._turns_count += 1
        elif rule == "two_choices":
            first = used[min(int(draw(name, 0) * len(used)), len(used) - 1)]
            others = [one for one in used if one is not first] or [first]
            second = others[min(int(draw(name, 1) * len(others)), len(others) - 1)]
            found = min(first, second, key=lambda one: one.outstanding_count)
        else:
            draws = self.chance.likes
            found = max(used, key=lambda one: draws(connection.asker, self.instances.index(one)))
        connection.server, connection.life = found, found.life
        return found

    def _any(self, used: list[Instance], u: float) -> Instance:
        """Any of them, the first with its skew."""
        share = (1.0 + self.balancing.skew_ratio) / len(used)
        if len(used) == 1 or u < share:
            return used[0]
        others = len(used) - 1
        return used[1 + min(int((u - share) / (1.0 - share) * others), others - 1)]

    def take_next(self) -> None:
        """Who came while no instance was used gets one now."""
        while self._queue:
            connection, exchange = self._queue[0]
            instance = self.choose(connection, exchange.name)
            if instance is None:
                return
            self._queue.popleft()
            if exchange.is_queueing:
                exchange.is_queueing = False
                self.queued_count -= 1
            if connection.service.is_accepted:
                self.connections_count -= 1
                instance.connections_count += 1
            if instance.is_there:
                instance.serve(connection, exchange)
            else:
                connection.answer(exchange, Answer.NOT_AT_ALL)
            connection.release()
