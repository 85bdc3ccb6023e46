"""What are the gate's objects called? One gate a cluster: its names are fixed, its namespace is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.gate.installation.blueprint import Said, Text

GATE = "gate"
"""What its objects in a namespace are called."""
CLUSTER_WIDE = "tidegate-gate"
"""What its objects are called that belong to no namespace."""
WORLDS = "gate-worlds"
CERTIFICATE = "gate-certificate"
AUTHORITY = "gate-authority"
DATA = "gate-data"
API_GROUPS = "rbac.authorization.k8s.io"
PORT = 8443
PORT_NAME = "https"
USER_ID = 10001
"""As the image's."""
SELECTED: Mapping[str, str] = {"app.kubernetes.io/name": CLUSTER_WIDE}
HOST = Text("gate.{namespace}.svc")
"""The name that the server of a cluster calls it by, and must find in its certificate."""
HOSTS = (HOST, Text("gate.{namespace}.svc.cluster.local"), Text("gate.{namespace}"), GATE)


def metadata(name: str, *, everywhere: bool = False, **more: Any) -> Mapping[str, Any]:
    """Return the metadata of an object.

    Parameters
    ----------
    name
        Its name.
    everywhere
        Whether it belongs to no namespace.
    more
        What else stands there.
    """
    place = {} if everywhere else {"namespace": Said("namespace")}
    labels = {**SELECTED, "app.kubernetes.io/part-of": "tidegate"}
    return {"name": name, **place, "labels": labels, **more}
