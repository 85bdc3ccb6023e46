"""Which numbers of manifests were read, and what do they mean in the world? Rows; asked after all was read.

What binds objects together, and what pods are made of (ports, users, images), is nobody's limit and makes no
row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tidegate.gate.autoscaler import LEAST
from tidegate.gate.fleet import Said
from tidegate.gate.manifest_text import Manifest
from tidegate.gate.unused import bears
from tidegate.gate.workload import FROM_NONE
from tidegate.world.file.faults import Path, dotted
from tidegate.world.file.was_read import WasRead

_SCALE, _ROLLOUT = "activities.scale", "activities.rollout"
_MEANS = {
    "minReplicas": f"{_SCALE}.from",
    "maxReplicas": f"{_SCALE}.to",
    "minReplicaCount": f"{_SCALE}.from",
    "maxReplicaCount": f"{_SCALE}.to",
    "parallelism": f"{_SCALE}.to",
    "completions": f"{_SCALE}.to",
    "schedule": f"{_SCALE}.every",
    "activeDeadlineSeconds": f"{_SCALE}.to",
    "maxSurge": f"{_ROLLOUT}.surge",
    "maxUnavailable": f"{_ROLLOUT}.batches",
    "minReadySeconds": f"{_ROLLOUT}.pause",
    "initialDelaySeconds": f"{_ROLLOUT}.pause",
    "periodSeconds": f"{_ROLLOUT}.pause",
    "value": f"{_SCALE}.batches",
}
_PROBES = frozenset({"readinessProbe", "livenessProbe", "startupProbe"})
_PROBE = "services.own_pods.health_probes"
_POLICY = frozenset({"value", "periodSeconds"})
_NO_LIMIT = frozenset({
    "containerPort", "port", "targetPort", "hostPort", "runAsUser", "runAsGroup", "fsGroup", "defaultMode",
    "mode", "image", "name", "revisionHistoryLimit", "uid", "gid",
})  # fmt: skip
_NO_NUMBERS = frozenset({"env", "command", "args"})
"""What is read as the program's settings, not as the object's."""
_WORDS = {
    "pool": "clients.app.pool",
    "spread": "clients.app.start_spread",
    "timeout": "clients.app.timeout",
    "retry": "clients.app.retry",
    "rate": "clients.app.demand.think",
    "through": "crossings.edge.device",
    "scale": _SCALE,
    "reconnect": f"{_SCALE}.reactions",
    "to": "clients.app.service",
    "service_time": "services.{}.service_time",
    "connections": "services.{}.connections",
}


_SPEC: Path = ("spec",)
_NOTES: Path = ("metadata", "annotations")
_MESH = "a policy of requests: `tidegate adopt WORLD --from FILE` reads it into a world"
_LIMITING: dict[str, tuple[str, Path]] = {
    "ResourceQuota": ("may hold pods back: growth is judged as if it did not", _SPEC),
    "LimitRange": ("bounds what pods may ask for: growth is judged as if it did not", _SPEC),
    "PodDisruptionBudget": ("limits drains, not changes of size or roll-outs", _SPEC),
    "VerticalPodAutoscaler": (
        "changes what pods may use, and restarts them as it does: not described",
        _SPEC,
    ),
    "Ingress": ("a limit of the proxy before the pods: describe it in a world", _NOTES),
    **dict.fromkeys(
        ("DestinationRule", "VirtualService", "HTTPRoute", "GRPCRoute", "ServiceProfile", "EnvoyFilter"),
        (_MESH, _SPEC),
    ),
}


def manifest_rows(manifest: Manifest, *, serves: bool) -> Iterator[WasRead]:
    """Yield a row for each number of an object's spec that limits something.

    Parameters
    ----------
    manifest
        The object, after everything was read from it.
    serves
        Whether its pods are a service of the world, whose probes are there.
    """
    own: dict[Path, Path] = {}
    if manifest.kind == "ScaledObject":  # as whoever wrote it calls it
        own = {("minReplicas",): ("minReplicaCount",), ("maxReplicas",): ("maxReplicaCount",)}
    starts_one = manifest.look(FROM_NONE) is not None
    for path, value, was_read in manifest.numbers():
        if (
            path == FROM_NONE
            or _NO_LIMIT.intersection(str(step) for step in path[-2:])
            or not _NO_NUMBERS.isdisjoint(map(str, path))
        ):
            continue
        place = manifest.faults.place(path)
        from_none = starts_one and path == LEAST
        says = f"{dotted(own.get(path[1:2], path[1:]))}: {'0' if from_none else value}"
        means = _meaning(path, serves=serves) if was_read else ""
        if was_read and not means:
            continue
        why = "it starts one first" if from_none else "" if means else _why(path)
        yield WasRead(
            source=place.source,
            line=place.line,
            says=says,
            means=means,
            value=value if means else "",
            why=why,
        )


_CANARY = ("spec", "strategy", "canary", "steps")
_NO_KEY = "the world of a fleet has no key for it"


def rows_of_others(every: Iterable[Manifest]) -> Iterator[WasRead]:
    """Yield a row for each number of objects that limit something and are not used.

    Parameters
    ----------
    every
        The objects besides the workload and its autoscaler.
    """
    for manifest in every:
        why, below = _LIMITING.get(manifest.kind, ("", ()))
        for path, value, _ in manifest.numbers(below) if why else ():
            if not _NO_LIMIT.isdisjoint(map(str, path[-2:])):
                continue
            place = manifest.faults.place(path)
            says = f"{manifest.kind} {manifest.name} {dotted(path[len(below) :] or path)}: {value}"
            yield WasRead(source=place.source, line=place.line, says=says, why=why)


def _why(path: Path) -> str:
    if path[0] == "spec" and path[1:] in {("replicas",), ("minReplicas",), ("maxReplicas",)}:
        return "the sizes before and after are said elsewhere"
    if tuple(map(str, path[-3:])) == ("resources", "limits", "memory"):
        return "memory of a pod: `services.*.memory` of a world, with what each connection takes of it"
    return "bears on start and stop, and is not modelled" if bears(path) else _NO_KEY


def _meaning(path: Path, *, serves: bool) -> str:
    last = str(path[-1])
    if path[: len(_CANARY)] == _CANARY:
        return _ROLLOUT
    if not _PROBES.isdisjoint(str(step) for step in path):
        return _PROBE if serves else _MEANS.get(last, "")
    if last in _POLICY and "scaleUp" in path:
        return f"{_SCALE}.batches" if last == "value" else f"{_SCALE}.pause"
    return _MEANS.get(last, "") if last != "value" else ""


def annotation_rows(words: Mapping[str, Said], service: str) -> Iterator[WasRead]:
    """Yield a row for each word that an annotation says."""
    for name, said in words.items():
        if said.by.startswith("tidegate.dev/") and name in _WORDS:
            yield WasRead(
                source=said.place.source,
                line=said.place.line,
                says=f"{said.by}: {said.text}",
                means=_WORDS[name].format(service),
                value=said.text,
            )
