"""Adopting what is deployed: what changes, what the world says already, and the text with the changes."""

from __future__ import annotations

import pytest

import protected_world as sample
from tidegate.errors import CannotTellError, InputError
from tidegate.verbs.adopt import Adopt, adopt
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

RULES = "table ip t {\n chain c {\n  ct state new limit rate over 90/second burst 5 packets drop\n }\n}\n"


def asked(text=RULES, **more):
    return Adopt(world_text=sample.TEXT, world_source="shop.yaml", text=text, source="deployed", **more)


def test_the_edited_text_means_what_is_deployed():
    """The changed text reads as the world with the configuration's values laid over it."""
    found = adopt(asked())
    wanted = overlay(sample.world(), found.adopted.overlay()).world
    assert wanted == read_world(found.edited.text, "shop.yaml").world
    kept = [line for line in sample.TEXT.splitlines() if line not in found.edited.text.splitlines()]
    assert [] == kept


def test_each_change_shows_before_and_after():
    """A value that the world did not state was none before."""
    changes = {change.found.path: (change.before, change.found.text) for change in adopt(asked()).changes}
    assert ("none", "90/s") == changes["crossings.edge.admission.rate"]


def test_what_the_world_says_already_changes_nothing():
    """Adopting twice gives the same text."""
    once = adopt(asked()).edited.text
    twice = adopt(Adopt(world_text=once, world_source="x", text=RULES, source="deployed"))
    assert once == twice.edited.text
    assert not any(change.differs for change in twice.changes)


def test_a_new_autoscaler_is_put_in_whole():
    """A scaler that the world does not know yet comes with its target."""
    text = sample.TEXT.replace("    autoscaler: {target: 0.6, least: 4, most: 12}\n", "")
    manifest = (
        "kind: HorizontalPodAutoscaler\napiVersion: autoscaling/v2\nspec:\n  scaleTargetRef: {name: api}\n"
        "  maxReplicas: 9\n  metrics:\n"
        "  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}\n"
    )
    found = adopt(Adopt(world_text=text, world_source="x", text=manifest, source="hpa"))
    scaler = read_world(found.edited.text, "x").world.services["api"].autoscaler
    assert scaler is not None
    assert (0.7, 1, 9) == (scaler.target_count, scaler.least_count, scaler.most_count)


def test_nothing_understood_cannot_be_told():
    """A configuration without any limit that a world knows is no silent success."""
    with pytest.raises(CannotTellError, match="holds nothing that a world has a key for"):
        adopt(asked("table ip t {\n chain c {\n  limit rate over 5/second drop\n }\n}\n"))


def test_a_configuration_that_makes_no_world_is_told():
    """A limit on a service that is not there is refused with the option to name one."""
    with pytest.raises(InputError, match="names none of the services"):
        adopt(asked(service="apy"))
