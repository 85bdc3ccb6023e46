"""Would a limit turn away what clients ask for when nothing is wrong? A sum over the populations, no engine.

Shortcut: a lower bound. Calls between services, name lookups and retries come on top of it.
"""

from __future__ import annotations

from tidegate.errors import Fault
from tidegate.evaluate.arithmetic.load import kept_connections, requests_per_s
from tidegate.evaluate.arithmetic.work import way_of
from tidegate.protect.protection import Protection
from tidegate.world.clients import Clients
from tidegate.world.file.overlay import overlay
from tidegate.world.file.quantity import format_quantity
from tidegate.world.world import World, WorldFile

_LIMITS = {
    "rate": " on each device",
    "concurrent": " open flows on each device",
    "per_source": " for one client",
}


def below_calm(file: WorldFile, protection: Protection) -> tuple[Fault, ...]:
    """Return a fault for each limit on a crossing that lies below what clients ask of it in calm.

    Parameters
    ----------
    file
        The world without the protection.
    protection
        The limits.
    """
    world = overlay(file, protection.overlay()).world
    faults = []
    for element in protection.elements:
        section, name, *rest = element.path.split(".")
        key = rest[-1]
        if section != "crossings" or element.value is None or rest[0] != "admission" or key not in _LIMITS:
            continue
        needed = _needed(world, name)[key]
        if element.value < needed:
            least = format_quantity(float(f"{needed:.3g}"), "count" if key == "concurrent" else "per_s")
            says = f"at least {least}{_LIMITS[key]}, which clients ask for in calm"
            faults.append(
                Fault(what="is below the steady load", path=element.path, value=element.text, allowed=says)
            )
    return tuple(faults)


def _needed(world: World, crossing: str) -> dict[str, float]:
    """Return what calm needs at least, by the key of the limit."""
    passing = [one for one in world.clients.values() if crossing in way_of(world, one.network, one.service)]
    devices = world.crossings[crossing].devices_count
    flows = [(one, _new_flows_per_s(world, one)) for one in passing]
    return {
        "rate": sum(per_s for _, per_s in flows) / devices,
        "concurrent": sum(kept_connections(one) for one in passing) / devices,
        "per_source": max((per_s / max(one.population_count, 1) for one, per_s in flows), default=0.0),
    }


def _new_flows_per_s(world: World, clients: Clients) -> float:
    """Return the connections a second a population opens in calm, where each may wait for its answer."""
    if clients.connection != "per_request":
        return 0.0
    return requests_per_s(world, clients, waiting_s=clients.timeout_s)
