"""What the fluid engine does not follow of a world, so that nobody may be calm because of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.world.service import HealthProbe, Service
    from tidegate.world.world import World


def _varying_checks(service: Service) -> list[HealthProbe]:
    return [probe for probe in service.health_probes if probe.timeout_law.varies]


def unfollowed(world: World) -> tuple[str, ...]:
    """Return the parts of a world that decide and are left out of its means, in words."""
    found = []
    for name, service in world.services.items():
        title = service.title or name
        if service.balancing is not None:
            found.append(f"the queues of the single instances of {title}")
        if service.autoscaler is not None:
            found.append(f"how {title} is scaled by itself")
        if service.memory is not None:
            found.append(f"how the memory of {title} fills until an instance is killed")
        if service.warm_up is not None:
            found.append(f"how instances of {title} warm up")
        called = [call.service for call in service.calls if call.timeout_law.varies]
        called += [call.service for call in service.boot.calls if call.timeout_law.varies]
        found += [f"how the time-outs of checks of {title} differ" for _ in _varying_checks(service)[:1]]
        found += [f"how the time-outs differ with which {title} asks {one}" for one in dict.fromkeys(called)]
    for name, clients in world.clients.items():
        title, demand = clients.title or name, clients.demand
        if clients.lookup is not None and clients.lookup.timeout_law.varies:
            found.append(f"how the time-outs of look-ups of {title} differ")
        if clients.timeout_law.varies:
            found.append(f"how the time-outs of {title} differ")
        if demand.kind == "closed" and demand.think_law.word != "exponential":
            found.append(f"that those of {title} who are answered together ask together again")
    return tuple(found)
