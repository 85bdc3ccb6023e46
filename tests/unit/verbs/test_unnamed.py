"""What the gate says of a workload that no world names, where it may model it from the cluster's object."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import cluster_sample
from gate_sample import WORLD
from tidegate.errors import InputError
from tidegate.evaluate.judging.asked import Check
from tidegate.gate.asking.intent import Intent, Resized, resizing
from tidegate.gate.asking.mirrored.cluster_mirror import READ, Mirror
from tidegate.gate.asking.mirrored.cluster_model import readings
from tidegate.gate.asking.question import Awaited
from tidegate.gate.asking.ruling import Ruling
from tidegate.gate.change.plan import Plan, Reconnect
from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files
from tidegate.verbs.check import check
from tidegate.verbs.gate import Gate
from tidegate.verbs.unnamed import MOST_MODELS, MOST_WANTED, Read, Unnamed
from tidegate.verbs.work_out import work_out
from tidegate.world.file.digest import file_digest
from tidegate.world.file.read import read_world
from unnamed_sample import CART, cart, stand

KINDS = {path.rpartition("/")[2]: kind for path, kind in cluster_sample.KINDS.items()}


class Place:
    """A cluster, and a gate that reads it: what it asks for is modelled and worked out when told to be."""

    def __init__(self, *, models=True):
        self.cluster = cluster_sample.Cluster()
        self.mirror = Mirror()
        self.questions = []
        self.unnamed = Unnamed(self.mirror, self._ask) if models else None
        file = read_world(WORLD, "shop.yaml")
        self.gate = Gate([file], self._ask, self.mirror, self.unnamed)
        self.now_s = time.time()

    def _ask(self, question):
        if question not in self.questions:
            self.questions.append(question)
        return Awaited(again_s=0.0)

    def read(self):
        """Have the cluster read now."""
        for resource in READ:
            self.mirror.replace(resource, list(self.cluster.objects[KINDS[resource]].values()))
            self.mirror.hear(resource, self.now_s, 0.0)

    def see(self, one):
        """Have the watch pass on that an object is another."""
        self.cluster.put(one)
        resource = next(name for name, kind in KINDS.items() if kind == one["kind"])
        self.mirror.take(resource, "MODIFIED", json.loads(json.dumps(one)))

    def stand(self, count=4, **said):
        stand(self.cluster, count, **said)
        self.read()

    def rule(self, before, after, address=CART) -> Ruling:
        return self.gate.rule(intent(before, after, address), self.now_s)

    def model(self):
        """Fetch and read what is wanted."""
        while not self.unnamed.wanted.empty():
            wanted = self.unnamed.wanted.get()
            own = self.cluster.objects[wanted.key.kind][wanted.key.namespace, wanted.key.name]
            scaler = None
            if wanted.scaler is not None:
                scaler = self.cluster.objects[wanted.scaler.key.kind][wanted.scaler.key[1:]]
            try:
                files = readings(wanted.key, own, scaler, wanted.before_count, wanted.after_count)
                read = Read(own=own, scaler=scaler, files=files)
            except InputError as error:
                read = Read(own=own, scaler=scaler, why=str(error))
            self.unnamed.give(wanted, read, self.now_s)

    def work(self):
        with ThreadPoolExecutor(1) as executor:
            for question in self.questions:
                self.gate.take(question, work_out(question, executor=executor))
        self.questions.clear()

    def known(self, before, after) -> Ruling:
        """Return what is said once all is worked out."""
        self.rule(before, after)
        self.model()
        self.work()
        return self.rule(before, after)


def intent(before, after, address=CART):
    one = Resized(address=address, before_count=before, after_count=after)
    return Intent(caller="admission", plan=resizing("kubernetes", one), is_at_once=True)


@pytest.fixture
def place():
    made = Place()
    made.stand()
    return made


def of_manifest(own, before, after):
    """Return the world that `check` makes of a manifest for a step."""
    return world_from_files([(json.dumps(own), "cart.json")], Options(scale=f"{before}:{after}")).file


def checked(own, before, after):
    """Return what `check` says of a manifest for a step."""
    file = of_manifest(own, before, after)
    with ThreadPoolExecutor(1) as executor:
        [said] = check(Check(file=file, activity="scale"), executor=executor)
    return said


def test_without_the_option_it_stays_unknown():
    made = Place(models=False)
    made.stand()
    ruling = made.rule(4, 6)
    assert ("cannot_tell", "") == (ruling.verdict, ruling.world)
    assert f"no world here knows {CART}" in ruling.why


def test_it_is_modelled_and_then_answered_as_check_does(place):
    """First it cannot be told, and nothing was read while somebody waited."""
    first = place.rule(4, 6)
    assert ("cannot_tell", "cluster: prod/cart") == (first.verdict, first.world)
    assert "is being modelled" in first.why
    assert (first.again_in_s or 0) > 0
    assert [] == place.questions
    place.model()
    assert "cannot_tell" == place.rule(4, 6).verdict
    place.work()
    ruling, said = place.rule(4, 6), checked(cart(), 4, 6)
    assert ("proceed", "proceed") == (ruling.verdict, said.verdict)
    assert ruling.grounds is not None
    assert said.reproduction.runs_count == ruling.grounds.runs_count


def test_what_is_judged_is_the_very_world_that_check_makes_of_the_manifest(place):
    """So what nobody said is assumed within the same ranges, and decides in the same way."""
    nothing = dict.fromkeys(("connections", "pool", "retry", "rate", "service-time", "timeout"))
    for said in ({}, nothing):
        place.see(cart(**said))
        place.questions.clear()
        place.rule(4, 40)
        place.model()
        [question] = place.questions
        [judged] = question.readings
        assert file_digest(of_manifest(cart(**said), 4, 40)) == file_digest(judged)
        assert ("services.service.connections" in judged.estimates) == bool(said)


def test_what_is_not_understood_is_named():
    made = Place()
    made.stand(poool="20")
    ruling = made.known(4, 6)
    assert "cannot_tell" == ruling.verdict
    assert "tidegate.dev/poool" in ruling.why
    assert [] == made.questions


def keys(place):
    return [one.key.rpartition(" ")[2] for one in place.questions]


def test_two_that_grow_at_once_were_each_proven_alone(place):
    """They may share a database; a step of another is no part of what was run."""
    assert "proceed" == place.known(4, 6).verdict
    other = intent(1, 3, CART.replace("cart", "orders"))
    place.gate.let_through(other, place.now_s)
    ruling = place.rule(4, 6)
    assert ("cannot_tell", True) == (ruling.verdict, "orders grows as well" in ruling.why)


def test_a_step_that_is_not_over_is_part_of_the_next(place):
    """4 to 8 was let through; 8 to 12 is judged from 4, before the cluster shows anything and after."""
    place.rule(4, 8)
    place.model()
    place.gate.let_through(intent(4, 8), place.now_s)
    place.questions.clear()
    place.rule(8, 12)
    place.model()
    assert ["4-12"] == keys(place)
    place.cluster.put(cart(8))
    place.cluster.pods("cart", [place.now_s + 11.0] * 4, first=4)
    place.now_s += 15.0
    place.read()
    place.questions.clear()
    place.rule(8, 13)
    place.model()
    assert ["4-13"] == keys(place)
    place.now_s += 3_600.0
    place.read()
    place.questions.clear()
    place.rule(8, 14)
    place.model()
    assert ["8-14"] == keys(place)


def test_what_was_let_through_before_the_cluster_was_read_counts():
    """As at a start, when the record is read first: 4 to 8 by a pipeline, which may come at any time."""
    made = Place()
    made.gate.let_through(replace(intent(4, 8), is_at_once=False), made.now_s)
    made.stand(8)
    made.rule(8, 12)
    made.model()
    made.questions.clear()
    made.rule(8, 13)
    made.model()
    assert ["4-13"] == keys(made)


def test_another_size_leaves_a_model_and_another_template_or_word_voids_it(place):
    assert "proceed" == place.known(4, 6).verdict
    place.see(cart(5))
    place.see(cart(4))
    assert "proceed" == place.rule(4, 6).verdict
    place.see(cart(4, connections="90"))
    assert "is being modelled" in place.rule(4, 6).why
    place.model()
    [question] = place.questions
    assert 90 == question.file.world.services["service"].connections_count
    assert "cannot_tell" == place.rule(4, 6).verdict
    place.see(cart(4, image="x:2"))
    assert "is being modelled" in place.rule(4, 6).why


def test_an_answer_of_a_model_that_is_void_is_not_taken(place):
    place.rule(4, 6)
    place.model()
    place.see(cart(4, connections="90"))
    place.work()
    assert "is being modelled" in place.rule(4, 6).why


def test_what_changed_while_it_was_fetched_is_fetched_again(place):
    """The watch has told of another template before the older object comes in."""
    place.rule(4, 6)
    newer = cart(4, image="x:2")
    place.mirror.take("deployments", "MODIFIED", newer)
    place.model()
    assert [] == place.questions
    place.cluster.put(newer)
    place.rule(4, 6)
    place.model()
    assert ["4-6"] == keys(place)


def test_a_roll_out_that_was_let_through_is_not_proven_with_growth(place):
    assert "proceed" == place.known(4, 6).verdict
    anew = Reconnect(address=CART, why="has another template, so its pods are replaced")
    plan = Plan(changes=(), reconnects=(anew,), system="kubernetes")
    rolled = Intent(caller="admission", plan=plan, is_at_once=True)
    assert "no world here knows" in place.gate.rule(rolled, place.now_s).why
    place.gate.let_through(rolled, place.now_s)
    place.known(4, 6)
    assert "a restart of it is going on" in place.rule(4, 6).why


def scaler(count):
    policies = [{"type": "Pods", "value": count, "periodSeconds": 60}]
    return {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "cart", "namespace": "prod", "uid": "h"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "cart"},
            "minReplicas": 2, "maxReplicas": 40, "behavior": {"scaleUp": {"policies": policies}},
        },
        "status": {"currentReplicas": 4},
    }  # fmt: skip


def test_paces_of_its_autoscaler_are_read_beside_the_step_at_once(place):
    """A write of a size is one step, whatever its autoscaler would do by itself; the worse counts."""
    place.see(scaler(2))
    place.rule(4, 8)
    place.model()
    [question] = place.questions
    steps = [one.world.activities["scale"].steps_count for one in question.readings]
    assert [2, 1] == steps
    place.see(scaler(20))
    place.questions.clear()
    place.rule(4, 8)
    place.model()
    [question] = place.questions
    assert [1] == [one.world.activities["scale"].steps_count for one in question.readings]


def test_one_that_cannot_be_fetched_is_tried_again_later(place):
    place.rule(4, 6)
    place.unnamed.give(place.unnamed.wanted.get(), Read(why="it could not be fetched: 403"), place.now_s)
    assert "it could not be fetched: 403" in place.rule(4, 6).why
    assert place.unnamed.wanted.empty()
    place.now_s += 31.0
    place.read()
    assert "is being modelled" in place.rule(4, 6).why
    assert 1 == place.unnamed.wanted.qsize()


def test_a_cluster_that_is_not_heard_is_not_believed(place):
    assert "proceed" == place.known(4, 6).verdict
    place.now_s += 61.0
    assert "nothing was heard of the deployments" in place.rule(4, 6).why


def test_so_many_are_kept_and_so_many_wait():
    made = Place()
    for i in range(MOST_MODELS + 50):
        made.cluster.put(cart(name=f"cart-{i}"))
    made.read()
    said = [made.rule(4, 6, f"apps/v1/Deployment/prod/cart-{i}") for i in range(MOST_MODELS + 50)]
    assert {"cannot_tell"} == {one.verdict for one in said}
    assert MOST_WANTED == made.unnamed.wanted.qsize()
    assert "so much waits" in said[-1].why
    assert len(made.unnamed._models) <= MOST_MODELS
