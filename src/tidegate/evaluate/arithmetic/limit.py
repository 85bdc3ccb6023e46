"""A limit that arithmetic alone can judge, and how much of it is wanted. Nouns only."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tidegate.world.crossing import Crossing

_LONGER = 1.25


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One limit of one place, and how much of it is wanted.

    Parameters
    ----------
    place_kind, place
        "crossing", "service" or "clients", and its name.
    path
        The key that sets it.
    kind
        "stock" (so many at a time: it is exceeded as soon as more are wanted), "rate" (so many a second:
        exceeded for a while it is only late) or "time" (so many seconds until somebody gives up).
    wanted, allowed
        How many are wanted, and how many there may be; of a rate, each second.
    least_wanted
        How many are wanted where everybody waits as long as time-outs let them: beyond `allowed`, waiting
        is no way out.
    says
        The clause that says so where it is exceeded.
    destination
        The service towards which it holds, where there is one limit for each.
    today_wanted
        How many are wanted before anything happens, where that exceeds it already; 0 where it does not.
    beside
        How much of the number at `path` is taken beside `allowed`, whatever is wanted.
    """

    place_kind: str
    place: str
    path: str
    kind: str
    wanted: float
    allowed: float
    least_wanted: float
    says: str
    destination: str = ""
    today_wanted: float = 0.0
    beside: float = 0.0

    @property
    def is_exceeded(self) -> bool:
        """Whether more is wanted than there may be, however long everybody waits."""
        return self.least_wanted > self.allowed

    @property
    def is_late(self) -> bool:
        """Whether more is wanted than there may be, and those who wait want less."""
        return self.least_wanted <= self.allowed < self.wanted

    @property
    def needed(self) -> float:
        """How many there would have to be: what is a mean moves by chance, by three standard deviations.

        Of a time a quarter more, since it is the sum of many.
        """
        if self.kind == "time":
            return _LONGER * self.wanted
        if self.wanted == round(self.wanted):
            return self.wanted
        return self.wanted + 3.0 * math.sqrt(self.wanted)

    @property
    def pressure_ratio(self) -> float:
        """How much of it is wanted, 1 where it is exactly full."""
        return self.wanted / self.allowed if self.allowed > 0 else float(self.wanted > 0) * float("inf")

    @property
    def clause(self) -> str:
        """What there is to say of it, with whether that is so already."""
        if not self.today_wanted:
            return self.says
        now = "" if about(self.today_wanted) == about(self.wanted) else f"about {about(self.today_wanted)} "
        return f"{self.says}, {now}already before anything happens"


def lasting(path: str, lasts_s: float, allowed_s: float, says: str) -> Limit:
    """Return how long something of a service takes, beside how long it is waited for."""
    return Limit(
        place_kind="service",
        place=path.split(".")[1],
        path=path,
        kind="time",
        wanted=lasts_s,
        allowed=allowed_s,
        least_wanted=lasts_s,
        says=says,
    )


def busiest(name: str, crossing: Crossing) -> tuple[str, int, float]:
    """Return who of a crossing is full first: how it is called, how many devices that is, its share of all.

    All devices together where each gets as much as any other.
    """
    if crossing.skew_ratio == 0.0 or crossing.devices_count == 1:
        return name, crossing.devices_count, 1.0
    return f"the busiest device of {name}", 1, crossing.busiest_share_ratio


def about(value: float) -> str:
    """Return a sum of means with the two figures that matter: ``270``, ``360,000``, ``1.7``."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 or rounded == round(rounded) else f"{rounded:g}"
