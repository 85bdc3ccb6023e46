"""Which objects concern the workload that is meant? Kinds, names and namespaces; what each kind is made of.

Kinds that keep their pods elsewhere (CronJob, ScaledJob, a Rollout that refers to a Deployment) are shown as
if these stood where a Deployment has them, and a ScaledObject of KEDA as the autoscaler that it makes; each
value keeps its place in the text. What becomes of the sizes must not live here.

Sources: Kubernetes' API reference (CronJob, Job), Argo Rollouts' specification (workloadRef), KEDA's
ScaledObject and ScaledJob specifications (least 0, most 100 where they say nothing).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.manifest_text import Manifest, Manifests
from tidegate.world.file.faults import Faults
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.tree import Places

TEMPLATE = ("spec", "template")
CONTAINERS = (*TEMPLATE, "spec", "containers")
JOBS = ("CronJob", "Job", "ScaledJob")
WORKLOADS = (
    "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout", *JOBS,
)  # fmt: skip
AUTOSCALER = "HorizontalPodAutoscaler"
SCALED_OBJECT = "ScaledObject"
FROM_NONE = ("spec", "minReplicaCount")
"""What a ScaledObject still says where it goes down to none."""
_INSIDE = {"CronJob": ("jobTemplate", "spec"), "ScaledJob": ("jobTargetRef",)}
_MOST_NAMES = 1_000
_KEDA_MOST = "100"
_OF_SCALED_OBJECT = {"minReplicaCount": "minReplicas", "maxReplicaCount": "maxReplicas"}
_BEHAVIOUR = ("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")


@dataclass(frozen=True, kw_only=True)
class Objects:
    """The objects that concern one workload.

    Parameters
    ----------
    every
        All that the text holds.
    workload
        The one that changes its size; where only its autoscaler names it, nothing but its name.
    autoscaler
        What scales it; None where nothing does.
    serves
        Whether a Service leads to it.
    is_named_only
        Whether only its autoscaler knows of it.
    passed_over
        As in `Manifests`.
    """

    every: list[Manifest]
    workload: Manifest
    autoscaler: Manifest | None
    serves: bool
    is_named_only: bool = False
    passed_over: tuple[tuple[Place, str], ...] = ()


def concerning(read: Manifests, wanted: str, source: str) -> Objects:
    """Return the objects that concern the workload that is wanted, or the only one.

    Parameters
    ----------
    read
        What the text holds.
    wanted
        ``name``, ``namespace/name``, ``kind/name`` or ``namespace/kind/name``; empty for the only one.
    source
        Name of the text.

    Raises
    ------
    InputError
        If there is no such workload, or several.
    """
    every = read.objects
    known = {(each.kind, each.name) for each in every}
    scalers = [as_autoscaler(each) for each in every if each.kind in {AUTOSCALER, SCALED_OBJECT}]
    workloads = [
        as_workload(each, every) for each in every if each.kind in WORKLOADS and not is_owned(each, known)
    ]
    referred = {_referred(each) for each in workloads if each.kind == "Rollout"}
    workloads = [each for each in workloads if (each.kind, each.name) not in referred]
    stated = len(workloads)
    if wanted or not stated:
        workloads += [_named(each) for each in scalers if not any(aims(each, one) for one in workloads)]
    if not wanted and len(workloads) > 1:
        aimed = [one for one in workloads if any(aims(each, one) for each in scalers)]
        chosen = aimed if len(aimed) == 1 else workloads
    else:
        chosen = [each for each in workloads if _is_meant(each, wanted)]
    if len(chosen) != 1:
        _refuse(workloads, wanted, source)
    (workload,) = chosen
    scaler = _only([each for each in scalers if aims(each, workload)])
    labels = workload.mapping((*TEMPLATE, "metadata", "labels"))
    serves = any(each.kind == "Service" and selects(each, labels, workload) for each in every)
    return Objects(
        every=every,
        workload=workload.use(),
        autoscaler=scaler.use() if scaler is not None else None,
        serves=serves,
        is_named_only=workloads.index(workload) >= stated,
        passed_over=read.passed_over,
    )


def is_owned(one: Manifest, known: Collection[tuple[str, str]]) -> bool:
    """Whether another workload of the text makes it, as a Deployment its ReplicaSets: that one is meant."""
    owners = [owner for owner in one.items(("metadata", "ownerReferences")) if isinstance(owner, Mapping)]
    made_by = {(str(owner.get("kind")), str(owner.get("name"))) for owner in owners}
    return any(kind in WORKLOADS and (kind, name) in known for kind, name in made_by)


def _only(scalers: Sequence[Manifest]) -> Manifest | None:
    """Return the autoscaler of a workload; each further one is a fault, told with those of the first."""
    path = ("spec", "scaleTargetRef", "name")
    for second in scalers[1:]:
        fault = Fault(
            what=f"is scaled by {scalers[0].address} already",
            path=".".join(path),
            value=second.text(path),
            allowed="one for a workload: where two select the same pods, newer controllers do nothing",
            place=second.faults.place(path),
        )
        scalers[0].faults.take([fault])
    return scalers[0] if scalers else None


def behind(host: str, every: Sequence[Manifest]) -> list[Manifest]:
    """Return the workloads that a host leads to: those that its Service selects, or that are called so."""
    workloads = [each for each in every if each.kind in WORKLOADS]
    services = [each for each in every if each.kind == "Service" and each.name == host]
    found = [
        each
        for each in workloads
        if any(selects(one, each.mapping((*TEMPLATE, "metadata", "labels")), each) for one in services)
    ]
    return found or [each for each in workloads if each.name == host]


def _refuse(workloads: Sequence[Manifest], wanted: str, source: str) -> NoReturn:
    by_name: dict[str, list[Manifest]] = {}
    for each in workloads:
        by_name.setdefault(each.name, []).append(each)
    names = sorted(_told(each, by_name[each.name]) for each in workloads)[:_MOST_NAMES]
    what = "holds several workloads" if names else "holds no workload"
    if wanted and names:
        many = any(_is_meant(each, wanted) for each in workloads)
        what = "holds several workloads of that name" if many else "holds no such workload"
    allowed = f"one of {', '.join(names)}, by --workload" if names else f"one of {', '.join(WORKLOADS)}"
    near = "" if what.endswith("name") else nearest(wanted, names) if wanted else ""
    raise InputError(
        Fault(what=what, value=wanted, allowed=allowed, nearest=near, place=Place(source=source))
    )


def _told(one: Manifest, workloads: Sequence[Manifest]) -> str:
    """Return as short a name as means this workload alone."""
    alike = [each for each in workloads if each.name == one.name]
    if len(alike) == 1:
        return one.name
    parts = [one.name]
    if len({each.kind for each in alike}) > 1:
        parts.insert(0, one.kind)
    if len({each.namespace for each in alike}) > 1 or len(parts) == 1:
        parts.insert(0, one.namespace or "default")
    return "/".join(parts)


def _is_meant(one: Manifest, wanted: str) -> bool:
    *before, name = wanted.split("/")
    known = (one.namespace or "default", one.kind.lower())
    said = [part if part == known[0] else part.lower() for part in before]
    return not wanted or (name == one.name and len(said) <= len(known) and set(said) <= set(known))


def aims(scaler: Manifest, workload: Manifest) -> bool:
    """Whether an autoscaler scales a workload; a namespace that is not stated is whichever applies."""
    kind = scaler.text(("spec", "scaleTargetRef", "kind")) or workload.kind
    spaces = {one.namespace for one in (scaler, workload) if one.namespace}
    aimed = scaler.text(("spec", "scaleTargetRef", "name"))
    return workload.kind not in JOBS and (kind, aimed) == (workload.kind, workload.name) and len(spaces) <= 1


def selects(service: Manifest, labels: Mapping[str, Any], workload: Manifest) -> bool:
    """Whether a Service leads to the pods of a workload, which have these labels."""
    selector = service.mapping(("spec", "selector"))
    spaces = {one.namespace for one in (service, workload) if one.namespace}
    return bool(selector) and len(spaces) <= 1 and all(labels.get(key) == selector[key] for key in selector)


def _named(scaler: Manifest) -> Manifest:
    """Return the workload that an autoscaler names, of which nothing else is known."""
    reference = ("spec", "scaleTargetRef")
    space = {"namespace": scaler.namespace} if scaler.namespace else {}
    tree = {
        "apiVersion": scaler.text((*reference, "apiVersion")) or "apps/v1",
        "kind": scaler.text((*reference, "kind")) or "Deployment",
        "metadata": {"name": scaler.text((*reference, "name")), **space},
    }
    return Manifest(tree, Faults(scaler.faults.source, Places(source=scaler.faults.source, document=tree)))


def as_workload(one: Manifest, every: Iterable[Manifest]) -> Manifest:
    """Return a workload with its pods where a Deployment has them."""
    if one.kind in _INSIDE:
        first, path = _INSIDE[one.kind][0], ("spec", *_INSIDE[one.kind])
        outer = one.mapping(("spec",))
        spec = {key: outer[key] for key in outer if key != first} | dict(one.mapping(path))
        return one.specified(spec, {**one.marks(("spec",)), **one.marks(path)})
    if one.kind != "Rollout":
        return one
    wanted = _referred(one)
    other = next((each for each in every if (each.kind, each.name) == wanted), None)
    if other is None:
        return one
    spec = {**one.mapping(("spec",)), "template": other.mapping(TEMPLATE)}
    whole = one.specified(spec, {"template": (0, 0), **other.marks(("spec",)), **one.marks(("spec",))})
    whole.find(("spec", "workloadRef"))
    return whole


def _referred(rollout: Manifest) -> tuple[str, str]:
    reference = rollout.mapping(("spec", "workloadRef"))
    return str(reference.get("kind", "")), str(reference.get("name", ""))


def as_autoscaler(one: Manifest) -> Manifest:
    """Return a ScaledObject as the HorizontalPodAutoscaler that KEDA makes of it."""
    if one.kind != SCALED_OBJECT:
        return one
    outer, marks = one.mapping(("spec",)), dict(one.marks(("spec",)))
    spec: dict[str, Any] = {"maxReplicas": _KEDA_MOST}
    for key, value in outer.items():
        name = _OF_SCALED_OBJECT.get(key, key)
        spec[name] = value
        if key in marks:
            marks[name] = marks[key]
    # From none it starts one by itself; the autoscaler that it makes goes on from there.
    if spec.get("minReplicas", "0") == "0":
        spec |= {"minReplicas": "1", FROM_NONE[-1]: "0"}
    behaviour = one.look(_BEHAVIOUR)
    if behaviour is not None:
        spec["behavior"] = behaviour
        marks["behavior"] = one.marks(_BEHAVIOUR[:-1]).get("behavior", (0, 0))
        spec["advanced"] = _without(spec["advanced"])
    return one.specified(spec, marks)


def _without(advanced: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what else a ScaledObject says under `advanced`."""
    return {key: value for key, value in advanced.items() if key != "horizontalPodAutoscalerConfig"}
