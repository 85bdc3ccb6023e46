"""What do all files together say of the connections of one program? Pools, where they lead, what is there.

A program's settings are its containers' variables and the files given beside them; a server's configuration
is joined to the pool that leads to it: by database, port or host where it names them, else where only one
pool can be meant. What joins nothing is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tidegate.errors import InputError, Place
from tidegate.gate.environment import Environment
from tidegate.gate.fleet import Said
from tidegate.gate.settings.connection_string import Target, target_of
from tidegate.gate.settings.kernel import kernel_of, kernel_settings
from tidegate.gate.settings.kinds import is_tree, server_kind
from tidegate.gate.settings.names import meaning_of, words_of
from tidegate.gate.settings.pools import SQL, Pool, Pools, pools_of
from tidegate.gate.settings.python import python_settings
from tidegate.gate.settings.servers import Server, read_server
from tidegate.gate.settings.text import Setting, line_settings, toml_settings, tree_settings
from tidegate.world.file.was_read import WasRead

POOL = "clients.app.pool"
_LIMITS = re.compile(
    r"(?:^|_)(?:TIMEOUT|RETRY|RETRIES|ATTEMPTS|LIMIT|QPS|RPS|RATE|CONCURRENCY|REPLICAS|BACKOFF|MAX|ACCEPT_COUNT)(?:_|$)"
)
_MANY = re.compile(r"(?:^|_)(?:WORKERS|PROCESSES|PROCS|CONCURRENCY|INSTANCES)$")
_LEADS = re.compile(r"(?:^|_)(?:URL|URI|DSN)$")
_NUMBER = re.compile(r"\d[\d_.]*\s*(?:ms|s|m|h)?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Text:
    """One file beside the manifests: its name, its text, and the line of the source at which it begins."""

    name: str
    text: str
    source: str
    first_line: int = 1


@dataclass(kw_only=True)
class Known:
    """What is known of a program's connections.

    Parameters
    ----------
    main
        The pool that is judged first: that of a database, else the first one.
    others
        Further pools whose size is known.
    servers
        By id of a pool: what stands where it leads; of poolers, what stands behind them under `behind`.
    behind
        The database behind the main pool's pooler.
    kernel
        Settings of a Linux kernel.
    rows
        One for each number that was read or left out.
    """

    main: Pool | None = None
    others: list[Pool] = field(default_factory=list)
    servers: dict[int, Server] = field(default_factory=dict)
    behind: Server | None = None
    kernel: list[Setting] = field(default_factory=list)
    rows: list[WasRead] = field(default_factory=list)

    def server(self, pool: Pool | None) -> Server | None:
        """Return what stands where a pool leads."""
        return self.servers.get(id(pool))

    def words(self) -> dict[str, Said]:
        """Return what it says of the fleet: pool, where to, and how many connections are accepted there."""
        said: dict[str, Said] = {}
        pool, server = self.main, self.server(self.main)
        if pool is not None and pool.each:
            stated = next(one for role, _, one in pool.numbers if role in {"most", "overflow"})
            said["pool"] = Said(text=str(pool.each * pool.processes), by=stated.key, place=stated.place)
        if pool is not None and pool.target is not None and pool.string is not None:
            said["to"] = Said(text=pool.target.host, by=pool.string.key, place=pool.string.place)
        if server is not None:
            number = server.numbers["connections"]
            by = number.setting.key if number.setting is not None else "connections"
            place = number.setting.place if number.setting is not None else server.place
            said["connections"] = Said(text=number.value, by=by, place=place)
        return said


def known_of(environment: Environment, files: Sequence[Text]) -> Known:
    """Return what a program's environment and files say of its connections.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    known = Known()
    mounted = [Text(name=name, text=text, source=source, first_line=line)
               for name, text, source, line in (*environment.files, *environment.servers)]  # fmt: skip
    servers: list[Server] = []
    own: list[Setting] = []
    for one in (*mounted, *files):
        kind = server_kind(one.text, one.name)
        if kind == "sysctl":
            known.kernel += kernel_settings(one.text, one.source, first_line=one.first_line)
        elif kind:
            servers.append(read_server(kind, one.text, one.source, first_line=one.first_line))
        else:
            try:
                found = settings_in(one)
            except InputError as error:
                if one in files:
                    raise
                # What a ConfigMap carries is another program's business, and may be no YAML at all.
                why = f"cannot be read ({error.faults[0].what}): passed over"
                known.rows.append(WasRead(source=one.source, line=one.first_line, says=one.name, why=why))
                continue
            own += found
            if not any(_is_used(setting) for setting in found):
                why = "no pool or limit of connections was found in it: it joins nothing"
                known.rows.append(WasRead(source=one.source, line=0, says=one.name, why=why))
    containers = [list(one) for one in environment.containers] or [[]]
    containers[0] += own
    read = [pools_of(one) for one in containers]
    _take_pools(known, read)
    for server in sorted(servers, key=lambda one: one.kind != "pgbouncer"):  # what stands behind comes after
        _join(known, server)
    known.rows += _rows_left_out(read, containers, environment)
    return known


def settings_in(one: Text) -> list[Setting]:
    """Return the settings of a program's file, by its form.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    if one.name.lower().endswith(".toml"):
        return toml_settings(one.text, one.source, first_line=one.first_line)
    if one.name.lower().endswith(".py"):
        found = python_settings(one.text, one.source, first_line=one.first_line)
        if found is not None:
            return found
    reader = tree_settings if is_tree(one.text, one.name) else line_settings
    return reader(one.text, one.source, first_line=one.first_line)


def _is_used(setting: Setting) -> bool:
    leads = "://" in setting.value or (";" in setting.value and target_of(setting.value) is not None)
    return leads or meaning_of(setting.key) is not None


def _take_pools(known: Known, read: Sequence[Pools]) -> None:
    pools = [pool for one in read for pool in one.pools]
    sized = [pool for pool in pools if pool.each]
    ordered = [
        *(pool for pool in sized if pool.protocol in SQL),
        *(pool for pool in sized if not pool.protocol),
        *sized,
        *(pool for pool in pools if pool.protocol in SQL),
    ]
    known.main = next(iter(ordered), None)
    known.others = [pool for pool in sized if pool is not known.main]
    names: set[str] = {"app", "own_pods"}
    for pool in (known.main, *known.others):
        if pool is not None:
            host = pool.target.host if pool.target is not None else ""
            pool.called = _own(
                names, slug(host) or ("service" if pool is known.main else pool.protocol) or "service"
            )
    for pool in pools:
        if pool not in (known.main, *known.others) and pool.string is not None:
            why = "no size of a pool stands beside it: what it opens is not described"
            known.rows.append(left_out(pool.string, why))
    for pool in (known.main, *known.others):
        if pool is not None:
            known.rows += _pool_rows(known, pool, read)


def _own(names: set[str], name: str) -> str:
    """Return a name that nothing else has yet."""
    found = next(
        one for one in (name, *(f"{name}_{number}" for number in range(2, 10_000))) if one not in names
    )
    names.add(found)
    return found


def slug(text: str) -> str:
    """Return what a host is called in a world."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower())[:60].strip("_")


def _pool_rows(known: Known, pool: Pool, read: Sequence[Pools]) -> Iterator[WasRead]:
    path = POOL if pool is known.main else f"clients.app_{pool.called}.pool"
    for role, _, one in pool.numbers:
        if role in {"most", "overflow"}:
            yield taken(one, path, str(pool.each * pool.processes), pool.reckoned)
    if pool.age is not None:
        age_path = path.replace(".pool", ".connection_age.age")
        why = "the library's own are up to 2.5 % shorter" if pool.age.jitter else ""
        yield taken(pool.age.setting, age_path, f"{pool.age.age_s:g}s", why)
    for one in {setting for each in read if pool in each.pools for setting in each.processes}:
        yield taken(one, path, str(pool.each * pool.processes), "each process keeps a pool")
    if pool.string is not None:
        yield taken(pool.string, path.replace(".pool", ".service"), pool.called, "")


def _join(known: Known, server: Server) -> None:
    """Join a server's configuration to the pool that leads to it; told where it joins none."""
    pools = [one for one in (known.main, *known.others) if one is not None]
    fitting = [one for one in pools if _leads(one, server) and id(one) not in known.servers]
    pooler = known.server(known.main)
    if server.kind == "postgres" and pooler is not None and pooler.kind == "pgbouncer":
        known.behind, fitting = server, []
        path = f"services.{database_name(known)}"
    elif len(fitting) == 1 or (not pools and server.kind in {"pgbouncer", "postgres", "mysql"}):
        path = f"services.{fitting[0].called if fitting else 'service'}"
    else:
        path = ""
    if not pools and path:
        protocol = "postgres" if server.kind == "pgbouncer" else server.kind
        known.main = Pool(protocol=protocol, owner="", called="service")
        fitting = [known.main]
    for pool in fitting if path else ():
        known.servers[id(pool)] = server
    known.rows += _server_rows(server, path, fitting)


def _leads(pool: Pool, server: Server) -> bool:
    """Whether a pool may lead to a server."""
    protocol, target = pool.protocol, pool.target
    if server.kind == "pgbouncer":
        if protocol not in {"", "sql", "postgres"}:
            return False
        return target is None or _is_pooled(target, server)
    if server.kind in {"postgres", "mysql"}:
        return protocol in {"", "sql", server.kind}
    return protocol == server.kind


def _is_pooled(target: Target, server: Server) -> bool:
    """Whether a connection string leads to a pooler, and not past it to the database behind."""
    entry = server.databases.get(target.database) or server.databases.get("*")
    host = target.host.partition(".")[0]
    if entry is None or (entry[0] and entry[0].partition(".")[0] == host):
        return entry is None and "bouncer" in host
    return "bouncer" in host or target.database in server.databases or target.port == server.port


def _server_rows(server: Server, path: str, fitting: Sequence[Pool]) -> Iterator[WasRead]:
    if not path:
        several = len(fitting) > 1
        names = ", ".join(one.called for one in fitting)
        why = (
            f"does not say which of {names} it is for"
            if several
            else "nothing here leads to it: it joins nothing"
        )
        for number in server.numbers.values():
            if number.setting is not None:
                yield left_out(number.setting, why)
    for key, number in server.numbers.items() if path else ():
        if number.setting is not None:
            for setting in (number.setting, *number.beside):
                yield taken(setting, f"{path}.{key}", number.value, number.why)
        else:
            yield WasRead(source=server.place.source, line=server.place.line, says=number.why,
                          means=f"{path}.{key}", value=number.value)  # fmt: skip
    for setting, why in server.left_out:
        yield left_out(setting, why)


def _rows_left_out(
    read: Sequence[Pools], containers: Sequence[Sequence[Setting]], environment: Environment
) -> Iterator[WasRead]:
    for one in read:
        for setting, why in one.left_out:
            yield left_out(setting, why)
    for setting in (one for each in containers for one in each):
        words = words_of(setting.key)
        if meaning_of(setting.key) is not None or not _NUMBER.fullmatch(setting.value):
            continue
        if _MANY.search(words):
            yield left_out(setting, "may be processes, each with pools of its own; say --pool if so")
        elif _LIMITS.search(words):
            yield left_out(setting, "may limit something, and nobody here knows what")
    for setting, store in environment.unknown:
        is_whole = setting.key.endswith("Ref")
        if is_whole or meaning_of(setting.key) is not None or _LEADS.search(words_of(setting.key)):
            yield left_out(setting, f"stands in the {store}, which was not given")


def taken(setting: Setting, means: str, value: str, why: str) -> WasRead:
    """Return the row of a setting that the world states."""
    place: Place = setting.place
    return WasRead(
        source=place.source, line=place.line, says=setting.words, means=means, value=value, why=why
    )


def left_out(setting: Setting, why: str) -> WasRead:
    """Return the row of a setting that was left out."""
    return taken(setting, "", "", why)


def overridden(known: Known, nearer: Mapping[str, Said], service: str) -> list[WasRead]:
    """Return the rows of what is known, where an option or annotation says otherwise, as left out.

    Parameters
    ----------
    known
        What was read.
    nearer
        What options and annotations say.
    service
        What the service of the fleet is called, which they may say.
    """
    front = f"services.{known.main.called}." if known.main is not None else ""
    paths = {POOL: "pool", f"{front}connections": "connections", "clients.app.service": "to"}
    rows = []
    for row in known.rows:
        said = nearer.get(paths.get(row.means, ""))
        if said is not None:
            rows.append(replace(row, means="", value="", why=f"{said.by} says {said.text}"))
        elif front and row.means.startswith(front):
            rows.append(replace(row, means=f"services.{service}.{row.means.removeprefix(front)}"))
        else:
            rows.append(row)
    device = nearer["through"].text if "through" in nearer else ""
    return [*rows, *kernel_of(known.kernel, device).rows]


def database_name(known: Known) -> str:
    """Return what the database behind the main pool's pooler is called."""
    pooler, target = known.server(known.main), known.main.target if known.main is not None else None
    databases = pooler.databases if pooler is not None and pooler.kind == "pgbouncer" else {}
    named = databases.get(target.database if target is not None else "") or databases.get("*")
    host = (named or next(iter(databases.values()), ("", 0, None)))[0]
    return slug(host) or "database"
