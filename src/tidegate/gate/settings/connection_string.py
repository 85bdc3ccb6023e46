"""Where does a connection string lead, and which pool does it state? URLs, JDBC, libpq and ADO.NET.

Credentials are never kept.

Sources: libpq's connection strings, JDBC (PostgreSQL, MySQL, SQL Server), SQLAlchemy's URLs, Prisma
(connection_limit), pgx (pool_max_conns), MongoDB (maxPoolSize), Rails (pool), Npgsql and SqlClient (Max Pool
Size).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tidegate.gate.settings.names import meaning_of

_SCHEMES = {
    "postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mysql2": "mysql", "mariadb": "mysql",
    "redis": "redis", "rediss": "redis", "valkey": "redis", "mongodb": "mongodb", "mongodb+srv": "mongodb",
    "amqp": "amqp", "amqps": "amqp", "sqlserver": "sql", "mssql": "sql", "ecto": "postgres",
    "cockroachdb": "postgres", "oracle": "sql",
}  # fmt: skip
PORTS = {"postgres": 5432, "mysql": 3306, "redis": 6379, "mongodb": 27017, "amqp": 5672}
_URL = re.compile(
    r"(?:jdbc:)?([a-z][a-z0-9]*(?:\+srv)?)(?:\+\w+)?://(?:[^/@\s]*@)?([^/?;\s]*)(?:/([^?;\s]*))?(?:[?;](\S*))?"
)
_LONGEST = 4_000
_AND = re.compile(r"[&;]")
_PAIRS = re.compile(r"([A-Za-z][A-Za-z _]*?)\s*=\s*('[^']*'|[^\s;]+)")
_LIBPQ = ("host", "dbname")
_ADO = ("server", "host", "data source")


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where connections lead.

    Parameters
    ----------
    protocol
        "postgres", "mysql", "redis" …; "sql" for a database of another kind.
    host, port, database
        As written; 0 and empty where nothing is said.
    numbers
        What it states of the pool, by role.
    """

    protocol: str
    host: str
    port: int = 0
    database: str = ""
    numbers: dict[str, int] = field(default_factory=dict)


def target_of(text: str) -> Target | None:
    """Return where a connection string leads; None where the text is none."""
    if len(text) > _LONGEST:
        return None
    found = _URL.fullmatch(text.strip())
    if found is not None and found[1] in _SCHEMES:
        protocol = _SCHEMES[found[1]]
        first = found[2].split(",")[0]
        host, _, port = first.rpartition(":") if ":" in first else (first, "", "")
        params = {key: value for key, _, value in (one.partition("=") for one in _AND.split(found[4] or ""))}
        stated = int(port) if port.isdigit() else PORTS.get(protocol, 0)
        return Target(
            protocol=protocol, host=host, port=stated, database=found[3] or "", numbers=_numbers(params)
        )
    pairs = {key.strip().lower(): value.strip("'") for key, value in _PAIRS.findall(text)}
    if all(key in pairs for key in _LIBPQ):
        port = pairs.get("port", "")
        stated = int(port) if port.isdigit() else PORTS["postgres"]
        return Target(protocol="postgres", host=pairs["host"], port=stated, database=pairs["dbname"],
                      numbers=_numbers(pairs))  # fmt: skip
    named = next((pairs[key] for key in _ADO if key in pairs), "")
    if named and ";" in text and ("database" in pairs or "initial catalog" in pairs):
        host, _, port = named.removeprefix("tcp:").replace(",", ":").partition(":")
        database = pairs.get("database", pairs.get("initial catalog", ""))
        stated = int(pairs.get("port", port)) if pairs.get("port", port).isdigit() else 0
        protocol = {5432: "postgres", 3306: "mysql"}.get(stated, "postgres" if "username" in pairs else "sql")
        return Target(protocol=protocol, host=host, port=stated, database=database, numbers=_numbers(pairs))
    return None


def _numbers(params: dict[str, str]) -> dict[str, int]:
    """Return what parameters state of a pool, by role."""
    found: dict[str, int] = {}
    for key, value in params.items():
        # A parameter is about the pool of its own string: it needs no owner.
        meant = meaning_of(f"DB_{key}")
        if meant is not None and value.isdigit() and meant.role in {"most", "least", "overflow"}:
            found[meant.role] = int(value)
    return found
