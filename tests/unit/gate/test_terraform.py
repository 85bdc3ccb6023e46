from __future__ import annotations

import json

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.gate.change.judged import only_growth, planned
from tidegate.gate.change.plan import SizeChange
from tidegate.gate.terraform.plan import read_plan

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
        ({"desired_capacity": 40, "max_size": 150}, {"desired_capacity": 120, "max_size": 150}, {},
         ("desired_capacity", 40, 120)),
        ({"spec": [{"replicas": "3"}]}, {"spec": [{"replicas": "9"}]}, {}, ("spec.replicas", 3, 9)),
        ({"desired_count": 4}, {}, {"desired_count": True}, ("desired_count", 4, None)),
    ],
)  # fmt: skip
def test_the_size_that_acts_is_read(before, after, unknown, expected):
    """What is asked for goes before bounds; a size known only after apply stays unknown."""
    (found,) = plan(resource("vendor_fleet.x", before, after, unknown=unknown)).changes
    assert (
        SizeChange(
            address="vendor_fleet.x", attribute=expected[0], before_count=expected[1], after_count=expected[2]
        )
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
            resource(SHOP, {"desired_capacity": 4}, {}, unknown={"desired_capacity": True}),
            {},
            "only after the plan is applied",
        ),
        (resource(SHOP, None, {"desired_capacity": 4}, actions=("create",)), {}, "is made by this plan"),
        (resource("aws_x.y", {"replicas": 4}, {"replicas": 9}), {}, "nothing in this world is known as it"),
        (resource("a.b", {}, {}), {"errored": True}, "ended with an error"),
        (resource("a.b", {}, {}), {"complete": False}, "is not complete"),
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
    judged = planned(plan(resource(SHOP, {"desired_capacity": 9}, {"desired_capacity": 4})), shop())
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
        ('{"format_version": "1.0", "terraform_version": "1.9.0", "values": {}}', "a state"),
        ('{"version": 4, "terraform_version": "1.9.0", "lineage": "x", "resources": []}', "a state"),
        ('{"format_version": "1.0", "provider_schemas": {}}', "is not a Terraform plan"),
        ('{"@level": "info"}\n{"@level": "info"}\n', "the messages of a run"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_no_plan_is_refused(text, words):
    """One clear answer, however broken the file."""
    with pytest.raises(InputError, match=words):
        read_plan(text, "plan.json")


SIZES = [
    (
        "aws_ec2_fleet.f",
        {"target_capacity_specification": [{"total_target_capacity": 40}]},
        "total_target_capacity",
    ),
    ("google_container_node_pool.p", {"autoscaling": [{"total_min_node_count": 40}]}, "total_min_node_count"),
    (
        "helm_release.r",
        {"set": [{"name": "image.tag", "value": "1"}, {"name": "replicaCount", "value": "40"}]},
        "replicaCount",
    ),
    ("helm_release.r", {"values": ["web:\n  replicas: 40\n"]}, "web.replicas"),
    (
        "kubernetes_manifest.m",
        {"manifest": {"kind": "Deployment", "spec": {"replicas": 40}}},
        "spec.replicas",
    ),
    ("kubectl_manifest.m", {"yaml_body": "kind: Deployment\nspec:\n  replicas: 40\n"}, "spec.replicas"),
    ("kubernetes_deployment_v1.d", {"spec": [{"replicas": "40"}]}, "spec.replicas"),
    ("heroku_formation.w", {"quantity": 40}, "quantity"),
    ("azurerm_app_service_plan.p", {"sku": [{"tier": "Standard", "capacity": 40}]}, "sku.capacity"),
    (
        "aws_elastic_beanstalk_environment.e",
        {
            "setting": [
                {"namespace": "a", "name": "MinSize", "value": "40"},
                {"namespace": "a", "name": "X", "value": "1"},
            ]
        },
        "MinSize",
    ),
]


def grown(tree):
    """Return a tree in which every 40 is 120."""
    return json.loads(json.dumps(tree).replace("40", "120"))


@pytest.mark.parametrize(("address", "before", "attribute"), SIZES)
def test_sizes_are_found_by_the_type_of_a_resource(address, before, attribute):
    """Wherever the provider puts them; what changes besides them is no reconnection."""
    found = plan(resource(address, before, grown(before)))
    ((change,), anew) = (found.changes, found.reconnects)
    assert (40, 120, ()) == (change.before_count, change.after_count, anew)
    assert change.attribute.endswith(attribute)


@pytest.mark.parametrize(
    ("address", "before", "after", "actions"),
    [
        ("aws_nat_gateway.n", {"subnet_id": "a"}, {"subnet_id": "b"}, ("delete", "create")),
        ("aws_ecs_service.s", {"desired_count": 4}, {"desired_count": 4}, ("create", "delete")),
        (
            "aws_autoscaling_group.g",
            {"launch_template": [{"version": "3"}]},
            {"launch_template": [{"version": "4"}]},
            ("update",),
        ),
        (
            "kubernetes_deployment.d",
            {"spec": [{"template": [{"image": "a"}]}]},
            {"spec": [{"template": [{"image": "b"}]}]},
            ("update",),
        ),
        ("azurerm_redis_cache.r", {"capacity": 1}, {"capacity": 4}, ("update",)),
        ("aws_db_instance.d", {"instance_class": "s"}, {"instance_class": "m"}, ("update",)),
    ],
)
def test_reconnections_without_a_size_are_told(address, before, after, actions):
    """Nothing grows, and still who is connected connects anew."""
    found = plan(resource(address, before, after, actions=actions))
    assert () == found.changes
    assert [address] == [one.address for one in found.reconnects]
    (sentence,) = planned(found, shop()).cannot_tell
    assert address in sentence


def test_a_reconnection_that_the_world_describes_is_judged():
    """An activity of kind restart that is known as the resource."""
    file = shop(
        {"activities.roll": {"kind": "restart", "service": "database", "known_as": {"terraform": SHOP}}}
    )
    judged = planned(plan(resource(SHOP, {"image_id": "a"}, {"image_id": "b"})), file)
    assert (("roll",), ()) == (judged.activities, judged.cannot_tell)


def test_what_is_asked_for_and_what_is_allowed_are_both_told():
    """The step to 41 is judged; up to 600 is its scaler's business, and said."""
    before, after = {"desired_capacity": 40, "max_size": 60}, {"desired_capacity": 41, "max_size": 600}
    judged = planned(plan(resource(SHOP, before, after)), shop())
    assert ("plan_pods",) == judged.activities
    (sentence,) = judged.cannot_tell
    assert "may grow from 60 to 600" in sentence
    fewer = planned(plan(resource(SHOP, before, after | {"desired_capacity": 39})), shop())
    assert ((), 1) == (fewer.activities, len(fewer.cannot_tell))


def test_a_resource_that_the_world_knows_is_never_passed_over():
    """Whatever of it changes."""
    (sentence,) = planned(
        plan(resource(SHOP, {"tags": {"a": "1"}}, {"tags": {"a": "2"}})), shop()
    ).cannot_tell
    assert "known to this world and changes (tags)" in sentence


def test_computed_lists_are_no_sizes():
    """A data base or a load balancer that is made has no fleet, whatever will be known of it later."""
    made = resource(
        "aws_db_instance.d", None, {"instance_class": "s"}, actions=("create",), unknown={"replicas": True}
    )
    balancer = resource("aws_elb.l", None, {"name": "l"}, actions=("create",), unknown={"instances": True})
    found = plan(made, balancer)
    assert ((), ()) == (found.changes, found.reconnects)
    assert "2 resources change, 0 sizes grow, 0 may reconnect their clients." == found.summary
    assert only_growth(found) is None


def test_what_was_changed_outside_is_told():
    """The plan speaks of another size than stands."""
    drift = resource("aws_ecs_service.s", {"desired_count": 40}, {"desired_count": 120})
    (sentence,) = planned(plan(resource_drift=[drift]), shop()).cannot_tell
    assert "aws_ecs_service.s (desired_count) was changed outside of Terraform, from 40 to 120" in sentence


def test_modules_are_counted_without_their_keys():
    """Forty of a module where four stood."""
    kinds = ["no-op"] * 4 + ["create"] * 36
    found = plan(
        *(resource(f"module.w[{i}].aws_instance.this", {}, {}, actions=(k,)) for i, k in enumerate(kinds))
    )
    (change,) = found.changes
    assert ("module.w.aws_instance.this", 4, 40) == (change.address, change.before_count, change.after_count)


def test_a_wrappers_lines_are_passed_over_and_old_formats_named():
    """What setup-terraform prints before the JSON; what Terraform 1.0 wrote."""
    text = json.dumps({"format_version": "1.2", "resource_changes": []})
    assert () == read_plan(f"terraform show -json plan\n{text}", "x").changes
    with pytest.raises(InputError, match=r"before Terraform|made by Terraform before 1\.1"):
        read_plan('{"format_version": "0.2"}', "x")


HEAD, TAIL = "[command]/bin/terraform show -json plan\n", "%0A\n::set-output name=stderr::\n::debug::exit 0\n"


@pytest.mark.parametrize("text", ["HEAD + PLAN + TAIL", "HEAD + PLAN", "REDACTED"])
def test_a_plan_is_read_as_wrappers_and_services_hand_it_on(text):
    """What setup-terraform prints before and behind it; HCP Terraform's plan without what is secret."""
    changes = {"resource_changes": [resource(SHOP, {"desired_capacity": 4}, {"desired_capacity": 9})]}
    whole = json.dumps({"format_version": "1.2"} | changes)
    made = {"HEAD + PLAN + TAIL": HEAD + whole + TAIL, "HEAD + PLAN": HEAD + whole,
            "REDACTED": json.dumps({"plan_format_version": "1.1"} | changes)}  # fmt: skip
    (one,) = read_plan(made[text], "plan.json").changes
    assert (4, 9) == (one.before_count, one.after_count)
