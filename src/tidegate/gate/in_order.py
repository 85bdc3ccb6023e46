"""How do the pods of a StatefulSet come? One after the other, each as the one before is ready, or at once.

Source: Kubernetes, "StatefulSets", deployment and scaling guarantees (OrderedReady, which is the default,
and Parallel). Who scales it (an autoscaler's steps) only says how many are wanted; this says when they come.

Shortcut: pods of which each is ready when it is due come at equal distances; where growth would take longer
than an hour, they come closer to each other, so that it takes one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.simulate.staircase import stages
from tidegate.world.activity import Activity
from tidegate.world.file.quantity import format_quantity

if TYPE_CHECKING:
    from tidegate.gate.fleet import Fleet
    from tidegate.gate.manifest_text import Manifest

_POLICIES = ("OrderedReady", "Parallel")
_PATH = ("spec", "podManagementPolicy")
_LONGEST_S = 3600.0
_MOST_STEPS = 10_000


def comes_in_order(workload: Manifest) -> bool:
    """Whether the workload's pods start one after the other; a fault goes where the workload's do."""
    if workload.kind != "StatefulSet":
        return False
    policy = workload.text(_PATH) or _POLICIES[0]
    if policy not in _POLICIES:
        workload.faults.add(_PATH, "is no policy here", value=policy, allowed=", ".join(_POLICIES))
    return policy == _POLICIES[0]


def in_order(workload: Manifest, fleet: Fleet, ready_s: float) -> tuple[Fleet, tuple[str, ...]]:
    """Return the fleet as its pods come, and a sentence where they come one after the other.

    Parameters
    ----------
    workload
        What changes its size.
    fleet
        From which size to which.
    ready_s
        How long a pod takes to be ready.
    """
    if not comes_in_order(workload) or fleet.after_count <= fleet.before_count:
        return fleet, ()
    steps_count = min(fleet.after_count - fleet.before_count, _MOST_STEPS)
    pause_s = min(ready_s, _LONGEST_S / steps_count)
    each = format_quantity(pause_s, "s")
    note = f"Its pods start one after the other (podManagementPolicy OrderedReady), every {each}."
    if pause_s < ready_s:
        note += " They really take longer, each until the one before is ready: here growth takes an hour."
    equal = Activity(batches_count=steps_count, pause_s=pause_s)
    return replace(fleet, steps=stages(equal, fleet.before_count, fleet.after_count)), (note,)
