"""`tidegate gate manifests`: valid in each version, of the least rights, and asked as things grow."""

from __future__ import annotations

import base64
import json
import os
import re
import ssl
import stat
import subprocess

import kubernetes_validate
import pytest
import yaml
from cryptography import x509

from gate_manifests_sample import NO_SCHEMA, VERSIONS, asked, objects, program
from gate_sample import HPA, WORLD, review, scale, scaler
from tidegate.cli import main as entry
from tidegate.gate.asking.contracts.admission import NEVER_HELD_UP
from tidegate.server.gate.gate_doors import Measures
from tidegate.server.gate.gate_paths import callers

GROUP = ("ValidatingWebhookConfiguration", "tidegate-gate")
CLAMP = ("MutatingWebhookConfiguration", "tidegate-gate")


@pytest.fixture(name="place", autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "shop.yaml").write_text(WORLD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="run")
def runner(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr("sys.argv", ["tidegate", "gate", "manifests", *words])
        with pytest.raises(SystemExit) as ended:
            entry.main()
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.fixture(name="written")
def writer(run, place):
    def write(*words):
        code, _, said = run("shop.yaml", "--output", "out", *words)
        assert 0 == code, said
        return objects(place / "out")

    return write


def webhooks(found):
    return {one["name"]: one for key in (GROUP, CLAMP) for one in found[key]["webhooks"]}


FULL = (
    "--certificates",
    "cert-manager",
    "--storage",
    "2Gi",
    "--allow-from",
    "10.0.0.0/8",
    "--mode",
    "enforce",
    "--model-unnamed",
    "--tokens-secret",
    "callers",
)


@pytest.mark.parametrize(
    ("version", "words"),
    [*((one, ()) for one in VERSIONS), *((one, FULL) for one in ("1.25", "1.28", "1.37"))],
)
def test_every_object_is_valid(written, version, words):
    """As the schemas of that version say, and strictly: no field that it does not know."""
    found = written("--kubernetes-version", version, *words)
    checked = [one for one in found.values() if not one["apiVersion"].startswith(NO_SCHEMA)]
    assert 12 <= len(checked)
    for one in checked:
        kubernetes_validate.validate(one, version, strict=True)


def test_what_a_version_does_not_know_is_left_out(written):
    """Conditions came with 1.28: before that everything is asked."""
    assert all("matchConditions" in one for one in webhooks(written("--kubernetes-version", "1.28")).values())
    assert not any(
        "matchConditions" in one for one in webhooks(written("--kubernetes-version", "v1.27.3")).values()
    )


def test_the_bytes_are_the_same_but_for_keys(run, place):
    """Twice the same, except the Secret and what is trusted by it."""
    for name in ("one", "two"):
        assert 0 == run("shop.yaml", "--output", name)[0]
    files = [path.relative_to(place / "one") for path in sorted((place / "one").rglob("*.yaml"))]
    assert 6 == len(files)
    differing = [
        str(one) for one in files if (place / "one" / one).read_bytes() != (place / "two" / one).read_bytes()
    ]
    assert ["2-certificate.yaml", "4-webhooks.yaml"] == differing
    for name in ("three", "four"):
        run("shop.yaml", "--output", name, "--certificates", "cert-manager")
    assert all((place / "three" / one).read_bytes() == (place / "four" / one).read_bytes() for one in files)


def test_no_key_is_printed_unless_asked_for(run, place):
    """Without a folder it is refused; in a folder only its owner may read it."""
    code, said, fault = run("shop.yaml")
    assert (2, "") == (code, said)
    assert "--show-key" in fault
    code, said, _ = run("shop.yaml", "--show-key")
    assert 0 == code
    assert ("Secret", "gate-certificate") in {
        (one["kind"], one["metadata"]["name"]) for one in yaml.safe_load_all(said)
    }
    code, said, _ = run("shop.yaml", "--certificates", "cert-manager")
    assert 0 == code
    assert "kind: Secret" not in said
    run("shop.yaml", "--output", "out")
    assert 0o600 == stat.S_IMODE((place / "out" / "2-certificate.yaml").stat().st_mode)


def test_words_that_say_nothing_are_refused(run):
    """Days of a certificate that cert-manager makes, and a key that is not printed anyway."""
    code, said, fault = run(
        "shop.yaml", "--certificates", "cert-manager", "--certificate-days", "9", "--show-key"
    )
    assert (2, "") == (code, said)
    assert "--certificate-days" in fault
    assert "--show-key" in fault


def test_every_fault_is_told_at_once(run, place):
    """Of what was said and of the worlds; nothing is written."""
    (place / "bad.yaml").write_text("name: bad\nnetworks: {a: {}}\nclients: {c: {network: b, services: d}}\n")
    words = ("--namespace", "Prod", "--kubernetes-version", "1.9", "--allow-from", "everywhere",
             "--storage", "much", "--image", "-x", "--replicas", "2")  # fmt: skip
    code, said, fault = run("shop.yaml", "bad.yaml", "--output", "out", *words)
    assert (2, "") == (code, said)
    told = (
        "--namespace",
        "--kubernetes-version",
        "--allow-from",
        "--storage",
        "--image",
        "--replicas",
        "bad.yaml",
    )
    assert [] == [one for one in told if one not in fault]
    assert not (place / "out").exists()


@pytest.mark.parametrize("namespace", ["kube-system", "default"])
def test_a_namespace_of_others_is_not_taken(run, place, namespace):
    """Its pods would be refused, and nothing in it asked about."""
    code, _, fault = run("shop.yaml", "--output", "out", "--namespace", namespace)
    assert 2 == code
    assert "belongs to others" in " ".join(fault.split()).lower()
    assert not (place / "out").exists()


def test_two_worlds_of_one_name_are_refused(run, place):
    """They would be one file."""
    (place / "other.yaml").write_text(WORLD)
    code, _, fault = run("shop.yaml", "other.yaml", "--output", "out")
    assert 2 == code
    assert "same name" in fault


def test_a_world_that_no_cluster_knows_is_told(run):
    """It would never be found; that is said, and the files are written."""
    code, _, said = run("surge", "--output", "out")
    assert 0 == code
    assert "knows nothing of a cluster by name" in said
    assert "--storage" in said


def test_a_world_stands_in_the_cluster_as_it_was_written(written, place):
    """To the last byte: its digest decides what is known of it."""
    odd = f"# ünï 🎉 \ttab\n\n{WORLD}\n  # last\n\n"
    (place / "shop.yaml").write_text(odd)
    assert {"shop.yaml": odd} == written()["ConfigMap", "gate-worlds"]["data"]


def test_the_certificate_is_for_the_service_and_trusted_by_the_webhooks(written):
    """Its names are the service's, its authority is what each webhook trusts, and no key is in them."""
    found = written("--namespace", "scale", "--certificate-days", "30")
    data = {
        name: base64.b64decode(text) for name, text in found["Secret", "gate-certificate"]["data"].items()
    }
    certificate = x509.load_pem_x509_certificate(data["tls.crt"])
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "gate.scale.svc" in names.get_values_for_type(x509.DNSName)
    assert 30 == round(
        (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds() / 86400
    )
    for one in webhooks(found).values():
        assert data["ca.crt"] == base64.b64decode(one["clientConfig"]["caBundle"])
        at = one["clientConfig"]["service"]
        assert ("scale", "gate") == (at["namespace"], at["name"])
        assert at["port"] in [port["port"] for port in found["Service", "gate"]["spec"]["ports"]]
    assert b"PRIVATE" not in data["ca.crt"] + data["tls.crt"]
    ssl.create_default_context(cadata=data["ca.crt"].decode())


def test_written_anew_both_authorities_are_trusted(written):
    """So that none is refused between the Secret and the webhooks; one that is over is trusted no more."""
    first = written()["Secret", "gate-certificate"]["data"]["ca.crt"]
    again = written()
    bundle = base64.b64decode(webhooks(again)["scale.tidegate.dev"]["clientConfig"]["caBundle"])
    own = base64.b64decode(again["Secret", "gate-certificate"]["data"]["ca.crt"])
    assert own + base64.b64decode(first) == bundle
    assert own != base64.b64decode(first)


def test_cert_manager_makes_it_where_it_is_to(written):
    """What it injects and signs is of one certificate, for the service's name; there is no Secret of ours."""
    found = written("--certificates", "cert-manager")
    assert not [key for key in found if key[0] == "Secret"]
    made = found["Certificate", "gate-certificate"]["spec"]
    assert "gate.tidegate.svc" in made["dnsNames"]
    for key in (GROUP, CLAMP):
        said = found[key]["metadata"]["annotations"]["cert-manager.io/inject-ca-from"]
        assert "tidegate/gate-certificate" == said
        assert not any("caBundle" in one["clientConfig"] for one in found[key]["webhooks"])
    pod = found["Deployment", "gate"]["spec"]["template"]["spec"]
    [mounted] = [one["secret"]["secretName"] for one in pod["volumes"] if "secret" in one]
    assert mounted == made["secretName"]


def test_it_may_do_no_more_than_it_does(written):
    """Reads what it judges by, speaks by events; no secrets, no star, nothing else changed or removed."""
    found = written()
    rules = found["ClusterRole", "tidegate-gate"]["rules"]
    granted = {(group, name, verb) for rule in rules for group in rule["apiGroups"]
               for name in rule["resources"] for verb in rule["verbs"]}  # fmt: skip
    read = [("apps", "deployments"), ("apps", "statefulsets"), ("apps", "replicasets"), ("", "pods"),
            ("autoscaling", "horizontalpodautoscalers")]  # fmt: skip
    expected = {(*one, verb) for one in read for verb in ("get", "list", "watch")}
    assert expected | {("", "events", "create"), ("", "events", "patch")} == granted
    [subject] = found["ClusterRoleBinding", "tidegate-gate"]["subjects"]
    pod = found["Deployment", "gate"]["spec"]["template"]["spec"]
    assert (subject["name"], subject["namespace"]) == (pod["serviceAccountName"], "tidegate")


def test_the_pod_may_do_nothing_to_its_node(written):
    """As the strictest standard for pods asks, which its namespace enforces."""
    found = written()
    pod = found["Deployment", "gate"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    own = container["securityContext"]
    assert (True, 10001, "RuntimeDefault") == (
        pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"],
        pod["securityContext"]["seccompProfile"]["type"],
    )  # fmt: skip
    assert (False, True, ["ALL"]) == (
        own["allowPrivilegeEscalation"], own["readOnlyRootFilesystem"], own["capabilities"]["drop"]
    )  # fmt: skip
    assert (
        "restricted"
        == found["Namespace", "tidegate"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    )
    for probe, word in (("readinessProbe", "ready"), ("livenessProbe", "live")):
        assert ("HTTPS", f"/health/{word}") == tuple(
            container[probe]["httpGet"][key] for key in ("scheme", "path")
        )
    assert 1 == found["Deployment", "gate"]["spec"]["replicas"]
    assert 1 == found["PodDisruptionBudget", "gate"]["spec"]["maxUnavailable"], "its node can be drained"


def test_what_it_keeps_is_on_a_disk_where_one_is_given(written):
    """One pod at a time then, for no other can have the disk."""
    found = written("--storage", "5Gi")
    assert "5Gi" == found["PersistentVolumeClaim", "gate-data"]["spec"]["resources"]["requests"]["storage"]
    assert "Recreate" == found["Deployment", "gate"]["spec"]["strategy"]["type"]
    assert not [key for key in written() if key[0] == "PersistentVolumeClaim"]


def test_callers_show_the_tokens_of_a_secret(written):
    """The pod reads the file of that Secret, and no other has the option."""

    def pod_of(*words):
        pod = written(*words)["Deployment", "gate"]["spec"]["template"]["spec"]
        [container] = pod["containers"]
        return pod, container

    assert "--tokens" not in pod_of()[1]["args"]
    pod, container = pod_of("--tokens-secret", "callers", "--model-unnamed")
    assert ["--model-unnamed", "--tokens", "/tokens/tokens.yaml"] == container["args"][-3:]
    [mount] = [one for one in container["volumeMounts"] if one["name"] == "tokens"]
    assert ("/tokens", True) == (mount["mountPath"], mount["readOnly"])
    secrets = [one.get("secret") for one in pod["volumes"]]
    assert {"secretName": "callers", "defaultMode": 0o440} in secrets


def test_nothing_is_held_up_that_must_not_be(written):
    """The cluster's namespaces, the gate's, and those that say so; a gate that is away lets through."""
    found = webhooks(written("--namespace", "scale"))
    assert {
        "scale.tidegate.dev",
        "workloads.tidegate.dev",
        "autoscalers.tidegate.dev",
        "clamp.tidegate.dev",
    } == set(found)
    for one in found.values():
        out, off = one["namespaceSelector"]["matchExpressions"]
        assert {*NEVER_HELD_UP, "scale"} == set(out["values"])
        assert ("NotIn", "NotIn", ["off"]) == (out["operator"], off["operator"], off["values"])
        assert ("Ignore", "NoneOnDryRun") == (one["failurePolicy"], one["sideEffects"])
        assert one["timeoutSeconds"] <= 3
        assert one["clientConfig"]["service"]["path"] in dict(callers("scale"))
    strict = webhooks(written("--failure-policy", "Fail"))
    assert {"Fail"} == {one["failurePolicy"] for one in strict.values()}


def growth(before, after, **more):
    return json.loads(review("deployments", scale(before), scale(after), **more).body)


def deployment(count, image="a:1"):
    return {"spec": {"replicas": count, "template": {"spec": {"containers": [{"image": image}]}}}}


def applied(before, after, operation="UPDATE", resource="deployments"):
    return json.loads(review(resource, before, after, sub="", operation=operation).body)


def scaled(before, after, operation="UPDATE"):
    body = json.loads(review("horizontalpodautoscalers", before, after, sub="", operation=operation).body)
    body["request"]["resource"] = {
        "group": "autoscaling",
        "version": "v2",
        "resource": "horizontalpodautoscalers",
    }
    return body


@pytest.mark.parametrize(
    ("name", "body", "is_asked"),
    [
        ("scale.tidegate.dev", growth(4, 40), True),
        ("scale.tidegate.dev", growth(0, 1), True),
        ("scale.tidegate.dev", growth(40, 4), False),
        ("scale.tidegate.dev", growth(4, 0), False),
        ("scale.tidegate.dev", growth(4, 4), False),
        ("scale.tidegate.dev", growth(4, 40, user="system:serviceaccount:tidegate:gate"), False),
        ("clamp.tidegate.dev", growth(4, 40, user=HPA), True),
        ("clamp.tidegate.dev", growth(40, 4, user=HPA), False),
        ("workloads.tidegate.dev", applied(None, deployment(3), "CREATE"), True),
        ("workloads.tidegate.dev", applied(deployment(3), deployment(4)), True),
        ("workloads.tidegate.dev", applied(deployment(4), deployment(3)), False),
        ("workloads.tidegate.dev", applied(deployment(4), deployment(4)), False),
        ("workloads.tidegate.dev", applied(deployment(4), deployment(3, "a:2")), True),
        ("workloads.tidegate.dev", applied({"spec": {}}, {"spec": {}}), True),
        ("autoscalers.tidegate.dev", scaled(None, scaler(), "CREATE"), True),
        ("autoscalers.tidegate.dev", scaled(scaler(least=4), scaler(least=9)), True),
        ("autoscalers.tidegate.dev", scaled(scaler(now=4), scaler(now=9)), False),
    ],
)  # fmt: skip
def test_a_cluster_asks_as_something_grows_and_else_not(written, name, body, is_asked):
    """By the rules and conditions, evaluated as CEL: none fails, for a failed one is skipped unasked."""
    assert is_asked is asked(webhooks(written())[name], body)


def test_the_rules_for_alerts_are_sound(written, place):
    """As promtool reads them; each metric of ours that they name is one that the gate has."""
    written()
    rules = place / "out" / "prometheus" / "rules.yaml"
    done = subprocess.run(
        [program("promtool"), "check", "rules", str(rules)], capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr
    known = {one.name for one in Measures(lambda: 0, lambda: 0).registry.collect()}
    groups = yaml.safe_load(rules.read_text())["groups"]
    named = {word for one in groups[0]["rules"] for word in _names(one["expr"])}
    assert {"tidegate_gate_rulings_total", "tidegate_gate_certificate_expiry_timestamp_seconds"} < named
    assert set() == {one.removesuffix("_total") for one in named} - known
    operator = objects(place / "out" / "prometheus", "operator.yaml")
    assert groups == operator["PrometheusRule", "tidegate-gate"]["spec"]["groups"]


def _names(expression):
    return {word for word in re.findall(r"[a-z_]+", expression) if word.startswith("tidegate_gate_")}


STORY = """
rule_files: [{rules}]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {{series: 'apiserver_admission_webhook_fail_open_count{{name="scale.tidegate.dev"}}',
         values: '_x20 1x40'}}
      - {{series: 'apiserver_admission_webhook_fail_open_count{{name="other.example",type="validating"}}',
         values: '0+1x60'}}
      - {{series: 'tidegate_gate_waiting', values: '0x60'}}
      - {{series: 'tidegate_gate_rulings_lost_total', values: '0x60'}}
      - {{series: 'tidegate_gate_overrides_total{{caller="admission"}}', values: '_x30 1x30'}}
      - {{series: 'tidegate_gate_rulings_total{{caller="admission",verdict="cannot_tell",through="yes"}}',
         values: '0+4x120'}}
      - {{series: 'tidegate_gate_certificate_expiry_timestamp_seconds', values: '1000000x120'}}
    alert_rule_test:
      - {{eval_time: 19m, alertname: TidegateGateFailsOpen, exp_alerts: []}}
      - {{eval_time: 24m, alertname: TidegateGateFailsOpen, exp_alerts: [{fails}]}}
      - {{eval_time: 45m, alertname: TidegateGateFailsOpen, exp_alerts: []}}
      - {{eval_time: 24m, alertname: TidegateGateAway, exp_alerts: []}}
      - {{eval_time: 110m, alertname: TidegateGateAway, exp_alerts: [{away}]}}
      - {{eval_time: 29m, alertname: TidegateGateOverridden, exp_alerts: []}}
      - {{eval_time: 35m, alertname: TidegateGateOverridden, exp_alerts: [{overridden}]}}
      - {{eval_time: 60m, alertname: TidegateGateCannotTell, exp_alerts: [{doubt}]}}
      - {{eval_time: 60m, alertname: TidegateGateLosesRulings, exp_alerts: []}}
      - {{eval_time: 60m, alertname: TidegateGateCertificateEndsSoon, exp_alerts: [{soon}]}}
      - {{eval_time: 60m, alertname: TidegateGateCertificateOver, exp_alerts: []}}
"""


def test_the_alerts_fire_as_they_say(written, place):
    """As Prometheus evaluates them: at the first time of a counter too, and not for others' webhooks."""
    written()
    rules = place / "out" / "prometheus" / "rules.yaml"
    of = {one["alert"]: one for one in yaml.safe_load(rules.read_text())["groups"][0]["rules"]}

    def fired(name):
        one = of[f"TidegateGate{name}"]
        return json.dumps({"exp_labels": one["labels"], "exp_annotations": one["annotations"]})

    (place / "story.yaml").write_text(
        STORY.format(
            rules=rules, fails=fired("FailsOpen"), away=fired("Away"), overridden=fired("Overridden"),
            doubt=fired("CannotTell"), soon=fired("CertificateEndsSoon"),
        )
    )  # fmt: skip
    done = subprocess.run(
        [program("promtool"), "test", "rules", "story.yaml"], capture_output=True, text=True, check=False,
        env={**os.environ, "TZ": "UTC"},
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
