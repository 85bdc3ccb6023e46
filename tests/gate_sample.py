"""A world that is asked about live, and reviews as a real API server of Kubernetes sends them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from tidegate import __version__
from tidegate.evaluate.searching.curve import Limit
from tidegate.gate.asking.intent import Resized, resizing
from tidegate.gate.asking.message import Heard
from tidegate.gate.asking.question import Awaited
from tidegate.gate.asking.worked_out import Found, Known
from tidegate.verbs.gate import Gate
from tidegate.verbs.work_out import work_out
from tidegate.world.file.digest import file_digest
from tidegate.world.file.read import read_world

SHOP = "apps/v1/Deployment/prod/shop"
HPA = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
WORLD = """
name: shop
horizon: 30s
objectives: {collapse_probability: 10%}
networks: {app: {}, data: {}}
crossings: {nat: {between: [app, data], forwarding: 100000/s}}
services: {db: {network: data, connections: 39, service_time: 1ms, concurrency: 100}}
clients:
  pods: {network: app, service: db, population: 8, timeout: 2s, connection: keep_alive, retry: none,
         demand: {kind: closed, think: 2s}}
  jobs: {network: app, service: db, population: 2, timeout: 2s, connection: keep_alive, retry: none,
         demand: {kind: closed, think: 2s}}
activities:
  grow: {clients_added: pods, from: 4, to: 6, at: 10s, known_as: {kubernetes: apps/v1/Deployment/prod/shop}}
  more: {clients_added: jobs, from: 1, to: 2, at: 10s, known_as: {kubernetes: apps/v1/Deployment/prod/jobs}}
"""
"""2 connections an instance of either, and room for 39: four pods and one job hold 10.

What decides is a count, so a chance of 10 % rather than 1 % asks for a few dozen runs instead of hundreds.
"""
KNOWN_BY_MANY = WORLD.replace(
    "known_as: {kubernetes: apps/v1/Deployment/prod/shop}",
    "known_as: {kubernetes: apps/v1/Deployment/prod/shop, terraform: aws_autoscaling_group.shop, "
    "github: acme/shop/production, ecs: prod/shop, cloudformation: Shop}",
)
"""The same, where the pods have a name with every caller."""


NAMES = {
    "kubernetes": SHOP, "terraform": "aws_autoscaling_group.shop", "ecs": "prod/shop",
    "cloudformation": "Shop",
}  # fmt: skip


def keep_limits(folder):
    """Keep what a gate that was asked before has worked out: 18 from 4 and 10 on, and none from 20 on.

    Whoever asks whether callers are answered in their own words need not wait for whole runs.
    """
    file = read_world(KNOWN_BY_MANY, "shop.yaml")
    known = Known(digest=file_digest(file), version=__version__)
    why = "db accepts 39 connections, and 40 are wanted"
    for system, name in [*NAMES.items(), ("kubernetes", "apps/v1/Deployment/prod/jobs")]:
        for at, safe in ((1, 4), (4, 18), (10, 18), (20, None)):
            limit = Limit(at=float(at), safe_count=safe, collapse_high_ratio=0.0, runs_count=418, beyond=why)
            plan = resizing(system, Resized(address=name, before_count=at, after_count=at + 1))
            said = "none was proven safe" if safe is None else "proven"
            found = Found(
                verdict="stop" if safe is None else "proceed", why=said, activity="grow", limit=limit
            )
            known.take(plan, found)
    folder.mkdir(exist_ok=True)
    (folder / f"shop-{known.digest[:16]}.json").write_text(known.text())


class Asked:
    """A gate whose questions are worked out when they are told to be."""

    def __init__(self, *texts):
        self.questions = []
        self.gate = Gate([read_world(text, "shop.yaml") for text in texts or (WORLD,)], self._ask)

    def _ask(self, question):
        self.questions.append(question)
        return Awaited(again_s=0.0)

    def work(self):
        with ThreadPoolExecutor(1) as executor:
            for question in self.questions:
                self.gate.take(question, work_out(question, executor=executor))
        self.questions.clear()


def review(resource, before, after, *, sub="scale", user=HPA, namespace="prod", name="shop", **said):
    """Return a review as the server sends it: by a person and by an autoscaler alike it is of a Scale."""
    group, kind = ("autoscaling", "Scale") if sub == "scale" else ("apps", "Deployment")
    request = {
        "uid": "0df28fbd-5f5f-11e8-bc74-36e6bb280816",
        "kind": {"group": group, "version": "v1", "kind": kind},
        "resource": {"group": "apps", "version": "v1", "resource": resource},
        "subResource": sub,
        "requestKind": {"group": group, "version": "v1", "kind": kind},
        "requestResource": {"group": "apps", "version": "v1", "resource": resource},
        "requestSubResource": sub,
        "name": name,
        "namespace": namespace,
        "operation": "UPDATE",
        "userInfo": {"username": user, "groups": ["system:serviceaccounts", "system:authenticated"]},
        "object": after,
        "oldObject": before,
        "dryRun": False,
        "options": {"kind": "UpdateOptions", "apiVersion": "meta.k8s.io/v1"},
    }
    document = {
        "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {**request, **said},
    }  # fmt: skip
    return Heard(body=json.dumps(document).encode())


def scale(count):
    """Return a Scale; the server leaves out a size of 0."""
    spec = {"replicas": count} if count else {}
    return {
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {"name": "shop", "namespace": "prod", "uid": "a", "resourceVersion": "718"},
        "spec": spec, "status": {"replicas": count, "selector": "app=shop"},
    }  # fmt: skip


def scaler(policies=None, *, least=4, now=4):
    """Return an autoscaler of the shop."""
    behavior = {} if policies is None else {"behavior": {"scaleUp": {"policies": policies}}}
    return {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "shop", "namespace": "prod"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
            "minReplicas": least, "maxReplicas": 100, **behavior,
        },
        "status": {"currentReplicas": now},
    }  # fmt: skip
