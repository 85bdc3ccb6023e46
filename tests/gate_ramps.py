"""Which ramp does the gate give an autoscaler? Scenarios of `hpa_simulator`, and what must hold of each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise

from hpa_simulator import BOOT_S, SETTLES_S, Seen, simulated
from tidegate.behaviour.hpa.stride import SYNC_S
from tidegate.evaluate.searching.curve import Limit, limit_at
from tidegate.gate.asking.held_up import PATIENCE_S

FROM, WISH = 4, 80
WITHIN_S = PATIENCE_S + 2 * SYNC_S
"""How long a step may come after it could: the patience, and up to two syncs until it is asked."""
MOST_SYNCS = 130


def pods_in(period_s):
    """Return a policy that allows the whole wish once in a period."""
    policy = {"type": "Pods", "value": WISH - FROM, "periodSeconds": period_s}
    down = {"stabilizationWindowSeconds": 0}
    return {"behavior": {"scaleUp": {"policies": [policy]}, "scaleDown": down}}


@dataclass(frozen=True)
class Scenario:
    """One story.

    Parameters
    ----------
    says
        What it is, for the table.
    spec
        Of the autoscaler, beside its target and bounds.
    period_s
        For how long it books its wish.
    raised_at
        At which sync `minReplicas` is raised to the wish; None leaves it.
    flaps
        Whether its metrics fall to the first size for three syncs of every six.
    restarts_at
        At which syncs another controller takes over.
    """

    says: str
    spec: dict = field(default_factory=dict)
    period_s: float = 0.0
    raised_at: int | None = None
    flaps: bool = False
    restarts_at: tuple[int, ...] = ()

    def wish(self, sync):
        """Return what the metrics want at a sync."""
        return FROM if self.raised_at is not None or (self.flaps and sync % 6 >= 3) else WISH


SCENARIOS = (
    Scenario("no `behavior`"),
    Scenario("`behavior: {}`, its defaults", {"behavior": {}}, 15.0),
    Scenario("76 pods in 15 s", pods_in(15), 15.0),
    Scenario("76 pods in 60 s", pods_in(60), 60.0),
    Scenario("76 pods in 300 s", pods_in(300), 300.0),
    Scenario("76 pods in 15 s, `minReplicas` raised to 80", pods_in(15), 15.0, raised_at=0),
    Scenario("76 pods in 300 s, `minReplicas` raised to 80", pods_in(300), 300.0, raised_at=0),
    Scenario("76 pods in 15 s, metrics that flap every 45 s", pods_in(15), 15.0, flaps=True),
    Scenario("76 pods in 300 s, controller restarted after 90 s", pods_in(300), 300.0, restarts_at=(6,)),
)


def played(simulator, scenario):
    """Play a scenario until the wish is had; return what came of it."""
    seen = Seen()
    simulator.begin(scenario.spec)
    for sync in range(MOST_SYNCS):
        if sync == scenario.raised_at:
            simulator.least(WISH)
        if sync in scenario.restarts_at:
            simulator.restart()
        simulator.sync(scenario.wish(sync), seen)
        if simulator.size == WISH or (scenario.flaps and sync > 30):
            break
    return seen


def of_scenario(folder, scenario):
    """Play a scenario against a gate in a folder; return what came of it, and the cluster's Events."""
    with simulated(folder) as simulator:
        seen = played(simulator, scenario)
        return seen, list(simulator.cluster.events.values())


def limits(folder):
    """Return what whole runs proved in the gate of a folder, by the size they begin at."""
    kept = [json.loads(path.read_text()) for path in (folder / "tidegate-gate").glob("shop-*.json")]
    [by_size] = [found for one in kept for found in one["limits"].values()]
    return tuple(sorted((Limit(**one["limit"]) for one in by_size), key=lambda one: one.at))


def unproven(seen, known):
    """Return the steps that went further than was proven from what had been calm; there must be none."""
    found = []
    for calm_count, to_count in seen.floors:
        limit = limit_at(known, float(calm_count))
        if limit is None or limit.safe_count is None or to_count > limit.safe_count:
            found.append((calm_count, to_count, limit))
    return found


def longest_wait_s(seen):
    """Return how long the longest of the steps up to the wish was waited for."""
    times_s = [0.0, *(at_s for at_s, _ in seen.steps)]
    return max((after - before for before, after in pairwise(times_s)), default=0.0)


def within_s(scenario):
    """Return within what time each step must come."""
    return max(SETTLES_S + BOOT_S, scenario.period_s) + WITHIN_S


def row(scenario, seen):
    """Return a scenario's line of the table."""
    sizes = ", ".join(f"{at_s:.0f} s: {count}" for at_s, count in seen.steps[:9])
    sizes += " …" if len(seen.steps) > 9 else ""
    return f"| {scenario.says} | {sizes} | {seen.brought_down_count} | {seen.refused_count} |"
