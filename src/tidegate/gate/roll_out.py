"""How many pods does a Kubernetes roll-out replace at a time, and how many beside the old? Its rules only.

Source: Kubernetes, "Deployments" (maxSurge is rounded up, maxUnavailable down; both 25 % by default; where
both come to nothing one may be missing), "StatefulSets" (one at a time) and "DaemonSet" (both rounded up,
one missing by default); Argo Rollouts, "Rollout specification", "Canary" and "Traffic management" (canary: as
a Deployment, both 25 %; with traffic routing its pods come by weight, whatever those limits say, beside all
of the old ones; blueGreen: all new pods beside the old); Flagger, "How it works" (all pods of a canary beside
those of the primary). ReplicaSets, ReplicationControllers and jobs have none.

Shortcut: without traffic routing a canary's steps are told, and not run: its pods are replaced as fast as its
limits let, which no real step exceeds.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.gate.canary import CANARY, Canary, canary_of, canary_steps

if TYPE_CHECKING:
    from tidegate.gate.manifest_text import Manifest
    from tidegate.gate.workload import Objects

_STRATEGY = ("spec", "strategy")
_UPDATE = ("spec", "updateStrategy")
_KINDS = {
    "Deployment": (_STRATEGY, ("RollingUpdate", "Recreate")),
    "StatefulSet": (_UPDATE, ("RollingUpdate", "OnDelete")),
    "DaemonSet": (_UPDATE, ("RollingUpdate", "OnDelete")),
}
_ROLLOUT = "Rollout"


@dataclass(frozen=True, kw_only=True)
class Roll:
    """How a roll-out goes on.

    Parameters
    ----------
    surge_count
        Pods that run beside the old ones.
    missing_count
        Pods that may be missing.
    by_hand
        Whether nothing is replaced until someone deletes it.
    """

    surge_count: int
    missing_count: int
    by_hand: bool = False

    def at_once(self, count: int) -> int:
        """Return how many new pods of `count` start together."""
        return min(max(1, self.surge_count + self.missing_count), max(1, count))

    def batches_count(self, count: int) -> int:
        """Return in how many steps `count` pods are replaced."""
        return math.ceil(count / self.at_once(count))


def has_roll_out(workload: Manifest) -> bool:
    """Whether a workload of its kind is rolled out at all."""
    return workload.kind in {*_KINDS, _ROLLOUT}


def roll_of(workload: Manifest, count: int) -> Roll:
    """Return how a workload of `count` pods is rolled out; a fault goes where the workload's do."""
    if workload.kind == _ROLLOUT:
        return _argo(workload, count)
    if workload.kind not in _KINDS:
        return Roll(surge_count=0, missing_count=count, by_hand=True)
    path, known = _KINDS[workload.kind]
    strategy = workload.text((*path, "type")) or known[0]
    if strategy not in known:
        workload.faults.add((*path, "type"), "is no strategy here", value=strategy, allowed=", ".join(known))
    if strategy == "Recreate":
        return Roll(surge_count=0, missing_count=count)
    rolling = (*path, "rollingUpdate")
    if workload.kind == "StatefulSet":
        missing = math.floor(workload.share((*rolling, "maxUnavailable"), "1", of=count))
        return Roll(surge_count=0, missing_count=max(1, missing), by_hand=strategy == "OnDelete")
    if workload.kind == "DaemonSet":
        surge = math.ceil(workload.share((*rolling, "maxSurge"), "0", of=count))
        missing = math.ceil(workload.share((*rolling, "maxUnavailable"), "0" if surge else "1", of=count))
        return Roll(surge_count=surge, missing_count=missing, by_hand=strategy == "OnDelete")
    surge = math.ceil(workload.share((*rolling, "maxSurge"), "25%", of=count))
    missing = math.floor(workload.share((*rolling, "maxUnavailable"), "25%", of=count))
    return Roll(surge_count=surge, missing_count=missing if surge or missing else 1)


def roll_among(objects: Objects, count: int, ready_s: float = 0.0) -> Roll:
    """Return how the workload of some objects is rolled out, by itself or by Flagger.

    Parameters
    ----------
    objects
        The workload, and what else there is.
    count
        Its pods.
    ready_s
        How long a pod takes to be ready.
    """
    if _flagger(objects):
        return Roll(surge_count=count, missing_count=0)
    canary = canary_of(objects.workload, count, ready_s)
    if canary is not None and canary.goes_along:
        return Roll(surge_count=min(canary.largest_count, count), missing_count=0)
    return roll_of(objects.workload, count)


def sizes_among(objects: Objects, count: int, ready_s: float) -> Canary | None:
    """Return the sizes through which new pods come beside all of the old ones; None where none are listed.

    Parameters
    ----------
    objects, count, ready_s
        As for `roll_among`.
    """
    canary = None if _flagger(objects) or objects.serves else canary_of(objects.workload, count, ready_s)
    return None if canary is None or canary.goes_along else canary


def roll_notes(objects: Objects, count: int) -> tuple[str, ...]:
    """Return what is to be said of a roll-out in steps."""
    name, flagger = objects.workload.name, _flagger(objects)
    if flagger:
        return (f"Flagger's {flagger} starts all new pods of {name} beside the old ones.",)
    steps = canary_steps(objects.workload, count)
    if not steps:
        return ()
    sizes = [0, *(size for _, size in steps)]
    largest = max(after - before for before, after in itertools.pairwise(sizes))
    said = ", ".join(f"{size}{f' for {pause}' if pause else ''}" for pause, size in steps)
    canary = canary_of(objects.workload, count, 0.0)
    run = "told and not run"
    if sizes_among(objects, count, 0.0) is not None:
        run = "each run beside all of the old pods"
    elif canary is not None and canary.goes_along:
        run = "run as equal ones of the largest, old pods going along"
    elif canary is not None:
        run = "told, and run as one beside all of the old pods"
    return (f"The canary of {name} has steps, {run}: {said} of {count}, the largest of {largest}.",)


def _flagger(objects: Objects) -> str:
    """Return the name of Flagger's object that rolls the workload out; empty where there is none."""
    target, kind = ("spec", "targetRef", "name"), objects.workload.kind
    found = (one for one in objects.every if one.kind == "Canary" and kind in _KINDS)
    return next((one.name for one in found if one.text(target) == objects.workload.name), "")


def _argo(workload: Manifest, count: int) -> Roll:
    if workload.mapping((*_STRATEGY, "blueGreen")):
        return Roll(surge_count=count, missing_count=0)
    canary = CANARY
    if workload.look((*canary, "trafficRouting")) is not None:
        return Roll(surge_count=count, missing_count=0)
    surge = math.ceil(workload.share((*canary, "maxSurge"), "25%", of=count))
    missing = math.floor(workload.share((*canary, "maxUnavailable"), "25%", of=count))
    return Roll(surge_count=surge, missing_count=missing if surge or missing else 1)
