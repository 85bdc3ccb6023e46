"""A client's side of a request: begin an attempt, give it up, try again, be done.

Shortcuts: a client decides in no time, save that it needs 250 us to try again; where pauses are not exponential,
time zero is at any moment of a client's first one, long or short.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.chance import Cause, times_mean, uniform
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.device import source_of
from tidegate.simulate.kernels.fate import count_fate
from tidegate.simulate.kernels.flow import choose_devices, close_entries, forget_idle, release
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.life import keeper, reaches
from tidegate.simulate.kernels.nouns import Client, Exchange, Head, Population, PopulationBin, Request
from tidegate.simulate.kernels.nouns.bins import LATENCY_BUCKETS
from tidegate.simulate.kernels.nouns.client import NotFree
from tidegate.simulate.kernels.nouns.policy import GUARDED
from tidegate.simulate.kernels.nouns.population import Direct, Kind
from tidegate.simulate.kernels.nouns.request import ADVICE, NO_BREAKER, Begun, Ended, Origin, Without
from tidegate.simulate.kernels.nouns.service import Law
from tidegate.simulate.kernels.outbox import later_x, now, now_x
from tidegate.simulate.kernels.packet import ONE, TURN, TURN_FLAGS, Packet
from tidegate.simulate.kernels.pool import free_request, give_back_slot, here, number_of, take_slot
from tidegate.simulate.kernels.retry import first_layers, next_try
from tidegate.simulate.kernels.round_trip import NO_SAMPLE, probe_after
from tidegate.simulate.kernels.service import accept, backlog_full, disconnect, leave, turned_away
from tidegate.simulate.kernels.turn import GENERATION, may_go
from tidegate.simulate.kernels.untouched import connection_of, has_connection, next_free, population_of
from tidegate.simulate.kernels.wheel import later, take_row

CONNECT, REQUEST = 0, 1  # a population's two histograms
THOUGHTS = 0x3FFFFFFF  # a pause that was cut short is recognised by its number
_BEGUN = THOUGHTS + 1


@njit()
def bucket_of(duration_ns: int) -> int:
    """Histogram bucket of a duration: 16 to an octave, from about a microsecond (1,024 ns)."""
    x = max(duration_ns >> 6, 16)
    octave = 0
    for bits in (32, 16, 8, 4, 2, 1):
        if x >= 16 << bits:
            x >>= bits
            octave += bits
    return min(octave * 16 + x - 16, LATENCY_BUCKETS - 1)


@njit()
def count_latency(population: Population, what: int, duration_ns: int, m: Memory) -> None:
    """Count how long it took to `CONNECT`, or to answer a `REQUEST`."""
    m[population.latency_at + what * LATENCY_BUCKETS + bucket_of(duration_ns)] += 1


@njit()
def request_weight(exchange: Exchange) -> int:
    """The weight of a request's packets."""
    return max(exchange.population.request_packets, 1) * ONE


@njit()
def send_request(exchange: Exchange, packet: int, t: int, m: Memory) -> None:
    """A request leaves for the first time, `packet` with it all that goes before it."""
    exchange.request_ns = t
    now_x(Happening.SEND, exchange, packet, m)
    due = t + probe_after(exchange.round_trip_ns, True)
    later_x(due, Happening.RESEND, exchange, Packet.REQUEST | (packet & TURN), m)


@njit()
def counts_of(population: Population, m: Memory) -> PopulationBin:
    """What is counted of a population in this bin."""
    return PopulationBin(m, Head(m, 0).population_bins.at + population.in_bin)


@njit()
def new_request(population: Population, client: Client, parent: int, t: int, m: Memory) -> Request:
    """Take a row for a new request; it has not started."""
    request = Request(m, take_row(Head(m, 0).requests, Request.SIZE, m))
    serial = population.next_serial
    population.next_serial = serial + 1
    request.population = population
    request.client = client
    request.since_ns = t
    request.tries_count = 0
    request.exchange = Without.NOTHING
    request.parent = parent
    request.policy = population.policy
    request.previous_ns = 0
    request.generation = 0
    request.serial = (population.number << 36) | serial
    request.retries = first_layers(population.policy)
    request.layer_since_ns = t
    return request


@njit()
def demand(population: Population, client: Client, origin: int, t: int, m: Memory) -> Request:
    """A client wants something (`origin` -1) or must reconnect (-2): count it; it is to be started."""
    request = new_request(population, client, origin, t, m)
    population.unanswered_count += 1
    counts_of(population, m).fresh_count += 1
    if population.is_pooled == 0 and population.kind != Kind.OPEN:
        client.request = request
    return request


@njit()
def _new_exchange(request: Request, population: Population, client: Client, t: int, m: Memory) -> Exchange:
    """Take a row for a new exchange of the request and choose its way."""
    exchange = Exchange(m, take_row(Head(m, 0).exchanges, Exchange.SIZE, m))
    flags = flag.OPEN
    if population.is_kept == 1 or population.openings_count > 0:
        flags |= flag.KEPT
    if population.is_datagram == 1:
        flags |= flag.DATAGRAM | flag.SETUP_PAID
    if population.coarse_count > 0:
        flags |= flag.COARSE
    if client.exists and client.is_cold == 1:
        flags |= flag.COLD
    exchange.request = request
    exchange.flags = flags | (population.flows_count << flag.FLOWS_SHIFT)
    exchange.sent_ns = t
    exchange.follower = -1
    exchange.holders_count = 1
    exchange.population = population
    exchange.server = population.service
    exchange.openings_left_count = population.openings_count
    exchange.is_fin_lost = 0
    exchange.source = source_of(population, client, m)
    exchange.round_trip_ns = exchange.served_trip_ns = NO_SAMPLE
    exchange.request_ns = exchange.reply_ns = exchange.replies_count = 0
    exchange.serial = (request.serial << 10) | (request.tries_count & 1023)
    if population.hops_count > 0:
        choose_devices(exchange, population, request.tries_count, m)
    return exchange


@njit()
def _reuse(request: Request, client: Client, t: int, m: Memory) -> None:
    """Send the request on the connection that a client has kept from an earlier exchange."""
    exchange = client.exchange
    population = exchange.population
    forget_idle(exchange, t, m)
    keep = flag.HELD | flag.ACCEPTED | flag.KEPT | flag.SETUP_PAID | flag.COARSE | flag.LIVES
    keep |= flag.AGED  # one that is overdue on a connection which may not be closed yet
    turn = ((exchange.flags >> TURN_FLAGS) + (TURN & -TURN)) & TURN
    if turn == 0:
        # Turns begin again: in a row of its own no late timer takes this one for that of 256 exchanges before.
        split_kept(exchange, client, t, m)
        exchange.flags |= flag.REQ_ACKED | flag.RESP_ACKED
        exchange = client.exchange
    request.exchange = exchange
    fresh = flag.OPEN | flag.SYN_SEEN | flag.ESTABLISHED | flag.REUSED | (turn << TURN_FLAGS)
    exchange.flags = (exchange.flags & keep) | fresh
    exchange.request = request
    exchange.sent_ns = t
    exchange.serial = (request.serial << 10) | (request.tries_count & 1023)
    exchange.holders_count += 1
    if exchange.flags & flag.COARSE:
        now_x(Happening.SEND, exchange, Packet.REQUEST | population.coarse_count * ONE | turn, m)
    else:
        send_request(exchange, Packet.REQUEST | request_weight(exchange) | turn, t, m)


@njit()
def timeout_of(request: Request, m: Memory) -> int:
    """After how long an attempt of the request is given up: the same for all its attempts, or of its client."""
    population = request.population
    if population.timeout_law == Law.FIXED:
        return population.timeout_ns
    entity = request.serial
    if population.times_out_by_client == 1:
        entity = (population.number << 36) | number_of(request.client, population)
    u = uniform(Cause.TIMEOUT, entity, population.times_out_by_client, m)
    times = times_mean(population.timeout_law, population.timeout_stretches_at, u, m)
    return max(int(population.timeout_ns * times), 1)


@njit()
def connect_timeout_of(request: Request, m: Memory) -> int:
    """After how long a connection that is not established is given up."""
    population = request.population
    if population.connects_as_long == 1:
        return timeout_of(request, m)
    return population.connect_timeout_ns


@njit()
def _open(exchange: Exchange, t: int, m: Memory) -> None:
    """Send the first packet of a new exchange."""
    population = exchange.population
    if population.coarse_count > 0:
        if population.direct > 0:
            if not backlog_full(population.service):
                reaches(exchange, population.service)
                exchange.flags |= flag.REQ_SEEN | flag.SYN_SEEN
                accept(exchange, t, m)
        else:
            now_x(Happening.SEND, exchange, Packet.JOB | population.coarse_count * ONE, m)
    elif population.is_datagram == 1:
        now_x(Happening.SEND, exchange, Packet.QUERY | population.queries_count * ONE, m)
    else:
        now_x(Happening.SEND, exchange, Packet.SYN | ONE, m)
        # The kernel goes on for as long as the socket is open: one that may still be answered late stays so.
        is_in_time = population.accepts_late == 1 or m[population.syn_at] < connect_timeout_of(
            exchange.request, m
        )
        if population.syns_count > 0 and is_in_time:
            later_x(t + m[population.syn_at], Happening.RESEND, exchange, Packet.SYN, m)


@njit()
def _foresee(request: Request, t: int, m: Memory, f: Memory) -> None:
    """Put the end of a lost attempt into the calendar: nothing can change it, nor what comes of it."""
    ends_ns = t + timeout_of(request, m)
    delay = next_try(request, NO_BREAKER, ZERO, ends_ns, m, f)
    if delay >= 0:
        again_ns = ends_ns + delay
        later(again_ns, Happening.START, request.at, Begun.FRESH | (request.generation << 2), m)
    else:
        later(ends_ns, Happening.DONE, request.at, Ended.GIVEN_UP, m)


@njit()
def ask_for(request: Request, other: Population, t: int, m: Memory) -> None:
    """Before a request connects another population asks for it: a name, or what another service is asked."""
    asked = new_request(other, request.client, request.at, t, m)
    asked.asked_for = (request.serial << 10) | (request.tries_count & 1023)
    now(Happening.START, asked.at, Begun.FRESH, m)


@njit()
def _asks_first(request: Request, granted: int, t: int, m: Memory) -> bool:
    """Whether a name, or another service, is asked before a request connects; `granted` as `start` is told."""
    population = request.population
    other = population.lookup
    if not other.exists or request.client.name_until_ns > t or granted == Begun.RESOLVED:
        other = population.errand
        if not other.exists or request.exchange.at == Without.RAN_ERRANDS:
            return False
    if granted == Begun.GRANTED:
        # Who waited for a place has it: no time runs until the connection is begun.
        head = Head(m, 0)
        head.generation += 1
        request.generation = head.generation & GENERATION
    ask_for(request, other, t, m)
    return True


@njit()
def start(request: Request, granted: int, t: int, m: Memory, f: Memory) -> None:
    """Begin an attempt: resolve the name, take a connection or open one, set the timer.

    `granted` says what came before: where a connection of the pool was waited for, the timer runs, unless
    that wait has a time of its own.
    """
    head = Head(m, 0)
    if (granted >> 2) != request.generation:
        return  # it was answered meanwhile
    granted &= 3
    population = request.population
    client = request.client
    if (population.kind == Kind.CLOSED or population.kind == Kind.ONCE) and not here(population, client):
        now(Happening.DONE, request.at, Ended.LEFT, m)
        return
    if granted == Begun.FRESH and not may_go(request, t, m, f):
        return
    if not client.exists and not take_slot(request, population, m):
        head.generation += 1
        request.generation = head.generation & GENERATION
        patience_ns = population.wait_ns if population.wait_ns > 0 else timeout_of(request, m)
        later(t + patience_ns, Happening.TIMEOUT, request.at, request.generation, m)
        return
    client = request.client
    exchange = connection_of(client, population, m) if population.is_kept == 1 else Exchange(m, -1)
    if exchange.exists and exchange.request.exists:
        exchange = Exchange(m, -1)  # its connection carries another exchange at this moment
    if not exchange.exists and _asks_first(request, granted, t, m):
        return
    counts_of(population, m).attempts_count += 1
    lost = not exchange.exists and population.direct > 0 and turned_away(population)
    if lost and population.direct == Direct.FORESEEN and request.policy & GUARDED == 0:
        _foresee(request, t, m, f)
        return
    head.generation += 1
    if granted != Begun.GRANTED or population.wait_ns > 0:
        request.generation = head.generation & GENERATION
        begun = exchange.exists or population.clock_at_send == 0
        wait = timeout_of(request, m) if begun else connect_timeout_of(request, m)
        later(t + wait, Happening.TIMEOUT, request.at, request.generation, m)
    if exchange.exists:
        _reuse(request, client, t, m)
    elif not lost:
        exchange = _new_exchange(request, population, client, t, m)
        request.exchange = exchange
        _open(exchange, t, m)


@njit()
def part(exchange: Exchange, m: Memory) -> None:
    """The client goes without a packet that says so (coarse): the service knows at once."""
    leave(exchange)
    if exchange.flags & flag.WORKING == 0:
        disconnect(exchange, keeper(exchange), m)


@njit()
def send_fin(exchange: Exchange, t: int, m: Memory) -> None:
    """The client's side of the connection ends."""
    now_x(Happening.SEND, exchange, Packet.FIN | ONE, m)
    is_alone = exchange.flags & flag.REQ_ACKED != 0
    later_x(t + probe_after(exchange.round_trip_ns, is_alone), Happening.RESEND, exchange, Packet.FIN, m)


@njit()
def hang_up(exchange: Exchange, t: int, m: Memory) -> None:
    """The client closes its side: what an established connection still costs is sent."""
    flags = exchange.flags
    exchange.flags = flags & ~flag.OPEN
    if flags & flag.COARSE or flags & flag.DATAGRAM:
        part(exchange, m)
    elif flags & flag.ESTABLISHED and flags & (flag.BACKED_OFF | flag.REQ_ACKED) != flag.BACKED_OFF:
        send_fin(exchange, t, m)
    close_entries(exchange, t, flags & flag.ESTABLISHED, m)


@njit()
def drop_connection(client: Client, t: int, m: Memory) -> None:
    """The client no longer keeps a connection."""
    exchange = client.exchange
    if exchange.exists:
        client.exchange = -1
        release(exchange, t, m)


@njit()
def detach(request: Request, exchange: Exchange, t: int, m: Memory) -> None:
    """Request and exchange go separate ways."""
    request.exchange = Without.NOTHING
    exchange.request = -1
    release(exchange, t, m)


@njit()
def split_kept(exchange: Exchange, client: Client, t: int, m: Memory) -> None:
    """Keep the connection although its answer is overdue: the old exchange lives on as an orphan."""
    if exchange.flags & (flag.REQ_SEEN | flag.REUSED) == 0:
        exchange.replies_count = 0  # what follows on the connection acknowledges the handshake
    other = Exchange(m, take_row(Head(m, 0).exchanges, Exchange.SIZE, m))
    for k in range(Exchange.SIZE):
        m[other.at + k] = m[exchange.at + k]
    other.request = -1
    other.holders_count = 1
    other.flags = (other.flags & ~(flag.WORKING | flag.QUEUEING)) | flag.REQ_SEEN | flag.REQ_ACKED
    spared = other if exchange.flags & flag.WORKING else exchange
    spared.flags |= flag.SETUP_PAID  # by what has come already, or else by what is asked next
    exchange.flags = (exchange.flags & ~(flag.OPEN | flag.HELD | flag.ACCEPTED)) | flag.ORPHAN
    client.exchange = other
    release(exchange, t, m)


@njit()
def fail(request: Request, refused: int, t: int, m: Memory, f: Memory) -> None:
    """An attempt has failed: try again later, or give the request up.

    `refused` is 1 + the layer whose breaker stopped it before it left, or 0 (`NO_BREAKER`), beside it `ADVICE`
    where the answer said after how long to come back, and how it failed (`WHY_SHIFT`).
    """
    head = Head(m, 0)
    population = request.population
    client = request.client
    advised = population.service.retry_after_ns if refused & ADVICE else 0
    delay = next_try(request, refused, advised, t, m, f)
    if population.is_pooled == 1 and client.exists and client.next_free.at == NotFree.IN_USE:
        request.client = -1
        give_back_slot(population, client, t, m)
    if delay >= 0:
        head.generation += 1
        request.generation = head.generation & GENERATION
        later(t + delay, Happening.START, request.at, Begun.FRESH | (request.generation << 2), m)
    else:
        now(Happening.DONE, request.at, Ended.GIVEN_UP, m)


@njit()
def think(population: Population, client: Client, t: int, m: Memory) -> None:
    """A closed client pauses before it wants something again; time zero is amid its first pause."""
    n = client.draws_count
    client.draws_count = n + 1
    entity = (population.number << 36) | number_of(client, population)
    law = population.think_law
    times = times_mean(law, population.think_stretches_at, uniform(Cause.PAUSE, entity, n, m), m)
    if n == 0 and t == 0 and law != Law.EXPONENTIAL:
        times *= uniform(Cause.PAUSE, entity, _BEGUN, m)
    pause = int(times * population.think_ns)
    later(t + max(pause, 1), Happening.THINK, client.at, n & THOUGHTS, m)


@njit()
def _defer(population: Population, t: int, m: Memory) -> None:
    """Work given up is kept and offered again later."""
    population.backlog_count += 1
    if population.is_draining == 0 and population.drain_ns > 0:
        population.is_draining = 1
        later(t + population.drain_ns, Happening.DRAIN, population.at, ZERO, m)


@njit()
def done_demand(request: Request, code: int, t: int, m: Memory) -> None:
    """A demand has ended."""
    population = request.population
    client = request.client
    slots = population.is_pooled == 1
    population.unanswered_count -= 1
    count_fate(request, code, t, m)
    if code == Ended.WELL:
        counts_of(population, m).served_count += 1
        count_latency(population, REQUEST, t - request.since_ns, m)
    elif code == Ended.GIVEN_UP:
        counts_of(population, m).failed_count += 1
        if population.is_deferred == 1 and request.parent == -1:
            _defer(population, t, m)
    if slots and client.exists:
        mine = client.request.at == request.at  # a reconnection, not a demand
        if mine:
            client.request = -1
        if next_free(client, population) == (NotFree.REMOVED if mine else NotFree.IN_USE):
            give_back_slot(population, client, t, m)
    if not slots and client.exists and population.kind != Kind.OPEN and client.request.at == request.at:
        client.request = -1
        if population.kind == Kind.CLOSED and code != Ended.LEFT:
            think(population, client, t, m)
    free_request(request, m)


@njit()
def connect(client: Client, t: int, m: Memory) -> None:
    """A client that keeps a connection has none, and wants none of its own: it tries to get one."""
    population = population_of(client, m)
    slots = population.is_pooled == 1
    if has_connection(client, population) or client.request.exists or not here(population, client):
        return
    if slots and client.next_free.at == NotFree.IN_USE:
        return
    request = demand(population, client, Origin.RECONNECTS, t, m)
    client.request = request
    now(Happening.START, request.at, Begun.FRESH, m)
