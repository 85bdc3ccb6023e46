"""What does a service speak? As stated, or told by its port or its name where that leaves no doubt.

A name tells it if its last telling word is a protocol's: `orders_postgres` and `redis-replica` do,
`postgres_exporter` does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

UNKNOWN = "unknown"
UDP = frozenset({"dns"})
"""Protocols whose questions are no connections: what stands before TCP connections does not see them."""

_BY_PORT = {
    22: "ssh", 25: "smtp", 53: "dns", 465: "smtp", 587: "smtp", 1883: "mqtt", 3306: "mysql", 4222: "nats",
    5432: "postgres", 5671: "amqp", 5672: "amqp", 6379: "redis", 6432: "postgres", 8883: "mqtt",
    9092: "kafka", 11211: "memcached", 27017: "mongodb",
}  # fmt: skip
_BY_WORD = {
    "http": "http", "https": "http", "grpc": "grpc", "postgres": "postgres", "postgresql": "postgres",
    "pgbouncer": "postgres", "pgpool": "postgres", "mysql": "mysql", "mariadb": "mysql", "proxysql": "mysql",
    "redis": "redis", "valkey": "redis", "memcached": "memcached", "memcache": "memcached",
    "mongo": "mongodb", "mongodb": "mongodb", "kafka": "kafka", "redpanda": "kafka", "rabbitmq": "amqp",
    "amqp": "amqp", "mqtt": "mqtt", "mosquitto": "mqtt", "nats": "nats", "dns": "dns", "coredns": "dns",
    "smtp": "smtp", "postfix": "smtp", "ssh": "ssh", "sshd": "ssh",
}  # fmt: skip
_SAYS_NOTHING = frozenset({
    "broker", "cache", "cluster", "data", "database", "db", "instance", "leader", "main", "master", "node",
    "pool", "pooler", "primary", "queue", "reader", "replica", "ro", "rw", "secondary", "server", "service",
    "standby", "store", "writer",
})  # fmt: skip
"""Words that may stand behind a protocol's without making it something else."""

PROTOCOLS = (UNKNOWN, *dict.fromkeys(_BY_WORD.values()), "tcp")
_PORT = re.compile(r":(\d{1,5})$", re.ASCII)
_WORDS = re.compile(r"[A-Za-z]+")


class Stated(Protocol):
    """What a service states of what it speaks, and what it is known as elsewhere."""

    @property
    def protocol(self) -> str:
        """As stated; `unknown` where nothing is."""

    @property
    def known_as(self) -> Mapping[str, str]:
        """Names and addresses, by system."""


def spoken(name: str, service: Stated) -> str:
    """Return the protocol of a service; `unknown` where nothing tells it beyond doubt.

    Parameters
    ----------
    name
        What the world calls it.
    service
        What it states: its protocol goes before its ports, and these before its name.
    """
    if service.protocol != UNKNOWN:
        return service.protocol
    addresses = [word for known in service.known_as.values() for word in known.split()]
    ports = [int(found[1]) for found in map(_PORT.search, addresses) if found is not None]
    told = {_BY_PORT[port] for port in ports if port in _BY_PORT}
    if len(told) == 1:
        return told.pop()
    words = [word for word in _WORDS.findall(name.lower()) if word not in _SAYS_NOTHING]
    return _BY_WORD.get(words[-1], UNKNOWN) if words and not told else UNKNOWN
