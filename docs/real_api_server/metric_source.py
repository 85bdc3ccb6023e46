"""What autoscalers read: an API of external metrics, as an adapter serves it to the server's aggregator.

A stub by purpose: each metric is a number that a case sets. What reads it is the real controller.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from control_plane import ControlPlane

GROUP = "external.metrics.k8s.io"
_AT = f"/apis/{GROUP}/v1beta1"


class MetricSource:
    """The numbers by name, and how often each was read."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.reads: dict[str, int] = {}

    def answer(self, path: str) -> tuple[int, dict[str, object]]:
        """Return status and document of a path."""
        path = path.partition("?")[0].rstrip("/")
        if path == _AT:
            named = [
                {"name": name, "singularName": "", "namespaced": True, "kind": "ExternalMetricValueList", "verbs": ["get"]}
                for name in self.values
            ]
            return 200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{GROUP}/v1beta1", "resources": named}
        name = path.rpartition("/")[2]
        if not path.startswith(f"{_AT}/namespaces/") or name not in self.values:
            return 404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        self.reads[name] = self.reads.get(name, 0) + 1
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        item = {"metricName": name, "metricLabels": {}, "timestamp": now, "value": str(self.values[name])}
        return 200, {"kind": "ExternalMetricValueList", "apiVersion": f"{GROUP}/v1beta1", "metadata": {}, "items": [item]}


@contextmanager
def metric_source(plane: ControlPlane, certificate: tuple[str, str]) -> Iterator[MetricSource]:
    """Serve metrics over TLS, registered with a server of Kubernetes."""
    source = MetricSource()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, document = source.answer(self.path)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    plane.must("create", "namespace", "metrics")
    plane.must("apply", "-f", "-", given={
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "adapter", "namespace": "metrics"},
        "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": server.server_port}]},
    })  # fmt: skip
    plane.must("apply", "-f", "-", given={
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": f"v1beta1.{GROUP}"},
        "spec": {
            "group": GROUP, "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {"name": "adapter", "namespace": "metrics", "port": server.server_port},
        },
    })  # fmt: skip
    # As every adapter's own installation lets the controller read what it serves.
    reader = "horizontal-pod-autoscaler"
    plane.must("create", "clusterrole", "reads-metrics", "--verb=get,list", f"--resource=*.{GROUP}")
    plane.must("create", "clusterrolebinding", "reads-metrics", "--clusterrole=reads-metrics", f"--serviceaccount=kube-system:{reader}")
    try:
        yield source
    finally:
        server.shutdown()
        server.server_close()
