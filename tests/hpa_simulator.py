"""An autoscaler that asks a gate which is served: which ramp do a clamp and a refusal really give?

The rules are those of `tidegate.behaviour.hpa`, held against tables of Kubernetes' own controller. Every
write goes to the gate as a real server sends it: mutating, then validating, twice where it is refused. What
the gate reads of the cluster (sizes, pods' starts, the autoscaler's condition) is what such a cluster shows.
Time is a file that the gate's clock reads: a sync takes no 15 s.
"""

from __future__ import annotations

import base64
import json
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import cluster_sample
from gate_sample import review
from gate_served import gate
from tidegate.behaviour.hpa.controller import Controller
from tidegate.behaviour.hpa.spec import behavior_of
from tidegate.behaviour.hpa.stride import SYNC_S

BOOT_S = 5.0
BEGAN_S = 100_000.0
"""So long ago what stands at first was made."""
WORLD = """
name: shop
horizon: 40s
networks: {app: {}, data: {}}
crossings: {nat: {between: [app, data], forwarding: 100000/s}}
services:
  db: {network: data, connections: 4000, service_time: 1ms, setup_time: 200ms, concurrency: 4}
clients:
  pods: {network: app, service: db, population: 4, timeout: 1s, connection: keep_alive, retry: immediate,
         demand: {kind: closed, think: 2s}}
activities:
  grow: {clients_added: pods, from: 4, to: 8, at: 10s, known_as: {kubernetes: apps/v1/Deployment/prod/shop}}
objectives: {collapse_probability: 30%}
"""
"""Four log-ins at a time, 200 ms each, and clients that hammer: how many may come at once depends on how many
are there; however many may be there in the end."""
SETTLES_S = 30.0


@dataclass
class Seen:
    """What came of one scenario.

    Parameters
    ----------
    steps
        Each size with its time from the first sync on, in seconds.
    brought_down_count, refused_count
        How many writes were brought down, and how many refused.
    floors
        For each growth: the pods that had been calm, and the size that was gone to.
    """

    steps: list = field(default_factory=list)
    brought_down_count: int = 0
    refused_count: int = 0
    floors: list = field(default_factory=list)


class Simulator:
    """One autoscaler, its cluster, and the gate that it asks.

    Parameters
    ----------
    folder
        Of the gate.
    cluster
        Which the gate reads.
    at
        The gate that is served.
    """

    def __init__(self, folder, cluster, at):
        self.folder, self.cluster, self.at = folder, cluster, at
        self.now_s = 0.0  # in the simulation: since its first sync
        self.size = 4
        self.pods = [-BEGAN_S] * 4
        self.scaler = None
        self.controller = None
        self.began_s = time.time()

    def set_clock(self):
        """Have the gate's clock and the cluster's show the simulation's time, however long it takes us."""
        taken_s = time.time() - self.began_s
        (self.folder / "next").write_text(str(self.now_s - taken_s), encoding="ascii")
        (self.folder / "next").replace(self.folder / "shift")

    def pass_s(self, seconds):
        """Let time pass, and show the cluster as it is then."""
        self.now_s += seconds
        self.set_clock()
        self.show()

    def show(self):
        """Write down what the cluster shows, and wait until the gate has heard it."""
        self.cluster.deployment("shop", self.size)
        known = self.cluster.objects["Pod"]
        for i, since_s in enumerate(self.pods):
            runs = since_s <= self.now_s
            key = ("prod", f"shop-1-{i}")
            if key not in known or (runs and "waiting" in str(known[key]["status"])):
                self.cluster.pods("shop", [self.began_s + since_s], first=i, running=runs)
        for i in range(len(self.pods), sum("shop-1-" in name for _, name in known)):
            self.cluster.drop("Pod", "prod", f"shop-1-{i}")
        self.cluster.scaler(self.scaler)
        self.cluster.wait_until_heard()

    def begin(self, spec):
        """Begin with an autoscaler of a spec; its controller is new."""
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}
        self.scaler = {
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "shop", "namespace": "prod", "uid": "h"},
            "spec": {"scaleTargetRef": target, "minReplicas": 4, "maxReplicas": 1000, **spec},
            "status": {"currentReplicas": self.size, "conditions": []},
        }  # fmt: skip
        self.restart()
        self.show()

    def restart(self):
        """Let another controller take over: it has booked nothing."""
        spec = self.scaler["spec"]
        self.controller = Controller(
            least_count=spec["minReplicas"], most_count=spec["maxReplicas"], behavior=behavior_of(spec)
        )

    def least(self, count):
        """Raise or lower `minReplicas`; what was booked stays booked."""
        self.scaler["spec"]["minReplicas"] = count
        self.controller.least_count = count

    def sync(self, wish, seen):
        """Look once, and ask where the size is to be another."""
        wanted = self.controller.wants(self.now_s, self.size, wish)
        if wanted != self.size:
            granted = self.write(wanted, seen)
            if granted is None:
                self.condition("False", "FailedUpdateScale")
            else:
                self.controller.granted(self.now_s, self.size, wanted)  # it books its own wish
                self.condition("True", "SucceededRescale")
                self.grow(granted, seen)
        self.pass_s(SYNC_S)

    def grow(self, count, seen):
        """Go to a size; new pods run after a while."""
        calm_count = sum(since_s <= self.now_s - SETTLES_S for since_s in self.pods)
        if count > self.size:
            seen.floors.append((min(calm_count, self.size), count))
        self.pods = self.pods[:count] + [self.now_s + BOOT_S] * max(count - len(self.pods), 0)
        self.size = count
        seen.steps.append((self.now_s, count))

    def condition(self, status, reason):
        """Let the autoscaler say of itself whether its writes are let through."""
        [before] = self.scaler["status"]["conditions"] or [{}]
        since = cluster_sample.stamp(self.began_s + self.now_s)
        if before.get("status") == status:
            since = before["lastTransitionTime"]
        told = {"type": "AbleToScale", "status": status, "reason": reason, "lastTransitionTime": since}
        self.scaler["status"]["conditions"] = [told]

    def write(self, count, seen):
        """Write a size as the server does; return the size that was written, or None where it was refused."""
        self.work_out(count)
        for attempt in ("first", "again"):
            granted = self.reviewed(count)
            if granted is not None:
                seen.brought_down_count += granted != count
                return granted
            seen.refused_count += attempt == "first"
        return None

    def work_out(self, count, within_s=200.0):
        """Have the gate work out what is to be asked, by a dry run, as far as it did not before."""
        until_s = time.monotonic() + within_s
        while True:
            said = self.at.ask("/admission/validate", self.heard(count, dryRun=True))[1]
            is_idle = "tidegate_gate_waiting 0.0" in self.at.ask("/metrics", method="GET")[1]
            if is_idle and "not worked out" not in said:
                return
            assert time.monotonic() < until_s, said
            time.sleep(0.1)

    def heard(self, count, **said):
        """Return the body of a review."""
        return review("deployments", scale_of(self.size), scale_of(count), **said).body

    def reviewed(self, count):
        """Return what a server writes after both webhooks; None where one of them refuses."""
        self.set_clock()
        mutated = json.loads(self.at.ask("/admission/mutate", self.heard(count))[1])["response"]
        if "patch" in mutated:
            [patch] = json.loads(base64.b64decode(mutated["patch"]))
            count = patch["value"]
        said = json.loads(self.at.ask("/admission/validate", self.heard(count))[1])["response"]
        return count if said["allowed"] else None


def scale_of(count):
    """Return a Scale of the shop."""
    return {
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {"name": "shop", "namespace": "prod", "uid": "a", "resourceVersion": "718"},
        "spec": {"replicas": count}, "status": {"replicas": count, "selector": "app=shop"},
    }  # fmt: skip


@contextmanager
def simulated(folder, *, world=WORLD, on_doubt="deny"):
    """Yield a simulator with a gate in a folder, which keeps what was worked out before and no ruling."""
    shutil.rmtree(folder / "tidegate-gate" / "rulings", ignore_errors=True)
    (folder / "shop.yaml").write_text(world, encoding="utf-8")
    (folder / "shift").write_text("0", encoding="ascii")
    began_s = time.time()
    cluster = cluster_sample.Cluster(lambda: time.time() + float((folder / "shift").read_text() or 0))
    cluster.bookmarks_s = 0.03
    cluster.deployment("shop", 4, made_s=began_s - BEGAN_S)
    cluster.pods("shop", [began_s - BEGAN_S] * 4)
    with cluster_sample.served(cluster) as url:
        words = ("shop.yaml", "--mode", "enforce", "--on-doubt", on_doubt, "--kubectl-proxy", url)
        with gate(folder, *words, shift=folder / "shift") as at:
            until_ready(at)
            yield Simulator(folder, cluster, at)


def until_ready(at, within_s=60.0):
    """Wait until a gate has read its cluster."""
    until_s = time.monotonic() + within_s
    while at.ask("/health/ready", method="GET")[0] != 200:
        assert time.monotonic() < until_s
        time.sleep(0.02)
