"""How long do those who ask a service wait for it, and what of that may a wait cost? Two shares, one sum."""

from __future__ import annotations

from tidegate.world.world import World

PART_OF_TIMEOUT = 0.25
"""Of the shortest time-out: what a queue, or a wait for a turn, may cost."""

TRAP_OF_TIMEOUT = 0.5
"""Of it: what takes longer to pass is a trap, for what comes out of it is no longer waited for."""


def patience_s(world: World, service: str) -> float | None:
    """Return the shortest time-out of those who ask a service; None where nobody does."""
    timeouts_s = [one.timeout_s for one in world.clients.values() if one.service == service]
    timeouts_s += [
        call.timeout_s for one in world.services.values() for call in one.calls if call.service == service
    ]
    return min(timeouts_s, default=None)
