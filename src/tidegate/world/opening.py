"""What a new connection carries first: a list, a resynchronisation, a log-in, a registration."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.world.field import key

MOST_OPENINGS = 200
"""So many requests may a connection carry first."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a client asks first on each new connection, before what it connected for."""

    service: str = key(
        "The service asked. Left out: the one that is connected to, on that connection. Another one is asked "
        "before the connection is made, on one of its own that is closed again (a token, a registry).",
        names="services",
        default="",
    )
    service_time_s: float | None = key(
        "Mean time to serve one such request, by the service's law; none means as any other.", default=None
    )
    requests_count: int = key("Such requests, one after the other.", default=1, least=1, most=50)
    timeout_s: float | None = key(
        "After so long without an answer the connection is closed and all begins again, as the clients try "
        "again; counted from each such request. None means the clients' `timeout`. Until all of it is "
        "answered nothing else is asked on the connection: so long this stands for the clients' `timeout`, "
        "also for `after_timeout` and `reset_at_most_every`.",
        default=None,
        above=True,
    )

    def is_errand_from(self, service: str) -> bool:
        """Whether another service is asked, where the clients connect to `service`."""
        return self.service not in {"", service}


def own_openings(openings: tuple[Opening, ...], service: str) -> tuple[Opening, ...]:
    """Return what is asked first of the service that is connected to."""
    return tuple(one for one in openings if not one.is_errand_from(service))


def given_up_after_s(openings: tuple[Opening, ...], timeout_s: float) -> float:
    """Return how long a connection may take over what it carries first, where others are given up so."""
    return sum((one.timeout_s or timeout_s) * one.requests_count for one in openings)
