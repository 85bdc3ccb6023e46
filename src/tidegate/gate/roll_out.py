"""How many pods does a Kubernetes roll-out replace at a time, and how many beside the old? Its rules only.

Source: Kubernetes, "Deployments" (maxSurge is rounded up, maxUnavailable down; both 25 % by default; where
both come to nothing one may be missing), "StatefulSets" (one at a time) and "DaemonSet" (both rounded up,
one missing by default); Argo Rollouts, "Rollout specification" (canary: as a Deployment, both 25 %;
blueGreen: all new pods beside the old). ReplicaSets, ReplicationControllers and jobs have none.

Shortcut: of a canary's steps the weights and pauses are left out: its pods are replaced as fast as its
limits let.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.gate.manifest_text import Manifest

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


def _argo(workload: Manifest, count: int) -> Roll:
    if workload.mapping((*_STRATEGY, "blueGreen")):
        return Roll(surge_count=count, missing_count=0)
    canary = (*_STRATEGY, "canary")
    surge = math.ceil(workload.share((*canary, "maxSurge"), "25%", of=count))
    missing = math.floor(workload.share((*canary, "maxUnavailable"), "25%", of=count))
    return Roll(surge_count=surge, missing_count=missing if surge or missing else 1)
