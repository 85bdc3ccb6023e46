"""What a Kubernetes autoscaler of manifests says, and through which sizes it takes its workload.

A HorizontalPodAutoscaler, or a KEDA ScaledObject, which makes one. What the server refuses is a fault; what
the controller then does stands in `behaviour.hpa`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.behaviour.hpa.climb import climb, largest_step
from tidegate.behaviour.hpa.pace import Behavior
from tidegate.behaviour.hpa.spec import behavior_of, refusals, whole

if TYPE_CHECKING:
    from tidegate.gate.manifest_text import Manifest
    from tidegate.world.file.faults import Path

KINDS = ("HorizontalPodAutoscaler", "ScaledObject")
_WITHOUT_BEHAVIOR = frozenset({"autoscaling/v1", "autoscaling/v2beta1"})
_PATHS: dict[str, dict[str, Path]] = {
    KINDS[0]: {
        "minReplicas": ("spec", "minReplicas"),
        "maxReplicas": ("spec", "maxReplicas"),
        "behavior": ("spec", "behavior"),
        "metrics": ("spec", "metrics"),
    },
    KINDS[1]: {
        "minReplicas": ("spec", "minReplicaCount"),
        "maxReplicas": ("spec", "maxReplicaCount"),
        "behavior": ("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior"),
    },
}
_MOST_OF_KEDA = 100
_SHOWN_COUNT = 4


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """What an autoscaler says.

    Parameters
    ----------
    manifest
        The object.
    least_count, most_count
        Pods at least and at most.
    behavior
        Its paces; None where it has none.
    """

    manifest: Manifest
    least_count: int
    most_count: int
    behavior: Behavior | None

    def path(self, key: str) -> Path:
        """Return where the object says what an autoscaler calls `key`."""
        return _PATHS[self.manifest.kind][key]

    def never_grows(self) -> bool:
        """Whether it adds nothing by itself."""
        return self.behavior is not None and self.behavior.up.choice == "Disabled"


def read_scaling(manifest: Manifest) -> Scaling:
    """Return what an autoscaler says; what the server refuses goes where the object's faults do."""
    paths = _PATHS[manifest.kind]
    spec = {key: manifest.look(path) for key, path in paths.items()}
    if manifest.kind == KINDS[1]:
        least = whole(spec["minReplicas"] or 0)
        spec["minReplicas"] = spec["minReplicas"] if least is None or least < 0 else max(1, least)
        spec["maxReplicas"] = spec["maxReplicas"] or _MOST_OF_KEDA
    elif manifest.text(("apiVersion",)) in _WITHOUT_BEHAVIOR:
        spec = {key: spec[key] for key in ("minReplicas", "maxReplicas")}
    spec = {key: value for key, value in spec.items() if value is not None}
    wrong = refusals(spec)
    for one in wrong:
        at = (*paths[str(one.path[0])], *one.path[1:])
        manifest.faults.add(at, one.what, value=one.value or "", allowed=one.allowed)
    for key in ("minReplicas", "maxReplicas"):
        manifest.find(paths[key])
    least, most = whole(spec.get("minReplicas", 1)) or 1, whole(spec.get("maxReplicas", 1)) or 1
    return Scaling(
        manifest=manifest,
        least_count=max(1, least),
        most_count=max(1, least, most),
        behavior=None if wrong else behavior_of(spec),
    )


def target_of(manifest: Manifest) -> str:
    """Return the name of the workload that an autoscaler scales."""
    return manifest.text(("spec", "scaleTargetRef", "name"))


def steps_of(
    scaling: Scaling, before: int, after: int, *, may_be_by_hand: bool
) -> tuple[tuple[tuple[float, int], ...], tuple[str, ...]]:
    """Return the steps of a change of size, each with its time from the first on, and what to say of them.

    Parameters
    ----------
    scaling
        The autoscaler.
    before, after
        The sizes.
    may_be_by_hand
        Whether somebody else may change the size where the autoscaler does not.
    """
    manifest, grows = scaling.manifest, after > before
    way = "scaleUp" if grows else "scaleDown"
    manifest.find((*scaling.path("behavior"), way))
    if grows and scaling.never_grows() and after > scaling.least_count:
        if not may_be_by_hand:
            where = (*scaling.path("behavior"), way, "selectPolicy")
            manifest.faults.add(where, "never scales up", value="Disabled", allowed="--scale BEFORE:AFTER")
        note = f"{manifest.address} never scales up by itself; the change is taken as one step."
        return ((0.0, after),), (note,)
    steps = climb(
        before, after, scaling.behavior, least_count=scaling.least_count, most_count=scaling.most_count
    )
    if steps is None:
        what = "would take more than a day for this change of size"
        manifest.faults.add((*scaling.path("behavior"), way), what, value=f"{before} to {after}")
        return ((0.0, after),), ()
    return steps, (*_bounds(scaling, before, after), *_said(scaling, before, steps))


def _bounds(scaling: Scaling, before: int, after: int) -> tuple[str, ...]:
    """Say where a change of size begins or ends beyond the autoscaler's own bounds."""
    least, most, said = scaling.least_count, scaling.most_count, []
    address = scaling.manifest.address
    if before < least and after > before:
        said.append(f"{before} is below the least of {address}, which goes to {min(least, after)} at once.")
    if after > most:
        said.append(f"{after} is above the most of {address} ({most}), taken to be raised first.")
    if after < least:
        said.append(f"{after} is below the least of {address} ({least}), taken to be lowered first.")
    if before > most >= after:
        said.append(f"{before} is above the most of {address}, which goes to {most} at once.")
    return tuple(said)


def _said(scaling: Scaling, before: int, steps: tuple[tuple[float, int], ...]) -> tuple[str, ...]:
    if len(steps) < 2:
        return ()
    sizes = [str(before), *(str(count) for _, count in steps)]
    if len(sizes) > 2 * _SHOWN_COUNT:
        sizes = [*sizes[:_SHOWN_COUNT], "…", *sizes[-_SHOWN_COUNT + 1 :]]
    way, largest = " → ".join(sizes), largest_step(before, steps)
    return (f"{scaling.manifest.address} takes {len(steps)} steps ({way}), the largest of {largest} pods.",)


def cron_notes(manifest: Manifest) -> tuple[str, ...]:
    """Name the times at which a ScaledObject is told to grow."""
    said = []
    for index in range(len(manifest.items(("spec", "triggers")))):
        if manifest.look(("spec", "triggers", index, "type")) != "cron":
            continue
        manifest.find(("spec", "triggers", index, "type"))
        told = {
            key: manifest.text(("spec", "triggers", index, "metadata", key))
            for key in ("desiredReplicas", "start", "end", "timezone")
        }
        wants = f"{manifest.address} wants {told['desiredReplicas']} pods"
        said.append(f"{wants} from `{told['start']}` to `{told['end']}` ({told['timezone']}).")
    return tuple(said)
