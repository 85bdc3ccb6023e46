"""Which services stand behind a crossing, and where are they reached? For targets that name addresses."""

from __future__ import annotations

import re

from tidegate.protect.config_file import Addresses, Draft
from tidegate.world.graph import route
from tidegate.world.protocol import UDP, spoken
from tidegate.world.service import Service
from tidegate.world.world import World

_ADDRESS = re.compile(r"(?:[A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\]):\d{1,5}")
_LISTEN_PORT = 20001
_INSTANCE_PORT = 30001


def services_behind(world: World, crossing: str) -> tuple[str, ...]:
    """Return the services that clients, their lookups or other services reach through a crossing."""
    reached: list[tuple[str, str]] = []
    for clients in world.clients.values():
        reached.append((clients.network, clients.service))
        if clients.lookup is not None:
            reached.append((clients.network, clients.lookup.service))
        reached += [(clients.network, errand.service) for errand in clients.errands]
    for service in world.services.values():
        reached += [(service.network, call.service) for call in service.calls]
        reached += [(service.network, call.service) for call in service.boot.calls]
    passing = {
        service
        for start, service in reached
        if crossing in (route(world, start, world.services[service].network) or ())
    }
    return tuple(name for name in world.services if name in passing)


def proxied(draft: Draft, crossing: str) -> tuple[str, ...]:
    """Return the services behind a crossing that a TCP proxy can stand before; of others it says so."""
    behind = services_behind(draft.world, crossing)
    for name in behind:
        speaks = spoken(name, draft.world.services[name])
        if speaks not in UDP:
            continue
        why = f"{name} speaks {speaks} over UDP, which does not pass a TCP proxy"
        for element in draft.below(f"services.{name}"):
            if not element.path.startswith(f"services.{name}.autoscaler."):
                draft.refuse(element.path, why)
    return tuple(name for name in behind if spoken(name, draft.world.services[name]) not in UDP)


class Ends:
    """Addresses of services, given or made up to be replaced.

    Parameters
    ----------
    draft
        Told where an address is made up.
    addresses
        Those given.
    """

    def __init__(self, draft: Draft, addresses: Addresses | None) -> None:
        self._draft = draft
        self._given = addresses or Addresses()
        self._order = list(draft.world.services)

    def listen(self, name: str) -> str:
        """Return the `address:port` on which clients reach a service."""
        service = self._draft.world.services[name]
        found = self._given.listen.get(name) or service.known_as.get("listen", "")
        return self._checked(found) or self._made_up(f":{_LISTEN_PORT + self._order.index(name)}")

    def instances(self, name: str) -> tuple[str, ...]:
        """Return the `address:port` of each instance; one that is made up where none is known."""
        service: Service = self._draft.world.services[name]
        given = self._given.instances.get(name) or tuple(service.known_as.get("instances", "").split())
        found = tuple(address for address in given if self._checked(address))
        return found or (self._made_up(f"127.0.0.1:{_INSTANCE_PORT + self._order.index(name)}"),)

    def _checked(self, address: str) -> str:
        """Return an address if it is one: whatever else a world says never gets into a file."""
        return address if _ADDRESS.fullmatch(address) else ""

    def _made_up(self, address: str) -> str:
        self._draft.note("Addresses that the world does not know (known_as: listen, instances) are made up.")
        return address
