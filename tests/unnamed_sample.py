"""A workload that no world names, as a cluster has it: 20 connections a pod, and room for 500."""

from __future__ import annotations

import time

import cluster_sample

CART = "apps/v1/Deployment/prod/cart"
SAID = {
    "tidegate.dev/connections": "500", "tidegate.dev/pool": "20", "tidegate.dev/retry": "none",
    "tidegate.dev/rate": "1/s", "tidegate.dev/service-time": "1ms", "tidegate.dev/timeout": "2s",
}  # fmt: skip
OLD_S = 1_000.0
MADE_S = 1_700_000_000.0


def cart(count=4, *, image="x:1", name="cart", **notes):
    """Return its Deployment, as an API server gives it; notes say other annotations, None leaves one out."""
    said = {**SAID, **{f"tidegate.dev/{key}": value for key, value in notes.items()}}
    labels = {"app": name}
    container = {"name": "main", "image": image, "env": [{"name": "DB_POOL_SIZE", "value": "20"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name, "namespace": "prod", "uid": f"d-{name}",
            "annotations": {key: value for key, value in said.items() if value is not None},
            "managedFields": [{"manager": "kubectl"}],
            "creationTimestamp": cluster_sample.stamp(MADE_S),
        },
        "spec": {
            "replicas": count,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
        "status": {"replicas": count},
    }  # fmt: skip


def stand(cluster, count=4, **said):
    """Have it stand in a cluster for long."""
    own = cluster.put(cart(count, **said))
    name = own["metadata"]["name"]
    cluster.replica_set(name, "1", count, made_s=MADE_S)
    cluster.pods(name, [time.time() - OLD_S] * count)
    return own
