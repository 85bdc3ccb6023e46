"""What an instance does as it starts: how long it takes, and what it asks for first."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.world.field import key
from tidegate.world.law import FIXED, Law
from tidegate.world.retry import NO_RETRY, RetryPolicy


@dataclass(frozen=True, kw_only=True)
class BootCall:
    """What a new instance asks for when it starts."""

    service: str = key("The service asked (configuration, tokens, images, names).", names="services")
    requests_count: int = key("Requests of each new instance.", default=1, least=1, most=10000)
    at_once_count: int | None = key(
        "Requests that an instance has out at a time; the next goes as one is answered. None means all.",
        default=None,
        least=1,
    )
    timeout_s: float = key("The instance gives up an attempt after this.", default=5.0, above=True)
    timeout_law: Law = key(
        "How time-outs of single requests vary about `timeout`, their mean; left out, it is that of what was "
        "seen.",
        default=FIXED,
        allowed=("fixed", "exponential", "uniform"),
    )
    retry: RetryPolicy = key("How a new instance tries again.", default=NO_RETRY)
    answer_size_bytes: int | None = key(
        "Size of each answer (an image); none means that of the service.", default=None, most=1e15
    )


@dataclass(frozen=True, kw_only=True)
class Boot:
    """How an instance starts."""

    time_s: float = key("From start to taking requests.", default=30.0)
    calls: tuple[BootCall, ...] = key("What it asks for first.", default=())
