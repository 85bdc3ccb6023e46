"""A gate that models what no world names: a process, against an API server; held against `tidegate check`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import cluster_sample
from gate_sample import WORLD, review, scale
from gate_served import gate
from hpa_simulator import until_ready
from unnamed_sample import cart, stand

ALONE = "/apis/apps/v1/namespaces/prod/deployments/cart"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shop.yaml").write_text(WORLD)
    (tmp_path / "cart.json").write_text(json.dumps(cart()))
    return tmp_path


def body(after, **more):
    return review("deployments", scale(4), scale(after), name="cart", **more).body


def answer(at, after, **more):
    return json.loads(at.ask("/admission/validate", body(after, **more))[1])["response"]


def run(folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", *words],
        cwd=folder, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def checked(folder, after):
    done = run(folder, "check", "cart.json", "--scale", f"4:{after}", "--format", "json", "--no-report")
    [verdict] = json.loads(done.stdout)["verdicts"]
    return verdict["verdict"]


@pytest.mark.evidence
def test_a_growth_that_does_not_fit_is_refused_with_what_would(folder):
    """4 to 26 needs more connections than there are; whole runs of it take a minute."""
    cluster = cluster_sample.Cluster()
    stand(cluster)
    words = ("shop.yaml", "--mode", "enforce", "--on-doubt", "deny", "--model-unnamed", "--kubectl-proxy")
    with cluster_sample.served(cluster) as url, gate(folder, *words, url) as at:
        until_ready(at)
        at.until_known("/admission/validate", body(26, dryRun=True), "CANNOT TELL")
        said = answer(at, 26, dryRun=True)["status"]["message"]
        assert "PROTECT FIRST cart_4_to_26/scale: the pool of app: 19 instead of 20" in said


def test_it_is_fetched_modelled_and_answered_as_check_says_of_its_manifest(folder):
    """Cannot tell at first; then 4 to 6 proceeds. Another template makes it void."""
    cluster = cluster_sample.Cluster()
    stand(cluster)
    words = ("shop.yaml", "--mode", "enforce", "--on-doubt", "deny", "--model-unnamed", "--kubectl-proxy")
    with cluster_sample.served(cluster) as url, gate(folder, *words, url) as at:
        until_ready(at)
        assert ALONE not in [one for one, *_ in cluster.asked], "nothing is fetched unasked"
        first = answer(at, 6, dryRun=True)
        assert not first["allowed"]
        assert "CANNOT TELL" in first["status"]["message"]
        assert "is being modelled" in first["status"]["message"]
        at.until_known("/admission/validate", body(6, dryRun=True), "CANNOT TELL")
        assert ALONE in [one for one, *_ in cluster.asked]
        proceeds = answer(at, 6, dryRun=True)
        assert proceeds["allowed"]
        assert {"verdict": "proceed", "world": "cluster: prod/cart"}.items() <= proceeds[
            "auditAnnotations"
        ].items()
        assert "proceed" == checked(folder, 6)
        cluster.put(cart(image="x:2"))
        cluster.wait_until_heard()
        assert "is being modelled" in answer(at, 6, dryRun=True)["status"]["message"]


def test_without_the_option_nothing_is_fetched(folder):
    cluster = cluster_sample.Cluster()
    stand(cluster)
    with cluster_sample.served(cluster) as url, gate(folder, "shop.yaml", "--kubectl-proxy", url) as at:
        until_ready(at)
        answer = at.say("/check", {"changes": [{"address": "prod/cart", "from": 4, "to": 6}]})
        assert "no world here knows prod/cart" in answer["why"]
        assert not [one for one, *_ in cluster.asked if one == ALONE]


def test_the_option_needs_a_cluster(folder):
    done = run(folder, "gate", "shop.yaml", "--model-unnamed")
    assert 2 == done.returncode
    assert "--model-unnamed" in done.stderr
    assert "--cluster, --kubeconfig or --kubectl-proxy" in done.stderr
