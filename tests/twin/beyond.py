"""What the twin does not know, and refuses."""

from __future__ import annotations

from itertools import pairwise

from tidegate.simulate.script import Script, Wave
from tidegate.world.clients import Clients
from tidegate.world.crossing import Crossing
from tidegate.world.service import Service
from tidegate.world.world import World

TRANSFER_BYTES = 65536
"""A larger answer is no packet any more."""


def refuse_unknown(world: World) -> None:
    """Refuse a world with anything that would be left out.

    Raises
    ------
    NotImplementedError
        If there is any.
    """
    found = [name for name, each in world.clients.items() if _is_beyond_clients(each)]
    found += [name for name, each in world.services.items() if _is_beyond_service(each)]
    found += [name for name, each in world.crossings.items() if _is_beyond_crossing(each)]
    if world.detail != "packet" or found:
        raise NotImplementedError(f"the twin does not know all that this world uses: {found}")


def refuse_script(script: Script) -> None:
    """Refuse an activity with anything that would be left out.

    Raises
    ------
    NotImplementedError
        If there is any.
    """
    found = [wave for wave in script.waves if wave.retry is not None or wave.in_turn]
    found += [wave for wave in script.waves if wave.kind == "boot" and not _rises(script, wave)]
    if found or script.in_turn is not None or script.replacements:
        raise NotImplementedError(f"the twin does not know all that this activity does: {found}")


def _rises(script: Script, wave: Wave) -> bool:
    """Whether those that boot in a wave would take requests at that very moment, or once they have booted."""
    counts = [(each.at_s, each.world.services[wave.service].instances_count) for each in script.phases]
    there_s = wave.at_s + wave.boots_s
    return any(abs(now_s - there_s) < 1e-9 and now > before for (_, before), (now_s, now) in pairwise(counts))


def _is_beyond_clients(clients: Clients) -> bool:
    return (
        clients.demand.unserved != "lost"
        or clients.demand.kind == "none"
        or clients.spare_connections_count > 0
        or clients.idle_connect_every_s is not None
        or (clients.answer_size_bytes or 0) > TRANSFER_BYTES
    )


def _is_beyond_service(service: Service) -> bool:
    return (
        service.autoscaler is not None
        or service.peers_per_thread_count is not None
        or service.answer_size_bytes > TRANSFER_BYTES
        or any((call.answer_size_bytes or 0) > TRANSFER_BYTES for call in service.calls)
        or (bool(service.boot.calls) and (bool(service.health_probes) or service.memory is not None))
        or any((call.answer_size_bytes or 0) > TRANSFER_BYTES for call in service.boot.calls)
        or (service.balancing is not None and bool(service.health_probes))
        or any(call.cache is not None for call in service.calls)
    )


def _is_beyond_crossing(crossing: Crossing) -> bool:
    return crossing.remapped_ratio < 1.0 or crossing.scaler is not None
