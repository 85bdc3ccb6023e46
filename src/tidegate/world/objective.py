"""Objectives: what must hold for an activity to go ahead."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.world.field import key

LEAST_SUCCESS_RATIO = 0.95
"""Of what is asked in the worst minute, where a world says nothing of it: more that fails is noticed."""


@dataclass(frozen=True, kw_only=True)
class Objectives:
    """What must hold."""

    collapse_probability_ratio: float = key(
        "The greatest acceptable probability of collapse.", default=0.01, above=True, most=0.5
    )
    recover_within_s: float | None = key(
        "Time after the trigger within which service must be normal again; "
        "none means within the simulated time.",
        default=None,
        above=True,
    )
    unserved_within_s: float = key(
        "Longest time in which nobody of a population may be answered although somebody waits. It adds to "
        "what `success` asks of the worst minute and takes nothing from it.",
        default=30.0,
        above=True,
    )
    lost_ratio: float = key(
        "Share of a population's requests that may be lost for good once service is normal again. It is of "
        "all until the horizon; what may be lost in a short outage is said by `success`.",
        default=0.05,
        above=True,
        most=1.0,
    )
    success_ratio: float | None = key(
        "Share of requests that must succeed in the worst minute: of those that began in it, answered before "
        "an attempt is given up, and hardly later than within a minute. none: 95 %, or as much as `lost` "
        "leaves where that is less; an outage that passes is then no reason to proceed. Who accepts one says "
        "how deep it may be: `success: 50%`.",
        default=None,
        above=True,
        most=1.0,
    )
    request_p99_s: float | None = key(
        "The 99th percentile of requests must stay below.", default=None, above=True
    )

    @property
    def least_success_ratio(self) -> float:
        """The share that must succeed in the worst minute, stated or not."""
        if self.success_ratio is not None:
            return self.success_ratio
        return min(LEAST_SUCCESS_RATIO, 1.0 - self.lost_ratio)
