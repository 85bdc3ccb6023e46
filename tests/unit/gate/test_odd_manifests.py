"""Manifests as tools of all kinds hand them on: several JSON values, lists without kinds, odd line ends."""

from __future__ import annotations

import json

import pytest

from tidegate.adapters.files.worlds import read_text
from tidegate.errors import InputError
from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files
from tidegate.gate.settings.kinds import is_manifest
from tidegate.world.file.tree import read_tree

SHOP = {"metadata": {"name": "shop"}, "spec": {"replicas": 4, "template": {"spec": {"containers": []}}}}
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", **SHOP}
AIM = {"kind": "Deployment", "name": "shop"}
HPA = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "shop"},
    "spec": {"scaleTargetRef": AIM, "minReplicas": 4, "maxReplicas": 12},
}
LIST = {"kind": "List", "apiVersion": "v1", "items": [DEPLOYMENT, HPA]}
SERVED = {
    "kind": "DeploymentList",
    "apiVersion": "apps/v1",
    "metadata": {"resourceVersion": "7"},
    "items": [SHOP],
}


def read(text):
    return world_from_files([(text, "x.json")], Options())


def sizes(text):
    scale = read(text).file.world.activities["scale"]
    return scale.from_count, scale.to_count


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, (DEPLOYMENT, HPA))),
        json.dumps(DEPLOYMENT, indent=1) + json.dumps(HPA, indent=1),
        json.dumps([DEPLOYMENT, HPA], indent=1),
        f"{json.dumps(SERVED)}\n{json.dumps(HPA)}\n",
        f"[command]/usr/bin/kubectl get deployment,hpa\n{json.dumps(LIST)}",
    ],
)  # fmt: skip
def test_json_is_read_as_tools_hand_it_on(text):
    """Values behind one another, as kubectl takes them; a bare list; what a server prints; a wrapper."""
    assert (4, 12) == sizes(text)


def test_a_fault_of_the_second_value_has_its_own_line():
    """Lines are those of the whole text."""
    wrong = json.dumps({**HPA, "spec": {**HPA["spec"], "minReplicas": -1}})
    with pytest.raises(InputError, match=r"x\.json:2: .*minReplicas"):
        read(f"{json.dumps(DEPLOYMENT)}\n{wrong}")


def test_many_values_are_refused_and_not_read():
    """As many documents are."""
    with pytest.raises(InputError, match="too many documents"):
        read("\n".join([json.dumps(DEPLOYMENT)] * 20_000))


def test_servers_write_the_kind_first():
    """And settings that hold a kind are none."""
    assert is_manifest(json.dumps(SERVED))
    assert not is_manifest(json.dumps({"kind": "storage#object", "name": "x"}))


def test_lines_may_end_as_on_an_old_mac(tmp_path):
    """Each is a line."""
    place = tmp_path / "old.yaml"
    place.write_bytes(b"a: 1\rb: 2\r")
    assert {"a": "1", "b": "2"} == read_tree(*read_text(str(place))).document


@pytest.mark.parametrize("written", ['"\\ud83d\\ude00"', '"\U0001f600"'])
def test_a_character_in_two_halves_is_one(written):
    """JSON writes those beyond 16 bits so; a backslash that stands for itself begins none."""
    assert {"a": "\U0001f600"} == read_tree(f'{{"a": {written}}}', "x").document
    assert {"a": "\\ud83d\\ude00"} == read_tree('{"a": "\\\\ud83d\\\\ude00"}', "x").document


@pytest.mark.parametrize("owner", ["shop", "away"])
def test_what_another_makes_is_a_workload_where_that_is_not_given(owner):
    """A ReplicaSet of a Deployment that stands elsewhere is all there is to judge."""
    made = {"metadata": {"name": "shop-1", "ownerReferences": [{"kind": "Deployment", "name": owner}]}}
    one = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": SHOP["spec"], **made}
    text = json.dumps([one, DEPLOYMENT] if owner == "shop" else one)
    found = world_from_files([(text, "x.json")], Options(scale="4:12"))
    assert ("shop" if owner == "shop" else "shop-1") == found.document["clients"]["app"]["title"]
