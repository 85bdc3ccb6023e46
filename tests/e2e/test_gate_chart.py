"""The chart and `tidegate gate manifests` make the same objects: rendered by Helm itself and compared."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import yaml
from cryptography import x509

from gate_manifests_sample import part
from gate_sample import WORLD
from tidegate.gate.installation.blueprint import filled
from tidegate.gate.installation.chart_values import defaults
from tidegate.gate.installation.helm_chart import chart_files
from tidegate.gate.installation.installed_objects import SPACE, trees

CHART = Path(__file__).resolve().parents[2] / "charts" / "tidegate-gate"
ODD = f"# 'quotes' \"doubled\", {{{{ .Values.mode }}}} and \ttabs: ünï 🎉\n\n{WORLD}\n\n"
MADE = {"authority": "made", "authorities": "made", "certificate": "made", "key": "made"}
SAID = {
    "plain": {"worlds": {"shop.yaml": WORLD}},
    "odd": {"worlds": {"b.yaml": ODD, "a.yaml": "name: a\n"}, "mode": "enforce", "onDoubt": "deny"},
    "old": {"worlds": {"shop.yaml": WORLD}, "kubernetesVersion": "1.25"},
    "older-than-conditions": {"worlds": {"shop.yaml": WORLD}, "kubernetesVersion": "v1.27.4"},
    "full": {
        "worlds": {"shop.yaml": WORLD}, "certificates": "cert-manager", "failurePolicy": "Fail",
        "timeoutSeconds": 1, "image": "registry.example:5000/tidegate@sha256:" + "0" * 64,
        "kubernetesVersion": "1.37", "storage": {"size": "1Gi", "className": "fast"},
        "prometheusOperator": True,
        "allowFrom": ["10.0.0.0/8", "fd00::/8"], "imagePullSecrets": [{"name": "a"}],
        "priorityClassName": "high", "modelUnnamed": True, "tokensSecret": "callers",
        "nodeSelector": {"kubernetes.io/os": "linux"}, "tolerations": [{"key": "a", "operator": "Exists"}],
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "3Gi"}},
    },
    "no-pods": {"worlds": {"shop.yaml": WORLD}, "replicas": 0, "certificateDays": 9},
}  # fmt: skip


def rendered(said, namespace):
    """Return the chart's objects as Helm renders them, by kind and name."""
    helm = part("helm_python")
    with helm.Chart.load(str(CHART)) as chart:
        texts = chart.render(said, name="any", namespace=namespace)
    found = [one for text in texts.values() for one in yaml.safe_load_all(text) if one]
    assert len(found) == len({(one["kind"], one["metadata"]["name"]) for one in found})
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def commanded(said, namespace):
    """Return the command's objects of the same values, but for those that Helm makes itself."""
    values = {**defaults(), "kubernetesVersion": "1.30", **said, "namespace": namespace, "made": MADE}
    wanted = [tree for name, tree in trees().items() if name != SPACE]
    found = [one for tree in wanted for one in filled(list(tree), values)]
    return {(one["kind"], one["metadata"]["name"]): one for one in found
            if said.get("prometheusOperator") or "monitoring" not in one["apiVersion"]}  # fmt: skip


def without_keys(found):
    """Return objects with one word for what is made anew each time."""
    for one in found.values():
        if one["kind"] == "Secret":
            assert {"ca.crt", "tls.crt", "tls.key"} == set(one["data"])
            one["data"] = dict.fromkeys(one["data"], "made")
        for webhook in one.get("webhooks", ()):
            if "caBundle" in webhook["clientConfig"]:
                webhook["clientConfig"]["caBundle"] = "made"
    return found


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
@pytest.mark.parametrize("namespace", ["tidegate", "n1"])
def test_the_chart_makes_what_the_command_writes(said, namespace):
    """Object by object, field by field, whatever is said."""
    assert commanded(said, namespace) == without_keys(
        rendered({"kubernetesVersion": "1.30", **said}, namespace)
    )


def test_the_chart_in_the_repository_is_the_generated_one():
    """Else: python docs/generate_chart.py."""
    found = {
        path.relative_to(CHART).as_posix(): path.read_text("utf-8")
        for path in CHART.rglob("*")
        if path.is_file()
    }
    assert dict(chart_files()) == found


def test_one_certificate_is_made_for_all_of_a_chart():
    """What the webhooks trust signed what the Secret holds, for the service's name."""
    found = rendered({"worlds": {"shop.yaml": WORLD}}, "scaling")
    data = {
        name: base64.b64decode(text) for name, text in found["Secret", "gate-certificate"]["data"].items()
    }
    trusted = {
        base64.b64decode(one["clientConfig"]["caBundle"])
        for kind in ("Validating", "Mutating")
        for one in found[f"{kind}WebhookConfiguration", "tidegate-gate"]["webhooks"]
    }
    assert {data["ca.crt"]} == trusted
    [first, *_] = found["ValidatingWebhookConfiguration", "tidegate-gate"]["webhooks"]
    assert first["matchConditions"], "without a version the cluster's own is taken"
    authority, own = (x509.load_pem_x509_certificate(data[name]) for name in ("ca.crt", "tls.crt"))
    own.verify_directly_issued_by(authority)
    names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "gate.scaling.svc" in names.get_values_for_type(x509.DNSName)


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"worlds": {"a/b": "name: x\n"}}, {"mode": "dare"}, {"unknown": 1},
        {"replicas": 2, "storage": {"size": "1Gi", "className": ""}},
        {"failurePolicy": "ignore"}, {"allowFrom": ["everywhere"]}, {"kubernetesVersion": "2"},
        {"timeoutSeconds": 60}, {"certificates": "none"}, {"image": "-x"},
    ],
    ids=str,
)  # fmt: skip
def test_values_that_cannot_be_are_refused(wrong):
    """By the schema that stands beside them, before anything is rendered; without a world as well."""
    helm = part("helm_python")
    good = {"worlds": {"shop.yaml": WORLD}} if wrong else {}
    with helm.Chart.load(str(CHART)) as chart:
        chart.validate_schema(chart.merge_values({"worlds": {"shop.yaml": WORLD}}))
        with pytest.raises(helm.HelmError):
            chart.validate_schema(chart.merge_values({**good, **wrong}))


def test_helm_finds_nothing_to_complain_of():
    """As `helm lint` does, with a world given."""
    helm = part("helm_python")
    found = helm.lint(str(CHART), values={"worlds": {"shop.yaml": WORLD}})
    assert [] == [one for one in found["messages"] if one["severity"] not in {"INFO", "info", 1}]
