"""One request of a client, and one attempt at it: what travels to a service and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tidegate.behaviour.layers import RetryState


@dataclass(eq=False)
class Request:
    """What one client wants, over all its attempts, each of which has the same time-out."""

    client: int
    retry: RetryState
    timeout_times: float


@dataclass(eq=False)
class Attempt:
    """One try of a request.

    Parameters
    ----------
    request
        What it tries.
    source
        Who sends it: population and number of the client.
    answer
        Called with True (served) or False (refused) when an answer reaches the client.
    is_over
        Whether the client has an answer or has gone; from then on answers mean nothing to it.
    """

    request: Request
    source: tuple[str, int]
    answer: Callable[[Attempt, bool], None]
    is_over: bool = field(default=False)
