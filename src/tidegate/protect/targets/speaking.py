"""Do a target's words hold for what a path speaks? An HTTP proxy is no pool of a PostgreSQL client."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.protect.config_file import Draft
from tidegate.world.protocol import UNKNOWN, spoken


def holds(draft: Draft, clients: str, protocols: Sequence[str], words: str) -> bool:
    """Return whether a target may write for a population of clients; else its elements are refused.

    Parameters
    ----------
    draft
        What is to be said.
    clients
        The population.
    protocols
        What the target's words hold for.
    words
        What the target is, as a clause.
    """
    service, speaks = _path(draft, clients)
    if speaks in {UNKNOWN, *protocols}:
        return True
    for element in draft.below(f"clients.{clients}"):
        draft.refuse(element.path, f"{clients} speak {speaks} to {service}; {words}")
    return False


def unsure(draft: Draft, clients: str, protocols: Sequence[str]) -> None:
    """Note, where nothing tells what a path speaks, what the files written for it hold for."""
    service, speaks = _path(draft, clients)
    if speaks == UNKNOWN:
        draft.note(
            f"services.{service}.protocol is not stated: what is written for {clients} holds for "
            f"{' and '.join(protocols)} alone."
        )


def _path(draft: Draft, clients: str) -> tuple[str, str]:
    service = draft.world.clients[clients].service
    return service, spoken(service, draft.world.services[service])
