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


def test_it_is_fetched_modelled_and_answered_as_check_says_of_its_manifest(folder):
    """Cannot tell at first; then 4 to 6 proceeds and 4 to 26 is refused. Another template makes it void."""
    cluster = cluster_sample.Cluster()
    stand(cluster)
    words = ("shop.yaml", "--mode", "enforce", "--on-doubt", "deny", "--model-unnamed", "--kubectl-proxy")
    with cluster_sample.served(cluster) as url, gate(folder, *words, url) as at:
        until_ready(at)
        assert ALONE not in [one for one, *_ in cluster.asked], "nothing is fetched unasked"
        for after in (26, 6):
            first = answer(at, after, dryRun=True)
            assert not first["allowed"]
            assert "CANNOT TELL" in first["status"]["message"]
            assert "is being modelled" in first["status"]["message"]
        for after in (26, 6):
            at.until_known("/admission/validate", body(after, dryRun=True), "CANNOT TELL", 240.0)
        assert ALONE in [one for one, *_ in cluster.asked]
        refused, proceeds = (answer(at, after, dryRun=True) for after in (26, 6))
        assert (
            "PROTECT FIRST cart_4_to_26/scale: the pool of app: 19 instead of 20"
            in refused["status"]["message"]
        )
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
