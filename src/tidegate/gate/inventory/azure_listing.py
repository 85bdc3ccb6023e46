"""What does Azure's CLI show? NAT gateways, outbound rules of load balancers, and flexible servers.

Sources: Microsoft, REST references of natGateways, loadBalancers/outboundRules and flexibleServers: `az`
prints their properties beside id, name and type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.aws.properties import items
from tidegate.gate.inventory.cloud_things import azure_gateway, database, gateway, outbound_rule
from tidegate.gate.inventory.printed_json import read_printed
from tidegate.gate.inventory.seen_thing import Inventory, Seen
from tidegate.world.file.nearest_name import shown

_ALLOWED = (
    "what `az network nat gateway show`, `az network lb show`, `az network lb outbound-rule list` or "
    "`az postgres flexible-server show` prints"
)


def azure_inventory(text: str, source: str, said: str) -> Inventory:
    """Return what descriptions of Azure show.

    Parameters
    ----------
    text, source
        It, and its name.
    said
        Where and when it was read, to stand beside each number.

    Raises
    ------
    InputError
        If it is not JSON, or none of those that are known.
    """
    inventory = Inventory(sources=[said])
    document = read_printed(text, source, _ALLOWED)
    for one in document if isinstance(document, list) else [document]:
        if not isinstance(one, Mapping):
            continue
        found = list(_things(one, said))
        inventory.seen += found
        if not found:
            kind = str(one.get("type", "")) or "object"
            inventory.unused[
                shown(kind), "says nothing of a gateway, outbound ports or a database that is read"
            ] += 1
    if not inventory.seen:
        raise InputError(
            Fault(what="describes nothing that is read", allowed=_ALLOWED, place=Place(source=source))
        )
    return inventory


def _things(one: Mapping[str, Any], said: str) -> Iterator[Seen]:
    kind, name = str(one.get("type", "")).lower(), str(one.get("name", "nat"))
    where, own = f"{said}, {name}", str(one.get("id", ""))
    known = {"azure": own} if own else {}
    if kind == "microsoft.network/natgateways" or (
        "publicIpAddresses" in one and "idleTimeoutInMinutes" in one
    ):
        seen = gateway(name, "azure-nat-gateway", where, known_as=known)
        count = len(items(one.get("publicIpAddresses")))
        yield azure_gateway(
            seen, count if not items(one.get("publicIpPrefixes")) else 0, one.get("idleTimeoutInMinutes")
        )
    elif "allocatedOutboundPorts" in one:
        yield _rule(one, name, where, known)
    elif isinstance(one.get("outboundRules"), list):
        for rule in items(one["outboundRules"]):
            yield _rule(rule, name, where, known)
    elif "flexibleservers" in kind or "fullyQualifiedDomainName" in one:
        engine = "mysql" if "mysql" in kind else "postgres"
        port = {"postgres": 5432, "mysql": 3306}[engine]
        host = str(one.get("fullyQualifiedDomainName", ""))
        seen = database(name, where, "azure", one, host=host, port=port, engine=engine)
        seen.known_as |= known
        yield seen


def _rule(rule: Mapping[str, Any], name: str, where: str, known: Mapping[str, str]) -> Seen:
    seen = gateway(name, "azure-load-balancer-snat", where, known_as=known)
    frontends = items(rule.get("frontendIPConfigurations")) or items(rule.get("frontendIpConfigurations"))
    return outbound_rule(seen, rule.get("allocatedOutboundPorts"), len(frontends))
