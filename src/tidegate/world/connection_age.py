"""The greatest age of a connection: after how long one that is kept is closed, whoever closes it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from tidegate.world.field import key


@dataclass(frozen=True, kw_only=True)
class ConnectionAge:
    """How old a kept connection becomes (gRPC's maxConnectionAge, HikariCP's maxLifetime)."""

    age_s: float = key("After so long it is closed, counted from when it was begun.", above=True)
    jitter_ratio: float = key(
        "Each connection's own age lies anywhere from this share below that to as much above (gRPC: 10%); "
        "zero means that what connected together comes back together.",
        default=0.0,
        most=1.0,
    )
    grace_s: float | None = key(
        "A request that is under way may still take so long before its connection is cut; none means as long "
        "as it takes.",
        default=None,
    )


def lowest_age_s(*ages: ConnectionAge | None) -> float:
    """Return the mean age at which connections are closed, whoever closes them first; infinite: nobody."""
    return min((one.age_s for one in ages if one is not None), default=inf)
