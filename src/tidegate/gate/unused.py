"""What of a Kubernetes object's spec was read by nobody? Paths, those that bear on start and stop first.

Asked after everything else has read the object. What binds objects together (selectors, labels, names)
is nobody's behaviour and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidegate.gate.manifest_text import Manifest
    from tidegate.world.file.faults import Path

STARTING = "Not used, and it bears on start and stop: "
BESIDES = "Not used besides: "
_POD = ("spec", "template", "spec")
_BINDING = {("spec", "selector"), ("spec", "scaleTargetRef"), ("spec", "template", "metadata")}
_STARTS_AND_STOPS = frozenset(
    {
        "replicas", "paused", "minReadySeconds", "progressDeadlineSeconds", "podManagementPolicy",
        "strategy", "updateStrategy", "initContainers", "readinessGates", "terminationGracePeriodSeconds",
        "startupProbe", "readinessProbe", "livenessProbe", "lifecycle", "resources", "behavior",
    }
)  # fmt: skip
_ASKED = frozenset({"httpGet", "grpc", "tcpSocket", "exec"})


def unused_notes(manifest: Manifest) -> tuple[str, ...]:
    """Return a sentence on what nobody read that bears on start and stop, and one on the rest."""
    starting: list[str] = []
    besides: list[str] = []
    for path in _unread(manifest, _POD[:1], manifest.look(_POD[:1])):
        (starting if bears(path) else besides).append(_written(manifest, path))
    of = f" of {manifest.kind} {manifest.name}"
    return tuple(
        f"{opening}{', '.join(paths)}{of}."
        for opening, paths in ((STARTING, starting), (BESIDES, besides))
        if paths
    )


def _unread(manifest: Manifest, path: Path, here: Any) -> Iterator[Path]:
    """Yield the paths that were not read, each as high up as nothing below it was."""
    if _binds(path) or manifest.was_read(path) or here in ("", None, {}, []):
        return
    if not manifest.was_read_below(path) and path != _POD[:1]:
        yield path
    elif isinstance(here, Mapping):
        for key, value in here.items():
            yield from _unread(manifest, (*path, key), value)
    elif isinstance(here, list):
        for index, value in enumerate(here):
            yield from _unread(manifest, (*path, index), value)


def _binds(path: Path) -> bool:
    return path in _BINDING or (path[-1] == "name" and isinstance(path[-2], int))


def bears(path: Path) -> bool:
    """Whether a path of a workload's spec bears on how its pods start and stop."""
    is_container = len(path) == len(_POD) + 2 and path[-2] == "containers"
    return path[-1] not in _ASKED and (is_container or not _STARTS_AND_STOPS.isdisjoint(path))


def _written(manifest: Manifest, path: Path) -> str:
    """Write a path from the spec of the pods, or of the object, on; containers by their names."""
    above = _POD if path[: len(_POD)] == _POD else _POD[:1]
    steps = []
    for count in range(len(above), len(path)):
        here = manifest.look((*path[: count + 1], "name")) if isinstance(path[count], int) else None
        steps.append(here if isinstance(here, str) else str(path[count]))
    return ".".join(steps)
