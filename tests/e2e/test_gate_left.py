"""Who left may still be there: a gate that is served counts them until what they held is let go."""

from __future__ import annotations

import base64
import json
import shutil
import time
from contextlib import ExitStack

import pytest

import cluster_sample
from gate_sample import HPA, KNOWN_BY_MANY, SHOP, keep_limits, review, scale, scaler
from gate_served import gate
from hpa_simulator import until_ready

DENY = ("shop.yaml", "--mode", "enforce", "--on-doubt", "deny")
LONG_AGO_S = 1_000.0


@pytest.fixture
def folder(tmp_path):
    """What was asked before is known: from 4 and from 10 on up to 18, from 20 on nothing."""
    (tmp_path / "shop.yaml").write_text(KNOWN_BY_MANY)
    (tmp_path / "shift").write_text("0")
    keep_limits(tmp_path / "tidegate-gate")
    return tmp_path


def shift(folder, seconds):
    (folder / "next").write_text(str(seconds))
    (folder / "next").replace(folder / "shift")


def answer(at, before, after, path="/admission/validate", **said):
    body = review("deployments", scale(before), scale(after), **said).body
    return json.loads(at.ask(path, body)[1])["response"]


def written(at, before, after, **said):
    """Return the size that a server writes after both webhooks; None where one of them refuses."""
    mutated = answer(at, before, after, "/admission/mutate", **said)
    if "patch" in mutated:
        [patch] = json.loads(base64.b64decode(mutated["patch"]))
        after = patch["value"]
    return after if answer(at, before, after, **said)["allowed"] else None


def why(response):
    return response.get("status", {}).get("message", "")


def test_up_down_and_up_again_within_one_step_is_more_than_was_proven(folder):
    """4, 18, 4, 18: the 14 that left may hold 28 of 39 connections. A gate begun anew says the same."""
    with gate(folder, *DENY, shift=folder / "shift") as at:
        assert [18, 4] == [written(at, *sizes) for sizes in ((4, 18), (18, 4))]
        said = why(answer(at, 4, 18))
        assert "from 4 only 18 was proven safe, not 18 with 14 that left and may still be there" in said
        assert "Ask again in " in said
        assert written(at, 4, 18) is None
    with gate(folder, *DENY, shift=folder / "shift") as at:
        assert "with 14 that left" in why(answer(at, 4, 18))
        shift(folder, 60)
        assert 18 == written(at, 4, 18)


def test_an_autoscaler_is_brought_down_to_what_room_is_left(folder):
    """Six left, so of 18 there is room for 12 now."""
    with gate(folder, *DENY, shift=folder / "shift") as at:
        hpa = scaler([{"type": "Pods", "value": 100, "periodSeconds": 15}])
        made = review("horizontalpodautoscalers", None, hpa, sub="", operation="CREATE")
        at.ask("/admission/validate", made.body)
        assert [10, 4, 12] == [written(at, *sizes, user=HPA) for sizes in ((4, 10), (10, 4), (4, 40))]


def test_what_scaled_down_unasked_is_told_by_the_next_question(folder):
    """From Kubernetes 1.28 on no smaller size is asked about: 4 where 18 was let through says it all."""
    with gate(folder, *DENY, shift=folder / "shift") as at:
        assert 18 == written(at, 4, 18)
        shift(folder, 600)
        assert "with 14 that left" in why(answer(at, 4, 18))
        shift(folder, 630)
        assert 18 == written(at, 4, 18)


def test_what_grew_past_the_gate_is_not_calm(folder):
    """It was refused, and too late: with `Ignore` it happened. 40 is no size that has been calm."""
    with gate(folder, *DENY, shift=folder / "shift") as at:
        assert written(at, 4, 40) is None
        said = why(answer(at, 40, 41))
        assert "from 4 only 18 was proven safe, not 41" in said


@pytest.mark.parametrize("words", [("18", "19"), ("19", "19"), ("40", "19")])
def test_a_canary_that_says_an_old_size_is_not_believed(folder, words):
    """Its file says the size of long ago, for ever; the autoscaler has gone to 4 since."""
    with gate(folder, *DENY) as at:
        assert 4 == written(at, 9, 4)
        said = dict(zip(("from", "to"), words, strict=True))
        body = {"name": "shop", "namespace": "prod", "metadata": {"address": SHOP, **said}}
        for _ in range(2):
            status, text = at.ask("/flagger", json.dumps(body).encode())
            assert (403, True) == (status, "from 4 only 18 was proven safe, not 19" in text), text


@pytest.fixture
def cluster(folder):
    """A cluster that is served: 18 pods of the shop have stood for long, and one job."""
    made = cluster_sample.Cluster()
    with ExitStack() as closes:
        url = closes.enter_context(cluster_sample.served(made))
        made.url, made.closes = url, closes
        made.deployment("jobs", 1)
        made.pods("jobs", [time.time() - LONG_AGO_S])
        made.deployment("shop", 18)
        made.pods("shop", [time.time() - LONG_AGO_S] * 18)
        yield made


def reading(cluster, folder, name):
    """Run another gate that reads the cluster."""
    own = folder / name
    own.mkdir()
    for one in ("shop.yaml", "shift"):
        shutil.copy(folder / one, own / one)
    shutil.copytree(folder / "tidegate-gate", own / "tidegate-gate")
    words = (*DENY, "--kubectl-proxy", cluster.url)
    at = cluster.closes.enter_context(gate(own, *words, shift=own / "shift"))
    until_ready(at)
    return at, own


def gone_down(cluster, count):
    """Let the shop be so many, at once: nobody asked."""
    cluster.deployment("shop", count)
    for i in range(count, 18):
        cluster.drop("Pod", "prod", f"shop-1-{i}")
    cluster.wait_until_heard()


def test_pods_that_are_gone_are_counted_by_each_gate_that_reads_the_cluster(cluster, folder):
    """Nobody asked about the scale-down; both saw the pods go, and say the same until those are over."""
    gates = [reading(cluster, folder, name) for name in ("one", "other")]
    gone_down(cluster, 4)
    for at, own in gates:
        assert "from 4 only 18 was proven safe, not 18 with 14 that left" in why(answer(at, 4, 18))
        assert "with 14 that left" in why(answer(at, 4, 18, dryRun=True))
        shift(own, 25)
        assert answer(at, 4, 18)["allowed"]


def test_pods_that_are_told_to_go_are_still_there(cluster, folder):
    """They end in their own time: until they have, they are counted, however long ago they were told."""
    at, _ = reading(cluster, folder, "one")
    for i in range(4, 18):
        pod = cluster.objects["Pod"]["prod", f"shop-1-{i}"]
        pod["metadata"]["deletionTimestamp"] = cluster_sample.stamp(time.time() - 100.0)
        cluster.put(pod)
    cluster.deployment("shop", 4)
    cluster.wait_until_heard()
    assert "with 14 that left" in why(answer(at, 4, 18))


def test_the_server_knows_of_a_smaller_size_before_the_watch_does(cluster, folder):
    """What it says stands is less than what was heard: the rest is leaving at this moment."""
    at, _ = reading(cluster, folder, "one")
    assert "with 14 that left" in why(answer(at, 4, 18))


def test_a_container_that_ended_left_its_connections(cluster, folder):
    """Eight of ten began anew: they connect, and what they had held before may still be held."""
    gone_down(cluster, 10)
    at, _ = reading(cluster, folder, "one")
    cluster.pods("shop", [time.time()] * 8, first=2)
    cluster.wait_until_heard()
    assert "from 2 only 4 was proven safe, not 12 with 8 that left" in why(answer(at, 10, 12))
    for i in range(2, 10):
        pod = cluster.objects["Pod"]["prod", f"shop-1-{i}"]
        [one] = pod["status"]["containerStatuses"]
        one["lastState"] = {"terminated": {"finishedAt": cluster_sample.stamp(time.time())}}
        cluster.put(pod)
    late, _ = reading(cluster, folder, "late")
    assert "not 12 with 8 that left" in why(answer(late, 10, 12))


def test_who_left_before_a_gate_began_is_not_known_to_it(cluster, folder):
    """A size was written a moment before; whether any left nobody can say, so nothing is called safe."""
    gone_down(cluster, 4)
    one = cluster.objects["Deployment"]["prod", "shop"]
    owned = {"f:spec": {"f:replicas": {}}}
    written_at = cluster_sample.stamp(time.time() - 5.0)
    one["metadata"]["managedFields"] = [{"manager": "hpa", "time": written_at, "fieldsV1": owned}]
    cluster.put(one)
    at, own = reading(cluster, folder, "one")
    said = why(answer(at, 4, 18))
    assert "CANNOT TELL · a size was written just before this gate began" in said
    assert "Ask again in 1" in said
    assert "only 18 was proven safe, not 19" in why(answer(at, 4, 19)), "what is unsafe is told as that"
    shift(own, 25)
    assert answer(at, 4, 18)["allowed"]
