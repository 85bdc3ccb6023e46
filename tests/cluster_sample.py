"""A cluster's API server as far as the gate asks it: lists in pages, watches with versions, Events.

It holds what its clients rely on and no mock on hand does: a version for each change, bookmarks, 410 for a
version that is forgotten, pages, and a watch that ends when its time is over.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KINDS = {
    "/apis/apps/v1/deployments": "Deployment",
    "/apis/apps/v1/statefulsets": "StatefulSet",
    "/apis/apps/v1/replicasets": "ReplicaSet",
    "/apis/autoscaling/v2/horizontalpodautoscalers": "HorizontalPodAutoscaler",
    "/api/v1/pods": "Pod",
}


def stamp(at_s):
    """Return a moment as Kubernetes writes it."""
    return dt.datetime.fromtimestamp(at_s, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Cluster:
    """What stands in it; each change has a version.

    Parameters
    ----------
    clock
        Its own.
    """

    def __init__(self, clock=time.time):
        self.clock = clock
        self.changed = threading.Condition()
        self.version = 100
        self.oldest = 0
        self.objects = {kind: {} for kind in KINDS.values()}
        self.log = []
        self.events = {}
        self.asked = []
        self.refuses = None
        self.paths = dict(KINDS)
        self.bookmarks_s = 5.0
        self.page_count = 500
        self.token = None
        self.passed_on = {}

    def wait_until_heard(self, within_s=60.0):
        """Wait until every watch has passed on what happened up to now, and what it says is taken in."""
        until_s = time.monotonic() + within_s
        with self.changed:
            at = self.version
            while any(heard < at for heard in self.passed_on.values()):
                assert time.monotonic() < until_s, self.passed_on
                self.changed.wait(0.01)
        time.sleep(0.03)

    def put(self, one):
        """Make or change an object; return it."""
        meta = one["metadata"]
        with self.changed:
            known = self.objects[one["kind"]]
            key = (meta.get("namespace"), meta["name"])
            happened = "MODIFIED" if key in known else "ADDED"
            self.version += 1
            meta["resourceVersion"] = str(self.version)
            known[key] = one
            self.log.append((self.version, one["kind"], happened, json.loads(json.dumps(one))))
            self.changed.notify_all()
        return one

    def drop(self, kind, namespace, name):
        """Remove an object."""
        with self.changed:
            one = self.objects[kind].pop((namespace, name))
            self.version += 1
            self.log.append((self.version, kind, "DELETED", one))
            self.changed.notify_all()

    def forget(self):
        """Forget all versions before now, as etcd does when it is compacted."""
        with self.changed:
            self.version += 1
            self.oldest, self.log = self.version, []
            self.changed.notify_all()

    def deployment(self, name, count, *, namespace="prod", notes=None, made_s=0.0):
        """Make or change a Deployment with its ReplicaSet."""
        meta = {"name": name, "namespace": namespace, "uid": f"d-{name}", "annotations": notes or {},
                "creationTimestamp": stamp(made_s)}  # fmt: skip
        self.put(
            {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": meta, "spec": {"replicas": count}}
        )
        self.replica_set(name, "1", count, namespace=namespace, made_s=made_s)

    def replica_set(self, name, revision, count, *, namespace="prod", made_s=0.0):
        """Make or change a ReplicaSet of a Deployment."""
        owner = {"kind": "Deployment", "name": name, "controller": True, "apiVersion": "apps/v1"}
        meta = {"name": f"{name}-{revision}", "namespace": namespace, "uid": f"r-{name}-{revision}",
                "creationTimestamp": stamp(made_s), "ownerReferences": [owner]}  # fmt: skip
        self.put(
            {"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": meta, "spec": {"replicas": count}}
        )

    def pods(self, name, since_s, *, first=0, namespace="prod", revision="1", running=True):
        """Make pods, one for each moment since which it runs."""
        for i, at_s in enumerate(since_s, first):
            owned_by = f"{name}-{revision}"
            owner = {"kind": "ReplicaSet", "name": owned_by, "controller": True, "apiVersion": "apps/v1"}
            state = {"running": {"startedAt": stamp(at_s)}} if running else {"waiting": {}}
            meta = {"name": f"{owned_by}-{i}", "namespace": namespace, "uid": f"p-{owned_by}-{i}",
                    "creationTimestamp": stamp(at_s), "ownerReferences": [owner],
                    "labels": {"pod-template-hash": revision}}  # fmt: skip
            status = {"phase": "Running", "containerStatuses": [{"name": "main", "state": state}]}
            self.put({"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": {}, "status": status})

    def scaler(self, one):
        """Make or change an autoscaler."""
        one["metadata"].setdefault("uid", f"h-{one['metadata']['name']}")
        self.put(one)


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_words):
        """Say nothing."""

    def date_time_string(self, _timestamp=None):
        """Return the cluster's own time."""
        return email.utils.formatdate(self.server.cluster.clock(), usegmt=True)

    def do_GET(self):
        cluster, parts = self.server.cluster, urlsplit(self.path)
        asked = {key: said[0] for key, said in parse_qs(parts.query).items()}
        cluster.asked.append((parts.path, asked, self.headers.get("Authorization")))
        if cluster.token is not None and self.headers.get("Authorization") != f"Bearer {cluster.token}":
            return self.say(401, {"kind": "Status", "message": "Unauthorized"})
        if cluster.refuses is not None:
            return self.say(cluster.refuses, {"kind": "Status", "message": "no"})
        if "/namespaces/" in parts.path:
            return self.alone(parts.path)
        if parts.path not in cluster.paths:
            return self.say(404, {"kind": "Status", "message": "the server could not find it"})
        kind = cluster.paths[parts.path]
        return self.watch(kind, asked) if "watch" in asked else self.listed(kind, asked)

    def alone(self, path):
        """Say one object, by its path."""
        group, _, (namespace, resource, name) = *path.partition("/namespaces/")[:2], path.split("/")[-3:]
        cluster = self.server.cluster
        with cluster.changed:
            kind = cluster.paths.get(f"{group}/{resource}")
            found = cluster.objects.get(kind, {}).get((namespace, name))
        if found is None:
            return self.say(404, {"kind": "Status", "message": f"{resource} {name} not found"})
        return self.say(200, found)

    def listed(self, kind, asked):
        cluster = self.server.cluster
        with cluster.changed:
            first = int(asked.get("continue", "0"))
            every = list(cluster.objects[kind].values())
            end = first + min(int(asked.get("limit", "0")) or len(every), cluster.page_count)
            meta = {"resourceVersion": str(cluster.version)}
            if end < len(every):
                meta["continue"] = str(end)
            self.say(200, {"kind": f"{kind}List", "metadata": meta, "items": every[first:end]})

    def watch(self, kind, asked):
        cluster, at = self.server.cluster, int(asked["resourceVersion"])
        until_s = time.monotonic() + float(asked["timeoutSeconds"])
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        marked_s = time.monotonic()
        while time.monotonic() < until_s and not self.server.ends:
            with cluster.changed:
                if at < cluster.oldest:
                    status = {"kind": "Status", "code": 410, "message": "too old resource version"}
                    self.event("ERROR", status)
                    break
                cluster.passed_on[id(self)] = at
                news = [one for one in cluster.log if one[0] > at]
                if not news:
                    cluster.changed.wait(0.02)
            for version, of, happened, one in news:
                at = version
                if of == kind:
                    self.event(happened, one)
            if time.monotonic() - marked_s > cluster.bookmarks_s:
                marked_s = time.monotonic()
                self.event("BOOKMARK", {"kind": kind, "metadata": {"resourceVersion": str(at)}})
        cluster.passed_on.pop(id(self), None)
        with contextlib.suppress(OSError):
            self.wfile.write(b"0\r\n\r\n")

    def event(self, happened, one):
        line = json.dumps({"type": happened, "object": one}).encode() + b"\n"
        self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
        self.wfile.flush()

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, known = event["metadata"]["name"], self.server.cluster.events
        if name in known:
            return self.say(409, {"kind": "Status", "message": "exists"})
        known[name] = event
        return self.say(201, event)

    def do_PATCH(self):
        patch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        event = self.server.cluster.events.get(self.path.rpartition("/")[2])
        if event is None:
            return self.say(404, {"kind": "Status", "message": "none"})
        event.update(patch)
        return self.say(200, event)

    def say(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Answers on loopback until told to end."""

    daemon_threads = True
    ends = False

    def handle_error(self, *_words):
        """Say nothing of who went away."""


@contextmanager
def served(cluster, *, tls=None) -> Iterator[str]:
    """Serve a cluster; yield its address."""
    server = Server(("127.0.0.1", 0), Handler)
    server.cluster = cluster
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.ends = True
        server.shutdown()
        server.server_close()
        thread.join()
