"""What may be said of an installation, and what holds if nothing is? One table for chart and command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate import __version__
from tidegate.errors import Fault
from tidegate.gate.asking.contracts.admission import NEVER_HELD_UP
from tidegate.gate.asking.ruling import Mode, OnDoubt
from tidegate.gate.installation.blueprint import minor_of

OLDEST_MINOR = 25
"""Of Kubernetes: what the objects are checked against begins there."""
NEWEST_KNOWN = "1.37"
_NOT_ITS_OWN = NEVER_HELD_UP | {"default"}
MOST_WORLDS_BYTES = 1024 * 1024 - 4096
"""What a ConfigMap holds, less what stands around the worlds."""
_WORLD_KEY = r"[-._a-zA-Z0-9]{1,253}"
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_NAME = r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?"
_SIZE = r"[1-9][0-9]*(Ki|Mi|Gi|Ti|k|M|G|T)?"
_CIDR = r"[0-9a-fA-F.:]{2,45}/[0-9]{1,3}"
_IMAGE = r"[a-z0-9][-a-zA-Z0-9._/:@]{0,511}"


@dataclass(frozen=True, kw_only=True)
class Sayable:
    """One value.

    Parameters
    ----------
    default
        What holds if nothing is said.
    says
        What it means.
    schema
        What it may be, as JSON Schema has it.
    """

    default: Any
    says: str
    schema: Mapping[str, Any]


def _matching(pattern: str, *, or_empty: bool = False) -> Mapping[str, Any]:
    return {"type": "string", "pattern": f"^({pattern})?$" if or_empty else f"^{pattern}$"}


def _one_of(*words: str) -> Mapping[str, Any]:
    return {"type": "string", "enum": list(words)}


_TREE: Mapping[str, Any] = {"type": "object"}
_TREES: Mapping[str, Any] = {"type": "array", "items": _TREE}

SAYABLE: Mapping[str, Sayable] = {
    "image": Sayable(
        default=f"tidegate:{__version__}",
        says="The image, built by the Containerfile, where the cluster finds it.",
        schema=_matching(_IMAGE),
    ),
    "imagePullSecrets": Sayable(
        default=[], says="Names of Secrets that the image is fetched with: [{name: …}].", schema=_TREES
    ),
    "worlds": Sayable(
        default={}, says="The worlds, by the name of a file: {shop.yaml: the whole text}.",
        schema={
            "type": "object", "minProperties": 1, "propertyNames": _matching(_WORLD_KEY),
            "additionalProperties": {"type": "string", "minLength": 1},
        },
    ),
    "mode": Sayable(
        default=Mode.PREVIEW.value, says="What is done about what is not safe. Begin with preview.",
        schema=_one_of(*Mode),
    ),
    "onDoubt": Sayable(
        default=OnDoubt.ALLOW.value, says="With enforce: what is done where nothing can be told.",
        schema=_one_of(*OnDoubt),
    ),
    "failurePolicy": Sayable(
        default="Ignore",
        says="What the cluster does while the gate is away: Ignore lets through, Fail refuses.",
        schema=_one_of("Ignore", "Fail"),
    ),
    "timeoutSeconds": Sayable(
        default=3, says="For how long the cluster waits for an answer.",
        schema={"type": "integer", "minimum": 1, "maximum": 30},
    ),
    "kubernetesVersion": Sayable(
        default="",
        says="Of the cluster, such as 1.33; the chart asks the cluster where it is empty.",
        schema=_matching(r"v?1\.[0-9]{1,3}(\.[0-9]+)?([-+].*)?", or_empty=True),
    ),
    "certificates": Sayable(
        default="self-made",
        says="Who makes the certificate: self-made (at the installation) or cert-manager.",
        schema=_one_of("self-made", "cert-manager"),
    ),
    "certificateDays": Sayable(
        default=365, says="For how many days a self-made certificate holds.",
        schema={"type": "integer", "minimum": 1, "maximum": 3650},
    ),
    "modelUnnamed": Sayable(
        default=False, says="Whether workloads that no world names are modelled from their own objects.",
        schema={"type": "boolean"},
    ),
    "tokensSecret": Sayable(
        default="",
        says="A Secret whose tokens.yaml says who may ask by other ways; empty: whoever reaches the gate.",
        schema=_matching(_NAME, or_empty=True),
    ),
    "replicas": Sayable(
        default=1, says="How many pods. Each reads what goes on off the cluster.",
        schema={"type": "integer", "minimum": 0, "maximum": 10},
    ),
    "storage": Sayable(
        default={"size": "", "className": ""},
        says="A disk for what was worked out and the record of rulings, as 1Gi; else both go with the pod.",
        schema={
            "type": "object", "additionalProperties": False, "required": ["size", "className"],
            "properties": {"size": _matching(_SIZE, or_empty=True), "className": {"type": "string"}},
        },
    ),
    "allowFrom": Sayable(
        default=[], says="Networks (CIDR) from which the gate may be reached; empty for all.",
        schema={"type": "array", "items": _matching(_CIDR)},
    ),
    "prometheusOperator": Sayable(
        default=False, says="Whether to make a ServiceMonitor and a PrometheusRule.",
        schema={"type": "boolean"},
    ),
    "resources": Sayable(
        default={
            "requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "2Gi"},
        },
        says="What a pod asks for and may have. Without a bound on processors: one would slow answers down.",
        schema=_TREE,
    ),
    "priorityClassName": Sayable(default="", says="How important its pods are.", schema={"type": "string"}),
    "nodeSelector": Sayable(default={}, says="Which nodes it runs on.", schema=_TREE),
    "tolerations": Sayable(default=[], says="Which taints it bears.", schema=_TREES),
}  # fmt: skip


def defaults() -> dict[str, Any]:
    """Return every value as it is if nothing is said."""
    return {name: one.default for name, one in SAYABLE.items()}


def faults_of(values: Mapping[str, Any]) -> list[Fault]:
    """Return what cannot be said of an installation on a command line.

    Parameters
    ----------
    values
        As the command was told, by name.
    """
    found = [
        _fault("--image", values["image"], _IMAGE, "an image's name, in lower case"),
        _fault("--namespace", values["namespace"], _LABEL, "a name of small letters, digits and hyphens"),
        _fault("--tokens-secret", values["tokensSecret"], f"({_NAME})?", "the name of a Secret"),
        _fault("--storage", values["storage"]["size"], f"({_SIZE})?", "a size such as 1Gi"),
        *(_fault("--allow-from", one, _CIDR, "a network such as 10.0.0.0/8") for one in values["allowFrom"]),
    ]
    if values["namespace"] in _NOT_ITS_OWN:
        # Only the strictest pods would be let into it from then on, and nothing in it would be asked about.
        what, allowed = "belongs to others", "a namespace of the gate's own"
        found.append(Fault(what=what, path="--namespace", value=values["namespace"], allowed=allowed))
    version = values["kubernetesVersion"]
    if minor_of(version) < OLDEST_MINOR:
        allowed = f"1.{OLDEST_MINOR} or newer, such as {NEWEST_KNOWN}"
        found.append(
            Fault(what="is no version that the gate can stand in", path="--kubernetes-version", value=version,
                  allowed=allowed)
        )  # fmt: skip
    if values["replicas"] > 1 and values["storage"]["size"]:
        what = "more than one pod cannot share the disk of --storage"
        found.append(Fault(what=what, path="--replicas", value=str(values["replicas"]), allowed="1"))
    if (
        size := sum(len(f"{name}{text}".encode()) for name, text in values["worlds"].items())
    ) > MOST_WORLDS_BYTES:
        allowed = f"at most {MOST_WORLDS_BYTES:,} bytes in all"
        found.append(
            Fault(what="are too large for a ConfigMap", path="WORLD", value=f"{size:,}", allowed=allowed)
        )
    return [one for one in found if one is not None]


def _fault(option: str, value: str, pattern: str, allowed: str) -> Fault | None:
    if re.fullmatch(pattern, value):
        return None
    return Fault(what="cannot be used in a cluster", path=option, value=value, allowed=allowed)
