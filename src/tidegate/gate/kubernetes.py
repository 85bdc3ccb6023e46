"""What world do Kubernetes manifests imply? One in which the size of one workload changes.

Manifests give sizes, steps, roll-out and probes; what they cannot say (pools, retries, the device)
comes from annotations ``tidegate.dev/pool`` and so on, or from the options of the command line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.autoscaler import KINDS, Scaling, cron_notes, read_scaling, steps_of, target_of
from tidegate.gate.command_line import Options, read_scale
from tidegate.gate.fleet import CLIENTS, STARTS_AT_S, Fleet, Implied, Said, fleet_document, implied
from tidegate.gate.manifest_text import Manifest, raise_all, read_manifests
from tidegate.gate.roll_out import roll_of
from tidegate.gate.unused import unused_notes
from tidegate.world.file.names import nearest
from tidegate.world.file.quantity import format_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ANNOTATION = "tidegate.dev/"
SERVED = "own_pods"
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
_READY_S = 30.0
_READINESS = "time from a pod's start to its readiness"
_WIDTH = 4.0  # a time to readiness is believed to within this factor
_LONGEST_ROLLOUT_S = 3600.0
_TEMPLATE = ("spec", "template")
_CONTAINERS = (*_TEMPLATE, "spec", "containers")


@dataclass(frozen=True, kw_only=True)
class _Objects:
    """The objects that concern one workload; where it is not among them, it is known by its autoscaler."""

    every: list[Manifest]
    workload: Manifest
    autoscaler: Manifest | None
    serves: bool
    is_there: bool = True


def world_from_manifests(
    text: str, source: str, options: Options | None = None, *, workload: str = ""
) -> Implied:
    """Return the world that Kubernetes manifests imply.

    Parameters
    ----------
    text
        One or several YAML documents: Deployment, StatefulSet or DaemonSet, autoscaler, Service …; or an
        autoscaler alone.
    source
        Name of the file.
    options
        What the command line says beside them; it goes before annotations.
    workload
        Name of the workload whose size changes, if the text holds several.

    Raises
    ------
    InputError
        With every fault of the manifests, each with its place; or if no change of size is known.
    """
    every = read_manifests(text, source)
    objects = _concerning(every, workload, source)
    words = {**_annotations(objects.workload), **(options or Options()).said()}
    fleet, notes = _fleet(objects, words, source)
    additions, longest_s = _additions(objects, fleet)
    raise_all(every, [])
    document = fleet_document(replace(fleet, longest_s=longest_s))
    scaled_by = objects.autoscaler or objects.workload
    document["activities"]["scale"]["known_as"] = {"kubernetes": scaled_by.address}
    for section, parts in additions.items():
        document[section] |= parts
    if "activities" not in additions and objects.is_there:
        notes = (*notes, _no_rollout(objects, fleet))
    return implied(fleet, document, source, (*notes, *_ignored(objects)))


def _concerning(every: list[Manifest], wanted: str, source: str) -> _Objects:
    workloads = [each for each in every if each.kind in _WORKLOADS]
    scalers = [each for each in every if each.kind in KINDS]
    if not wanted and len(workloads) != 1 and len({target_of(each) for each in scalers}) == 1:
        wanted = target_of(scalers[0])
    chosen = [each for each in workloads if wanted in {"", each.name}]
    if not chosen and not workloads:
        alone = [each for each in scalers if wanted in {"", target_of(each)}]
        if len(alone) == 1 and target_of(alone[0]):
            workload = _known_by(alone[0])
            return _Objects(every=every, workload=workload, autoscaler=alone[0], serves=False, is_there=False)
        workloads = [_known_by(each) for each in scalers]
    if len(chosen) != 1:
        names = sorted(each.name for each in workloads)
        what = "holds several workloads" if names else "holds no workload"
        what = "holds no such workload" if wanted else what
        allowed = (
            f"one of {', '.join(names)}, by name" if names else "a Deployment, a StatefulSet or a DaemonSet"
        )
        _stop(what, source, value=wanted, allowed=allowed, near=nearest(wanted, names) if wanted else "")
    (workload,) = chosen
    autoscaler = _only([each for each in scalers if _scales(each, workload)])
    labels = workload.mapping((*_TEMPLATE, "metadata", "labels"))
    serves = any(each.kind == "Service" and _selects(each, labels) for each in every)
    return _Objects(every=every, workload=workload, autoscaler=autoscaler, serves=serves)


def _known_by(autoscaler: Manifest) -> Manifest:
    """Return what an autoscaler says of the workload that it scales."""
    reference = autoscaler.mapping(("spec", "scaleTargetRef"))
    about = {
        "name": target_of(autoscaler),
        "namespace": autoscaler.text(("metadata", "namespace")),
        "annotations": autoscaler.mapping(("metadata", "annotations")),
    }
    kind, version = reference.get("kind") or _WORKLOADS[0], reference.get("apiVersion") or "apps/v1"
    return Manifest({"apiVersion": version, "kind": kind, "metadata": about}, autoscaler.faults)


def _scales(autoscaler: Manifest, workload: Manifest) -> bool:
    namespaces = {each.text(("metadata", "namespace")) for each in (autoscaler, workload)}
    return target_of(autoscaler) == workload.name and (len(namespaces) == 1 or "" in namespaces)


def _only(autoscalers: list[Manifest]) -> Manifest | None:
    for second in autoscalers[1:]:
        second.faults.add(
            ("spec", "scaleTargetRef", "name"),
            f"is scaled by {autoscalers[0].address} already",
            value=target_of(second),
            allowed="one for a workload: where two select the same pods, newer controllers do nothing",
        )
    return autoscalers[0] if autoscalers else None


def _selects(service: Manifest, labels: Mapping[str, Any]) -> bool:
    selector = service.mapping(("spec", "selector"))
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _annotations(workload: Manifest) -> dict[str, Said]:
    """Return what the annotations of the workload, or of its pods, say."""
    known = tuple(Options.__dataclass_fields__)
    said: dict[str, Said] = {}
    for path in ((*_TEMPLATE, "metadata", "annotations"), ("metadata", "annotations")):
        for key in workload.mapping(path):
            if not key.startswith(ANNOTATION):
                continue
            name = key.removeprefix(ANNOTATION).replace("-", "_")
            here = (*path, key)
            if name not in known:
                allowed = ", ".join(ANNOTATION + each.replace("_", "-") for each in known)
                near = nearest(name, known).replace("_", "-")
                near = ANNOTATION + near if near else ""
                workload.faults.add(here, "is an unknown annotation", allowed=allowed, near=near)
            else:
                said[name] = Said(text=workload.text(here), by=key, place=workload.faults.place(here))
    return said


def _fleet(objects: _Objects, words: Mapping[str, Said], source: str) -> tuple[Fleet, tuple[str, ...]]:
    workload, manifest = objects.workload, objects.autoscaler
    scaling = None if manifest is None else read_scaling(manifest)
    before, after = _sizes(objects, scaling, words, source)
    fleet = Fleet(
        before_count=before,
        after_count=after,
        words={name: said for name, said in words.items() if name != "scale"},
        name=workload.name or CLIENTS,
        known_as={"kubernetes": workload.address},
    )
    if scaling is None:
        return fleet, ()
    steps, notes = steps_of(scaling, before, after, may_be_by_hand="scale" in words)
    return replace(fleet, steps=steps), (*notes, *cron_notes(scaling.manifest))


def _sizes(
    objects: _Objects, scaling: Scaling | None, words: Mapping[str, Said], source: str
) -> tuple[int, int]:
    if "scale" in words:
        return read_scale(words["scale"])
    if scaling is None:
        what = "states no change of size"
        allowed = (
            "a HorizontalPodAutoscaler for the workload, or `tidegate check` with --scale FROM:TO, which "
            "keeps the world for other verbs with --save"
        )
        _stop(what, source, allowed=allowed)
    least, after = scaling.least_count, scaling.most_count
    before = objects.workload.whole(("spec", "replicas"), least)
    if before == 0:
        what = "is 0, so its autoscaler does nothing"
        allowed = "--scale FROM:TO, which somebody else carries out"
        objects.workload.faults.add(("spec", "replicas"), what, value="0", allowed=allowed)
    before = min(before or least, least)
    if after <= before:
        path = scaling.path("maxReplicas")
        what = f"leaves nothing to scale: it is not above {scaling.path('minReplicas')[-1]}"
        scaling.manifest.faults.add(path, what, value=after, allowed=f"more than {before}")
    return before, max(after, before)


def _additions(objects: _Objects, fleet: Fleet) -> tuple[dict[str, dict[str, Any]], float]:
    """Return what manifests add to the world of the fleet, and how long a roll-out may last at most."""
    additions: dict[str, dict[str, Any]] = {}
    if not objects.is_there:
        return additions, 0.0
    if objects.serves:
        additions["services"] = {SERVED: _served(objects.workload, fleet)}
    if roll_of(objects.workload, fleet.before_count).by_hand:
        return additions, 0.0
    rollout, longest_s = _rollout(objects, fleet), _rollout_s(objects.workload, fleet)
    if longest_s > _LONGEST_ROLLOUT_S:
        return additions, 0.0
    return {**additions, "activities": {"rollout": rollout}}, longest_s


def _no_rollout(objects: _Objects, fleet: Fleet) -> str:
    """Say why no roll-out is described."""
    if roll_of(objects.workload, fleet.before_count).by_hand:
        return "Its pods are replaced when someone deletes them (OnDelete); no roll-out is described."
    return "A roll-out would take more than an hour; it is left out."


def _rollout(objects: _Objects, fleet: Fleet) -> dict[str, Any]:
    """Describe a rolling update at the size before: every new pod opens its pool anew."""
    workload, count = objects.workload, fleet.before_count
    roll = roll_of(workload, count)
    beside = f", {roll.surge_count} beside the old ones" if roll.surge_count else ""
    activity: dict[str, Any] = {
        "kind": "restart",
        "title": f"roll {fleet.name} out anew, {roll.at_once(count)} of {count} pods at a time{beside}",
        "from": str(count),
        "clients_added": CLIENTS,
        "at": format_quantity(STARTS_AT_S, "s"),
        "batches": str(roll.batches_count(count)),
        # No range: a longer pause would need a longer horizon, which every run would pay for.
        "pause": {
            "value": format_quantity(_ready_s(workload), "s"),
            "basis": "assumed",
            "measure": _READINESS,
        },
    }
    if roll.surge_count:
        activity["surge"] = str(roll.surge_count)
    if objects.serves:
        activity["service"] = SERVED
    activity["known_as"] = {"kubernetes": workload.address}
    return activity


def _rollout_s(workload: Manifest, fleet: Fleet) -> float:
    count = fleet.before_count
    return roll_of(workload, count).batches_count(count) * _ready_s(workload)


def _ready_s(workload: Manifest) -> float:
    """Return how long a pod takes to be ready: as long as the slowest of its containers, by their probes."""
    said_s = [sum(_first_s(workload, probe) for probe in probes) for probes in _starting_probes(workload)]
    return max(said_s, default=_READY_S) + workload.whole(("spec", "minReadySeconds"), 0)


def _starting_probes(workload: Manifest) -> Iterator[Sequence[tuple[str | int, ...]]]:
    """Yield the probes that a container must pass before it is ready, of each that has any."""
    for index in range(len(workload.items(_CONTAINERS))):
        named = [(*_CONTAINERS, index, name) for name in ("startupProbe", "readinessProbe")]
        probes = [probe for probe in named if workload.mapping(probe)]
        if probes:
            yield probes


def _first_s(workload: Manifest, probe: tuple[str | int, ...]) -> float:
    """Return when a probe is passed first, after it may begin."""
    return float(workload.whole((*probe, "initialDelaySeconds"), 0) + _period(workload, probe))


def _period(workload: Manifest, probe: tuple[str | int, ...]) -> int:
    return workload.whole((*probe, "periodSeconds"), 10, least=1)


def _assumed_time(value_s: float, measure: str) -> dict[str, str]:
    ends = {"value": value_s, "low": value_s / _WIDTH, "high": value_s * _WIDTH}
    written = {end: format_quantity(at_s, "s") for end, at_s in ends.items()}
    return {**written, "basis": "assumed", "measure": measure}


def _served(workload: Manifest, fleet: Fleet) -> dict[str, Any]:
    service: dict[str, Any] = {
        "network": "inside",
        "title": f"{fleet.name}, to its own callers",
        "instances": str(fleet.before_count),
        "boot": {"time": _assumed_time(_ready_s(workload), _READINESS)},
        "known_as": dict(fleet.known_as),
    }
    probes: list[dict[str, Any]] = [
        _probe(workload, (*_CONTAINERS, index, name), on_failure)
        | (_starts(workload, index) if on_failure == "restart" else {})
        for index in range(len(workload.items(_CONTAINERS)))
        for name, on_failure in (("readinessProbe", "eject"), ("livenessProbe", "restart"))
        if workload.mapping((*_CONTAINERS, index, name))
    ]
    return {**service, "health_probes": probes} if probes else service


def _probe(workload: Manifest, path: tuple[str | int, ...], on_failure: str) -> dict[str, str]:
    kinds = ("httpGet", "grpc", "tcpSocket", "exec")
    kind = next((kind for kind in kinds if workload.find((*path, kind)) is not None), "")
    return {
        "network": "inside",
        "interval": f"{_period(workload, path)}s",
        "timeout": f"{workload.whole((*path, 'timeoutSeconds'), 1, least=1)}s",
        "failures": str(workload.whole((*path, "failureThreshold"), 3, least=1)),
        "successes": str(workload.whole((*path, "successThreshold"), 1, least=1)),
        "on_failure": on_failure,
        # A request queues with the others; a bare connection or a command does not.
        "busy_fails": "true" if kind in {"httpGet", "grpc"} else "false",
    }


def _starts(workload: Manifest, container: int) -> dict[str, Any]:
    """Return what a manifest says of when a container that starts is checked."""
    alive, starts = ((*_CONTAINERS, container, name) for name in ("livenessProbe", "startupProbe"))
    found: dict[str, Any] = {}
    if workload.find((*alive, "initialDelaySeconds")) is not None:
        found["initial_delay"] = f"{workload.whole((*alive, 'initialDelaySeconds'), 0)}s"
    if workload.mapping(starts):
        failures = workload.whole((*starts, "failureThreshold"), 3, least=1)
        found["startup"] = {"interval": f"{_period(workload, starts)}s", "failures": str(failures)}
    return found


def _ignored(objects: _Objects) -> tuple[str, ...]:
    used = [objects.workload if objects.is_there else None, objects.autoscaler]
    rest = [each for each in objects.every if each not in used and each.kind != "Service"]
    notes = [note for each in used if each is not None for note in unused_notes(each)]
    if any(each.kind == "PodDisruptionBudget" for each in rest):
        notes.append("Not used: PodDisruptionBudget, which limits drains, not changes of size or roll-outs.")
    if objects.workload.find(("spec", "updateStrategy", "rollingUpdate", "partition")) is not None:
        notes.append("Not used: the partition of the roll-out; all pods are taken to be replaced.")
    kinds = sorted({each.kind for each in rest} - {"PodDisruptionBudget"})
    if kinds:
        notes.append(f"Not used: {', '.join(kinds)}.")
    if objects.serves:
        notes.append(f"Who calls {objects.workload.name} is not described by manifests; add those clients.")
    return tuple(notes)


def _stop(what: str, source: str, *, value: str = "", allowed: str = "", near: str = "") -> NoReturn:
    raise InputError(Fault(what=what, value=value, allowed=allowed, nearest=near, place=Place(source=source)))
