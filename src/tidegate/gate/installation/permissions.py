"""What may the gate do in a cluster? Read what it judges by, and say what it did by events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.gate.installation.blueprint import Said
from tidegate.gate.installation.object_names import API_GROUPS, CLUSTER_WIDE, GATE, metadata

_READ = ("get", "list", "watch")
_SAY = ("create", "patch")
READS: Mapping[str, tuple[str, ...]] = {
    "": ("pods",),
    "apps": ("deployments", "replicasets", "statefulsets"),
    "autoscaling": ("horizontalpodautoscalers",),
}
"""What it reads, by group."""
WRITES: Mapping[str, tuple[str, ...]] = {"": ("events",)}
"""What it makes and says again, by group."""


def permissions() -> list[Mapping[str, Any]]:
    """Return the account that the gate runs as, and what it may do."""
    account = {"kind": "ServiceAccount", "name": GATE, "namespace": Said("namespace")}
    role = {"apiGroup": API_GROUPS, "kind": "ClusterRole", "name": CLUSTER_WIDE}
    return [
        {
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(GATE),
            "automountServiceAccountToken": False,
        },
        {
            "apiVersion": f"{API_GROUPS}/v1", "kind": "ClusterRole",
            "metadata": metadata(CLUSTER_WIDE, everywhere=True),
            "rules": [
                *({"apiGroups": [group], "resources": list(names), "verbs": list(_READ)}
                  for group, names in READS.items()),
                *({"apiGroups": [group], "resources": list(names), "verbs": list(_SAY)}
                  for group, names in WRITES.items()),
            ],
        },
        {
            "apiVersion": f"{API_GROUPS}/v1", "kind": "ClusterRoleBinding",
            "metadata": metadata(CLUSTER_WIDE, everywhere=True), "roleRef": role, "subjects": [account],
        },
    ]  # fmt: skip
