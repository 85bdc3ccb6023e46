"""What do pools, poolers and servers add to the document of a fleet? Services, populations and limits.

The pool that is judged first is the fleet's own (`fleet_document`). Each further pool is a population of its
own that grows in step, with a service of its own; a pooler is a service before its database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.gate.fleet import CLIENTS
from tidegate.gate.settings.kernel import CROSSING, kernel_of
from tidegate.gate.settings.known import Known, database_name
from tidegate.gate.settings.pools import Pool
from tidegate.gate.settings.servers import SERVER_AGE, Server
from tidegate.world.protocol import PROTOCOLS

_MEASURE = "the service's greatest number of connections (max_connections)"
_POOLER_SERVICE_TIME = {
    "value": "100us", "low": "20us", "high": "1ms", "basis": "assumed", "measure": "what it adds to a query",
}  # fmt: skip


def lay(document: dict[str, Any], known: Known, *, before: int, after: int, poolers_count: int = 0) -> None:
    """Add to the document of a fleet what is known of its connections.

    Parameters
    ----------
    document
        As `fleet_document` gives it, with further activities.
    known
        What was read.
    before, after
        Instances before and after.
    poolers_count
        Instances of the pooler, where it runs beside the fleet; 0 where that is not known.
    """
    if known.main is not None:
        service = document["clients"][CLIENTS]["service"]
        _first(document, service, known, poolers_count)
    crossing = document["crossings"][CROSSING]
    crossing |= kernel_of(known.kernel, crossing["device"]).crossing
    for pool in known.others:
        _further(document, pool, known.server(pool), before=before, after=after)


def _first(document: dict[str, Any], name: str, known: Known, poolers_count: int) -> None:
    services, pool, server = document["services"], known.main, known.server(known.main)
    service = services[name]
    if pool is not None and pool.protocol in PROTOCOLS:
        service["protocol"] = pool.protocol
    if pool is not None:
        document["clients"][CLIENTS] |= _ages(pool)
    if server is None:
        return
    if server.kind != "pgbouncer":
        _limit(service, server)
        return
    behind = database_name(known)
    behind = f"{behind}_behind" if behind == name else behind
    each = [server.numbers[key].value for key in ("pooler.most", "pooler.reserve") if key in server.numbers]
    opened = sum(map(int, each)) * max(1, poolers_count)
    database = {key: service[key] for key in ("network", "concurrency", "service_time", "setup_time")}
    database |= {"title": behind, "protocol": "postgres", "connections_when_full": "refuse"}
    database["connections"] = _assumed(opened, opened)
    if known.behind is not None:
        _limit(database, known.behind)
    services[behind] = database
    keys = {key.removeprefix("pooler."): number.value for key, number in server.numbers.items()
            if key.startswith("pooler.")}  # fmt: skip
    accepted = service["connections"]
    service |= {
        "network": "inside" if poolers_count else service["network"],
        "protocol": "postgres",
        "instances": str(poolers_count or 1),
        "concurrency": accepted,
        "service_time": _POOLER_SERVICE_TIME,
        "pooler": keys,
        "calls": [{"service": behind, "timeout": document["clients"][CLIENTS]["timeout"]}],
    }
    if SERVER_AGE in server.numbers:
        service["calls"][0]["connection_age"] = {"age": server.numbers[SERVER_AGE].value}


def _limit(service: dict[str, Any], server: Server) -> None:
    for key in ("connections", "reserved_connections"):
        if key in server.numbers and server.numbers[key].value != "0":
            service[key] = server.numbers[key].value


def _further(document: dict[str, Any], pool: Pool, server: Server | None, *, before: int, after: int) -> None:
    """Add a population for a further pool, with the service that it leads to."""
    each, clients = pool.each * pool.processes, document["clients"]
    first = _database(document)
    to = pool.target.host if pool.target is not None else pool.called
    service = {
        "network": "outside", "title": to, "concurrency": first["concurrency"],
        "service_time": first["service_time"], "setup_time": first["setup_time"],
        "connections": _assumed(max(before, after) * each, before * each), "connections_when_full": "refuse",
        "known_as": {"address": to},
    }  # fmt: skip
    if pool.protocol in PROTOCOLS:
        service["protocol"] = pool.protocol
    if server is not None:
        _limit(service, server)
    document["services"][pool.called] = service
    name = f"{CLIENTS}_{pool.called}"
    clients[name] = {**clients[CLIENTS], "service": pool.called, "pool": str(each),
                     "title": f"{clients[CLIENTS]['title']}, to {to}"}  # fmt: skip
    for key in ("known_as", "connection_age", "reopen"):
        clients[name].pop(key, None)
    clients[name] |= _ages(pool)
    for activity in document["activities"].values():
        if activity.get("clients_added"):
            added = activity["clients_added"]
            activity["clients_added"] = [*([added] if isinstance(added, str) else added), name]
    for belief in document["beliefs"].values():
        belief["counter"][f"clients.{name}.retry"] = "immediate"


def _ages(pool: Pool) -> dict[str, Any]:
    """Return how old a pool's connections become, and when others take their place."""
    if pool.age is None:
        return {}
    jitter = {"jitter": pool.age.jitter} if pool.age.jitter else {}
    reopen = "at_once" if pool.age.at_once else "as_needed"
    return {"connection_age": {"age": f"{pool.age.age_s:g}s"} | jitter, "reopen": reopen}


def _database(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the service that answers the fleet, whatever stands before it."""
    services: dict[str, dict[str, Any]] = document["services"]
    service = services[document["clients"][CLIENTS]["service"]]
    called = [services[call["service"]] for call in service.get("calls", ())]
    return called[0] if called else service


def _assumed(value: int, low: int) -> dict[str, str]:
    return {"value": str(max(1, value)), "low": str(max(1, min(low, value))), "high": str(4 * max(1, value)),
            "basis": "assumed", "measure": _MEASURE}  # fmt: skip
