"""What does one resource of a cloud come to in a world? Gateways, databases, balancers, groups.

Whoever lists them (a state of Terraform, the CLI of a cloud) gives their attributes; what is published of a
kind stands in the catalogue of devices, by name.

Sources: AWS, "NAT gateway basics" (55,000 connections to one destination for each address); Google Cloud, "IP
addresses and ports" (64,512 ports of an address; 64 for each machine, 32 where dynamic); Microsoft, "Source
Network Address Translation with load balancer" and "NAT gateway resource" (64,512 ports of an address).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tidegate.gate.change.database_limits import usual_limit
from tidegate.gate.inventory.seen_thing import (
    INSIDE,
    OUTSIDE,
    USERS,
    Ask,
    Figure,
    Seen,
    endpoint,
    resource,
    stated,
)
from tidegate.world.how_many import how_many

_AWS_PORTS, _AZURE_PORTS, _GOOGLE_PORTS = 55_000, 50_000, 64_512
_AWS_NAT = "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html"
_AZURE_NAT = "https://github.com/MicrosoftDocs/azure-docs, nat-gateway-resource.md"
_GOOGLE_NAT = "https://cloud.google.com/nat/docs/ports-and-addresses"
_DEFAULT_LEAST, _DYNAMIC_LEAST, _DYNAMIC_MOST = 64, 32, 65_536
ENGINES = {
    "postgres": "postgres",
    "aurora-postgresql": "postgres",
    "mysql": "mysql",
    "aurora-mysql": "mysql",
    "aurora": "mysql",
    "mariadb": "mysql",
    "redis": "redis",
    "valkey": "redis",
    "memcached": "memcached",
}


def published(value: float, source: str) -> Figure:
    """Return a number that a vendor publishes."""
    return Figure(value=value, low=value, high=value, basis="published", source=source)


def number_of(value: object) -> float | None:
    """Return a number that stands there as one, or as digits; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if 0 <= value < 1e12 else None
    text = str(value)
    return float(text) if text.isascii() and text.isdigit() and len(text) < 13 else None


def gateway(
    name: str, device: str, source: str, *, known_as: Mapping[str, str], names: Iterable[str] = ()
) -> Seen:
    """Return a device that translates addresses on the way out.

    Parameters
    ----------
    name, device
        What it is called, and what it is in the catalogue.
    source
        Where it was read.
    known_as
        Its names by system.
    names
        What else it is called.
    """
    own = {resource(one) for one in (*known_as.values(), *names) if one}
    return Seen(
        section="crossings",
        name=name,
        source=source,
        names=own,
        title=name,
        known_as=dict(known_as),
        words={"device": device, "between": (INSIDE, OUTSIDE)},
        where_rank=1,
    )


def aws_gateway(one: Seen, addresses_count: int) -> Seen:
    """Say how many ports a NAT gateway of AWS has: so many for each of its addresses."""
    if addresses_count:
        source = f"{_AWS_NAT}; {how_many(addresses_count, 'address', 'addresses')}, {one.source}"
        one.figures["ports.per_destination"] = published(_AWS_PORTS * addresses_count, source)
    return one


def azure_gateway(one: Seen, addresses_count: int, idle_minutes: object) -> Seen:
    """Say how many ports a NAT gateway of Azure has, and after how long it forgets."""
    if addresses_count:
        source = f"{_AZURE_NAT}; {how_many(addresses_count, 'address', 'addresses')}, {one.source}"
        one.figures["ports.per_destination"] = published(_AZURE_PORTS * addresses_count, source)
    minutes = number_of(idle_minutes)
    if minutes:
        one.figures["table.idle_timeout"] = stated(60.0 * minutes, one.source)
    return one


def google_gateway(one: Seen, said: Mapping[str, object], addresses_count: int) -> Seen:
    """Say which ports a Cloud NAT gives each machine.

    Parameters
    ----------
    one
        The gateway.
    said
        ``least``, ``most`` ports of a machine, ``dynamic``, ``time_wait`` and ``transitory`` in seconds.
    addresses_count
        Its addresses; 0 where it takes as many as it needs.
    """
    is_dynamic = str(said.get("dynamic", "")).lower() == "true"
    least, most = number_of(said.get("least")), number_of(said.get("most"))
    one.words["device"] = "google-cloud-nat-dynamic" if is_dynamic else "google-cloud-nat-static"
    one.figures["ports.block.least"] = _block(
        least, _DYNAMIC_LEAST if is_dynamic else _DEFAULT_LEAST, one.source
    )
    if is_dynamic:
        one.figures["ports.block.most"] = _block(most, _DYNAMIC_MOST, one.source)
    if addresses_count:
        source = f"{_GOOGLE_NAT}; {how_many(addresses_count, 'address', 'addresses')}, {one.source}"
        one.figures["ports.per_destination"] = published(_GOOGLE_PORTS * addresses_count, source)
    else:
        # Addresses are added as machines need their blocks, so that one address is no limit.
        one.figures["ports.per_destination"] = Figure(
            value=_GOOGLE_PORTS,
            low=_GOOGLE_PORTS,
            high=16 * _GOOGLE_PORTS,
            basis="assumed",
            source="",
            measure="how many addresses it has: `gcloud compute routers get-status`",
        )
    for key, path in (("time_wait", "ports.hold"), ("transitory", "ports.unanswered_hold")):
        seconds = number_of(said.get(key))
        if seconds:
            one.figures[path] = stated(seconds, one.source)
    return one


def _block(ports: float | None, usual: int, source: str) -> Figure:
    return (
        stated(ports, source)
        if ports
        else published(usual, f"{_GOOGLE_NAT}; nothing else is said in {source}")
    )


def outbound_rule(one: Seen, ports: object, addresses_count: int) -> Seen:
    """Say which ports a load balancer of Azure gives each machine; 0 is Azure's own table."""
    each = number_of(ports)
    if each:
        one.figures["ports.block.least"] = stated(each, one.source)
    if addresses_count:
        source = f"{_AZURE_NAT}; {how_many(addresses_count, 'address', 'addresses')}, {one.source}"
        one.figures["ports.per_destination"] = published(64_000 * addresses_count, source)
    return one


def database(
    name: str, source: str, kind: str, attributes: Mapping[str, Any], *, host: str, port: object, engine: str
) -> Seen:
    """Return a managed database.

    Parameters
    ----------
    name, source
        What it is called, and where it was read.
    kind
        Its type as Terraform has it, by which its vendor's default is known.
    attributes
        What its class and engine are read from.
    host, port
        Where it answers; empty where that is not said.
    engine
        What it is.
    """
    number = int(number_of(port) or 0)
    seen = Seen(
        section="services", name=name, source=source, title=f"{name}, {engine}", is_asked=True, where_rank=1
    )
    if host:
        seen.names.add(endpoint(host, number))
        seen.known_as["address"] = f"{host}:{number}" if number else host
    protocol = ENGINES.get(engine.lower())
    if protocol:
        seen.words |= {"protocol": protocol, "connections_when_full": "refuse"}
    usual = usual_limit(kind, attributes)
    if usual is not None:
        many, of, why = usual
        # The vendor's own processes take some of the memory that the default is reckoned from.
        seen.figures["connections"] = Figure(
            value=many, low=0.9 * many, high=many, basis="published", source=f"{why} ({of}), {source}"
        )
    return seen


def entrance(
    name: str, source: str, *, host: str, known_as: Mapping[str, str], targets: Iterable[str]
) -> list[Seen]:
    """Return a balancer before what it leads to: a crossing, and who comes in by it.

    Parameters
    ----------
    name, source
        What it is called, and where it was read.
    host
        What it answers at.
    known_as
        Its names by system.
    targets
        The names of what it leads to; where there are none, nobody is known to come in by it.
    """
    names = {resource(one) for one in known_as.values()} | ({endpoint(host, 0)} if host else set())
    crossing = Seen(
        section="crossings",
        name=name,
        source=source,
        names=names,
        title=name,
        known_as=dict(known_as),
        words={"device": "unknown", "between": (INSIDE, USERS)},
        where_rank=1,
    )
    led = tuple(targets)
    if not led:
        return [crossing]
    users = Seen(
        section="clients",
        name=f"users_of_{name}",
        source=source,
        where=USERS,
        where_rank=1,
        names={f"users of {led[0]}"},
        title=f"who comes in by {name}",
        asks=[Ask(names=led, title=name, source=source)],
    )
    return [crossing, users]


def group(
    name: str, source: str, *, known_as: Mapping[str, str], size: object, most: object, led_by: Iterable[str]
) -> Seen:
    """Return equal machines or tasks: a service where something leads to them, else clients.

    Parameters
    ----------
    name, source
        What they are called, and where that was read.
    known_as
        Their names by system.
    size, most
        How many there are, and how many a scaler may make of them.
    led_by
        The names by which they are asked.
    """
    led = set(led_by)
    seen = Seen(
        section="services" if led else "clients",
        name=name,
        source=source,
        title=name,
        is_asked=bool(led),
        known_as=dict(known_as),
        names={resource(one) for one in known_as.values()} | led,
        where_rank=1,
    )
    count = number_of(size)
    if count is not None:
        seen.figures["instances"] = stated(count, source)
    limit = number_of(most)
    if limit is not None and count is not None and limit > count:
        seen.grows_to_count = int(limit)
    return seen
