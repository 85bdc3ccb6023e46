"""What a Kubernetes autoscaler of manifests says, and through which sizes it takes its workload.

A HorizontalPodAutoscaler, or a KEDA ScaledObject shown as the one that it makes (`workload`). What the server
refuses is a fault; what the controller then does stands in `behaviour.hpa`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tidegate.behaviour.hpa.climb import climb, largest_step
from tidegate.behaviour.hpa.release import NEWEST, Release
from tidegate.behaviour.hpa.spec import KEPT_BEHAVIOR, behavior_of, kept_behavior, refusals, whole
from tidegate.behaviour.hpa.stride import Behavior

if TYPE_CHECKING:
    from tidegate.gate.manifest_text import Manifest
    from tidegate.world.file.faults import Path

_WITHOUT_BEHAVIOR = frozenset({"autoscaling/v1", "autoscaling/v2beta1"})
_KEYS = ("minReplicas", "maxReplicas", "behavior", "metrics")
_BEHAVIOR: Path = ("spec", "behavior")
_KEPT: Path = ("metadata", "annotations", KEPT_BEHAVIOR)
LEAST: Path = ("spec", "minReplicas")
MOST: Path = ("spec", "maxReplicas")
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
    is_refused
        Whether the server refuses it.
    """

    manifest: Manifest
    least_count: int
    most_count: int
    behavior: Behavior | None
    is_refused: bool = False

    def never_grows(self) -> bool:
        """Whether it adds nothing by itself."""
        return self.behavior is not None and self.behavior.up.choice == "Disabled"


def read_scaling(manifest: Manifest, by: Release = NEWEST) -> Scaling:
    """Return what an autoscaler says; what the server refuses goes where the object's faults do.

    Parameters
    ----------
    manifest
        The object.
    by
        The rules of the cluster's version.
    """
    version = manifest.text(("apiVersion",))
    if not by.serves(version):
        what = f"is not served by Kubernetes 1.{by.minor}"
        manifest.faults.add(("apiVersion",), what, value=version, allowed="a version of its API that is")
    old = manifest.text(("apiVersion",)) in _WITHOUT_BEHAVIOR
    spec = {key: manifest.look(("spec", key)) for key in (_KEYS[:2] if old else _KEYS)}
    if old:
        spec["behavior"] = _kept_behavior(manifest)
    spec = {key: value for key, value in spec.items() if value is not None}
    wrong = refusals(spec)
    for one in wrong:
        manifest.faults.add(("spec", *one.path), one.what, value=one.value or "", allowed=one.allowed)
    for path in (LEAST, MOST):
        manifest.find(path)
    least, most = whole(spec.get("minReplicas", 1)) or 1, whole(spec.get("maxReplicas", 1)) or 1
    return Scaling(
        manifest=manifest,
        least_count=max(1, least),
        most_count=max(1, least, most),
        behavior=None if wrong else behavior_of(spec),
        is_refused=bool(wrong),
    )


def _kept_behavior(manifest: Manifest) -> Any:
    """Return the `behavior` that an annotation keeps; None where there is none."""
    text = manifest.text(_KEPT)
    try:
        return kept_behavior(text) if text else None
    except ValueError:
        manifest.faults.add(_KEPT, "is not JSON", value=text, allowed="what the API server writes there")
        return None


def steps_of(
    scaling: Scaling, before: int, after: int, *, may_be_by_hand: bool, by: Release = NEWEST
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
    by
        The rules of the cluster's version.
    """
    manifest, grows = scaling.manifest, after > before
    way = "scaleUp" if grows else "scaleDown"
    manifest.find((*_BEHAVIOR, way))
    if grows and scaling.never_grows() and after > scaling.least_count:
        if not may_be_by_hand:
            where = (*_BEHAVIOR, way, "selectPolicy")
            manifest.faults.add(where, "never scales up", value="Disabled", allowed="--scale BEFORE:AFTER")
        note = f"{manifest.address} never scales up by itself; the change is taken as one step."
        return ((0.0, after),), (note,)
    bounds = {"least_count": scaling.least_count, "most_count": scaling.most_count}
    steps = climb(before, after, scaling.behavior, **bounds, by=by)
    if steps is None:
        what = "would take more than a day for this change of size"
        manifest.faults.add((*_BEHAVIOR, way), what, value=f"{before} to {after}")
        return ((0.0, after),), ()
    return steps, (*_dropped(scaling, by), *_bounds(scaling, before, after), *_said(scaling, before, steps))


def _dropped(scaling: Scaling, by: Release) -> tuple[str, ...]:
    """Say what the server of a version takes off an autoscaler unasked."""
    stated = [
        way for way in ("scaleUp", "scaleDown") if scaling.manifest.look((*_BEHAVIOR, way, "tolerance"))
    ]
    if by.own_tolerance or not stated:
        return ()
    return (f"{scaling.manifest.address}: Kubernetes 1.{by.minor} drops tolerance of {', '.join(stated)}.",)


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
