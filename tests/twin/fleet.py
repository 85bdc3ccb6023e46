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
from twin.service_end import Answer, Down

if TYPE_CHECKING:
    from twin.connection import Connection
    from twin.exchange import Exchange
    from twin.population import Population


class Instance(Service):
    """One of the instances: a service of one, or of none while it is away."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.is_there = self.is_ending = self.is_dead = False
        self.life = self._lost_life = 0
        self._used_until_ns = 0
        self._serves: list[tuple[Connection, Exchange]] = []
        self._is_overfull = False
        self._kills_count = self._back_ns = 0
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
        self.weigh()
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

    def down(self, population: Population) -> Down:
        """The host of an instance that was killed resets connections."""
        fate = super().down(population)
        return Down.REFUSES if fate is not Down.UP and self.killed_count > 0 else fate

    def is_lost(self, connection: Connection) -> bool:
        """Whether it was killed since the connection got it."""
        return connection.life < self._lost_life

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
        self.take_on(connection, exchange)
        connection.service.setup_paid = True
        connection.after(ns(sick.time_s), partial(self.done, connection, exchange, answer))

    # -- it comes and goes -------------------------------------------------------------------

    def come(self) -> None:
        """It is there."""
        self._is_back()
        self.is_there, self.is_ending, self.is_dead = True, False, False
        self.renew()
        if self.agenda.now_ns > 0:
            self.grow_fresh(1)
        self.agenda.after(0, self.take_next)

    def go(self) -> None:
        """It takes no more, and all its connections break."""
        self.is_ending = True
        self._leave()

    def _leave(self) -> None:
        self.is_there = False
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

    # -- it is killed ------------------------------------------------------------------------

    def take_on(self, connection: Connection, exchange: Exchange) -> None:
        """One worker more is busy, and it is known with what."""
        self._serves.append((connection, exchange))
        super().take_on(connection, exchange)

    def done(self, connection: Connection, exchange: Exchange, answer: Answer) -> None:
        """A worker is done with a request."""
        self._serves = [one for one in self._serves if one[1] is not exchange]
        super().done(connection, exchange, answer)

    def weigh(self) -> None:
        """Where it has taken on more than it may hold it is killed at this moment."""
        memory = self.noun.memory
        if memory is None or self._is_overfull:
            return
        requests_count = self.busy_count + self.queued_count
        if memory.used_bytes(self.connections_count, requests_count) > memory.limit_bytes:
            self._is_overfull = True
            self.agenda.after(0, self._killed)

    def tell_lost(self, connection: Connection, exchange: Exchange) -> None:
        """The host of an instance that was killed resets connections; who keeps one sees that by itself."""
        end = connection.service
        is_over = connection.is_datagram or end.is_client_gone or end.is_torn or exchange.orphaned
        if self.killed_count == 0 or is_over or not exchange.is_working:
            return
        request = exchange.request
        if request is not None and request.client is not None and request.client.connection is connection:
            return
        end.shut()

    def _killed(self) -> None:
        """It is gone with all that it has, and comes back."""
        self._is_overfull = False
        memory = self.noun.memory
        if not self.is_there or memory is None:
            return
        fleet, now_ns = self._fleet, self.agenda.now_ns
        self.killed_count = 1
        fleet.killed_count += 1
        fleet.ejected_count += 1
        for connection, exchange in reversed(self._serves):
            self.tell_lost(connection, exchange)
        self._serves = []
        self.busy_count, self.is_ending, self.is_dead = 0, False, True
        self._lost_life = self.life + 1
        self._leave()
        wait_ns = 0
        if memory.restart_backoff is not None:
            most_ns = ns(memory.restart_backoff.most_s)
            if now_ns - self._back_ns > 2 * most_ns:
                self._kills_count = 0
            if self._kills_count > 0:
                wait_ns = min(ns(memory.restart_backoff.base_s) * 2 ** (self._kills_count - 1), most_ns)
            self._kills_count += 1
        away_s = self.noun.boot.time_s if memory.restart_s is None else memory.restart_s
        self._back_ns = now_ns + wait_ns + max(ns(away_s), 1)
        self.agenda.at(self._back_ns, partial(self._come_back, self._lost_life))
        instances_count = max(fleet.noun.instances_count, 1)
        for caller in fleet.callers:
            count = caller.clients.population_count * caller.stride // instances_count
            caller.break_connections(count, first=fleet.instances.index(self), is_cold=True)

    def _come_back(self, life: int) -> None:
        """It is there again, unless it was killed since, or is wanted no more."""
        if self.killed_count == 1 and life == self._lost_life:
            if self.is_dead:
                self.come()
                self.agenda.soon(self._fleet.take_next)
            else:
                self._is_back()

    def _is_back(self) -> None:
        """It is away no longer because it was killed."""
        self._fleet.killed_count -= self.killed_count
        self._fleet.ejected_count -= self.killed_count
        self.killed_count = 0


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
        self.callers: list[Population] = []
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
        missing = self.noun.instances_count - sum(one.is_there or one.is_dead for one in self.instances)
        for instance in reversed(self.instances):
            if missing < 0 and (instance.is_there or instance.is_dead):
                if instance.is_there:
                    instance.go()
                instance.is_dead = False
                missing += 1
        for instance in self.instances:
            if missing > 0 and not (instance.is_there or instance.is_dead):
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
                instance.weigh()
                instance.serve(connection, exchange)
            else:
                connection.answer(exchange, Answer.NOT_AT_ALL)
            connection.release()
