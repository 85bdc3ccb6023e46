"""When does a cluster ask the gate? As something grows, of workloads and autoscalers, and nowhere in between.

A condition that cannot be worked out skips the webhook where its failure is ignored: the change would go
ahead unasked. So each looks whether a field is there before it reads it.

Source: Kubernetes' reference of admissionregistration.k8s.io/v1; conditions are on by default since 1.28.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.gate.asking.contracts.admission import NEVER_HELD_UP
from tidegate.gate.installation.blueprint import Said, Set, Since, Text, When
from tidegate.gate.installation.object_names import CERTIFICATE, CLUSTER_WIDE, GATE, PORT, metadata

BREAK_GLASS = "tidegate.dev/gate"
"""The label of a namespace that leaves it out, where it is `off`."""
VALIDATE, MUTATE = "/admission/validate", "/admission/mutate"
DOMAIN = "tidegate.dev"
_CONDITIONS_SINCE = 28
_GROWS = (
    "(has(object.spec) && has(object.spec.replicas) ? object.spec.replicas : 0) > "
    "(has(oldObject.spec) && has(oldObject.spec.replicas) ? oldObject.spec.replicas : 0)"
)
"""Of a Scale, of which the server leaves out a size of 0."""
_GROWS_OR_RESTARTS = (
    "request.operation == 'CREATE' || !has(object.spec.replicas) || !has(oldObject.spec.replicas) || "
    "object.spec.replicas > oldObject.spec.replicas || object.spec.template != oldObject.spec.template || "
    "(has(oldObject.spec.paused) && oldObject.spec.paused) || "
    "(has(object.spec.updateStrategy) && has(oldObject.spec.updateStrategy) && "
    "object.spec.updateStrategy != oldObject.spec.updateStrategy)"
)
_SAYS_ANOTHER_THING = "request.operation == 'CREATE' || object.spec != oldObject.spec"
_ANOTHER = Text(f"request.userInfo.username != 'system:serviceaccount:{{namespace}}:{GATE}'")

Conditions = Mapping[str, Any]


def webhooks() -> list[Mapping[str, Any]]:
    """Return both configurations."""
    named = metadata(CLUSTER_WIDE, everywhere=True, annotations=_injected())
    head = {"apiVersion": "admissionregistration.k8s.io/v1"}
    asked = [
        _webhook("scale", _scale(), VALIDATE, {"grows": _GROWS}),
        _webhook("workloads", _workloads(), VALIDATE, {"grows-or-restarts": _GROWS_OR_RESTARTS}),
        _webhook("autoscalers", _autoscalers(), VALIDATE, {"says-another-thing": _SAYS_ANOTHER_THING}),
    ]
    # Only a Scale is ever brought down: what is applied would be applied again.
    brought_down = _webhook("clamp", _scale(), MUTATE, {"grows": _GROWS})
    return [
        {**head, "kind": "ValidatingWebhookConfiguration", "metadata": named, "webhooks": asked},
        {
            **head, "kind": "MutatingWebhookConfiguration", "metadata": named,
            "webhooks": [{**brought_down, "reinvocationPolicy": "Never"}],
        },
    ]  # fmt: skip


def _injected() -> When:
    source = {"cert-manager.io/inject-ca-from": Text(f"{{namespace}}/{CERTIFICATE}")}
    return When(Set("certificates", "cert-manager"), source)


def _webhook(word: str, rule: Mapping[str, Any], path: str, conditions: Conditions) -> Mapping[str, Any]:
    asked = [
        {"name": "somebody-else-asks", "expression": _ANOTHER},
        *({"name": name, "expression": one} for name, one in conditions.items()),
    ]
    return {
        "name": f"{word}.{DOMAIN}",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "NoneOnDryRun",
        "failurePolicy": Said("failurePolicy"),
        "matchPolicy": "Equivalent",
        "timeoutSeconds": Said("timeoutSeconds", "number"),
        "clientConfig": {
            "caBundle": When(Set("certificates", "self-made"), Said("made.authorities")),
            "service": {"namespace": Said("namespace"), "name": GATE, "path": path, "port": PORT},
        },
        "namespaceSelector": {"matchExpressions": _places()},
        "rules": [rule],
        "matchConditions": When(Since(_CONDITIONS_SINCE), asked),
    }


def _places() -> list[Mapping[str, Any]]:
    out = [*sorted(NEVER_HELD_UP), Said("namespace")]
    return [
        {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": out},
        {"key": BREAK_GLASS, "operator": "NotIn", "values": ["off"]},
    ]


def _rule(group: str, version: str, operations: list[str], resources: list[str]) -> Mapping[str, Any]:
    return {
        "apiGroups": [group], "apiVersions": [version], "operations": operations, "resources": resources,
        "scope": "Namespaced",
    }  # fmt: skip


def _scale() -> Mapping[str, Any]:
    return _rule("apps", "v1", ["UPDATE"], ["deployments/scale", "statefulsets/scale", "replicasets/scale"])


def _workloads() -> Mapping[str, Any]:
    return _rule("apps", "v1", ["CREATE", "UPDATE"], ["deployments", "statefulsets"])


def _autoscalers() -> Mapping[str, Any]:
    return _rule("autoscaling", "v2", ["CREATE", "UPDATE"], ["horizontalpodautoscalers"])
