"""What stands in for a node: pods are said to run, a moment after they are made; nothing of them runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from control_plane import ControlPlane

_EVERY_S = 0.5


@contextmanager
def stand_in_node(plane: ControlPlane, namespace: str) -> Iterator[None]:
    """Say of each pod of a namespace that it runs, until told to end."""
    ends = threading.Event()

    def go_on() -> None:
        while not ends.wait(_EVERY_S):
            for pod in plane.ask("GET", f"/api/v1/namespaces/{namespace}/pods")["items"]:
                if pod["status"].get("phase") == "Pending":
                    path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}/status"
                    plane.ask("PATCH", path, _runs(pod))

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join(10)


def _runs(pod: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    containers = [
        {"name": one["name"], "image": one["image"], "imageID": "", "ready": True, "restartCount": 0,
         "state": {"running": {"startedAt": now}}}
        for one in pod["spec"]["containers"]
    ]  # fmt: skip
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": now}
    return {"status": {"phase": "Running", "startTime": now, "conditions": [ready], "containerStatuses": containers}}
