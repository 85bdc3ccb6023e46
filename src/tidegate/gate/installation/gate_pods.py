"""What does the gate run in? Its pods and what they read, the way to them, and who may come that way.

One pod, if nothing else is said: what goes on in a cluster is known to the pod that let it through, so that
of two each may let a step through that is safe alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.gate.installation.blueprint import Each, Said, Set, Since, Text, When
from tidegate.gate.installation.object_names import (
    CERTIFICATE,
    DATA,
    GATE,
    PORT,
    PORT_NAME,
    SELECTED,
    USER_ID,
    WORLDS,
    metadata,
)

WORLDS_AT = "/worlds"
CERTIFICATE_AT = "/certificate"
DATA_AT = "/data"
TOKENS_AT, TOKENS = "/tokens", "tokens.yaml"
_API_PORTS = (443, 6443)
_NAMES_PORT = 53


def space() -> Mapping[str, Any]:
    """Return the namespace; nothing runs in it that may do more than the gate."""
    level = {f"pod-security.kubernetes.io/{word}": "restricted" for word in ("enforce", "warn")}
    named = metadata("", everywhere=True)
    return {
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {**named, "name": Said("namespace"), "labels": {**named["labels"], **level}},
    }  # fmt: skip


def pods() -> list[Any]:
    """Return what runs the gate, and the way to it."""
    return [
        {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(WORLDS),
            "data": Said("worlds", "tree"),
        },
        When(Set("storage.size"), _claim()),
        _deployment(),
        {
            "apiVersion": "v1", "kind": "Service", "metadata": metadata(GATE),
            "spec": {
                "selector": SELECTED,
                "ports": [{"name": PORT_NAME, "port": PORT, "targetPort": PORT_NAME, "protocol": "TCP"}],
            },
        },
        {
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata(GATE),
            "spec": {
                # Not `minAvailable: 1`: one pod could then never leave its node.
                "maxUnavailable": 1,
                "selector": {"matchLabels": SELECTED},
                "unhealthyPodEvictionPolicy": When(Since(27), "AlwaysAllow"),
            },
        },
        _network(),
    ]  # fmt: skip


def _claim() -> Mapping[str, Any]:
    return {
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata(DATA),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": When(Set("storage.className"), Said("storage.className")),
            "resources": {"requests": {"storage": Said("storage.size")}},
        },
    }  # fmt: skip


def _deployment() -> Mapping[str, Any]:
    spread = {
        "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": SELECTED},
    }  # fmt: skip
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(GATE),
        "spec": {
            "replicas": Said("replicas", "number"),
            # What one pod keeps on a disk no other can have at the same time.
            "strategy": When(Set("storage.size"), {"type": "Recreate"}, rolling),
            "selector": {"matchLabels": SELECTED},
            "template": {
                "metadata": {"labels": SELECTED},
                "spec": {
                    "serviceAccountName": GATE,
                    "automountServiceAccountToken": True,
                    "imagePullSecrets": When(Set("imagePullSecrets"), Said("imagePullSecrets", "tree")),
                    "priorityClassName": When(Set("priorityClassName"), Said("priorityClassName")),
                    "securityContext": {
                        "runAsNonRoot": True, "runAsUser": USER_ID, "runAsGroup": USER_ID, "fsGroup": USER_ID,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "topologySpreadConstraints": [spread],
                    "nodeSelector": When(Set("nodeSelector"), Said("nodeSelector", "tree")),
                    "tolerations": When(Set("tolerations"), Said("tolerations", "tree")),
                    "terminationGracePeriodSeconds": 30,
                    "containers": [_container()],
                    "volumes": _volumes(),
                },
            },
        },
    }  # fmt: skip


def _container() -> Mapping[str, Any]:
    return {
        "name": GATE,
        "image": Said("image"),
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "gate", Each("worlds", Text(f"{WORLDS_AT}/{{item}}"), keys=True),
            "--listen", f":{PORT}",
            "--tls-cert", f"{CERTIFICATE_AT}/tls.crt", "--tls-key", f"{CERTIFICATE_AT}/tls.key",
            "--mode", Said("mode"), "--on-doubt", Said("onDoubt"),
            "--data", DATA_AT, "--cluster", When(Set("modelUnnamed"), "--model-unnamed"),
            When(Set("tokensSecret"), "--tokens"), When(Set("tokensSecret"), f"{TOKENS_AT}/{TOKENS}"),
        ],
        "env": [
            {"name": "TIDEGATE_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}
        ],
        "ports": [{"name": PORT_NAME, "containerPort": PORT, "protocol": "TCP"}],
        "readinessProbe": _probe("ready", every_s=5),
        "livenessProbe": _probe("live", every_s=20),
        "resources": Said("resources", "tree"),
        "securityContext": {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "worlds", "mountPath": WORLDS_AT, "readOnly": True},
            {"name": "certificate", "mountPath": CERTIFICATE_AT, "readOnly": True},
            {"name": "data", "mountPath": DATA_AT},
            {"name": "scratch", "mountPath": "/tmp"},  # noqa: S108  a path of the container's
            When(Set("tokensSecret"), {"name": "tokens", "mountPath": TOKENS_AT, "readOnly": True}),
        ],
    }  # fmt: skip


def _probe(word: str, *, every_s: int) -> Mapping[str, Any]:
    asked = {"path": f"/health/{word}", "port": PORT_NAME, "scheme": "HTTPS"}
    return {"httpGet": asked, "periodSeconds": every_s, "timeoutSeconds": 5, "failureThreshold": 3}


def _volumes() -> list[Any]:
    tokens = {"name": "tokens", "secret": {"secretName": Said("tokensSecret"), "defaultMode": 0o440}}
    claimed = {"name": "data", "persistentVolumeClaim": {"claimName": DATA}}
    return [
        {"name": "worlds", "configMap": {"name": WORLDS}},
        # Of the group that the pod runs as, and of nobody else.
        {"name": "certificate", "secret": {"secretName": CERTIFICATE, "defaultMode": 0o440}},
        When(Set("storage.size"), claimed, {"name": "data", "emptyDir": {"sizeLimit": "1Gi"}}),
        {"name": "scratch", "emptyDir": {"sizeLimit": "256Mi"}},
        When(Set("tokensSecret"), tokens),
    ]


def _network() -> Mapping[str, Any]:
    """Return who may reach the gate, and what it may reach: names, and the server of the cluster."""
    came = {
        "ports": [{"port": PORT_NAME, "protocol": "TCP"}],
        "from": When(Set("allowFrom"), [Each("allowFrom", {"ipBlock": {"cidr": Text("{item}")}})]),
    }
    names = [{"port": _NAMES_PORT, "protocol": one} for one in ("UDP", "TCP")]
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata(GATE),
        "spec": {
            "podSelector": {"matchLabels": SELECTED},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [came],
            "egress": [
                {"ports": names},
                {"ports": [{"port": one, "protocol": "TCP"} for one in _API_PORTS]},
            ],
        },
    }  # fmt: skip
