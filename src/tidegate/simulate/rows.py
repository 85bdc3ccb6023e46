"""Which populations the engine sees: the world's clients, and everything else that sends requests.

Lookups, calls between services, boot requests and health checks are populations too: each has a
service it asks, a way there, a time-out and a retry policy. So one mechanism serves them all.

Shortcut: where time-outs vary, a connection with nothing to ask, and what another service is asked before
one is made, have their mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tidegate.world.clients import Clients, Demand
from tidegate.world.graph import route
from tidegate.world.law import FIXED
from tidegate.world.pooling import pool_of
from tidegate.world.retry import NO_RETRY, RetryLayer, RetryPolicy
from tidegate.world.service import Cache, ConnectionPool, HealthProbe, Service
from tidegate.world.world import World


@dataclass(frozen=True, kw_only=True)
class Row:
    """One population as the engine sees it.

    Parameters
    ----------
    name
        "web", "web/lookup", "web/errand/0", "web/spare", "web/idle", "api/call/0", "api/boot/0",
        "api/probe/0".
    kind
        A `Kind` in small letters.
    clients
        Its behaviour, in the words of a client population.
    route
        The crossings on its way.
    cache
        What may answer a call instead.
    pool
        The connections that each instance of the caller keeps, where a call says so.
    probe
        The health check it is, if it is one.
    owner
        The service it belongs to (calls, boots, probes) or the population (lookups, errands, spares, idle).
    service
        That service as it stands: there are as many callers as the instances that run have places, as
        many that boot or are checked as take requests.
    at_once_count
        Boot requests that an instance has out at a time; 0: all.
    """

    name: str
    kind: str
    clients: Clients
    route: tuple[str, ...]
    cache: Cache | None = None
    pool: ConnectionPool | None = None
    probe: HealthProbe | None = None
    owner: str = ""
    service: Service | None = None
    at_once_count: int = 0


def _lookup_policy(tries_count: int) -> RetryPolicy:
    layer = RetryLayer(retries_count=tries_count - 1, backoff="none", base_s=0.0)
    return RetryPolicy(name="lookup", layers=(layer,))


def _client_rows(world: World, name: str, clients: Clients) -> list[Row]:
    kind = clients.demand.kind
    if kind == "closed" and clients.connection == "pool":
        # Each connection of the pool becomes a client of its own that asks that much less often:
        # the same demand, the same connections.
        demand = replace(clients.demand, think_s=clients.demand.think_s * clients.pool_count)
        limit = clients.limit
        if limit is not None:  # what a client's connections may do together, in equal parts
            burst_count = max(limit.burst_count // clients.pool_count, 1)
            rate_per_s = limit.rate_per_s / clients.pool_count
            limit = replace(limit, rate_per_s=rate_per_s, burst_count=burst_count)
        clients = replace(
            clients,
            limit=limit,
            population_count=clients.population_count * clients.pool_count,
            demand=demand,
            connection="keep_alive",
            pool_count=1,
        )
    way = route(world, clients.network, world.services[clients.service].network) or ()
    rows = [Row(name=name, kind=kind, clients=clients, route=way)]
    if clients.lookup is not None:
        asked = clients.lookup
        behaviour = replace(
            clients,
            service=asked.service,
            timeout_s=asked.timeout_s,
            timeout_law=asked.timeout_law,
            timeout_per="request",
            timeout_clock="connect",
            connection="per_request",
            demand=Demand(kind="none"),
            on_connect=(),
            lookup=None,
            limit=None,
            retry=_lookup_policy(asked.tries_count),
        )
        way = route(world, clients.network, world.services[asked.service].network) or ()
        rows.append(Row(name=f"{name}/lookup", kind="lookup", clients=behaviour, route=way, owner=name))
    return [*rows, *_errand_rows(world, name, clients), *_bare_rows(name, clients, rows[0].route)]


def _errand_rows(world: World, name: str, clients: Clients) -> Iterator[Row]:
    """Yield who asks other services before a client connects, in order."""
    for i, opening in enumerate(clients.errands):
        behaviour = replace(
            clients,
            service=opening.service,
            timeout_s=opening.timeout_s or clients.timeout_s,
            timeout_law=FIXED,
            request_size_bytes=None,
            answer_size_bytes=None,
            timeout_clock="connect",
            connection="per_request",
            demand=Demand(kind="none"),
            on_connect=(replace(opening, service=""),),
            lookup=None,
            limit=None,
            retry=NO_RETRY,
        )
        way = route(world, clients.network, world.services[opening.service].network) or ()
        yield Row(name=f"{name}/errand/{i}", kind="errand", clients=behaviour, route=way, owner=name)


def _bare_rows(name: str, clients: Clients, way: tuple[str, ...]) -> list[Row]:
    """Return what connects for a population with nothing to ask: client for client, slot for slot."""
    nothing = Demand(kind="none")
    bare = replace(clients, timeout_law=FIXED, timeout_clock="connect", demand=nothing)
    bare = replace(bare, lookup=None, limit=None, retry=NO_RETRY)
    rows = []
    if clients.spare_connections_count > 0:
        spare = replace(bare, timeout_s=clients.spare_hold_s, on_connect=())
        rows.append(Row(name=f"{name}/spare", kind="spare", clients=spare, route=way, owner=name))
    if clients.idle_connect_every_s is not None and clients.connection != "per_request":
        idle = replace(bare, timeout_s=clients.connect_timeout_s or clients.timeout_s)
        rows.append(Row(name=f"{name}/idle", kind="idle", clients=idle, route=way, owner=name))
    return rows


def running_count(service: Service) -> int:
    """Return how many instances of a service run: those that take requests, and those that stand by."""
    return service.instances_count + service.standby_count


def _call_rows(world: World, name: str, service: Service) -> list[Row]:
    rows: list[Row] = []
    running = running_count(service)
    for i, call in enumerate(service.calls):
        pool = pool_of(world, name, call)
        behaviour = Clients(
            network=service.network,
            service=call.service,
            population_count=running * service.pool_count(pool),
            timeout_s=call.timeout_s,
            timeout_law=call.timeout_law,
            request_size_bytes=call.request_size_bytes,
            answer_size_bytes=call.answer_size_bytes,
            connection="pool" if call.connection == "keep_alive" else "per_request",
            connection_age=call.connection_age,
            demand=Demand(kind="none"),
            limit=call.limit,
            on_connect=call.on_connect,
            retry=call.retry,
        )
        way = route(world, service.network, world.services[call.service].network) or ()
        rows.append(
            Row(
                name=f"{name}/call/{i}",
                kind="call",
                clients=behaviour,
                route=way,
                cache=call.cache,
                pool=pool,
                owner=name,
                service=service,
            )
        )
    return rows


def _service_rows(world: World, name: str, service: Service) -> list[Row]:
    rows = _call_rows(world, name, service)
    for i, boot in enumerate(service.boot.calls):
        behaviour = Clients(
            network=service.network,
            service=boot.service,
            population_count=service.instances_count,
            timeout_s=boot.timeout_s,
            timeout_law=boot.timeout_law,
            answer_size_bytes=boot.answer_size_bytes,
            demand=Demand(kind="none"),
            retry=boot.retry,
        )
        way = route(world, service.network, world.services[boot.service].network) or ()
        rows.append(
            Row(
                name=f"{name}/boot/{i}",
                kind="boot",
                clients=behaviour,
                route=way,
                owner=name,
                service=service,
                at_once_count=boot.at_once_count or 0,
            )
        )
    for i, probe in enumerate(service.health_probes):
        behaviour = Clients(
            network=probe.network,
            service=name,
            population_count=service.instances_count,
            timeout_s=probe.timeout_s,
            timeout_law=probe.timeout_law,
            demand=Demand(kind="none"),
        )
        rows.append(
            Row(
                name=f"{name}/probe/{i}",
                kind="probe",
                clients=behaviour,
                route=route(world, probe.network, service.network) or (),
                probe=probe,
                owner=name,
                service=service,
            )
        )
    return rows


def rows_of(world: World) -> dict[str, Row]:
    """Return every population of `world` by name, in a fixed order."""
    rows: list[Row] = []
    for name in world.clients:
        rows.extend(_client_rows(world, name, world.clients[name]))
    for name in world.services:
        rows.extend(_service_rows(world, name, world.services[name]))
    return {row.name: row for row in rows}
