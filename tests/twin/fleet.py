"""A service whose instances have queues of their own, and which of them a connection gets."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
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
        self._used_until_ns = 0
        self._is_overfull = False
        self._kills_count = self._back_ns = 0
        self.credit = 0.0
        super().__init__(fleet.agenda, fleet.chance, fleet.name, self._noun_of_one())

    def _noun_of_one(self) -> world.Service:
        whole = self._fleet.noun
        queue = QUEUE_MOST if whole.queue_count is None else whole.queue_count
        places = whole.concurrency_count
        if whole.pooler is not None:  # who finds no server connection waits in the queue
            places = min(places, whole.pooler.open_count)
        return replace(
            whole,
            concurrency_count=places,
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
        """What a balancer counts: connections, those that wait to be accepted with them; or requests."""
        if self._fleet.balancing.by_request:
            return self.busy_count + self.queued_count
        return self.connections_count + len(self._unaccepted)

    def fate_of_past(self, population: Population) -> Down:
        """It is there again, or its host is that had it killed; else there is nobody."""
        return Down.REFUSES if self.is_there or self.killed_count > 0 else self.down(population)

    def reached_by(self, connection: Connection) -> None:
        """A connection keeps the life in which it got the instance."""

    def down(self, population: Population) -> Down:
        """The host of an instance that was killed resets connections."""
        fate = super().down(population)
        return Down.REFUSES if fate is not Down.UP and self.killed_count > 0 else fate

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
        connection.service.owes_setup(exchange)  # and pays nothing
        connection.after(ns(sick.time_s), partial(self.done, connection, exchange, answer))

    # -- it comes and goes -------------------------------------------------------------------

    def come(self, *place: int) -> None:
        """It is there, in its place among so many."""
        self._is_back()
        self.is_there, self.is_ending, self.is_dead = True, False, False
        self.renew()
        if self.agenda.now_ns > 0:
            self.grow_fresh(1)
        self.agenda.after(0, self.take_next)
        if self._fleet.balancing.by_request and self.agenda.now_ns > 0:
            self._make_anew(*place)

    def _make_anew(self, rank: int, there_count: int) -> None:
        """Whose clients keep connections to each of so many instances makes those to one of them anew."""
        for holder in self._fleet.holders if self._fleet.balancing.at == "client" else ():
            count = -(-holder.clients.population_count * holder.stride // max(there_count, 1))
            holder.break_connections(count, first=rank, is_cold=True)

    def go(self, rank: int, there_count: int) -> None:
        """It takes no more, and all its connections break."""
        self.is_ending = True
        self._leave(rank, there_count)

    def _leave(self, rank: int, there_count: int) -> None:
        self.is_there = False
        self._fresh_count = 0
        self._used_until_ns = self.agenda.now_ns + ns(self._fleet.balancing.removal_lag_s)
        self.life += 1
        self.connections_count = 0
        self.renew()
        self.agenda.after(0, self.take_next)
        self.agenda.after(0, self._accept_waiting)
        if self._fleet.balancing.by_request:
            self._make_anew(rank, there_count)
            return
        for holder in self._fleet.holders:
            count = holder.clients.population_count * holder.stride
            holder.break_connections(count, is_cold=True, only_to=self)

    # -- it is killed ------------------------------------------------------------------------

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
        if exchange.server is self:
            if self.killed_count == 1 and exchange.is_working:
                connection.answer(exchange, Answer.WITH_AN_ERROR)
            return
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
        there = [one for one in fleet.instances if one.is_there]
        self.busy_count, self.is_ending, self.is_dead = 0, False, True
        self._lost_life = self.life + 1
        self._leave(there.index(self), len(there))
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
                instances = self._fleet.instances
                before = sum(one.is_there for one in instances[: instances.index(self)])
                self.come(before, sum(one.is_there for one in instances) + 1)
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

    def more_are_there(self) -> None:
        """Instances have booted."""
        self._settle()
        super().more_are_there()

    @property
    def is_choosing(self) -> bool:
        """Whether a connection gets an instance, and not each of its requests."""
        return not self.balancing.by_request

    def serve(self, connection: Connection, exchange: Exchange) -> None:
        """A request has come on a connection that is nobody's in particular: an instance gets it."""
        found = None
        if self.balancing.by_request and not self._is_abandoned(connection, exchange):
            found = self._for(connection, exchange)
        if found is None:
            super().serve(connection, exchange)
        else:
            self._hand(connection, exchange, found)

    def _for(self, connection: Connection, exchange: Exchange) -> Instance | None:
        """Choose an instance for a request."""
        found = self._by_rule(connection.asker, exchange.name, 2 * exchange.openings_left)
        exchange.server, exchange.life = found, 0 if found is None else found.life
        return found

    def _hand(self, connection: Connection, exchange: Exchange, instance: Instance) -> None:
        """Give an instance a request; one that has gone does with it what it does with connections."""
        if instance.is_there or self._is_abandoned(connection, exchange):
            instance.serve(connection, exchange)
        else:
            is_refused = instance.down(connection.population) is Down.REFUSES
            connection.answer(exchange, Answer.WITH_AN_ERROR if is_refused else Answer.NOT_AT_ALL)

    def _settle(self) -> None:
        """As many are there as there should be: the last go first, the first that is missing comes."""
        there_count = rank = sum(one.is_there for one in self.instances)
        missing = self.there_count - sum(one.is_there or one.is_dead for one in self.instances)
        for instance in reversed(self.instances):
            if missing < 0 and (instance.is_there or instance.is_dead):
                if instance.is_there:
                    rank -= 1
                    instance.go(rank, there_count)
                instance.is_dead = False
                missing += 1
        for instance in self.instances:
            if missing > 0 and not (instance.is_there or instance.is_dead):
                instance.come(rank, self.there_count)
                rank += 1
                missing -= 1
        self.agenda.after(0, self.take_next)

    def choose(self, connection: Connection, name: tuple[int, int, int]) -> Instance | None:
        """Give a connection an instance, by what `name` draws; None where none is used."""
        found = self._by_rule(connection.asker, name, 0)
        if found is not None:
            connection.server, connection.life = found, found.life
        return found

    def _get(self, connection: Connection, exchange: Exchange) -> Instance | None:
        """Give the connection of a request an instance."""
        return self.choose(connection, exchange.name)

    def _by_rule(self, asker: tuple[int, int], name: tuple[int, int, int], n: int) -> Instance | None:
        """Choose an instance, by the `n`-th draw of a name and the next; None where none is used."""
        used = [instance for instance in self.instances if instance.is_used]
        if not used:
            return None
        draw, rule, weight = self.chance.balance, self.balancing.rule, self._weight
        if rule == "random":
            return self._any(used, draw(name, n))
        if rule == "round_robin":
            return self._next_in_turn(used)
        if rule == "least_outstanding":
            turn = self._turns_count % len(used)
            self._turns_count += 1
            return min([*used[turn:], *used[:turn]], key=self._load)
        if rule == "two_choices":
            first = self._weighed(used, draw(name, n))
            others = [one for one in used if one is not first] or [first]
            return min(first, self._weighed(others, draw(name, n + 1)), key=self._load)
        draws = self.chance.likes
        return max(used, key=lambda one: math.log(draws(asker, self.instances.index(one))) / weight(one))

    def _weight(self, instance: Instance) -> float:
        """Return how much an instance counts, in millionths as numbers of the world are."""
        return round(self.balancing.weight_count(self.instances.index(instance)) * 1e6)

    def _load(self, instance: Instance) -> Fraction:
        """Return what an instance has, for how much it counts."""
        return Fraction(instance.outstanding_count + 1, int(self._weight(instance)))

    def _weighed(self, some: list[Instance], u: float) -> Instance:
        """Return that of some on which a draw falls."""
        if not self.balancing.weights_count:
            return some[min(int(u * len(some)), len(some) - 1)]
        left = int(u * sum(self._weight(one) for one in some))
        for one in some:
            left -= self._weight(one)
            if left < 0:
                return one
        return some[-1]

    def _next_in_turn(self, used: list[Instance]) -> Instance:
        """Return the next; by weights that which is owed most."""
        self._turns_count += 1
        if not self.balancing.weights_count:
            return used[(self._turns_count - 1) % len(used)]
        for one in used:
            one.credit += self._weight(one)
        found = max(used, key=lambda one: one.credit)
        found.credit -= sum(self._weight(one) for one in used)
        return found

    def _any(self, used: list[Instance], u: float) -> Instance:
        """Any of them, the first with its skew."""
        if self.balancing.weights_count:
            return self._weighed(used, u)
        share = (1.0 + self.balancing.skew_ratio) / len(used)
        if len(used) == 1 or u < share:
            return used[0]
        others = len(used) - 1
        return used[1 + min(int((u - share) / (1.0 - share) * others), others - 1)]

    def take_next(self) -> None:
        """Who came while no instance was used gets one now."""
        while self._queue:
            connection, exchange = self._queue[0]
            by_request = self.balancing.by_request
            choose = self._for if by_request else self._get
            instance = choose(connection, exchange)
            if instance is None:
                return
            self._queue.popleft()
            if exchange.is_queueing:
                exchange.is_queueing = False
                self.queued_count -= 1
            if connection.service.is_accepted and not by_request:
                self.connections_count -= 1
                instance.connections_count += 1
            if by_request:
                instance.weigh()
                self._hand(connection, exchange, instance)
            elif instance.is_there:
                instance.weigh()
                instance.serve(connection, exchange)
            else:
                connection.answer(exchange, Answer.NOT_AT_ALL)
            connection.release()
