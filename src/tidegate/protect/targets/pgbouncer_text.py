"""What does a PgBouncer configuration limit, in the words of a world? Reading only.

Whose numbers they are is told by the comments above them, as the writer sets them; else by what was meant, or
by a database's name.

Shortcut: where several databases are listed, each one's own numbers count; a cap for all of them is read as
one for each, which is what PgBouncer makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import identifier
from tidegate.protect.targets.poolers import past_poolers_count, pooled_by, poolers_count, poolers_of

_SECTION = re.compile(r"\[([\w-]+)\]", re.ASCII)
_PAIR = re.compile(r"([\w.*-]+|\"[^\"]*\")\s*=\s*(.*)", re.ASCII)
_PART = re.compile(r"(\w+)\s*=\s*('(?:[^']|'')*'|\S+)", re.ASCII)
_TOLD = re.compile(r"(services|clients)\.([^\s.]+)\.")
_WHOLE = re.compile(r"\d{1,10}", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_SECTIONS = ("databases", "users", "pgbouncer", "peers")
_COUNTS = ("max_client_conn", "max_db_connections", "default_pool_size", "reserve_pool_size")
_MODES = ("session", "transaction", "statement")
_OF_A_POOLER = {
    "pool_mode": "how long a connection stays with a client: is said by a service with pooler",
    "query_wait_timeout": "how long a query waits for a connection: is said by a service with pooler",
}
_NO_KEY = "a world has no key for it"
_IDLE = "when idle connections are closed: `pooler.idle_timeout` of a service says it"
_OTHERS = {
    "max_user_connections": f"a limit for each user: {_NO_KEY}",
    "max_user_client_connections": f"a limit for each user: {_NO_KEY}",
    "max_db_client_connections": f"a limit for the clients of each database: {_NO_KEY}",
    "min_pool_size": _NO_KEY,
    "reserve_pool_timeout": _NO_KEY,
    "server_login_retry": _NO_KEY,
    "server_idle_timeout": _IDLE,
    "server_lifetime": "how old connections become: `calls[].connection_age` of a service says it",
    "client_login_timeout": "how long a client may take to log in: `services.*.login` of a world says it",
    "listen_backlog": "connections that wait to be accepted: `services.*.accept_backlog` of a world",
    **dict.fromkeys(
        ("query_timeout", "client_idle_timeout", "idle_transaction_timeout", "transaction_timeout"),
        f"ends what lasts longer: {_NO_KEY}",
    ),
}
_OF_USERS = re.compile(
    r"\b(pool_size|reserve_pool_size|max_user_(client_)?connections|pool_mode|\w+_timeout)\b"
)
_CLIENTS = "how many clients the pooler accepts: `connections` of a service with pooler"
_USUAL_POOL = 20
_USUAL_CLIENTS = 100


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One setting, with what the comment above it tells of whose it is."""

    number: int
    section: str
    key: str
    value: str
    told: tuple[str, str]

    @property
    def host(self) -> str:
        """Where the database of a line is; empty where that is this machine."""
        parts = {found[1]: found[2].strip("'") for found in _PART.finditer(self.value)}
        return parts.get("host", "").lower()

    @property
    def name(self) -> str:
        return self.key.strip('"')

    @property
    def words(self) -> str:
        return f"{self.key} = {self.value}"


def interpret(text: str, findings: Findings) -> None:
    """Give `findings` every limit on connections that the text states."""
    rows = _rows(text, findings)
    settings = {row.key: row for row in rows if row.section == "pgbouncer"}
    for row in settings.values():
        if row.key in _OTHERS:
            findings.ignore(row.number, row.words, _OTHERS[row.key])
    for row in rows:
        if row.section == "users" and _OF_USERS.search(row.value):
            findings.ignore(row.number, row.words, f"of one user: {_NO_KEY}")
    counts = {key: _whole(settings[key], findings) for key in _COUNTS if key in settings}
    databases = [row for row in rows if row.section == "databases"]
    reading = _Reading(findings, settings, counts, [row.name for row in databases])
    for row in databases:
        reading.database(row)
    reading.shared()
    reading.pooler()
    reading.clients_limit()
    reading.connecting()


def _rows(text: str, findings: Findings) -> list[_Row]:
    rows: list[_Row] = []
    section, told = "", ("", "")
    for number, line in enumerate((one.strip() for one in text.splitlines()), start=1):
        if not line or line.startswith(("#", ";")):
            found = _TOLD.search(line)
            told = (found[1], found[2]) if found else told if line else ("", "")
            continue
        head, pair = _SECTION.fullmatch(line), _PAIR.fullmatch(line)
        if line.startswith("%include"):
            findings.ignore(number, line, "another file: read it as well")
        elif head is not None:
            section = head[1]
            if section not in _SECTIONS:
                findings.fault(number, "is no section", value=line, allowed=", ".join(_SECTIONS))
        elif pair is None or not section:
            findings.fault(
                number, "is no setting of a section", value=line, allowed="[pgbouncer], then NAME = VALUE"
            )
        else:
            rows.append(_Row(number=number, section=section, key=pair[1], value=pair[2], told=told))
        told = ("", "")
    return rows


def _whole(row: _Row, findings: Findings) -> int:
    if not _WHOLE.fullmatch(row.value):
        findings.fault(row.number, f"{row.key} is no whole number", value=row.value)
        return 0
    return int(row.value)


class _Reading:
    """Reads one line after the other, beside the settings for all."""

    def __init__(
        self,
        findings: Findings,
        settings: Mapping[str, _Row],
        counts: Mapping[str, int],
        names: Sequence[str],
    ) -> None:
        self._findings = findings
        self._settings = settings
        self._counts = counts
        self._world = findings.subjects.world
        self._names = names
        self._caps: dict[str, list[tuple[int, _Row]]] = {}
        """Connections of one process to each database, by its names."""
        self._sizes: tuple[int, int, _Row] | None = None
        """Server connections of one pool, its reserve, and where they stand."""
        self._poolers: dict[str, None] = {}
        """Services that the file may be the pooler of."""

    def database(self, row: _Row) -> None:
        """Read one database's line: the most connections that one process opens to it."""
        parts = {found[1]: found[2].strip("'") for found in _PART.finditer(row.value)}
        counts = dict(self._counts)
        for key, name in (("pool_size", "default_pool_size"), ("max_db_connections", "max_db_connections"),
                          ("reserve_pool", "reserve_pool_size")):  # fmt: skip
            if key in parts:
                stated = _Row(number=row.number, section="", key=key, value=parts[key], told=("", ""))
                counts[name] = _whole(stated, self._findings)
        if not {"default_pool_size", "max_db_connections"}.intersection(counts):
            self._findings.ignore(
                row.number, row.words, f"PgBouncer's own pool of {_USUAL_POOL} for each user"
            )
            return
        # Without a cap each user has a pool of its own; one user is taken.
        reserve = counts.get("reserve_pool_size", 0)
        pool = counts.get("default_pool_size", _USUAL_POOL) + reserve
        cap = counts.get("max_db_connections", 0) or pool
        self._sizes = (min(cap, pool) - reserve if pool <= cap else cap, min(reserve, max(cap - 1, 0)), row)
        self._cap(row, cap)

    def pooler(self) -> None:
        """Read what a world says of its pooler: mode, wait and server connections of one process."""
        stated = [name for name in self._meant_poolers() if self._world.services[name].pooler is not None]
        at = f"services.{stated[0]}.pooler" if len(stated) == 1 else ""
        if at and self._sizes is not None:
            most, reserve, row = self._sizes
            if most >= 1:
                self._findings.found(f"{at}.most", most, row.words, row.number)
                self._findings.found(f"{at}.reserve", reserve, row.words, row.number)
        for key, why in _OF_A_POOLER.items():
            row_of = self._settings.get(key)
            if row_of is not None and not at:
                self._findings.ignore(row_of.number, row_of.words, why)
        if at:
            self._mode_and_wait(at)

    def _mode_and_wait(self, at: str) -> None:
        mode, wait = self._settings.get("pool_mode"), self._settings.get("query_wait_timeout")
        if mode is not None and mode.value not in _MODES:
            self._findings.fault(mode.number, "is no mode", value=mode.value, allowed=", ".join(_MODES))
        elif mode is not None:
            self._findings.found(f"{at}.mode", mode.value, mode.words, mode.number)
        if wait is not None and not _NUMBER.fullmatch(wait.value):
            self._findings.fault(wait.number, f"{wait.key} is no number of seconds", value=wait.value)
        elif wait is not None:
            self._findings.found(f"{at}.wait", float(wait.value) or None, wait.words, wait.number)

    def _meant_poolers(self) -> list[str]:
        """Return the poolers that the text may be about: as a comment tells, else as its databases do."""
        told = {row.told[1] for row in self._settings.values() if row.told[0] == "services"}
        known = [name for name in self._world.services if told & {name, identifier(name)}]
        meant = [name for name in known if pooled_by(self._world, name)]
        return meant or list(self._poolers)

    def _cap(self, row: _Row, cap: int) -> None:
        section, name = row.told
        clients = name if section == "clients" else "" if section else self._findings.subjects.clients
        meant = next((one for one in self._world.clients if clients in {one, identifier(one)}), "")
        if meant:
            self._pool(row, meant, cap)
            return
        service = self._service(row)
        pooled = pooled_by(self._world, service) if service else ()
        if pooled:  # the pooler itself was meant
            self._poolers[service] = None
            service = next((one for one in pooled if identifier(one) == row.name), pooled[0])
        if service:
            self._caps.setdefault(service, []).append((cap, row))

    def _service(self, row: _Row) -> str:
        """Return the service that a line of a database is about: by its name, else the one that was meant."""
        names = {identifier(one) for one in self._world.services}
        others = any(one in names for one in self._names)
        if others and row.name not in names and not self._findings.subjects.service:
            self._findings.ignore(
                row.number, row.words, "is no service of the world; --service NAME says whose"
            )
            return ""
        return self._findings.service(row.number, row.name, identifier)

    def shared(self) -> None:
        """Give what all names of a database, and all poolers before it, open together."""
        if self._sizes is None:
            for key in _COUNTS[1:]:
                if key in self._settings:
                    row = self._settings[key]
                    self._findings.ignore(row.number, row.words, "no database is listed that it would be of")
        for service, listed in self._caps.items():
            each = self._of_one_host(service, listed)
            if not each:
                continue
            cap, row = sum(cap for cap, _ in each), each[-1][1]
            at, poolers = f"services.{service}.connections", poolers_of(self._world, service)
            self._poolers |= dict.fromkeys(poolers)
            if poolers:
                every = cap * poolers_count(self._world, service) + past_poolers_count(self._world, service)
                self._findings.found(at, every, row.words, row.number)
            elif cap:
                most = self._counts.get("max_client_conn", _USUAL_CLIENTS)
                self._findings.found(at, cap, row.words, row.number)
                full = "refuse" if most <= cap else "backlog"
                self._findings.found(f"{at}_when_full", full, row.words, row.number)

    def _of_one_host(self, service: str, listed: list[tuple[int, _Row]]) -> list[tuple[int, _Row]]:
        """Return the lines that lead to a service; told are those that lead to another host."""
        if len({row.host for _, row in listed}) == 1:
            return listed
        known = {service, *self._world.services[service].known_as.values()}
        hosts = {word.rpartition("/")[2].partition(":")[0].lower() for one in known for word in one.split()}
        own = [one for one in listed if one[1].host in hosts or identifier(service) == one[1].name]
        for _, row in (one for one in listed if one not in own):
            where = row.host or "this machine"
            why = f"leads to {where}, and not to {service}"
            if not own:
                why = f"leads to {where}, one of several: `known_as` of {service} says which is meant"
            self._findings.ignore(row.number, row.words, why)
        return own

    def _pool(self, row: _Row, clients: str, cap: int) -> None:
        if self._world.clients[clients].connection == "pool":
            self._findings.found(f"clients.{clients}.pool", cap, row.words, row.number)
        else:
            self._findings.ignore(row.number, row.words, f"{clients} keep no pool in the world")

    def clients_limit(self) -> None:
        """Read the limit on the clients of a pooler that the world has."""
        row = self._settings.get("max_client_conn")
        if row is None:
            return
        section, name = row.told
        known = [one for one in self._world.services if name in {one, identifier(one)}]
        meant = known if section == "services" else [] if section else list(self._poolers)
        if not (len(meant) == 1 and pooled_by(self._world, meant[0]) and self._counts[row.key] > 0):
            self._findings.ignore(row.number, row.words, _CLIENTS)
        else:
            at = f"services.{meant[0]}.connections"
            if self._findings.stricter(at, self._counts["max_client_conn"], row.words, row.number):
                self._findings.found(f"{at}_when_full", "refuse", row.words, row.number)

    def connecting(self) -> None:
        """Read how long the pooler beside a client tries to connect."""
        row = self._settings.get("server_connect_timeout")
        if row is None:
            return
        if not _NUMBER.fullmatch(row.value):
            self._findings.fault(row.number, f"{row.key} is no number of seconds", value=row.value)
            return
        clients = row.told[1] if row.told[0] == "clients" else self._findings.subjects.clients
        meant = next((one for one in self._world.clients if clients in {one, identifier(one)}), "")
        if meant and float(row.value) > 0:
            self._findings.found(f"clients.{meant}.connect_timeout", float(row.value), row.words, row.number)
        else:
            self._findings.ignore(row.number, row.words, "belongs to clients; --client NAME says to which")
