"""What does gcloud describe? The NAT of a router, and instances of Cloud SQL; JSON or YAML as it prints them.

Sources: Google Cloud, RouterNat and sql.instances REST references (`gcloud … --format json` prints these
fields, and YAML where nothing is said).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.aws.properties import mapping
from tidegate.gate.inventory.cloud_things import database, gateway, google_gateway
from tidegate.gate.inventory.printed_json import read_printed
from tidegate.gate.inventory.seen_thing import Inventory, Seen, machine, resource
from tidegate.world.file.nearest_name import shown
from tidegate.world.file.plain_scalar import meaning_of
from tidegate.world.file.tree import read_tree

_ALLOWED = (
    "what `gcloud compute routers nats describe`, `gcloud compute routers describe` or `gcloud sql instances "
    "describe` "
    "prints"
)


def gcloud_inventory(text: str, source: str, said: str) -> Inventory:
    """Return what descriptions of gcloud show.

    Parameters
    ----------
    text, source
        It, and its name.
    said
        Where and when it was read, to stand beside each number.

    Raises
    ------
    InputError
        If it cannot be read, or is none of those that are known.
    """
    inventory = Inventory(sources=[said])
    for one in _listed(_document(text, source)):
        found = list(_things(one, said))
        inventory.seen += found
        if not found:
            kind = str(one.get("kind", "")) or "object"
            inventory.unused[shown(kind), "says nothing of a NAT or a database that is read"] += 1
    if not inventory.seen:
        raise InputError(
            Fault(what="describes no NAT and no database", allowed=_ALLOWED, place=Place(source=source))
        )
    return inventory


def _document(text: str, source: str) -> Any:
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return read_tree(text, source, plain=meaning_of).document
    return read_printed(text, source, _ALLOWED)


def _listed(document: Any) -> Iterator[Mapping[str, Any]]:
    for one in document if isinstance(document, list) else [document]:
        if not isinstance(one, Mapping):
            continue
        nats = one.get("nats")
        if isinstance(nats, list):
            yield from (each for each in nats if isinstance(each, Mapping))
        else:
            yield one


def _things(one: Mapping[str, Any], said: str) -> Iterator[Seen]:
    name = str(one.get("name", "nat"))
    where = f"{said}, {name}"
    if "natIpAllocateOption" in one or "sourceSubnetworkIpRangesToNat" in one:
        seen = gateway(name, "google-cloud-nat-static", where, known_as={"gcloud": name})
        addresses = one.get("natIps")
        count = len(addresses) if isinstance(addresses, list) else 0
        yield google_gateway(
            seen,
            {
                "least": one.get("minPortsPerVm"),
                "most": one.get("maxPortsPerVm"),
                "dynamic": one.get("enableDynamicPortAllocation"),
                "time_wait": one.get("tcpTimeWaitTimeoutSec"),
                "transitory": one.get("tcpTransitoryIdleTimeoutSec"),
            },
            count,
        )
    elif "databaseVersion" in one:
        yield _sql(one, name, where)


def _sql(one: Mapping[str, Any], name: str, where: str) -> Seen:
    settings, version = mapping(one.get("settings")), str(one.get("databaseVersion"))
    engine = version.partition("_")[0].lower()
    addresses = one.get("ipAddresses")
    hosts = [str(each.get("ipAddress", "")) for each in addresses or () if isinstance(each, Mapping)]
    flags = settings.get("databaseFlags")
    stated = next(
        (
            each.get("value")
            for each in flags or ()
            if isinstance(each, Mapping) and each.get("name") == "max_connections"
        ),
        None,
    )
    attributes = {
        "database_version": version,
        "settings": {
            "tier": str(settings.get("tier", "")),
            **({"max_connections": str(stated)} if stated else {}),
        },
    }
    port = {"postgres": 5432, "mysql": 3306}.get(engine, 0)
    seen = database(
        name,
        where,
        "google_sql_database_instance",
        attributes,
        host=next(iter(hosts), ""),
        port=port,
        engine=engine,
    )
    seen.known_as["gcloud"] = str(one.get("connectionName", name))
    seen.names |= {resource(seen.known_as["gcloud"])} | {machine(host) for host in hosts}
    return seen
