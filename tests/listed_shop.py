"""A shop in a cluster, as `kubectl get … -A -o json` lists it: what each object is, and who asks whom."""

from __future__ import annotations

import json

API, WEB, DB, WORKER = "api", "web", "db", "worker"
MADE_BY = "7d9f8b6c5d"


def environment(**values):
    return [{"name": key, "value": value} for key, value in values.items()]


def workload(name, replicas, env, *, kind="Deployment", image="shop/app:1", args=(), space="shop"):
    """Return one workload."""
    container = {"name": name, "image": image, "env": env, "args": list(args)}
    return {
        "apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": name, "namespace": space, "managedFields": [{"manager": "kubectl"}]},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
        "status": {"replicas": replicas, "readyReplicas": replicas},
    }  # fmt: skip


def pods(name, count, block, *, space="shop"):
    """Return the running pods of a Deployment, each with an address of a block."""
    owner = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-{MADE_BY}", "controller": True}]
    return [
        {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": f"{name}-{MADE_BY}-{i:05d}", "namespace": space, "ownerReferences": owner,
                         "labels": {"app": name, "pod-template-hash": MADE_BY}},
            "spec": {"containers": [{"name": name}]},
            "status": {"phase": "Running", "podIP": f"{block}.{i}"},
        }
        for i in range(1, count + 1)
    ]  # fmt: skip


def service(name, port, *, address="None", kind="ClusterIP", selects=True, space="shop"):
    """Return a Service."""
    spec = {"type": kind, "clusterIP": address, "ports": [{"port": port}]}
    return {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": space},
        "spec": spec | ({"selector": {"app": name}} if selects else {}),
    }  # fmt: skip


def autoscaler(name, least, most, *, space="shop"):
    """Return what scales a Deployment."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": space},
        "spec": {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": most},
    }  # fmt: skip


def ingress(name, *, space="shop"):
    """Return what leads to a Service from without."""
    backend = {"service": {"name": name, "port": {"number": 80}}}
    rule = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    meta = {"name": name, "namespace": space}
    version = "networking.k8s.io/v1"
    return {"apiVersion": version, "kind": "Ingress", "metadata": meta, "spec": {"rules": [rule]}}


def store(name, values, *, space="shop"):
    """Return a ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": space},
        "data": values,
    }


def shop(*, connections=900, most=40):
    """Return its objects: `web` behind an ingress asks `api`, which asks a database, as a worker does."""
    api = workload(API, 10, environment(DB_POOL_SIZE="20"))
    api["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "api-env"}}]
    limit = ["-c", f"max_connections={connections}"]
    return [
        store("api-env", {"DATABASE_URL": "postgres://shop:hunter2@db.shop.svc.cluster.local:5432/shop"}),
        api, service(API, 80, address="10.96.0.10"), autoscaler(API, 10, most),
        workload(WEB, 4, environment(API_URL="http://api")),
        service(WEB, 80, address="10.96.0.11"), ingress(WEB),
        workload(DB, 1, [], kind="StatefulSet", image="postgres:16", args=limit),
        service(DB, 5432, address="10.96.0.7"),
        workload(WORKER, 6, environment(DATABASE_URL="postgresql://shop:hunter2@db/shop?pool=5")),
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}},
        {"apiVersion": "acme.example/v1", "kind": "Wand", "metadata": {"name": "elder", "namespace": "shop"}},
    ]  # fmt: skip


def listed(objects):
    """Return objects as kubectl prints them."""
    return json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": objects, "metadata": {"resourceVersion": ""}}
    )
