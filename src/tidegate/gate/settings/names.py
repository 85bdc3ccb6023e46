"""What does the name of a setting mean? Pools, what they lead to, processes; from the names people use.

Names are compared by their words, so `maxPoolSize`, `DB_MAX_POOL_SIZE` and `db.max-pool-size` are alike.

Sources: HikariCP, Tomcat JDBC, Spring Boot, SQLAlchemy, Rails (database.yml), Prisma, node-postgres, Knex,
TypeORM, pgx, database/sql, Ecto, redis-py, MongoDB's connection strings; gunicorn, uvicorn and Puma for
processes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 300
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHER = re.compile(r"[^A-Za-z0-9]+")
_PROTOCOLS = {
    "postgres": ("PG", "PGX", "POSTGRES", "POSTGRESQL"),
    "mysql": ("MYSQL", "MARIADB"),
    "redis": ("REDIS", "VALKEY", "LETTUCE", "JEDIS"),
    "mongodb": ("MONGO", "MONGODB"),
    "amqp": ("AMQP", "RABBIT", "RABBITMQ"),
    "http": ("HTTP", "HTTPCLIENT", "OKHTTP", "ELASTICSEARCH", "OPENSEARCH"),
    "sql": (
        "DB", "DATABASE", "DATABASES", "SQL", "JDBC", "DATASOURCE", "HIKARI", "HIKARICP", "SQLALCHEMY",
        "ECTO", "PRISMA", "TYPEORM", "KNEX", "SEQUELIZE", "GORM", "MSSQL", "SQLSERVER", "ORACLE", "DBCP",
        "R2DBC",
    ),
}  # fmt: skip
_BY_WORD = {word: protocol for protocol, words in _PROTOCOLS.items() for word in words}
_NO_CONNECTIONS = frozenset({
    "THREAD", "THREADS", "WORKER", "WORKERS", "TASK", "TASKS", "BUFFER", "BUFFERS", "MEMORY", "FORK",
    "OBJECT", "EXECUTOR", "SCHEDULER", "CPU",
})  # fmt: skip
_PROCESSES = frozenset({
    "WEB_CONCURRENCY", "GUNICORN_WORKERS", "UVICORN_WORKERS", "HYPERCORN_WORKERS", "PUMA_WORKERS",
    "UWSGI_PROCESSES", "UWSGI_WORKERS",
})  # fmt: skip
_CONNECTIONS = r"(?:OPEN_)?CONN(?:ECTION)?S?"
_TIMEOUT = r"TIMEOUT(?:_MS|_SECONDS|_MILLIS)?"
_MOST = (
    r"(?:MAX(?:IMUM)?_?)?POOL_?SIZE(?:_MAX)?", r"POOL_MAX(?:_SIZE|_CONNECTIONS|_CONNS|_ACTIVE)?",
    r"MAX_?POOL", r"POOL_(?:LIMIT|CONNECTIONS|CONNS|COUNT|MAXIMUM)", r"MAX_POOL_CONNECTIONS",
)  # fmt: skip
_LEAST = (
    rf"MIN(?:IMUM)?_?(?:POOL_?SIZE|POOL|IDLE|SIZE|{_CONNECTIONS})", r"POOL_MIN(?:_SIZE)?",
    r"MAX_IDLE(?:_CONNS)?",
)  # fmt: skip
_OF_SOMEBODY = (
    rf"MAX(?:IMUM)?_{_CONNECTIONS}", r"(?:CONNECTION|CONN)_LIMIT", r"MAX_(?:ACTIVE|TOTAL)", r"POOL",
    r"CONN(?:ECTION)?S",
    r"(?:POOL_)?(?:MAX|SIZE)",
)  # fmt: skip
_ENDS = {
    "wait": (rf"(?:POOL|CONNECTION|ACQUIRE|CHECKOUT|QUEUE)_(?:WAIT_)?{_TIMEOUT}", r"MAX_WAIT"),
    "age": (
        r"(?:CONN_)?MAX_?(?:CONN_)?LIFE_?TIME(?:_MS|_MILLIS|_SECONDS)?",
        r"(?:CONN_)?MAX_(?:CONN(?:ECTION)?_)?AGE", r"POOL_RECYCLE",
    ),
    "idle": (rf"IDLE_{_TIMEOUT}", r"(?:CONN_)?MAX_IDLE_TIME", r"KEEPALIVE_?TIME"),
    "least": _LEAST,
    "overflow": (r"MAX_OVERFLOW", r"POOL_OVERFLOW"),
    "most": _MOST,
    "most of": _OF_SOMEBODY,
}  # fmt: skip
_AROUND = re.compile(
    rf"^(MAX(?:IMUM)?)_(?:OPEN_)?({'|'.join(sorted(_BY_WORD))})_({_CONNECTIONS}|POOL_?SIZE)$"
)
_ROLES = tuple((role, re.compile(rf"(?:(.*?)_)??({'|'.join(ends)})")) for role, ends in _ENDS.items())


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a setting's name means.

    Parameters
    ----------
    role
        "most", "least", "overflow", "wait", "idle" or "age" of a pool; "processes"; "other" for what is
        called a pool and is not one of connections; "unclear" where nothing tells whose connections it
        limits.
    owner
        The words before, which name whose pool it is: ``DB``, ``ORDERS_REDIS``.
    protocol
        What it leads to: "sql", "postgres", "redis" …; empty where nothing tells.
    """

    role: str
    owner: str = ""
    protocol: str = ""


_WHOLE_NAMES = {
    **dict.fromkeys(_PROCESSES, Meaning(role="processes")),
    # What the pool of a Rails application is, as its database.yml comes.
    "RAILS_MAX_THREADS": Meaning(role="most", owner="RAILS", protocol="sql"),
}


def words_of(name: str) -> str:
    """Return a name in capitals, its words joined by underscores."""
    return _OTHER.sub("_", _CAPITAL.sub("_", name)).strip("_").upper()


def protocol_of(words: str) -> str:
    """Return the protocol that the words of a name tell; the telling one goes before `sql`."""
    told = [_BY_WORD[word] for word in words.split("_") if word in _BY_WORD]
    return next((one for one in told if one != "sql"), "sql" if told else "")


def meaning_of(name: str) -> Meaning | None:
    """Return what a setting's name means; None where it is about no pool."""
    words = words_of(name) if len(name) <= _LONGEST else ""
    words = _AROUND.sub(r"\2_\1_\3", words)
    if words in _WHOLE_NAMES:
        return _WHOLE_NAMES[words]
    for role, pattern in _ROLES:
        found = pattern.fullmatch(words)
        if found is None:
            continue
        owner = found[1] or ""
        protocol = protocol_of(owner)
        named_pool = "POOL" in words.replace("POOLSIZE", "POOL_SIZE").split("_")
        if not _NO_CONNECTIONS.isdisjoint(owner.split("_")):
            return Meaning(role="other") if named_pool else None
        if role == "most of":
            return _of_somebody(found[2], owner, protocol, named_pool=named_pool)
        if role in {"wait", "age", "idle", "least"} and not (protocol or named_pool):
            return None
        return Meaning(role=role, owner=owner, protocol=protocol)
    # As one word, or in another place: whoever wrote it means a pool.
    is_pool = "POOL" in words and _NO_CONNECTIONS.isdisjoint(words.split("_")) and "THREADPOOL" not in words
    return Meaning(role="unclear") if is_pool and words.endswith(("POOL", "SIZE", "MAX")) else None


def _of_somebody(end: str, owner: str, protocol: str, *, named_pool: bool) -> Meaning | None:
    """Judge a name that limits connections of whoever is named before it."""
    if end in {"MAX", "SIZE"}:
        is_pool = owner.removesuffix("_MAX").rsplit("_", maxsplit=1)[-1] in {"POOL", "HIKARI", "JDBC"}
        return Meaning(role="most", owner=owner, protocol=protocol) if is_pool else None
    if protocol or named_pool:
        return Meaning(role="most", owner=owner, protocol=protocol)
    return Meaning(role="unclear") if end.startswith(("MAX", "CONN")) else None
