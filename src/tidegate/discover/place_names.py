"""What is a place called in a world? By what its port is used for, numbered; never by its address."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from tidegate.discover.flow_book import Place

_BY_PORT = {
    53: "dns",
    80: "http",
    443: "https",
    1433: "sqlserver",
    1883: "mqtt",
    3306: "mysql",
    4222: "nats",
    5432: "postgres",
    5671: "amqp",
    5672: "amqp",
    6379: "redis",
    6432: "pooler",
    8080: "http",
    8443: "https",
    9092: "kafka",
    11211: "memcached",
    27017: "mongodb",
}
PROTOCOLS = {
    "dns": "dns",
    "http": "http",
    "https": "http",
    "mqtt": "mqtt",
    "mysql": "mysql",
    "nats": "nats",
    "postgres": "postgres",
    "amqp": "amqp",
    "redis": "redis",
    "kafka": "kafka",
    "memcached": "memcached",
    "mongodb": "mongodb",
}
"""What such a service speaks, by its name here."""


def noun(place: Place) -> str:
    """Return what a place is called, before it is numbered."""
    return _BY_PORT.get(place.port, f"{place.protocol}_{place.port}")


def names(places: Sequence[Place]) -> dict[Place, str]:
    """Return a name for each place, in their order: the second of a kind is number 2."""
    found: dict[Place, str] = {}
    counts: dict[str, int] = {}
    for place in places:
        called = noun(place)
        counts[called] = counts.get(called, 0) + 1
        found[place] = called if counts[called] == 1 else f"{called}_{counts[called]}"
    return found


def known_as(place: Place) -> str:
    """Return what a place is outside of a world."""
    address = f"[{place.address}]" if ":" in place.address else place.address
    return f"{place.protocol} {address}:{place.port}"


def prefix(addresses: Iterable[str]) -> str:
    """Return the smallest network that holds all addresses; empty where they are of two families or none."""
    known = []
    for address in addresses:
        try:
            known.append(ipaddress.ip_address(address))
        except ValueError:
            return ""
    if not known or len({one.version for one in known}) > 1:
        return ""
    low, high = min(map(int, known)), max(map(int, known))
    bits = known[0].max_prefixlen
    length = bits - (low ^ high).bit_length()
    return str(ipaddress.ip_network((int(known[0]), length), strict=False))
