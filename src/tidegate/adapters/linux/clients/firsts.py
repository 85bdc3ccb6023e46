"""What does a new connection carry before what it was made for? Questions, in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.adapters.linux.whole_answer import write_question

if TYPE_CHECKING:
    from tidegate.world.clients import Clients


@dataclass(frozen=True, kw_only=True)
class First:
    """One request that a new connection carries first.

    Parameters
    ----------
    question
        What is sent.
    timeout_s
        After how long without an answer the connection is closed; None: as any request of these clients.
    """

    question: bytes
    timeout_s: float | None


def firsts_of(clients: Clients) -> tuple[First, ...]:
    """Return what the new connections of these clients carry first, one after the other."""
    each = [opening for opening in clients.openings for _ in range(opening.requests_count)]
    sizes_bytes = (clients.request_size_bytes or 0, clients.answer_size_bytes or 0)
    return tuple(
        First(
            question=write_question(
                clients.service,
                keep=True,
                first=(opening.service_time_s, i == len(each) - 1),
                sizes_bytes=sizes_bytes,
            ),
            timeout_s=opening.timeout_s,
        )
        for i, opening in enumerate(each)
    )
