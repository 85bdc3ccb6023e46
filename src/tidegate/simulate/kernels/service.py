"""A request meets a service: acceptance, queue, workers, calls, reply.

Instances share one queue (shortcut: perfect balancing between them), or each is a service of its own here:
which one a connection has got stands in `instance`. Shortcut: a connection on which nothing is asked is
never turned away by a service whose connections are all taken; it takes a place only where one is left.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.chance import Cause, duration
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.contention import stretched
from tidegate.simulate.kernels.filled import answer_of_lost, list_busy, tell_lost, weigh
from tidegate.simulate.kernels.flow import release
from tidegate.simulate.kernels.handshake import resumes
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.instance import choose, hand_over
from tidegate.simulate.kernels.life import is_lost, is_past, keeper
from tidegate.simulate.kernels.login import admit, logged_in, shut
from tidegate.simulate.kernels.nouns import Carried, Exchange, Population, Service
from tidegate.simulate.kernels.nouns.effect import OnFailure
from tidegate.simulate.kernels.nouns.service import WHOLE, Answer, WhenDown
from tidegate.simulate.kernels.outbox import later_x, now, now_x
from tidegate.simulate.kernels.warmth import slowed_ns
from tidegate.simulate.kernels.wheel import later

TAKEN_AT_ONCE = 32  # requests taken from a queue in one go


@njit()
def there(service: Service) -> int:
    """Instances that are there, whether or not requests go to them: those that have booted."""
    return max(service.instances_count + service.added_count - service.booting_count, 0)


@njit()
def workers(service: Service) -> int:
    """Requests the service can serve at a time as it stands now."""
    return max(there(service) + service.drains - service.ejected_count, 0) * service.concurrency_count


@njit()
def down(population: Population, service: Service) -> int:
    """What meets a request of a population at a service where no instance takes any; `UP` where one does.

    A health check reaches instances to which no requests go.
    """
    gone = there(service) == 0
    if not gone and (population.effect.exists or workers(service) > 0):
        return WhenDown.UP
    if service.killed_count > 0 and (service.whole.exists or service.when_down == WhenDown.BY_CAUSE):
        return WhenDown.REFUSE
    if service.when_down == WhenDown.BY_CAUSE:
        return WhenDown.SILENT if gone else WhenDown.WAIT
    return service.when_down


@njit()
def account(service: Service, t: int) -> None:
    """Add up busy time until now (what an autoscaler reads)."""
    service.busy_area_ns += service.busy_count * (t - service.accounted_ns)
    service.calling_area_ns += service.calling_count * (t - service.accounted_ns)
    service.accounted_ns = t


@njit()
def opening_of(exchange: Exchange, m: Memory) -> Carried:
    """What its connection carries first and has not been answered; none, where that is over."""
    left = exchange.openings_left_count
    if left > 0:
        left = min(left, exchange.population.openings_count)  # a phase may have made them fewer
    return exchange.population.openings.on(left - 1) if left > 0 else Carried(m, -1)


@njit()
def begin(exchange: Exchange, service: Service, t: int, m: Memory) -> None:
    """A worker takes the request; a new connection's set-up is work too, and each query of a look-up."""
    account(service, t)
    service.busy_count += 1
    list_busy(exchange, service)
    weigh(service, t, m)
    sigma = service.sigma_ppm * 1e-6
    mean = service.mean_ns * max(exchange.population.queries_count, 1)
    flags = exchange.flags
    opening = opening_of(exchange, m)
    if opening.exists and opening.work_ns >= 0:
        mean = opening.work_ns
    if service.warm_ns > 0:
        mean = slowed_ns(service, there(service), mean, t)
    work = duration(
        Cause.SERVICE,
        exchange.serial,
        exchange.openings_left_count,
        mean,
        service.law,
        service.stretches_at,
        sigma,
        m,
    )
    if flags & flag.SETUP_PAID == 0:
        setup = service.resumed_ns if resumes(exchange, service, m) else service.setup_ns
        work += setup
        if flags & flag.LOGIN and exchange.openings_left_count == 0:
            if service.contended_count > 0:
                setup = stretched(setup, service, workers(service))
            later_x(t + setup, Happening.LOGGED_IN, exchange, ZERO, m)
    if service.contended_count > 0:
        work = stretched(work, service, workers(service))
    exchange.flags = flags | flag.SETUP_PAID
    exchange.calls_done_count = 0
    answer: int = Answer.WELL
    if service.sickness > 0:
        work, answer = service.sick_ns, service.sickness - 1
        exchange.calls_done_count = service.calls_count
    later_x(t + work, Happening.SERVED, exchange, answer, m)


@njit()
def _enqueue(exchange: Exchange, service: Service, t: int, m: Memory) -> None:
    exchange.holders_count += 1
    exchange.flags |= flag.QUEUEING
    if not service.first_queued.exists:
        exchange.follower = -1
        service.first_queued = exchange
        service.last_queued = exchange
    elif service.is_lifo == 1:
        exchange.follower = service.first_queued
        service.first_queued = exchange
    else:
        exchange.follower = -1
        service.last_queued.follower = exchange
        service.last_queued = exchange
    service.queued_count += 1
    weigh(service, t, m)


@njit()
def _refuse(exchange: Exchange, service: Service, m: Memory) -> None:
    """Answer with an error at once, and say after how long to come back if the service does."""
    if service.retry_after_ns > 0:
        exchange.flags |= flag.ADVISED
    now_x(Happening.REPLY, exchange, Answer.FAILED, m)


@njit()
def serve(exchange: Exchange, service: Service, t: int, m: Memory) -> None:
    """An accepted request finds a worker, waits, or finds the queue full."""
    population = exchange.population
    if population.effect.exists and exchange.flags & flag.COLD and not service.whole.exists:
        # A check of an instance that is out: ejected, it has nothing else to do and answers; else it boots.
        ejected = population.effect.kind == OnFailure.EJECT
        now_x(Happening.REPLY, exchange, Answer.WELL if ejected else Answer.NOT_AT_ALL, m)
    elif population.is_apart == 1:  # a health check answered apart from the requests
        now_x(Happening.REPLY, exchange, Answer.WELL if workers(service) > 0 else Answer.NOT_AT_ALL, m)
    elif (
        service.drops_abandoned == 1 and exchange.flags & flag.GONE
    ):  # its client gave up while it was on its way
        now_x(Happening.REPLY, exchange, Answer.NOT_AT_ALL, m)
    else:
        if service.by_request == 1 and not population.effect.exists:
            service = choose(exchange, service, t, m)
        _find_worker(exchange, service, t, m)


@njit()
def _find_worker(exchange: Exchange, service: Service, t: int, m: Memory) -> None:
    """A request that is wanted finds a worker, waits, or finds the queue full; or who serves it has gone."""
    population = exchange.population
    if service.whole.exists and service.stands == 0:
        refuses = down(population, service) == WhenDown.REFUSE
        now_x(Happening.REPLY, exchange, Answer.FAILED if refuses else Answer.NOT_AT_ALL, m)
    elif service.busy_count < workers(service) and not service.first_instance.exists:
        begin(exchange, service, t, m)
    elif down(population, service) == WhenDown.REFUSE:
        now_x(Happening.REPLY, exchange, Answer.FAILED, m)
    elif service.queued_count < service.queue_count:
        _enqueue(exchange, service, t, m)
    elif service.is_silent == 0:
        _refuse(exchange, service, m)
    else:
        now_x(Happening.REPLY, exchange, Answer.NOT_AT_ALL, m)


@njit()
def connections_left(service: Service) -> int:
    """How many more connections the service takes now."""
    if service.connections_millionths < 0:
        return 1
    instances = max(there(service), 1 if service.when_down == WhenDown.WAIT else 0)
    return service.connections_millionths * instances // WHOLE - service.connections_count


@njit()
def _may_wait(service: Service) -> bool:
    """Whether one more connection may wait to be accepted."""
    return service.accepting_count < service.backlog_count


@njit()
def backlog_full(service: Service) -> bool:
    """Whether who comes is dropped: nobody may wait any more, and no place is left for who need not."""
    if service.connections_millionths < 0 or service.refuses_connections == 1 or _may_wait(service):
        return False
    return service.accepting_count > 0 or connections_left(service) <= 0


@njit()
def turned_away(population: Population) -> bool:
    """Whether a request of population `p` that arrives now vanishes without a trace; count it if so."""
    service = population.service
    fate = down(population, service)
    if fate == WhenDown.SILENT:
        return True
    full = (
        service.is_silent == 1
        and fate != WhenDown.REFUSE
        and service.connections_millionths < 0
        and service.queued_count >= service.queue_count
        and service.busy_count >= workers(service)
    )
    if full:
        service.arrived_count += 1
    return full


@njit()
def _take_in(exchange: Exchange, service: Service, t: int, m: Memory) -> bool:
    """Count a connection; False where it is closed at once, since too many have not logged in."""
    if service.counts_logins == 1 and not admit(exchange, service, there(service), t, m):
        return False
    service.connections_count += 1
    exchange.flags |= flag.ACCEPTED
    weigh(service, t, m)
    return True


@njit()
def accept(exchange: Exchange, t: int, m: Memory) -> None:
    """A request has arrived: count its connection, or let it wait to be accepted, or refuse."""
    service = keeper(exchange)
    exchange.server = service
    service.arrived_count += 1
    exchange.flags |= flag.WORKING
    # An orphan's connection has its place already: its client keeps it.
    if exchange.flags & (flag.ACCEPTED | flag.ORPHAN) == 0:
        if connections_left(service) <= 0:
            if service.refuses_connections == 1 and not _may_wait(service):
                _refuse(exchange, service, m)
            else:
                exchange.holders_count += 1
                exchange.follower = -1
                if service.accepting_count == 0:
                    service.first_accepting = exchange
                else:
                    service.last_accepting.follower = exchange
                service.last_accepting = exchange
                service.accepting_count += 1
            return
        if not _take_in(exchange, service, t, m):
            return
    serve(exchange, service, t, m)


@njit()
def connected(exchange: Exchange) -> bool:
    """Whether the client has reached the service (coarse: whether its request has)."""
    flags = exchange.flags
    return (
        flags & flag.ESTABLISHED != 0 or flags & (flag.COARSE | flag.SYN_SEEN) == flag.COARSE | flag.SYN_SEEN
    )


@njit()
def accept_idle(exchange: Exchange, service: Service, t: int, m: Memory) -> None:
    """A connection is made on which nothing is asked: it takes a place, where one is left."""
    flags = exchange.flags
    others = flag.ACCEPTED | flag.GONE | flag.TORN | flag.WORKING | flag.ORPHAN | flag.ERROR
    if exchange.openings_left_count > 0:
        return  # it has been turned away with what it carried first
    if flags & (flag.KEPT | others) == flag.KEPT and connections_left(service) > 0:
        service.connections_count += 1
        exchange.flags |= flag.ACCEPTED
        weigh(service, t, m)


@njit()
def _may_accept(service: Service) -> bool:
    """Whether the first that waits to be accepted is taken now, or is let go with the instance it got."""
    if service.accepting_count == 0:
        return False
    return connections_left(service) > 0 or is_past(service.first_accepting, service)


@njit()
def accept_waiting(service: Service, t: int, m: Memory) -> None:
    """A connection has ended, or more may come: accept the first that waits and is still wanted."""
    if _may_accept(service):
        exchange = service.first_accepting
        service.first_accepting = exchange.follower
        service.accepting_count -= 1
        abandoned = service.drops_abandoned == 1 and exchange.flags & flag.GONE
        if abandoned or is_past(exchange, service):
            tell_lost(exchange, service, m)
            exchange.flags &= ~flag.WORKING
        elif _take_in(exchange, service, t, m):
            serve(exchange, service, t, m)
        release(exchange, t, m)
        if _may_accept(service):
            later(t, Happening.ADMIT, service.at, ZERO, m)


@njit()
def disconnect(exchange: Exchange, service: Service, m: Memory) -> None:
    """The service's side of a connection ends: its place is free."""
    if exchange.flags & flag.ACCEPTED:
        exchange.flags &= ~flag.ACCEPTED
        logged_in(exchange, service)
        if is_past(exchange, service):
            return
        service.connections_count -= 1
        if service.accepting_count > 0:
            now(Happening.ADMIT, service.at, ZERO, m)


@njit()
def login_over(exchange: Exchange, m: Memory) -> None:
    """The time to log in is over: a connection that has not is closed, its work done or not."""
    if exchange.flags & flag.LOGIN:
        service = exchange.server
        waits = exchange.flags & (flag.QUEUEING | flag.WORKING) != flag.WORKING
        shut(exchange, service, m)
        if waits:
            disconnect(exchange, service, m)


@njit()
def leave(exchange: Exchange) -> None:
    """The service learns that the client is gone; where work is then left, its place in the queue is free."""
    flags = exchange.flags
    exchange.flags = flags | flag.GONE
    service = exchange.server
    if flags & flag.QUEUEING and service.drops_abandoned == 1:
        exchange.flags &= ~flag.QUEUEING
        service.queued_count -= 1


@njit()
def _spread(service: Service, t: int, m: Memory) -> None:
    """Who came while no instance took anything gets one as soon as one does."""
    for _ in range(TAKEN_AT_ONCE):
        exchange = service.first_queued
        if not exchange.exists:
            return
        instance = choose(exchange, service, t, m)
        if instance.at == service.at:
            return
        service.first_queued = exchange.follower
        if hand_over(exchange, service, instance, m):
            weigh(instance, t, m)
            serve(exchange, instance, t, m)
        release(exchange, t, m)
    later(t, Happening.NEXT, service.at, ZERO, m)


@njit()
def take_next(service: Service, t: int, m: Memory) -> None:
    """A worker is free: take the next request that is still wanted."""
    if service.first_instance.exists:
        _spread(service, t, m)
        return
    for _ in range(TAKEN_AT_ONCE):
        exchange = service.first_queued
        if not exchange.exists:
            return
        lost = is_lost(exchange, service)
        if service.busy_count >= workers(service) and not lost:
            return
        service.first_queued = exchange.follower
        if exchange.flags & flag.QUEUEING:
            exchange.flags &= ~flag.QUEUEING
            service.queued_count -= 1
        if lost:
            tell_lost(exchange, service, m)
            now_x(Happening.REPLY, exchange, answer_of_lost(exchange, service), m)
        elif exchange.flags & flag.SHUT or (service.drops_abandoned == 1 and exchange.flags & flag.GONE):
            now_x(Happening.REPLY, exchange, Answer.NOT_AT_ALL, m)
        else:
            begin(exchange, service, t, m)
        release(exchange, t, m)
    later(t, Happening.NEXT, service.at, ZERO, m)
