"""A gate that reads its cluster: a process, against an API server with versions, pages, bookmarks, 410."""

from __future__ import annotations

import base64
import json
import re
import shutil
import ssl
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

import cluster_sample
from gate_sample import SHOP, WORLD, review, scale, scaler
from gate_served import Authority, gate
from hpa_simulator import until_ready

GONE_BY_S = 1_000.0
SYNC_POLICY = [{"type": "Percent", "value": 100, "periodSeconds": 15}]


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """A folder in which the sizes of these tests were worked out: from 4, and from 10."""
    folder = tmp_path_factory.mktemp("worked")
    (folder / "shop.yaml").write_text(WORLD)
    with gate(folder, "shop.yaml") as at:
        for before in (4, 10):
            asked = {"changes": [{"address": SHOP, "from": before, "to": before + 4}], "trial": True}
            at.until_known("/check", json.dumps(asked).encode(), "not worked out")
    shutil.rmtree(folder / "tidegate-gate" / "rulings")
    return folder


@dataclass
class Place:
    """A cluster, and a folder for each gate that reads it."""

    cluster: cluster_sample.Cluster
    url: str
    tmp: Path
    worked: Path
    closes: ExitStack

    def gate(self, name, *words, mode="enforce", **how):
        """Run another gate that reads the cluster; it knows what was worked out, and no ruling."""
        folder = self.tmp / name
        if not folder.exists():
            shutil.copytree(self.worked, folder)
        words = words or ("--kubectl-proxy", self.url)
        at = self.closes.enter_context(gate(folder, "shop.yaml", "--mode", mode, *words, **how))
        until_ready(at)
        return at

    def stand(self, **counts):
        """Have workloads stand for long."""
        for name, count in counts.items():
            self.cluster.deployment(name, count)
            self.cluster.pods(name, [time.time() - GONE_BY_S] * count)


@pytest.fixture
def place(tmp_path, worked):
    """A cluster in which four pods of the shop and one job stand."""
    cluster = cluster_sample.Cluster()
    with ExitStack() as closes:
        url = closes.enter_context(cluster_sample.served(cluster))
        made = Place(cluster, url, tmp_path, worked, closes)
        made.stand(shop=4, jobs=1)
        yield made


def answer(at, before, after, path="/admission/validate", **said):
    body = review("deployments", scale(before), scale(after), **said).body
    return json.loads(at.ask(path, body)[1])["response"]


def why(response):
    return " ".join(response.get("warnings", [])) + response.get("status", {}).get("message", "")


def grown(cluster):
    """Let the shop have gone from 4 to 10 pods, as a node sees it whose clock is ahead.

    So no slow machine makes them old while a test goes on.
    """
    cluster.deployment("shop", 10)
    cluster.pods("shop", [time.time() + 100.0] * 6, first=4)
    cluster.wait_until_heard()


def test_a_gate_that_was_not_there_knows_what_goes_on(place):
    """Six pods have just come: 10 to 19 is judged from 4, by each of two gates, and by one begun anew."""
    one, other = place.gate("one"), place.gate("other")
    grown(place.cluster)
    said = [answer(at, 10, 19) for at in (one, other)]
    assert [False, False] == [one["allowed"] for one in said]
    assert "from 4 only 18 was proven safe, not 19" in why(said[0])
    late = place.gate("late")
    said.append(answer(late, 10, 19))
    texts = {re.sub(r" Ask again in \d+ s\.", "", why(one)) for one in said}
    assert 1 == len(texts), texts


def test_what_has_stood_for_long_is_calm(place):
    """The same size, whose pods came long ago, is where the next step begins."""
    at = place.gate("one")
    place.stand(shop=10)
    place.cluster.wait_until_heard()
    said = answer(at, 10, 19)
    assert "from 10 only 18 was proven safe, not 19" in why(said)


def test_a_pod_that_began_anew_connects_anew(place):
    """Its container was restarted 3 s ago: it is not calm, though it is old; one that waits is not yet."""
    at = place.gate("one")
    place.stand(shop=10)
    place.cluster.pods("shop", [time.time()] * 3, first=4)
    place.cluster.pods("shop", [time.time() - GONE_BY_S] * 3, first=7, running=False)
    place.cluster.wait_until_heard()
    assert "from 4 only 18" in why(answer(at, 10, 19))


def test_a_roll_out_is_told_from_growth(place):
    """Pods of two templates: a restart is going on, and nobody has proven both."""
    at = place.gate("one")
    place.cluster.replica_set("shop", "2", 2, made_s=time.time())
    place.cluster.pods("shop", [time.time() - 2.0] * 2, revision="2")
    place.cluster.wait_until_heard()
    assert "a restart is going on" in why(answer(at, 4, 6))


@pytest.mark.parametrize(("before", "after"), [(18, 19), (40, 19)])
def test_who_says_a_size_from_memory_is_not_believed(place, before, after):
    """A canary's file says from 18, or from 40 down to 19, and four pods stand: it is a step from 4."""
    at = place.gate("one")
    body = {"changes": [{"address": "prod/shop", "aliases": [SHOP], "from": before, "to": after}]}
    assert "from 4 only 18 was proven safe, not 19" in at.say("/check", body)["why"]
    words = {"from": str(before), "to": str(after)}
    said = at.ask("/flagger", json.dumps({"name": "shop", "namespace": "prod", "metadata": words}).encode())
    assert 403 == said[0]
    assert "from 4 only 18 was proven safe, not 19" in said[1]
    less = {"changes": [{"address": SHOP, "from": 9, "to": 3}], "trial": True}
    assert "proceed" == at.say("/check", less)["verdict"]


def test_another_size_elsewhere_is_seen_without_having_been_asked(place):
    at = place.gate("one")
    place.stand(jobs=3)
    place.cluster.wait_until_heard()
    until(lambda: "jobs has gone to 3, and this world says 1" in why(answer(at, 4, 6, dryRun=True)))


def test_autoscalers_are_known_from_the_start_and_their_events_mended(place):
    """It was made before the gate was: its step is brought down, and the true size is said of it."""
    place.cluster.scaler(scaler(SYNC_POLICY))
    at = place.gate("one")
    response = answer(at, 4, 40, "/admission/mutate")
    [patch] = json.loads(base64.b64decode(response["patch"]))
    assert 18 == patch["value"]
    assert "brought down to 18" in why(response)
    until(lambda: place.cluster.events)
    answer(at, 4, 40, "/admission/mutate")
    until(lambda: [2] == [one["count"] for one in place.cluster.events.values()])
    [event] = place.cluster.events.values()
    assert ("TidegateBroughtDown", "Warning") == (event["reason"], event["type"])
    assert {"kind": "HorizontalPodAutoscaler", "name": "shop", "uid": "h-shop"}.items() <= event[
        "involvedObject"
    ].items()
    assert event["message"].startswith("asked for 40, and 18 was written: from 4 only 18")
    answer(at, 4, 40, "/admission/mutate", dryRun=True)
    answer(at, 4, 40, user="alice")
    time.sleep(0.3)
    assert [2] == [one["count"] for one in place.cluster.events.values()], "not of trials, nor of refusals"


def until(holds, within_s=10.0):
    until_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until_s
        time.sleep(0.02)


def test_a_workload_may_say_that_its_scale_goes_through(place):
    """A Scale has no annotations: the Deployment's are read; so it is on record."""
    at = place.gate("one")
    assert not answer(at, 4, 40)["allowed"]
    place.cluster.deployment("shop", 4, notes={"tidegate.dev/override": "incident 7"})
    place.cluster.wait_until_heard()
    assert answer(at, 4, 40)["allowed"]
    assert re.search(r'overrides_total\{caller="admission"\} 1', at.ask("/metrics", method="GET")[1])


def test_a_replica_set_that_carries_something_out_is_not_asked_about(place):
    """Its Deployment was asked about; its own Scale has no owner, which the cluster knows."""
    at = place.gate("one", mode="enforce")
    for user in ("system:serviceaccount:kube-system:deployment-controller", "alice"):
        body = review("replicasets", scale(4), scale(40), user=user, name="shop-1").body
        assert {"uid", "allowed"} == set(json.loads(at.ask("/admission/validate", body)[1])["response"])
    assert "ruled" not in (place.tmp / "one" / "gate.log").read_text()


def test_versions_that_are_forgotten_and_a_server_that_goes_away(place):
    """410: listed anew. Away for longer than a minute: it says that it does not know; then it knows again."""
    shift = place.tmp / "shift"
    shift.write_text("0")
    at = place.gate("one", "--kubectl-proxy", place.url, shift=shift)
    place.cluster.forget()
    grown(place.cluster)
    until(lambda: "from 4 only 18" in why(answer(at, 10, 19)))
    place.cluster.refuses = 503
    place.cluster.forget()  # every watch ends
    log = place.tmp / "one" / "gate.log"
    until(lambda: log.read_text().count("could not be read") >= 10, 30.0)
    assert "from 4 only 18" in why(answer(at, 10, 19)), "what was heard a moment ago is believed"
    shift.write_text("61")
    assert "nothing was heard of the deployments of the cluster for 6" in why(answer(at, 10, 19))
    assert "tidegate_gate_cluster_known 0.0" in at.ask("/metrics", method="GET")[1]
    place.cluster.refuses = None
    until(lambda: "tidegate_gate_cluster_known 1.0" in at.ask("/metrics", method="GET")[1], 60.0)


def test_a_large_cluster_is_read_in_pages(place):
    place.cluster.page_count = 7
    place.stand(shop=40)
    at = place.gate("one")
    assert "from 40" in why(answer(at, 40, 60)) or "not worked out" in why(answer(at, 40, 60))
    listed = [asked for path, asked, _ in place.cluster.asked if path == "/api/v1/pods"]
    pages = [asked for asked in listed if "continue" in asked]
    assert len(pages) >= 5
    assert {"500"} == {one["limit"] for one in pages}


def test_an_older_server_is_asked_in_its_own_version(place):
    """Kubernetes 1.20 has no autoscaling/v2."""
    paths = place.cluster.paths
    paths["/apis/autoscaling/v2beta2/horizontalpodautoscalers"] = paths.pop(
        "/apis/autoscaling/v2/horizontalpodautoscalers"
    )
    place.cluster.scaler(scaler(SYNC_POLICY))
    at = place.gate("one")
    assert "patch" in answer(at, 4, 40, "/admission/mutate")


def test_a_kubeconfig_names_server_authority_and_token(place):
    """Over TLS, with a token that is renewed in its file; one that is refused is told, and never shown."""
    authority = Authority(place.tmp, "cluster")
    certificate = authority.certificate("api")
    token = place.tmp / "token"
    token.write_text("first-token\n")
    place.cluster.token = "first-token"  # noqa: S105  made for the test
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    url = place.closes.enter_context(cluster_sample.served(place.cluster, tls=context))
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {
            "server": url.replace("http:", "https:"),
            "certificate-authority-data": base64.b64encode(authority.path.read_bytes()).decode()}}],
        "users": [{"name": "u", "user": {"tokenFile": "token"}}],
    }  # fmt: skip
    (place.tmp / "config").write_text(yaml.safe_dump(config))
    at = place.gate("one", "--kubeconfig", str(place.tmp / "config"))
    assert {"Bearer first-token"} == {shown for _, _, shown in place.cluster.asked}
    token.write_text("second-token\n")
    place.cluster.token = "second-token"  # noqa: S105  as above
    place.cluster.forget()
    grown(place.cluster)
    until(lambda: "from 4 only 18" in why(answer(at, 10, 19)), 30.0)
    assert "-token" not in (place.tmp / "one" / "gate.log").read_text()


def test_without_a_cluster_the_record_says_what_goes_on(tmp_path, worked):
    """What was let through a moment ago is not forgotten by a gate that is begun anew, nor its size."""
    folder = tmp_path / "alone"
    shutil.copytree(worked, folder)
    with gate(folder, "shop.yaml", "--mode", "enforce") as at:
        assert answer(at, 4, 10)["allowed"]
    with gate(folder, "shop.yaml", "--mode", "enforce") as at:
        assert "from 4 only 18" in why(answer(at, 10, 19))
        jobs = {"changes": [{"address": "prod/jobs", "from": 1, "to": 2}], "trial": True}
        assert "cannot_tell" == at.say("/check", jobs)["verdict"]
    shift = tmp_path / "shift"
    shift.write_text("60")
    with gate(folder, "shop.yaml", "--mode", "enforce", shift=shift) as at:
        assert "from 10 only 18" in why(answer(at, 10, 19))
        assert "shop has gone to 10, and this world says 4" in str(at.say("/check", jobs)["why"])
