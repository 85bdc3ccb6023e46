"""A service: connections, a queue, workers, and what it calls."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from reference.agenda import Agenda, ns
from tidegate.world import contention
from tidegate.world import service as world
from tidegate.world.login import Login
from twin.chance import Chance
from twin.service_end import Answer, Down

if TYPE_CHECKING:
    from twin.connection import Connection
    from twin.exchange import Exchange
    from twin.population import Population

QUEUE_MOST = 1_000_000


class Service:
    """All instances of one service, with one queue; or one instance of a `Fleet`.

    Parameters
    ----------
    agenda, chance
        When things happen, and what chance decides.
    name
        What the world calls it.
    noun
        Its numbers.
    """

    def __init__(self, agenda: Agenda, chance: Chance, name: str, noun: world.Service) -> None:
        self.agenda = agenda
        self.chance = chance
        self.name = name
        self.noun = noun
        self.calls: list[Population] = []
        self.ejected_count = self.killed_count = 0
        self.busy_count = 0
        self.queued_count = 0
        self.connections_count = 0
        self.logging_in_count = 0
        self.served_count = 0
        self._fresh_count, self._fresh_since_ns = 0, 0
        self.booting_count = 0
        self._there_count = noun.instances_count
        self._queue: deque[tuple[Connection, Exchange]] = deque()
        self._unaccepted: deque[tuple[Connection, Exchange]] = deque()
        self._serves: list[tuple[Connection, Exchange]] = []
        self.life = self._lost_life = 0

    def change(self, noun: world.Service) -> None:
        """From now on these are its numbers; work begun goes on."""
        self.noun = noun
        self._notice()
        self.agenda.soon(self.take_next)
        self.agenda.soon(self._accept_waiting)

    def _notice(self) -> None:
        """Look at how many instances are there: those that were not before have just come."""
        there_count, before = self.there_count, self._there_count
        self._there_count = there_count
        self.grow_fresh(there_count - before)
        self._fresh_count = min(self._fresh_count, there_count)

    @property
    def there_count(self) -> int:
        """Instances that are there: those that boot are not yet."""
        return max(self.noun.instances_count - self.booting_count, 0)

    def more_are_there(self) -> None:
        """Instances have booted."""
        self._notice()
        self.agenda.soon(self.take_next)
        self.agenda.soon(self._accept_waiting)

    @property
    def parts(self) -> list[Service]:
        """What is counted as this service."""
        return [self]

    @property
    def is_choosing(self) -> bool:
        """Whether a connection gets an instance of it."""
        return False

    @property
    def serves_itself(self) -> bool:
        """Whether its own workers serve."""
        return True

    def is_past(self, connection: Connection) -> bool:
        """Whether the instance that a connection has got has gone since, or all that share its queue."""
        return connection.life != self.life

    def is_lost(self, connection: Connection) -> bool:
        """Whether what it had of a connection is lost."""
        return connection.server is self and connection.life < self._lost_life

    def has_lost(self, life: int) -> bool:
        """Whether what it was given in one of its lives is lost."""
        return life < self._lost_life

    def fate_of_past(self, population: Population) -> Down:
        """Say what meets a packet of an earlier life: its host is there while any instance is."""
        down = self.down(population)
        return down if down is Down.SILENT else Down.REFUSES

    def reached_by(self, connection: Connection) -> None:
        """A connection's first packet has come."""
        connection.life = self.life

    def lose_all(self) -> None:
        """The last instance that was up is restarted: who waits for anything that it had is told."""
        for connection, exchange in reversed(self._serves):
            self.tell_lost(connection, exchange)
        self._serves = []
        self.busy_count = self.connections_count = self.logging_in_count = 0
        self.life += 1
        self._lost_life = self.life
        self.agenda.after(0, self.take_next)
        self.agenda.after(0, self._accept_waiting)

    def weigh(self) -> None:
        """It has taken something on."""

    def choose(self, connection: Connection, name: tuple[int, int, int]) -> Service | None:
        """Give a connection an instance; None where there is none to choose."""
        return None

    # -- what it can do ----------------------------------------------------------------------

    @property
    def workers_count(self) -> int:
        """Requests it can serve at a time."""
        instances = max(self.there_count - self.ejected_count, 0)
        return instances * self.noun.concurrency_count

    def down(self, population: Population) -> Down:
        """Say what meets a request where no instance takes any; a check reaches those that are out."""
        is_nobody_there = self.there_count == 0
        if not is_nobody_there and (population.is_check or self.workers_count > 0):
            return Down.UP
        when = self.noun.when_down
        if when == "by_cause" and self.killed_count > 0:
            when = "refuse"
        if when == "by_cause":
            when = "silent" if is_nobody_there else "wait"
        return {"refuse": Down.REFUSES, "wait": Down.WAITS, "silent": Down.SILENT}[when]

    @property
    def _connections_left(self) -> int:
        if self.noun.accepted_count is None:
            return 1
        instances = self.there_count
        if instances == 0 and self.noun.when_down == "wait":
            instances = 1
        return self.noun.accepted_count * instances - self.connections_count

    @property
    def has_connections_left(self) -> bool:
        """Whether it takes one more connection."""
        return self._connections_left > 0

    @property
    def is_backlog_full(self) -> bool:
        """Whether who comes is dropped: none may wait any more, and who need not finds no place either."""
        if self.noun.connections_count is None or self.noun.refuses_more or self._may_wait:
            return False
        return bool(self._unaccepted) or not self.has_connections_left

    @property
    def _may_wait(self) -> bool:
        """Whether one more connection may wait to be accepted."""
        return len(self._unaccepted) < self.noun.waiting_count * max(self.noun.instances_count, 1)

    # -- a request arrives -------------------------------------------------------------------

    def accept(self, connection: Connection, exchange: Exchange) -> None:
        """A request has come: take its connection, let it wait to be taken, or refuse."""
        exchange.is_working = True
        if not connection.service.is_accepted and not exchange.orphaned:
            if not self.has_connections_left:
                if self.noun.refuses_more and not self._may_wait:
                    self._refuse(connection, exchange)
                else:
                    connection.hold()
                    self._unaccepted.append((connection, exchange))
                return
            if not self._take(connection, exchange):
                return
        self.serve(connection, exchange)

    def _take(self, connection: Connection, exchange: Exchange) -> bool:
        """Take a connection; False where it is closed at once, since too many have not logged in."""
        login, end = self.noun.login, connection.service
        if login is not None and not connection.is_datagram:
            if self._is_dropped(login, exchange):
                exchange.is_working = False
                end.shut()
                return False
            end.is_logging_in = True
            self.logging_in_count += 1
            if login.timeout_s is not None:
                connection.after(ns(login.timeout_s), end.login_over)
        self.connections_count += 1
        if exchange.orphaned:
            exchange.has_place = True
        else:
            end.is_accepted = True
        self.weigh()
        return True

    def _is_dropped(self, login: Login, exchange: Exchange) -> bool:
        """Whether too many are there that have not logged in, for certain or by chance."""
        if login.most_count is None:
            return False
        most = login.most_count * self.there_count
        free = most
        if login.drop_from_count is not None:
            free = login.drop_from_count * self.there_count
        if self.logging_in_count < free or self.logging_in_count >= most:
            return self.logging_in_count >= most
        beyond = (self.logging_in_count - free) / (most - free)
        return self.chance.drops(exchange.name) < login.drop_ratio + (1.0 - login.drop_ratio) * beyond

    def _accept_waiting(self) -> None:
        """Take the connection that has waited longest, if one more may be taken or its instance has gone."""
        if not self._may_accept:
            return
        connection, exchange = self._unaccepted.popleft()
        if self._is_abandoned(connection, exchange) or self.is_past(connection):
            self.tell_lost(connection, exchange)
            exchange.is_working = False
        elif self._take(connection, exchange):
            self.serve(connection, exchange)
        connection.release()
        if self._may_accept:
            self.agenda.after(0, self._accept_waiting)

    @property
    def _may_accept(self) -> bool:
        if not self._unaccepted:
            return False
        return self.has_connections_left or self.is_past(self._unaccepted[0][0])

    def tell_lost(self, connection: Connection, exchange: Exchange) -> None:
        """A request is gone: a host resets its connection, save of a check; who keeps one sees by itself."""
        end, request = connection.service, exchange.request
        is_over = connection.is_datagram or end.is_client_gone or end.is_torn or exchange.orphaned
        if is_over or not exchange.is_working or request is None or connection.population.is_check:
            return
        if request.client is None or request.client.connection is not connection:
            end.shut()

    def let_go(self) -> None:
        """A connection has ended."""
        self.connections_count -= 1
        if self._unaccepted:
            self.agenda.soon(self._accept_waiting)

    def _is_abandoned(self, connection: Connection, exchange: Exchange) -> bool:
        """Whether the client has gone, and its work leaves with it."""
        is_gone = connection.service.is_client_gone and not exchange.orphaned
        return is_gone and self.noun.abandoned_work == "leaves"

    def serve(self, connection: Connection, exchange: Exchange) -> None:
        """A request finds a worker, waits, or finds the queue full."""
        population = connection.population
        limit = QUEUE_MOST if self.noun.queue_count is None else self.noun.queue_count
        if population.is_check and connection.is_cold:
            # An instance that is out has nothing to do but to answer checks, unless it boots.
            self._answer(connection, exchange, population.answer_of_instance_out)
        elif population.is_answered_apart:
            is_up = self.workers_count > 0
            self._answer(connection, exchange, Answer.WELL if is_up else Answer.NOT_AT_ALL)
        elif self._is_abandoned(connection, exchange):
            self._answer(connection, exchange, Answer.NOT_AT_ALL)
        elif self.busy_count < self.workers_count and self.serves_itself:
            self.begin(connection, exchange)
        elif self.down(population) is Down.REFUSES:
            self._answer(connection, exchange, Answer.WITH_AN_ERROR)
        elif self.queued_count < limit:
            self._enqueue(connection, exchange)
        elif self.noun.queue_when_full == "visible":
            self._refuse(connection, exchange)
        else:
            self._answer(connection, exchange, Answer.NOT_AT_ALL)

    def _answer(self, connection: Connection, exchange: Exchange, answer: Answer) -> None:
        connection.answer(exchange, answer)

    def _refuse(self, connection: Connection, exchange: Exchange) -> None:
        exchange.asks_to_wait = self.noun.retry_after_s is not None
        self._answer(connection, exchange, Answer.WITH_AN_ERROR)

    def _enqueue(self, connection: Connection, exchange: Exchange) -> None:
        connection.hold()
        exchange.is_queueing = True
        self.queued_count += 1
        if self.noun.queue_order == "lifo":
            self._queue.appendleft((connection, exchange))
        else:
            self._queue.append((connection, exchange))
        self.weigh()

    # -- how warm it is ----------------------------------------------------------------------

    def grow_fresh(self, count: int) -> None:
        """So many instances have just come; those that are still warming up are one group with them."""
        warm_up, now_ns = self.noun.warm_up, self.agenda.now_ns
        if warm_up is None or count <= 0:
            return
        age_ns = now_ns - self._fresh_since_ns
        before = self._fresh_count if age_ns < ns(warm_up.time_s) else 0
        self._fresh_count = before + count
        self._fresh_since_ns = now_ns - age_ns * before // self._fresh_count

    def slowed_ns(self, mean_ns: int) -> int:
        """Return what a mean time of service is now."""
        warm_up = self.noun.warm_up
        if warm_up is None or self._fresh_count == 0:
            return mean_ns
        left_ns = ns(warm_up.time_s) - (self.agenda.now_ns - self._fresh_since_ns)
        if left_ns <= 0:
            return mean_ns
        there = max(self.there_count, 1)
        share = self._fresh_count * left_ns / (there * ns(warm_up.time_s))
        more = round((warm_up.slowdown_ratio - 1.0) * 1e6) * 1e-6
        return int(mean_ns * (1.0 + more * min(share, 1.0)))

    # -- a request is served -----------------------------------------------------------------

    def resumes(self, connection: Connection, exchange: Exchange) -> bool:
        """Whether a new connection takes up a TLS session."""
        noun = self.noun
        saves = (noun.setup_time_s, noun.handshake_size_bytes)
        resumed = (noun.resumed_setup_time_s, noun.resumed_handshake_size_bytes)
        return (
            any(full > less for full, less in zip(saves, resumed, strict=True))
            and noun.resumption_ratio > 0.0
            and not connection.is_cold
            and self.chance.resumes(exchange.name) < noun.resumption_ratio
        )

    def handshake_bytes(self, connection: Connection, exchange: Exchange) -> int:
        """Return what the service sends to a new connection before it is asked anything."""
        noun = self.noun
        if self.resumes(connection, exchange):
            return noun.resumed_handshake_size_bytes
        return noun.handshake_size_bytes

    def begin(self, connection: Connection, exchange: Exchange) -> None:
        """A worker takes a request; a new connection's set-up is work too."""
        noun, end = self.noun, connection.service
        self.take_on(connection, exchange)
        mean_ns = ns(noun.service_time_s) * max(connection.population.queries_count, 1)
        opening = connection.population.opening(exchange)
        if opening is not None and opening.service_time_s is not None:
            mean_ns = ns(opening.service_time_s)
        mean_ns = self.slowed_ns(mean_ns)
        work_ns = self.chance.service_ns(exchange.name, mean_ns, noun.service_law, exchange.openings_left)
        if end.owes_setup(exchange):
            resumes = self.resumes(connection, exchange)
            setup_ns = ns(noun.resumed_setup_time_s if resumes else noun.setup_time_s)
            work_ns += setup_ns
            if end.is_logging_in and exchange.openings_left == 0:
                if noun.contention is not None:
                    setup_ns = int(setup_ns * self._contended_ratio(noun.contention))
                connection.after(setup_ns, end.logged_in)
        if noun.contention is not None:
            work_ns = int(work_ns * self._contended_ratio(noun.contention))
        exchange.calls_made = 0
        connection.after(work_ns, partial(self._go_on, connection, exchange, is_good=True))

    def take_on(self, connection: Connection, exchange: Exchange) -> None:
        """One worker more is busy, and it is known with what."""
        self._serves.append((connection, exchange))
        self.busy_count += 1
        self.weigh()

    def _contended_ratio(self, law: contention.Contention) -> float:
        """How many times as long as alone a request takes: all instances are equally busy."""
        each = self.busy_count * self.noun.concurrency_count / self.workers_count
        billionths = round(law.serial_ratio * 1e9) + round(law.crosstalk_ratio * 1e9) * each
        return 1.0 + billionths * max(each - 1.0, 0.0) * 1e-9

    def _go_on(self, connection: Connection, exchange: Exchange, *, is_good: bool) -> None:
        """A worker has done its own work, or a call has ended: the next call follows, or the answer."""
        if self.is_lost(connection) or exchange.is_lost():
            is_good = False
        if is_good and exchange.calls_made < len(self.calls):
            connection.hold()
            called = self.calls[exchange.calls_made]

            def ended(is_well: bool) -> None:
                exchange.calls_made += 1
                connection.soon(partial(self._go_on, connection, exchange, is_good=is_well))
                connection.release()

            caller = None
            if not called.is_pooled:
                count = max(called.clients.population_count, 1)
                caller = called.everybody[called.requests_count % count]
            request = called.new_request(caller, ended)
            self.agenda.soon(lambda: called.start(request))
            return
        self.done(connection, exchange, Answer.WELL if is_good else Answer.WITH_AN_ERROR)

    def done(self, connection: Connection, exchange: Exchange, answer: Answer) -> None:
        """A worker is done with a request."""
        self._serves = [one for one in self._serves if one[1] is not exchange]
        if self.is_lost(connection) or exchange.is_lost():
            connection.service.reply(exchange, self._answer_of_lost(exchange))
            return
        self.busy_count -= 1
        self.served_count += 1
        connection.service.reply(exchange, answer)
        self.take_next()

    @staticmethod
    def _answer_of_lost(exchange: Exchange) -> Answer:
        """Say what is told whose request was lost: whoever handed it over says so, once."""
        is_told = exchange.server is None or not exchange.is_working
        return Answer.NOT_AT_ALL if is_told else Answer.WITH_AN_ERROR

    def take_next(self) -> None:
        """Workers are free: take the next requests that are still wanted."""
        while self._queue:
            is_lost = self.is_lost(self._queue[0][0]) or self._queue[0][1].is_lost()
            if self.busy_count >= self.workers_count and not is_lost:
                return
            connection, exchange = self._queue.popleft()
            if exchange.is_queueing:
                exchange.is_queueing = False
                self.queued_count -= 1
            if is_lost:
                self.tell_lost(connection, exchange)
                self._answer(connection, exchange, self._answer_of_lost(exchange))
            elif connection.service.is_shut or self._is_abandoned(connection, exchange):
                self._answer(connection, exchange, Answer.NOT_AT_ALL)
            else:
                self.begin(connection, exchange)
            connection.release()
