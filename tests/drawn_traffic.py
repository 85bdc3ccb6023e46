"""Traffic whose truth is drawn: who asks what through a NAT, how they try again, and what fails when."""

from __future__ import annotations

import random
from typing import Any

LENGTH_S = 120.0
EARLIER_S = 10.0
"""So long before the record traffic begins."""
API, WEB, KEEP, BUS, DNS = (
    ("10.98.2.2", 443), ("10.98.2.3", 80), ("10.98.2.4", 8080), ("10.98.2.5", 4222), ("10.98.2.6", 53),
)  # fmt: skip
Truth = dict[str, Any]


def drawn_truth(seed: int) -> Truth:
    """Return what goes on in one world: seven populations, and what fails in it.

    `api` is silent, refuses and restarts in each; in every second one `web` is silent for 12 s as well.
    """
    chance = random.Random(seed)  # noqa: S311  drawn, not secret
    between = chance.uniform
    return {
        "seed": seed,
        "length_s": LENGTH_S,
        "hold_s": chance.choice((20, 30, 40)),
        "service_s": {"api": between(0.02, 0.08), "web": between(0.02, 0.08), "keep": between(0.01, 0.03)},
        "pods": {
            "count": chance.randint(20, 50),
            "pool": chance.randint(4, 12),
            "check_every_s": 10.0,
            "spread_s": between(1.5, 4.0),
        },
        "web": {"count": chance.randint(150, 350), "think_s": between(2.0, 4.0), "timeout_s": 20.0},
        "open": {"count": 4, "rate_per_s": between(40.0, 120.0), "timeout_s": between(1.0, 3.0)},
        "retry": {
            "count": chance.randint(60, 120),
            "think_s": between(2.0, 5.0),
            "timeout_s": between(0.6, 2.4),
            "base_s": between(0.1, 0.6),
            "factor": chance.choice((1.5, 2.0, 3.0)),
            "jitter": chance.choice(("none", "full")),
            "retries": chance.choice((2, 3, None)),
            "cap_s": chance.choice((86_400.0, between(1.0, 2.0))),
        },
        "keep": {"count": chance.randint(15, 30), "think_s": between(3.0, 6.0), "idle_s": between(3.0, 6.0)},
        "hidden": {"count": chance.randint(60, 140), "think_s": between(2.0, 5.0), "timeout_s": 20.0},
        "bus": {
            "count": chance.randint(8, 14),
            "pool": chance.randint(2, 5),
            "age_s": between(15.0, 30.0),
            "jitter_ratio": 0.1,
        },
        "dns": {"count": 4, "rate_per_s": between(30.0, 80.0)},
        "fails": [
            {"place": "api", "how": "silent", "at_s": 40.0, "for_s": 5.0},
            {"place": "api", "how": "refused", "at_s": 60.0, "for_s": chance.choice((5.0, 12.0))},
            {"place": "api", "how": "restart", "at_s": 85.0, "for_s": 0.5},
            *([{"place": "web", "how": "silent", "at_s": 100.0, "for_s": 12.0}] if seed % 2 else []),
        ],
    }


def places() -> dict[str, tuple[str, int]]:
    """Return where each place is, by its name in a truth."""
    return {"api": API, "web": WEB, "keep": KEEP, "bus": BUS, "dns": DNS}


def sources(truth: Truth) -> dict[str, list[str]]:
    """Return the addresses of each population, none in two of them."""
    first = {"pods": 10, "retry": 70, "open": 200, "hidden": 210, "bus": 215, "dns": 235}
    found = {
        name: [f"10.98.1.{at + i}" for i in range(1 if name == "hidden" else truth[name]["count"])]
        for name, at in first.items()
    }
    found["web"] = [f"10.98.{4 + i // 250}.{1 + i % 250}" for i in range(truth["web"]["count"])]
    found["keep"] = [f"10.98.8.{1 + i}" for i in range(truth["keep"]["count"])]
    return found
