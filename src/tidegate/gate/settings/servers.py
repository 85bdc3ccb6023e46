"""What do the configurations of servers and poolers allow? PgBouncer, PostgreSQL, MySQL, Redis.

Sources: pgbouncer.org/config.html (pool_mode session, max_client_conn 100, default_pool_size 20,
query_wait_timeout 120 s, server_idle_timeout 600 s where nothing is said), PostgreSQL's "Connections and
Authentication" (max_connections 100, superuser_reserved_connections 3, reserved_connections 0), MySQL's
max_connections (151), Redis' maxclients (10,000).

Shortcut: of databases that a pooler lists with sizes of their own, the largest counts; of modes of their own
the one that keeps a connection longest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.errors import Place
from tidegate.gate.settings.text import Setting, line_settings

_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_INCLUDE = re.compile(r"\s*([!%]?include(?:_if_exists|_dir|dir)?)[\s=]+(\S+)\s*$", re.ASCII | re.IGNORECASE)
_PART = re.compile(r"(\w+)\s*=\s*('(?:[^']|'')*'|\S+)", re.ASCII)
_USUAL = {
    "postgres": ("max_connections", 100, {"superuser_reserved_connections": 3, "reserved_connections": 0}),
    "mysql": ("max_connections", 151, {}),
    "redis": ("maxclients", 10_000, {}),
}
_OF_ONE = (
    "reserve_pool", "reserve_pool_size", "max_db_connections", "max_db_client_connections", "min_pool_size",
    "server_lifetime",
)  # fmt: skip
_SESSION = "in session mode a connection stays with its client"
_MODES = ("session", "transaction", "statement")
_REASONS = {
    "max_user_connections": "of one user: is not below what all may have",
    "max_connect_errors": "when a host is blocked: a world has no key for it",
    "back_log": "see `services.*.accept_backlog` of a world",
    "tcp-backlog": "see `services.*.accept_backlog` of a world",
    "thread_cache_size": "threads, not connections",
    "max_worker_processes": "processes of its own, not connections",
    "max_wal_senders": "connections of replicas, beside max_connections",
    "min_pool_size": "how many stay open: a world has no key for it",
    "reserve_pool_timeout": "when the reserve is used: a world uses it at once",
    "max_db_connections": "is above what the pool opens",
    "idle_session_timeout": "when idle connections are closed: a world has no key for it",
    "idle_in_transaction_session_timeout": "a world has no key for it",
    "wait_timeout": "when idle connections are closed: a world has no key for it",
    "timeout": "when idle connections are closed: a world has no key for it",
    "statement_timeout": "how long a statement may take: a world has no key for it",
}
SERVER_AGE = "calls.0.connection_age.age"
"""How old a pooler's connections to its database become, as a key of its service."""


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number with the setting that states it; None where it is the vendor's own."""

    value: str
    setting: Setting | None
    why: str = ""
    beside: tuple[Setting, ...] = ()


@dataclass(kw_only=True)
class Server:
    """What one server or pooler allows.

    Parameters
    ----------
    kind
        "pgbouncer", "postgres", "mysql" or "redis".
    place
        The file.
    numbers
        By key of a service: connections, reserved_connections, and pooler.most and so on.
    databases
        Of a pooler: the names that clients use, with host and port of the database behind.
    port
        Where it listens; 0 where nothing is said.
    left_out
        Settings that limit and are not used, with why.
    """

    kind: str
    place: Place
    numbers: dict[str, Number] = field(default_factory=dict)
    databases: dict[str, tuple[str, int, Setting]] = field(default_factory=dict)
    port: int = 0
    left_out: list[tuple[Setting, str]] = field(default_factory=list)


def read_server(kind: str, text: str, source: str, *, first_line: int = 1) -> Server:
    """Return what the configuration of a server says.

    Parameters
    ----------
    kind
        As in `Server`.
    text, source
        The text and its name.
    first_line
        The line at which it begins in the source.
    """
    settings = line_settings(text, source, first_line=first_line)
    server = Server(kind=kind, place=Place(source=source, line=first_line if first_line > 1 else 0))
    server.left_out += _included(text, source, first_line)
    if kind == "pgbouncer":
        _pgbouncer(server, settings)
    else:
        _database(server, [one for one in settings if one.section in {"", "mysqld", "server", "mariadb"}])
    return server


def _included(text: str, source: str, first_line: int) -> Iterator[tuple[Setting, str]]:
    """Yield the other files that a configuration takes in: what they state goes before it, or after."""
    for number, row in enumerate(text.splitlines(), start=first_line):
        found = _INCLUDE.match(row)
        if found is not None:
            named = Setting(
                key=found[1], value=found[2].strip("'\""), place=Place(source=source, line=number)
            )
            yield named, "another file, which was not read: give it as well, and what it states counts"


def _database(server: Server, settings: Sequence[Setting]) -> None:
    by_key = {one.key.lower().replace("-", "_" if server.kind == "mysql" else "-"): one for one in settings}
    name, usual, reserves = _USUAL[server.kind]
    server.numbers["connections"] = _of_one_user(server, by_key, _number(server, by_key, name, usual))
    kept = [_number(server, by_key, key, least) for key, least in reserves.items()]
    if kept:
        settings_kept = [one.setting for one in kept if one.setting is not None]
        stated, beside = next(iter(settings_kept), None), tuple(settings_kept[1:])
        total = sum(int(one.value) for one in kept)
        why = " and ".join(f"{key} {one.value}" for key, one in zip(reserves, kept, strict=True))
        server.numbers["reserved_connections"] = Number(
            value=str(total), setting=stated, why=why, beside=beside
        )
    port = by_key.get("port")
    server.port = int(port.value) if port is not None and port.value.isdigit() else 0
    _leave_out(server, by_key)


def _of_one_user(server: Server, by_key: dict[str, Setting], most: Number) -> Number:
    """Return how many connections one user may have, where that is less: a program logs in as one."""
    one = _number(server, by_key, "max_user_connections", 0)
    if one.setting is None or not 0 < int(one.value) < int(most.value):
        return most
    del by_key["max_user_connections"]
    if most.setting is not None:
        server.left_out.append((most.setting, f"one user has {one.value} of them at most"))
    return Number(value=one.value, setting=one.setting, why="of one user, and all instances log in as one")


def _number(server: Server, by_key: Mapping[str, Setting], key: str, usual: int) -> Number:
    one = by_key.get(key)
    if one is None:
        return Number(value=str(usual), setting=None, why=f"{key} is {usual:,} where nothing is said")
    if not _WHOLE.fullmatch(one.value):
        server.left_out.append((one, f"is no whole number; {usual:,} is taken"))
        return Number(value=str(usual), setting=None, why=f"{key} is {usual:,} where nothing is said")
    return Number(value=one.value, setting=one)


def _leave_out(server: Server, by_key: Mapping[str, Setting]) -> None:
    server.left_out += [(by_key[key], why) for key, why in _REASONS.items() if key in by_key]


def _databases(server: Server, settings: Sequence[Setting]) -> tuple[list[Number], list[Number]]:
    """Return the modes and sizes of databases that have their own; what else they limit is left out."""
    modes: list[Number] = []
    sizes: list[Number] = []
    for one in settings:
        parts = {found[1]: found[2].strip("'") for found in _PART.finditer(one.value)}
        port = parts.get("port", "")
        server.databases[one.key] = (parts.get("host", ""), int(port) if port.isdigit() else 5432, one)
        if parts.get("pool_mode") in _MODES:
            modes.append(Number(value=parts["pool_mode"], setting=one, why="pool_mode of this database"))
        if parts.get("pool_size", "").isdigit():
            sizes.append(Number(value=parts["pool_size"], setting=one, why="pool_size of this database"))
        server.left_out += [
            (one, f"{key} {parts[key]}: of this database alone") for key in _OF_ONE if key in parts
        ]
    return modes, sizes


def _pgbouncer(server: Server, settings: Sequence[Setting]) -> None:
    own = {one.key: one for one in settings if one.section == "pgbouncer"}
    modes, sizes = _databases(server, [one for one in settings if one.section == "databases"])
    if len(sizes) < max(1, len(server.databases)):  # the others have the usual one
        sizes = [_number(server, own, "default_pool_size", 20), *sizes]
    size = max(sizes, key=lambda one: int(one.value))
    for key in ("max_db_connections", "max_user_connections"):
        cap = _number(server, own, key, 0)
        if 0 < int(cap.value) < int(size.value):
            size = cap
            del own[key]
    server.numbers["connections"] = _number(server, own, "max_client_conn", 100)
    mode = own.get("pool_mode")
    why = "" if mode is not None else "pool_mode is session where nothing is said"
    usual_mode = mode.value if mode is not None and mode.value in _MODES else _MODES[0]
    modes = [Number(value=usual_mode, setting=mode, why=why), *modes]
    keeping = min(modes, key=lambda one: _MODES.index(one.value))
    stated, server.numbers["pooler.mode"] = keeping.value, keeping
    for one in (*modes, *sizes):
        if one.setting is not None and one not in {keeping, size}:
            server.left_out.append(
                (one.setting, f"another of its kind counts: {(keeping if one in modes else size).value}")
            )
    server.numbers["pooler.most"] = size
    for key, name, usual, unit in (
        ("pooler.reserve", "reserve_pool_size", 0, ""),
        ("pooler.wait", "query_wait_timeout", 120, "s"),
        ("pooler.idle_timeout", "server_idle_timeout", 600, "s"),
    ):
        number = _number(server, own, name, usual)
        if key == "pooler.idle_timeout" and stated == "session":
            server.left_out += [(number.setting, _SESSION)] if number.setting is not None else []
        elif number.value != "0":
            server.numbers[key] = Number(
                value=f"{number.value}{unit}", setting=number.setting, why=number.why
            )
    if "server_lifetime" in own:
        _lifetime(server, own["server_lifetime"], is_session=stated == "session")
    port = own.get("listen_port")
    server.port = int(port.value) if port is not None and port.value.isdigit() else 6432
    _leave_out(server, own)


def _lifetime(server: Server, setting: Setting, *, is_session: bool) -> None:
    """Take how old a pooler lets its server connections become; an hour where nothing is said."""
    if not _WHOLE.fullmatch(setting.value):
        server.left_out.append((setting, "is no whole number"))
    elif is_session or int(setting.value) == 0:
        why = "ends no connection while a client holds it (mode session)"
        server.left_out.append((setting, why if is_session else "nought ends each after its first use"))
    else:
        server.numbers[SERVER_AGE] = Number(value=f"{setting.value}s", setting=setting)
