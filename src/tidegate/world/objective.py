"""Objectives: what must hold for an activity to go ahead."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.world.field import key


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
        "Longest time in which nobody of a population may be answered although somebody waits.",
        default=30.0,
        above=True,
    )
    lost_ratio: float = key(
        "Share of a population's requests that may be lost for good once service is normal again. It is of "
        "all until the horizon: what may be lost in a short outage is said by `success`.",
        default=0.05,
        above=True,
        most=1.0,
    )
    success_ratio: float | None = key(
        "Share of requests that must succeed in the worst minute: of those that began in it, answered before "
        "an attempt is given up, and hardly later than within a minute.",
        default=None,
        above=True,
        most=1.0,
    )
    request_p99_s: float | None = key(
        "The 99th percentile of requests must stay below.", default=None, above=True
    )
