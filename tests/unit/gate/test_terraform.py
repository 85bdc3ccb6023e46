from __future__ import annotations

import json

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.gate.terraform import SizeChange, only_growth, planned, read_plan

SHOP = "aws_autoscaling_group.shop"


def resource(address, before, after, *, actions=("update",), unknown=None):
    change = {"actions": list(actions), "before": before, "after": after, "after_unknown": unknown or {}}
    return {"address": address, "mode": "managed", "type": address.split(".")[0], "change": change}


def plan(*resources, **said):
    document = {"format_version": "1.2", "complete": True, "errored": False, "resource_changes": resources}
    return read_plan(json.dumps(document | said), "plan.json")


def shop(changes=None):
    return tidegate.load("everyday_nat", {"clients.pods.known_as": {"terraform": SHOP}} | (changes or {}))


@pytest.mark.parametrize(
    ("before", "after", "unknown", "expected"),
    [
        ({"desired_capacity": 40, "max_size": 50}, {"desired_capacity": 120, "max_size": 130}, {},
         ("desired_capacity", 40, 120)),
        ({"spec": [{"replicas": "3"}]}, {"spec": [{"replicas": "9"}]}, {}, ("spec.replicas", 3, 9)),
        ({"min_size": 1, "max_size": 4}, {"min_size": 1, "max_size": 8}, {}, ("max_size", 4, 8)),
        ({"desired_count": 4}, {}, {"desired_count": True}, ("desired_count", 4, None)),
    ],
)  # fmt: skip
def test_the_size_that_acts_is_read(before, after, unknown, expected):
    """What is asked for goes before bounds; a size known only after apply stays unknown."""
    (found,) = plan(resource(SHOP, before, after, unknown=unknown)).changes
    assert (
        SizeChange(address=SHOP, attribute=expected[0], before_count=expected[1], after_count=expected[2])
        == found
    )


def test_what_does_not_change_is_not_read():
    """No-op resources, equal sizes and data sources are no changes."""
    same = resource("a.b", {"replicas": 3}, {"replicas": 3})
    still = resource("a.c", {"replicas": 3}, {"replicas": 9}, actions=("no-op",))
    data = resource("data.d", {"replicas": 3}, {"replicas": 9}) | {"mode": "data"}
    assert () == plan(same, still, data).changes


def test_more_resources_of_one_kind_are_growth():
    """`count` makes new addresses of one base: two stand, three are added."""
    kinds = ["no-op"] * 2 + ["create"] * 3
    (found,) = plan(*(resource(f"m.web[{i}]", {}, {}, actions=(k,)) for i, k in enumerate(kinds))).changes
    assert ("m.web", "count", 2, 5) == (found.address, found.attribute, found.before_count, found.after_count)


def test_a_bound_population_gets_an_activity():
    """The sizes come from the plan, whatever the world's own activities say."""
    judged = planned(plan(resource(SHOP, {"desired_capacity": 40}, {"desired_capacity": 120})), shop())
    activity = judged.file.world.activities["plan_pods"]
    assert (("plan_pods",), ()) == (judged.activities, judged.cannot_tell)
    assert (("pods",), 40, 120) == (activity.clients_added, activity.from_count, activity.to_count)


def test_a_bound_activity_takes_the_sizes_of_the_plan():
    """An activity known as the resource is judged with them."""
    file = shop({"clients.pods.known_as": {}, "activities.to_90.known_as": {"terraform": SHOP}})
    judged = planned(plan(resource(SHOP, {"desired_capacity": 40}, {"desired_capacity": 77})), file)
    assert ("to_90",) == judged.activities
    assert 77 == judged.file.world.activities["to_90"].to_count


@pytest.mark.parametrize(
    ("change", "said", "words"),
    [
        (
            resource(SHOP, {"replicas": 4}, {}, unknown={"replicas": True}),
            {},
            "only after the plan is applied",
        ),
        (resource(SHOP, None, {"replicas": 4}, actions=("create",)), {}, "is made by this plan"),
        (resource("aws_x.y", {"replicas": 4}, {"replicas": 9}), {}, "nothing in this world is known as it"),
        (resource(SHOP, {}, {}), {"errored": True}, "ended with an error"),
        (resource(SHOP, {}, {}), {"complete": False}, "is not complete"),
    ],
)
def test_what_cannot_be_told_is_said(change, said, words):
    """Never taken for safe: unknown sizes, new and foreign resources, plans that are not whole."""
    judged = planned(plan(change, **said), shop())
    assert () == judged.activities
    (sentence,) = judged.cannot_tell
    assert words in sentence


def test_shrinking_is_a_note():
    """It is not judged, and said so."""
    judged = planned(plan(resource(SHOP, {"replicas": 9}, {"replicas": 4})), shop())
    assert ((), ()) == (judged.activities, judged.cannot_tell)
    assert "shrinks" in judged.notes[0]


def test_without_a_world_one_growth_is_enough():
    """Two need a world that says what they are."""
    one = resource("a.b", {"replicas": 3}, {"replicas": 9})
    assert "3:9" == only_growth(plan(one))
    with pytest.raises(InputError, match=r"a\.b, a\.c"):
        only_growth(plan(one, resource("a.c", {"replicas": 3}, {"replicas": 9})))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a Terraform plan"),
        ('{"format_version": "2.0"}', "is not a Terraform plan"),
        ('{"format_version": "1.2", "resource_changes": 3}', "resource_changes is no list"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_no_plan_is_refused(text, words):
    """One clear answer, however broken the file."""
    with pytest.raises(InputError, match=words):
        read_plan(text, "plan.json")
