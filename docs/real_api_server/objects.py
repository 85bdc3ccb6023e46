"""The objects that the cases make: workloads, autoscalers, webhooks, and the worlds that know them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

NAMESPACE = "prod"
START_COUNT = 4
WISHED_COUNT = 40
WORLD = """
name: {name}
horizon: 24s
networks: {{app: {{}}, data: {{}}}}
crossings: {{nat: {{between: [app, data], forwarding: 100000/s}}}}
services: {{db: {{network: data, connections: 2000, service_time: 1ms, concurrency: 8, setup_time: 40ms, queue: 10000}}}}
clients:
  pods: {{network: app, service: db, population: 80, timeout: 1s, connection: keep_alive,
         retry: {{layers: [{{retries: 10, backoff: none}}]}}, demand: {{kind: closed, think: 2s}}}}
activities:
  grow: {{clients_added: pods, from: 4, to: 6, at: 4s, known_as: {{kubernetes: apps/v1/{kind}/prod/{name}}}}}
"""
"""Each pod keeps 20 connections, and the database sets 200 up in a second: too many at once time out and come again."""
LEFT_OUT = "tidegate.dev/gate"
NAME_LABEL = "kubernetes.io/metadata.name"
OWN_NAMESPACE = "tidegate"


def world(name: str, kind: str = "Deployment") -> str:
    """Return the text of a world that knows one workload."""
    return WORLD.format(name=name, kind=kind)


def workload(
    name: str, count: int = START_COUNT, *, kind: str = "Deployment", namespace: str = NAMESPACE, image: str = "shop:1",
    annotations: dict[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return a workload whose pods nobody runs: there is no node."""
    labels = {"app": name}
    spec: dict[str, Any] = {
        "replicas": count, "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "main", "image": image}]},
        },
    }  # fmt: skip
    if kind == "StatefulSet":
        spec |= {"serviceName": name, "podManagementPolicy": "Parallel"}
    return {
        "apiVersion": "apps/v1", "kind": kind, "spec": spec,
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations or {}},
    }  # fmt: skip


def autoscaler(name: str, *, period_s: int | None, least: int = START_COUNT) -> dict[str, Any]:
    """Return an autoscaler of a Deployment of its name, by the external metric of its name.

    Its policy lets it go to ten times the size within a period; without a period it has none of its own.
    """
    spec: dict[str, Any] = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": least, "maxReplicas": 100,
        "metrics": [{
            "type": "External",
            "external": {"metric": {"name": name}, "target": {"type": "AverageValue", "averageValue": "1"}},
        }],
    }  # fmt: skip
    if period_s is not None:
        spec["behavior"] = {"scaleUp": {"policies": [{"type": "Percent", "value": 900, "periodSeconds": period_s}]}}
    return {
        "apiVersion": "autoscaling/v2beta2", "kind": "HorizontalPodAutoscaler", "spec": spec,
        "metadata": {"name": name, "namespace": NAMESPACE},
    }  # fmt: skip


def webhooks(port: int, authority: Path, *, failure: str = "Ignore", timeout_s: int = 3) -> list[dict[str, Any]]:
    """Return both configurations, by hand: what `tidegate gate manifests` writes is for newer servers.

    Other than there: by address and not by service, since no pod runs here; without match conditions, and with
    autoscalers in the version that this server has; both webhooks for all of it; and ReplicaSets themselves as well,
    to see whether a roll-out is held up by who registers them.
    """
    bundle = base64.b64encode(authority.read_bytes()).decode()
    workloads = ["deployments", "statefulsets"]
    rules = [
        {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"],
         "resources": ["deployments/scale", "statefulsets/scale", "replicasets/scale", "replicasets"]},
        {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": workloads},
        {"apiGroups": ["autoscaling"], "apiVersions": ["v2beta2"], "operations": ["CREATE", "UPDATE"],
         "resources": ["horizontalpodautoscalers"]},
    ]  # fmt: skip
    found = []
    for kind, path in (("Mutating", "mutate"), ("Validating", "validate")):
        hook = {
            "name": "scale.tidegate.dev", "admissionReviewVersions": ["v1"], "sideEffects": "NoneOnDryRun",
            "failurePolicy": failure, "timeoutSeconds": timeout_s, "rules": rules,
            "clientConfig": {"url": f"https://localhost:{port}/admission/{path}", "caBundle": bundle},
            "namespaceSelector": {"matchExpressions": [
                {"key": NAME_LABEL, "operator": "NotIn", "values": ["kube-system", OWN_NAMESPACE]},
                {"key": LEFT_OUT, "operator": "NotIn", "values": ["off"]},
            ]},
        }  # fmt: skip
        found.append({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": f"{kind}WebhookConfiguration",
            "metadata": {"name": "tidegate"}, "webhooks": [hook],
        })  # fmt: skip
    return found
