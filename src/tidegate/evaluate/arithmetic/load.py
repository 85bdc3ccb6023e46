"""What does a world ask of each of its places while nothing is wrong? Sums over its nouns, no engine.

Requests a second, new flows a second and connections kept, of clients, of calls between services, of
name look-ups and of health checks; and how much of it each service can do.

Shortcuts: means, first attempts only; a caller's answer takes as long as its own work and all its calls
together; caches are warm; a look-up is one flow for every two queries (A and AAAA of a name leave from
one socket), and each query a request of the resolver; what a service cannot do is not passed on to what
it calls.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tidegate.evaluate.arithmetic.scaling import settled_count
from tidegate.evaluate.arithmetic.work import (
    answer_s,
    call_s,
    calls_s,
    handshake_bytes,
    missed_ratio,
    opening_trips_count,
    opening_work_s,
    places_count,
    round_trip_s,
    setup_work_s,
    way_of,
)
from tidegate.world.clients import Clients
from tidegate.world.connection_age import ConnectionAge, lowest_age_s
from tidegate.world.contention import Contention
from tidegate.world.crossing import EXCHANGE_PACKETS
from tidegate.world.pooling import pool_of
from tidegate.world.service import ConnectionPool, Service, sizes_bytes
from tidegate.world.world import World

LEAST_THINK_S = 1e-3
_SOCKET_QUERIES = 2


@dataclass(frozen=True, kw_only=True)
class Stream:
    """What one population, or one service that calls, asks of one service.

    Parameters
    ----------
    name
        The population; "api/call/0", "web/lookup", "api/probe/0" for what is no client.
    service, way
        Whom it asks, and the crossings it passes.
    requests_per_s
        First attempts a second while nobody waits.
    least_requests_per_s
        The same where each waits as long as its time-out lets it: who must wait asks less often.
    flows_per_s
        New connections a second of these requests.
    kept_count
        Connections it keeps open.
    flow_s
        How long a connection of one request lives.
    clients_count
        Who asks; each with requests of its own.
    packets_count
        Packets of one flow of a request on its own connection, both ways.
    opening_s
        Work of what each of its new connections carries first, its calls included.
    waiting_ratio
        Share of its requests and flows that is left where those who must wait for their answer do so.
    source
        Whose they are: a population of clients, or a service.
    sources_count
        Over how many clients, or instances, they are spread evenly: each has ports of its own where a device
        gives blocks of them.
    start
        The network it comes from.
    request_bytes, answer_bytes, opening_bytes
        What each request, answer and new connection weighs, beside the heads of packets.
    """

    name: str
    service: str
    way: tuple[str, ...]
    requests_per_s: float
    least_requests_per_s: float
    flows_per_s: float
    kept_count: int
    flow_s: float
    clients_count: int
    packets_count: float = float(EXCHANGE_PACKETS)
    opening_s: float = 0.0
    waiting_ratio: float = 1.0
    source: str = ""
    sources_count: int = 1
    start: str = ""
    request_bytes: int = 0
    answer_bytes: int = 0
    opening_bytes: float = 0.0


def kept_connections(clients: Clients) -> int:
    """Return how many connections a population keeps open when all is well."""
    if clients.connection == "per_request":
        return 0
    return clients.population_count * (clients.pool_count if clients.connection == "pool" else 1)


def renewals_per_s(
    world: World, service: str, own: ConnectionAge | None, kept_count: int, most_per_s: float
) -> float:
    """Return how many kept connections to a service are made anew each second, because they are too old."""
    return min(kept_count / lowest_age_s(own, world.services[service].connection_age), most_per_s)


def requests_per_s(world: World, clients: Clients, *, waiting_s: float = 0.0) -> float:
    """Return the requests a second that a population makes where each waits so long for its answer."""
    if clients.demand.kind == "open":
        return clients.demand.rate_per_s
    if clients.demand.kind != "closed":
        return 0.0
    way = way_of(world, clients.network, clients.service)
    trips = 1
    answered_s = answer_s(world, clients.service)
    if clients.connection == "per_request":
        trips += opening_trips_count(clients.openings)
        answered_s += opening_work_s(world, clients.service, clients.openings)
    answered_s += trips * round_trip_s(world, way)
    # Each connection of a pool asks for itself, and so much less often.
    pool = clients.pool_count if clients.connection == "pool" else 1
    each_s = pool * clients.demand.think_s + max(waiting_s, answered_s)
    return pool * clients.population_count / max(each_s, LEAST_THINK_S)


def streams(world: World) -> tuple[Stream, ...]:
    """Return all that is asked of the services of a world, clients first."""
    asked = [stream for name in world.clients for stream in _of_clients(world, name)]
    done: dict[str, float] = {}
    for name in callers_first(world):
        mine = tuple(one for one in asked if one.service == name)
        wanted_per_s = sum(one.requests_per_s for one in mine)
        done[name] = min(wanted_per_s, capacity_per_s(world, name, mine, most=True))
        asked += _of_calls(world, name, done[name], standing_count(world, name, mine))
    for name in world.services:
        asked += _of_probes(world, name)
    return tuple(_as_they_wait(world, asked))


def open_count(asked: Iterable[Stream]) -> float:
    """Return how many connections are open at a time, kept ones and those of single requests.

    One that is made anew because of its age is one of those kept: the old one was closed before.
    """
    return sum(one.kept_count or one.flows_per_s * one.flow_s for one in asked)


def standing_count(world: World, name: str, asked: tuple[Stream, ...], *, at_least: bool = True) -> int:
    """Return how many instances of a service stand once its autoscaler has followed what is asked of it."""
    wanted_per_s = sum(one.requests_per_s for one in asked)
    done_per_s = min(wanted_per_s, capacity_per_s(world, name, asked, most=True))
    service, busy_s = world.services[name], _busy_s(world, name, asked)
    return settled_count(
        service,
        busy_count=done_per_s * busy_s,
        working_count=done_per_s * (busy_s - calls_s(world, service)),
        requests_per_s=wanted_per_s,
        connections_count=open_count(asked),
        at_least=at_least,
    )


def _as_they_wait(world: World, asked: list[Stream]) -> Iterator[Stream]:
    """Yield what is asked, with how much of it is left where a service cannot do it all at once.

    Who waits for one answer asks less often, down to once in each time-out.
    """
    done: dict[str, float] = {}
    for name in reversed(callers_first(world)):
        mine = tuple(one for one in asked if one.service == name)
        wanted_per_s = sum(one.requests_per_s for one in mine)
        own = capacity_per_s(world, name, mine, most=True) / wanted_per_s if wanted_per_s > 0.0 else 1.0
        called = (done[c.service] for c in world.services[name].calls if missed_ratio(c) > 0.0)
        done[name] = min(1.0, own, *called)
    for one in asked:
        least = one.least_requests_per_s / one.requests_per_s if one.requests_per_s > 0.0 else 1.0
        yield replace(one, waiting_ratio=min(max(least, done[one.service]), 1.0))


def callers_first(world: World) -> list[str]:
    """Return the services so that each stands before what it calls (a world's calls have no circle)."""
    ordered: list[str] = []

    def add(name: str) -> None:
        if name not in ordered:
            for call in world.services[name].calls:
                add(call.service)
            ordered.insert(0, name)

    for name in world.services:
        add(name)
    return ordered


def _of_clients(world: World, name: str) -> Iterator[Stream]:
    clients = world.clients[name]
    way = way_of(world, clients.network, clients.service)
    per_s = requests_per_s(world, clients)
    sizes = sizes_bytes(clients, world.services[clients.service])
    opens = clients.connection == "per_request"
    opening_s = opening_work_s(world, clients.service, clients.openings)
    trips = 2 + opening_trips_count(clients.openings) if opens else 1
    flow_s = trips * round_trip_s(world, way) + answer_s(world, clients.service)
    flow_s += opening_s if opens else 0.0
    kept_count, at_once = kept_connections(clients), clients.reopen == "at_once"
    most_per_s = math.inf if at_once else per_s
    renewed_per_s = renewals_per_s(world, clients.service, clients.connection_age, kept_count, most_per_s)
    # A client that makes a connection anew asks on it; one that pauses between its requests asks sooner.
    extra_per_s = renewed_per_s if at_once and clients.demand.kind in {"open", "none"} else 0.0
    yield Stream(
        name=name,
        service=clients.service,
        way=way,
        requests_per_s=per_s + extra_per_s,
        least_requests_per_s=requests_per_s(
            world, clients, waiting_s=clients.longest_attempt_s if opens else clients.timeout_s
        )
        + extra_per_s,
        flows_per_s=per_s if opens else renewed_per_s,
        kept_count=kept_count,
        flow_s=flow_s,
        clients_count=clients.population_count,
        source=name,
        sources_count=clients.population_count,
        start=clients.network,
        request_bytes=sizes[0],
        answer_bytes=sizes[1],
        opening_bytes=handshake_bytes(world.services[clients.service]),
        opening_s=opening_s,
    )
    if clients.lookup is not None and (opens or renewed_per_s > 0.0) and clients.population_count:
        yield _lookups(world, name, per_s if opens else renewed_per_s)
    if opens or renewed_per_s > 0.0:
        yield from _errands(world, name, per_s if opens else renewed_per_s)


def _errands(world: World, name: str, flows_per_s: float) -> Iterator[Stream]:
    """Yield what a population that opens a connection for each request asks other services before it."""
    clients = world.clients[name]
    for i, one in enumerate(clients.errands):
        way, work_s = way_of(world, clients.network, one.service), opening_work_s(world, one.service, (one,))
        each_s = answer_s(world, one.service)
        yield Stream(
            name=f"{name}/errand/{i}",
            service=one.service,
            way=way,
            requests_per_s=flows_per_s * one.requests_count,
            least_requests_per_s=requests_per_s(world, clients, waiting_s=clients.longest_attempt_s)
            * one.requests_count,
            flows_per_s=flows_per_s,
            kept_count=0,
            flow_s=(1 + one.requests_count) * round_trip_s(world, way) + work_s,
            clients_count=clients.population_count,
            opening_s=work_s - one.requests_count * each_s,
        )


def _lookups(world: World, name: str, flows_per_s: float) -> Stream:
    """Return the look-ups of a population that opens so many connections a second."""
    clients = world.clients[name]
    asked = clients.lookup
    assert asked is not None
    longest_s = clients.longest_attempt_s + asked.longest_s
    least_flows_per_s = min(flows_per_s, requests_per_s(world, clients, waiting_s=longest_s))
    queries = asked.queries_count

    def lookups_per_s(flows_per_s: float) -> float:
        # A client asks again with its first connection after the answer has expired.
        return flows_per_s / (1.0 + asked.ttl_s * flows_per_s / clients.population_count)

    sockets_count = math.ceil(queries / _SOCKET_QUERIES)
    way = way_of(world, clients.network, asked.service)
    return Stream(
        name=f"{name}/lookup",
        service=asked.service,
        way=way,
        requests_per_s=lookups_per_s(flows_per_s) * queries,
        least_requests_per_s=lookups_per_s(least_flows_per_s) * queries,
        flows_per_s=lookups_per_s(flows_per_s) * sockets_count,
        kept_count=0,
        flow_s=round_trip_s(world, way) + queries * answer_s(world, asked.service),
        clients_count=clients.population_count,
        packets_count=2.0 * queries / sockets_count,
        start=clients.network,
        source=name,
        sources_count=clients.population_count,
    )


def _of_calls(world: World, name: str, done_per_s: float, instances_count: int) -> Iterator[Stream]:
    service = world.services[name]
    running_count = instances_count + service.standby_count
    for i, call in enumerate(service.calls):
        per_s = done_per_s * missed_ratio(call)
        kept = call.connection == "keep_alive"
        sizes = sizes_bytes(call, world.services[call.service])
        pool = pool_of(world, name, call)
        callers = running_count * min(service.concurrency_count, service.pool_count(pool))
        flow_s = call_s(world, service, call)
        each_busy = per_s * flow_s / max(instances_count, 1)
        kept_count = running_count * open_pool_count(service, pool, each_busy) if kept else 0
        renewed_per_s = renewals_per_s(world, call.service, call.connection_age, kept_count, per_s)
        yield Stream(
            name=f"{name}/call/{i}",
            service=call.service,
            way=way_of(world, service.network, call.service),
            requests_per_s=per_s,
            least_requests_per_s=min(per_s, callers / call.timeout_s),
            flows_per_s=renewed_per_s if kept else per_s,
            kept_count=kept_count,
            flow_s=flow_s,
            clients_count=callers,
            source=name,
            sources_count=instances_count + service.standby_count,
            start=service.network,
            request_bytes=sizes[0],
            answer_bytes=sizes[1],
            opening_bytes=handshake_bytes(world.services[call.service]),
            opening_s=opening_work_s(world, call.service, call.on_connect),
        )


def open_pool_count(service: Service, pool: ConnectionPool | None, busy_count: float) -> int:
    """Return how many connections of a call's pool are open, of which so many are busy on the mean.

    What is never closed for being idle has been needed at some moment; of the others there are as many as
    chance makes busy at one time: three standard deviations more than the mean.
    """
    most = service.pool_count(pool)
    if pool is None or pool.idle_timeout_s is None:
        return most
    return min(most, max(pool.kept_count, math.ceil(busy_count + 3.0 * math.sqrt(busy_count))))


def _of_probes(world: World, name: str) -> Iterator[Stream]:
    service = world.services[name]
    for i, probe in enumerate(service.health_probes):
        per_s = service.instances_count / probe.interval_s
        busy_per_s = per_s if probe.busy_fails else 0.0
        way = way_of(world, probe.network, name)
        yield Stream(
            name=f"{name}/probe/{i}",
            service=name,
            way=way,
            requests_per_s=busy_per_s,
            least_requests_per_s=busy_per_s,
            flows_per_s=per_s,
            kept_count=0,
            flow_s=2.0 * round_trip_s(world, way) + service.service_time_s,
            clients_count=service.instances_count,
            source=f"{name}/probe/{i}",
            start=probe.network,
        )


def capacity_per_s(world: World, name: str, asked: tuple[Stream, ...], *, most: bool = False) -> float:
    """Return the requests a second a service can do, of those asked of it.

    Parameters
    ----------
    world, name
        The service.
    asked
        What is asked of it: new connections cost its workers more.
    most
        As far as its autoscaler goes.
    """
    busy_s = _busy_s(world, name, asked)
    service = world.services[name]
    places = places_count(service, most=most)
    own_per_s = places / busy_s if busy_s > 0.0 else math.inf if places else 0.0
    if service.contention is not None:
        work_s = busy_s - calls_s(world, service)
        own_per_s = _contended_per_s(service, service.contention, places, busy_s, work_s)
    return min(own_per_s, *pools_per_s(world, name, places / max(service.concurrency_count, 1)), math.inf)


def pools_per_s(world: World, name: str, instances: float) -> tuple[float, ...]:
    """Return the requests a second that the pools of each call of a service carry; infinite without one."""
    service = world.services[name]
    busy_s = [missed_ratio(call) * call_s(world, service, call) for call in service.calls]
    return tuple(
        math.inf if pool is None or each_s <= 0.0 else instances * pool.most_count / each_s
        for pool, each_s in zip((pool_of(world, name, call) for call in service.calls), busy_s, strict=True)
    )


def _contended_per_s(service: Service, law: Contention, places: int, busy_s: float, work_s: float) -> float:
    """Return what a service does where requests hold each other up: with as many at a time as do most."""
    if work_s <= 0.0:
        return places / busy_s if busy_s > 0.0 else math.inf if places else 0.0
    best = law.best_count(waiting_ratio=busy_s / work_s - 1.0)
    at_once = min(float(service.concurrency_count), best)
    each_s = busy_s + work_s * (law.stretch_ratio(at_once) - 1.0)
    return places / service.concurrency_count * at_once / each_s


def _busy_s(world: World, name: str, asked: tuple[Stream, ...]) -> float:
    """Return how long a request keeps a place of a service, its share of the set-ups included."""
    requests = sum(one.requests_per_s for one in asked)
    if not requests:
        return answer_s(world, name)
    opening = sum(one.flows_per_s for one in asked) / requests
    carried_s = sum(one.flows_per_s * one.opening_s for one in asked) / requests
    return answer_s(world, name) + min(opening, 1.0) * setup_work_s(world.services[name]) + carried_s


def steady_flows_per_s(world: World, crossing: str) -> float:
    """Return the new flows a second that a crossing carries on an ordinary day."""
    return sum(one.flows_per_s * one.waiting_ratio for one in streams(world) if crossing in one.way)
