"""Which sizes does a canary of Argo take, and when? Its steps, along with the old pods or beside them.

Source: Argo Rollouts, "Canary", "Traffic management" (with traffic routing the pods of a canary come by
weight, and the old ones all stay to the end), "dynamicStableScale" (they go as the weight moves) and
"setCanaryScale". Steps are sizes only with traffic routing; without it the limits of a roll-out decide.

Shortcuts: where nobody says how long a step stays (a pause without an end, an analysis), the next follows as
soon as its pods are ready; where all would take longer than 50 minutes, the steps come closer to each other.
Where the pods serve callers, or go as the weight moves, equal steps of the largest one are run.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.gate.manifest_text import Manifest

CANARY = ("spec", "strategy", "canary")
_LONGEST_S = 3000.0
_PAUSE = re.compile(r"(\d{1,9})(s|m|h)?", re.ASCII)
_UNITS_S = {None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, kw_only=True)
class Canary:
    """The steps of a canary whose sizes are its own.

    Parameters
    ----------
    sizes
        New pods from each step on, with its time after the first; all at last.
    goes_along
        Whether old pods go as new ones come.
    """

    sizes: tuple[tuple[float, int], ...]
    goes_along: bool

    @property
    def largest_count(self) -> int:
        """How many pods its largest step adds."""
        counts = [0, *(count for _, count in self.sizes)]
        return max(after - before for before, after in itertools.pairwise(counts))

    @property
    def shortest_s(self) -> float:
        """How long its shortest step stays."""
        return min((b - a for (a, _), (b, _) in itertools.pairwise(self.sizes)), default=0.0)

    @property
    def last_s(self) -> float:
        """When its last step comes."""
        return self.sizes[-1][0]


def canary_of(workload: Manifest, count: int, ready_s: float) -> Canary | None:
    """Return the steps of a canary with traffic routing; None where its limits decide, or all come at once.

    Parameters
    ----------
    workload, count
        A Rollout, and its pods.
    ready_s
        How long a pod takes to be ready.
    """
    steps = canary_steps(workload, count)
    if len(steps) < 2 or workload.look((*CANARY, "trafficRouting")) is None:
        return None
    stays_s = [max(_seconds(pause), ready_s) for pause, _ in steps]
    closer = min(1.0, _LONGEST_S / max(sum(stays_s[:-1]), 1.0))
    at_s, size = 0.0, 0
    sizes: list[tuple[float, int]] = []
    for (_, count_then), stay_s in zip(steps, stays_s, strict=True):
        if count_then > size:
            size = count_then
            sizes.append((at_s, size))
        at_s += stay_s * closer
    first_s = sizes[0][0]
    dynamic = workload.text((*CANARY, "dynamicStableScale")) == "true"
    return Canary(sizes=tuple((each_s - first_s, many) for each_s, many in sizes), goes_along=dynamic)


def canary_steps(workload: Manifest, count: int) -> tuple[tuple[str, int], ...]:
    """Return the steps of a canary: how long each stays, as it is written, and its new pods; all at last.

    Parameters
    ----------
    workload
        A Rollout; others have none.
    count
        Its pods.
    """
    listed = workload.look((*CANARY, "steps")) if workload.kind == "Rollout" else None
    if not isinstance(listed, list):
        return ()
    steps: list[tuple[str, int]] = []
    size, fixed = 0, False
    for one in listed:
        said = one if isinstance(one, Mapping) else {}
        scale = said.get("setCanaryScale")
        if isinstance(scale, Mapping):
            size = _pods(scale.get("replicas"), size, 100)
            size = _pods(scale.get("weight"), size, count)
            fixed = scale.get("matchTrafficWeight") != "true"
        elif "setWeight" in said and not fixed:
            size = _pods(said["setWeight"], size, count)
        elif "pause" in said:
            pause = said["pause"].get("duration") if isinstance(said["pause"], Mapping) else None
            steps.append((str(pause or "as long as somebody waits"), min(size, count)))
    return (*steps, ("", count))


def _pods(said: object, otherwise: int, of: int) -> int:
    """Return a share in per cent of some pods (of 100: a number of pods); `otherwise` where none is said."""
    whole = isinstance(said, str) and said.isdecimal() and len(said) < 8
    return math.ceil(int(str(said)) * of / 100.0) if whole else otherwise


def _seconds(pause: str) -> float:
    """Return how long a pause lasts; 0 where nobody says it."""
    found = _PAUSE.fullmatch(pause)
    return 0.0 if found is None else int(found[1]) * _UNITS_S[found[2]]
