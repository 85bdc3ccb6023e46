"""What worlds do a cluster's own objects imply for a step of a workload? Those `check` reads of manifests.

A write of a size happens at once, whatever paces an autoscaler states; so where these take it through several
steps, the step is read both ways.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tidegate.behaviour.hpa.spec import KEPT_BEHAVIOR
from tidegate.errors import Fault, InputError
from tidegate.gate.asking.mirrored.cluster_objects import Key, mapping
from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files
from tidegate.gate.kubernetes import ANNOTATION
from tidegate.world.world import WorldFile

ACTIVITY = "scale"
"""What the step is called in the worlds that are read."""
RESOURCES: Mapping[str, str] = {"Deployment": "deployments", "StatefulSet": "statefulsets"}
"""What may be modelled, by kind: what the gate may get, and `check` understands."""
MOST_BYTES = 256 * 1024
"""Of an object, without what its server keeps there for itself."""


def name_of(key: Key) -> str:
    """Return what people are told of where a verdict comes from."""
    return f"cluster: {key.namespace}/{key.name}"


def mark_of(found: Mapping[str, Any]) -> str:
    """Return what changes as soon as anything that a model is made of does, and not with the size."""
    spec = {key: value for key, value in mapping(found.get("spec")).items() if key != "replicas"}
    notes = mapping(mapping(found.get("metadata")).get("annotations"))
    said = {key: value for key, value in notes.items() if key.startswith(ANNOTATION) or key == KEPT_BEHAVIOR}
    return hashlib.sha256(json.dumps([spec, said], sort_keys=True).encode()).hexdigest()


def readings(
    key: Key, own: Mapping[str, Any], scaler: Mapping[str, Any] | None, before_count: int, after_count: int
) -> tuple[WorldFile, ...]:
    """Return the worlds by which a step is judged; the worst of them counts.

    Parameters
    ----------
    key
        What the workload is called.
    own, scaler
        The object, and that of what scales it; None where nothing does.
    before_count, after_count
        The step.

    Raises
    ------
    InputError
        If an object is too large, or is not understood.
    """
    options = Options(scale=f"{before_count}:{after_count}")
    texts = [(_text(own), f"{key.kind} {key.namespace}/{key.name}")]
    alone = world_from_files(texts, options).file
    if scaler is None:
        return (alone,)
    texts.append((_text(scaler), f"autoscaler of {key.namespace}/{key.name}"))
    paced = world_from_files(texts, options).file
    steps = (replace(one.world.activities[ACTIVITY], known_as={}) for one in (paced, alone))
    return (paced,) if next(steps) == next(steps) else (paced, alone)


def _text(found: Mapping[str, Any]) -> str:
    """Return an object as a manifest has it."""
    meta = {key: value for key, value in mapping(found.get("metadata")).items() if key != "managedFields"}
    kept = {key: value for key, value in found.items() if key != "status"} | {"metadata": meta}
    text = json.dumps(kept, indent=1)
    if len(text) > MOST_BYTES:
        allowed = f"at most {MOST_BYTES // 1024} KiB"
        what, name = "is too large to be modelled", str(meta.get("name"))
        raise InputError(Fault(what=what, path=name, allowed=allowed))
    return text
