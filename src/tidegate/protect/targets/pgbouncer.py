"""How does PgBouncer write how many connections reach a PostgreSQL service? Write and read.

It stands where the world has a pooler, before a database that has none, or beside each of some clients.
Its cap is that of one process and of one database name, so the processes share what the database accepts,
rounded down. What finds the cap reached waits for a connection; what finds the clients' limit reached is
refused at once.

Shortcut: every database name that is listed has a cap of its own, and the file lists one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written, comment, identifier, short
from tidegate.protect.protection import Element, Protection
from tidegate.protect.targets import pgbouncer_text
from tidegate.protect.targets.behind import Ends
from tidegate.protect.targets.poolers import (
    each_pooler_count,
    past_poolers_count,
    pooled_by,
    poolers_count,
    poolers_of,
    speaks_postgres,
)
from tidegate.protect.targets.share import asked
from tidegate.world.service import Pooler
from tidegate.world.world import WorldFile

TARGET = "pgbouncer"
_BELONGS = "is not the business of a PostgreSQL pooler; give it to the client, the device or the scaler"
_MOST = 2**31 - 1
_PORT = 6432
_CLIENTS = 1000
_LEAST_S = 1e-6  # 0 would be for ever
_OTHERS = {
    "accept_backlog": "PgBouncer refuses what it does not accept; it does not drop it",
    "queue": "PgBouncer limits how long a query waits for a connection, not how many wait",
    "queue_when_full": "PgBouncer limits how long a query waits for a connection, not how many wait",
}
_WAITS = (
    "what finds the connections taken waits in PgBouncer, until its client's time-out (query_wait_timeout)"
)


@dataclass(kw_only=True)
class _Pooler:
    """One process: what it is for, and the lines that differ."""

    title: str
    listen: str
    mode: str
    wait_s: float
    wait_says: str = "Who waits longer for a connection has given up: the shortest time-out of the clients."
    mode_says: list[str] = field(default_factory=list)
    databases: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    connecting: list[str] = field(default_factory=list)

    def text(self, file_name: str) -> str:
        """Return the whole file."""
        host, _, port = self.listen.rpartition(":")
        lines = [
            f"# {self.title}",
            f"# Run it, not as root: pgbouncer {file_name}",
            "[databases]",
            "# Each name has a cap of its own: divide it where one database has several. So no `*`.",
            *self.databases,
            "",
            "[pgbouncer]",
            f"listen_addr = {host.strip('[]') or '*'}",
            f"listen_port = {port}",
            "unix_socket_dir =",
            "auth_type = scram-sha-256",
            "auth_file = /etc/pgbouncer/userlist.txt",
            *self.mode_says,
            f"pool_mode = {self.mode}",
            "reserve_pool_size = 0",
            *self.clients,
            f"# {self.wait_says}",
            f"query_wait_timeout = {seconds(self.wait_s)}",
            *self.connecting,
        ]
        return "\n".join(lines) + "\n"


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return a configuration for each pooler, database and population of clients that something is said of.

    Parameters
    ----------
    protection
        What is to be said.
    file
        The world it protects.
    addresses
        Where poolers listen and databases stand.
    """
    draft = Draft(TARGET, protection, file)
    ends = Ends(draft, addresses)
    spoken = [name for name in draft.world.services if speaks_postgres(draft.world, name)]
    for name in spoken:
        for key, why in _OTHERS.items():
            draft.refuse(f"services.{name}.{key}", why)
        if not pooled_by(draft.world, name):
            draft.stand_before(f"services.{name}.connections")
    capped = {name for name in spoken if not pooled_by(draft.world, name) and _shared(draft, name)}
    for name in spoken:
        databases = pooled_by(draft.world, name)
        told = asked(draft, name) or draft.has(f"services.{name}.pooler")
        if databases and (told or capped.intersection(databases)):
            _known(draft, ends, name, {one: asked(draft, one) if one in capped else [] for one in databases})
        elif not databases and asked(draft, name) and not poolers_of(draft.world, name):
            _own(draft, ends, name)
    for name in protection.subjects("clients"):
        _beside(draft, ends, name)
    return draft.written(_BELONGS)


def _shared(draft: Draft, name: str) -> bool:
    """Return whether a cap of the poolers of a database is asked for and can be shared by them; says so."""
    at, world = f"services.{name}.connections", draft.world
    elements, count = asked(draft, name), poolers_count(world, name)
    if not elements or not poolers_of(world, name):
        return False
    each = each_pooler_count(world, name)
    why = _why_not(draft, name, each)
    if why:
        for element in elements:
            draft.refuse(element.path, why)
        return False
    cap = draft.say(at)
    if cap is not None:
        past = past_poolers_count(world, name)
        less = f", less {past:,} that clients keep past them," if past else ""
        draft.note(f"{at} = {cap.text}{less} is written as {each:,} for each of {count} poolers.")
    if world.services[name].connections_when_full == "backlog":
        draft.say(f"{at}_when_full")
    else:
        draft.refuse(f"{at}_when_full", _WAITS)
    draft.note(f"{at}: {_WAITS}.")
    return True


def _why_not(draft: Draft, name: str, each: int | None) -> str:
    """Return why a cap on a database's connections cannot be said; empty where it can."""
    service = draft.world.services[name]
    if each is None:
        return "no limit is the absence of a cap: remove the old one"
    if service.instances_count > 1:
        return "PgBouncer counts the connections of a name over all its hosts, not those of each instance"
    if each > _MOST:
        return f"PgBouncer counts to {_MOST:,} at most"
    if each < 1:
        count, past = poolers_count(draft.world, name), past_poolers_count(draft.world, name)
        return f"{count} poolers share it, {past:,} are kept past them, and each pooler needs one at least"
    return ""


def _known(draft: Draft, ends: Ends, name: str, databases: Mapping[str, list[Element]]) -> None:
    """Write a pooler that the world has: its clients' limit, and its share of each database."""
    service = draft.world.services[name]
    per_client = (
        service.connections_count is not None and service.connections_count <= service.concurrency_count
    )
    pooler = _Pooler(
        title=f"The pooler {short(name)} (world {short(draft.world.name)}).",
        listen=ends.listen(name),
        mode="session" if per_client else "transaction",
        wait_s=_shortest_timeout_s(draft, name),
    )
    opens_count = service.concurrency_count
    if service.pooler is not None:
        pooler.mode, opens_count = service.pooler.mode, service.pooler.open_count
    for database, elements in databases.items():
        each = each_pooler_count(draft.world, database)
        cap = opens_count if each is None else max(1, min(each, opens_count))
        if each is not None and each < 1:
            draft.note(f"Nothing of what {database} accepts is left for a pooler: one connection is written.")
        sizes = [] if service.pooler is None else _said(draft, pooler, name, service.pooler, cap)
        pooler.databases += _database(ends, database, cap, [*elements, *sizes])
    pooler.clients = _clients_limit(draft, name)
    file_name = f"{identifier(name)}.pgbouncer.ini"
    draft.add(file_name, pooler.text(file_name))
    _notes(draft, pooler.mode)


def _said(draft: Draft, pooler: _Pooler, name: str, stated: Pooler, cap: int) -> list[Element]:
    """Say what a world states of its pooler; return the elements that its number of connections comes from.

    A reserve is at hand in a world, and in PgBouncer only for who has waited: it is written into the size.
    """
    at = f"services.{name}.pooler."
    most, reserve = draft.say(f"{at}most"), draft.say(f"{at}reserve")
    if cap != stated.most_count:
        draft.rounded(most, f"a pool_size of {cap}, the reserve and the shares of other poolers considered")
    if stated.reserve_count:
        draft.refuse(f"{at}reserve", "PgBouncer keeps its reserve for who has waited: pool_size has it")
    pooler.mode_says = _comments(draft.say(f"{at}mode"))
    if stated.wait_s is not None:
        pooler.wait_s = stated.wait_s
        wait = draft.say(f"{at}wait")
        says = "For so long a query waits for a server connection, as the world says."
        pooler.wait_says = says if wait is None else comment(wait)
    else:
        draft.refuse(
            f"{at}wait", "nobody waits in PgBouncer for longer than the clients do, as it is written"
        )
    return [element for element in (most, reserve) if element is not None]


def _clients_limit(draft: Draft, name: str) -> list[str]:
    """Return the limit on the clients of a pooler, which refuses what is too much."""
    at, service = f"services.{name}.connections", draft.world.services[name]
    count = service.connections_count
    if count is None or count > _MOST:
        why = "PgBouncer always has a limit (max_client_conn)" if count is None else f"is more than {_MOST:,}"
        draft.refuse(at, why)
        draft.refuse(f"{at}_when_full", "there is no limit whose excess it would be")
        return [f"max_client_conn = {_CLIENTS}"]
    elements = asked(draft, name)
    draft.say(at)
    if service.connections_when_full == "refuse":
        draft.say(f"{at}_when_full")
    else:
        draft.refuse(f"{at}_when_full", "PgBouncer refuses clients beyond max_client_conn")
        draft.note(f"{at}: PgBouncer refuses what is too much; it does not wait, as the world says.")
    draft.note(f"{name} needs as many file descriptors (ulimit -n) as it has connections on both sides.")
    return [*_comments(*elements), f"max_client_conn = {count}"]


def _own(draft: Draft, ends: Ends, name: str) -> None:
    """Write one pooler before a database that has none: a client's connection is one to the database."""
    at, service = f"services.{name}.connections", draft.world.services[name]
    elements, count = asked(draft, name), service.accepted_count
    why = _why_not(draft, name, count)
    if why or count is None:
        for element in elements:
            draft.refuse(element.path, why)
        return
    for element in elements:
        draft.say(element.path)
    refuses = service.connections_when_full == "refuse"
    clients = count if refuses else min(count + service.accept_backlog_count, _MOST)
    full = draft.find(f"{at}_when_full")
    pooler = _Pooler(
        title=f"The only way to {short(name)} (world {short(draft.world.name)}).",
        listen=ends.listen(name),
        mode="session",
        wait_s=_shortest_timeout_s(draft, name),
        databases=_database(ends, name, count, elements),
        clients=[*_comments(full), f"max_client_conn = {clients}"],
    )
    file_name = f"{identifier(name)}.pgbouncer.ini"
    draft.add(file_name, pooler.text(file_name))
    draft.note(
        f"{at}: run one process of {file_name}, and let every client go through it: two open twice as many."
    )
    draft.note(f"{at}: " + ("what is too much is refused at once." if refuses else f"{_WAITS}."))
    _notes(draft, pooler.mode)


def _beside(draft: Draft, ends: Ends, name: str) -> None:
    """Write the pooler that stands beside each client of a population."""
    clients = draft.world.clients[name]
    pool, connecting = draft.find(f"clients.{name}.pool"), draft.find(f"clients.{name}.connect_timeout")
    if not speaks_postgres(draft.world, clients.service):
        return
    draft.refuse(
        f"clients.{name}.timeout", "is the client's own; PgBouncer only lets nobody wait longer for a place"
    )
    if pooled_by(draft.world, clients.service):
        for element in (pool, connecting):
            if element is not None:
                draft.refuse(
                    element.path, f"is the client's own library's, before the pooler {clients.service}"
                )
        return
    if clients.connection != "pool" or not 1 <= clients.pool_count <= _MOST:
        draft.refuse(f"clients.{name}.pool", f"{name} keep no pool")
        return
    if pool is None and connecting is None:
        return
    for one in (pool, connecting):
        if one is not None:
            draft.say(one.path)
    pooler = _Pooler(
        title=f"Beside each of the clients {short(name)} (world {short(draft.world.name)}).",
        listen=f"127.0.0.1:{_PORT}",
        mode="transaction",
        wait_s=clients.timeout_s,
        databases=_database(ends, clients.service, clients.pool_count, [pool] if pool else []),
        clients=[f"max_client_conn = {_CLIENTS}"],
    )
    if connecting is not None:
        pooler.connecting = [*_comments(connecting), f"server_connect_timeout = {seconds(connecting.value)}"]
    file_name = f"{identifier(name)}.beside.pgbouncer.ini"
    draft.add(file_name, pooler.text(file_name))
    draft.note(
        f"Run one process of {file_name} beside each client: what several processes keep counts together."
    )
    _notes(draft, pooler.mode)


def _database(ends: Ends, name: str, cap: int, elements: list[Element]) -> list[str]:
    host, _, port = ends.instances(name)[0].rpartition(":")
    place = f"host={host.strip('[]') or '127.0.0.1'} port={port}"
    return [
        *_comments(*elements),
        f"{identifier(name)} = {place} pool_size={cap} max_db_connections={cap}",
    ]


def _comments(*elements: Element | None) -> list[str]:
    return [f"# {comment(element)}" for element in elements if element is not None]


def _shortest_timeout_s(draft: Draft, service: str) -> float:
    timeouts = [one.timeout_s for one in draft.world.clients.values() if one.service == service]
    return min(timeouts, default=1.0)


def _notes(draft: Draft, mode: str) -> None:
    draft.note("The names of databases and users are yours: [databases] and /etc/pgbouncer/userlist.txt.")
    draft.note("PostgreSQL keeps superuser_reserved_connections (3) of its max_connections for superusers.")
    if mode == "transaction":
        draft.note(
            "pool_mode = transaction: what lasts longer than a transaction (SET, LISTEN, advisory locks, "
            "prepared statements before 1.21) does not work; with session each client connection keeps one."
        )


def seconds(value_s: float) -> str:
    """Return a time as PgBouncer writes it."""
    return f"{max(value_s, _LEAST_S):.6f}".rstrip("0").rstrip(".")


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what a PgBouncer configuration says about poolers, databases and clients.

    Parameters
    ----------
    text
        The configuration.
    source
        Its name.
    subjects
        What is meant where the text does not say so.

    Raises
    ------
    InputError
        With every fault of the text, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    pgbouncer_text.interpret(text, findings)
    return findings.adopted()
