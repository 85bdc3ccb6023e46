"""Do a target's words hold for what a path speaks? An HTTP proxy is no pool of a PostgreSQL client."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import Draft, identifier
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


def service_meant(findings: Findings, told: str, protocol: str, line: int) -> str:
    """Return which service a server's configuration is of; empty where that is a fault, which is noted.

    Parameters
    ----------
    findings
        What was asked for, and where the fault goes.
    told
        The service that the text itself names; empty where it names none.
    protocol
        What such a server speaks: the only service that does is meant where nothing is said.
    line
        Where it is asked.
    """
    services = findings.subjects.world.services
    speaking = [name for name, one in services.items() if spoken(name, one) == protocol]
    meant = told if told in services else findings.subjects.service
    if not meant and len(speaking) == 1:
        return speaking[0]
    return meant or findings.service(line, "", identifier)


def _path(draft: Draft, clients: str) -> tuple[str, str]:
    service = draft.world.clients[clients].service
    return service, spoken(service, draft.world.services[service])
