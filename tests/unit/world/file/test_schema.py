"""The world file as JSON Schema."""

from __future__ import annotations

import dataclasses

import jsonschema
import pytest
import yaml

from tidegate.world.activity import Activity, Reaction
from tidegate.world.belief import Belief
from tidegate.world.boot import Boot, BootCall
from tidegate.world.clients import Clients, Demand, Lookup
from tidegate.world.crossing import Admission, Background, Crossing, Ports, Table
from tidegate.world.field import file_key
from tidegate.world.file.read import read_world
from tidegate.world.file.schema import json_schema
from tidegate.world.network import Network
from tidegate.world.objective import Objectives
from tidegate.world.people import Segment, Tooling
from tidegate.world.retry import Breaker, Budget, RetryLayer
from tidegate.world.scaler import Autoscaler
from tidegate.world.service import Cache, Call, HealthProbe, Service
from tidegate.world.trigger import Trigger
from tidegate.world.world import World

NOUNS = [
    *(Activity, Admission, Autoscaler, Background, Belief, Boot, BootCall, Breaker, Budget, Cache, Call),
    *(Clients, Crossing, Demand, HealthProbe, Lookup, Network, Objectives, Ports, Reaction, RetryLayer),
    *(Segment, Service, Table, Tooling, Trigger),
]
TEXT = """\
horizon: 5min
networks: {a: , b: {title: x}}
crossings:
  e:
    between: [a, b]
    setup: {value: 60k/s, low: 30k/s, high: 120k/s, basis: published, source: x}
    forwarding: none
    device: linux-conntrack
    table: {closed_hold: 60s}
    remapped: 0.5
services: {s: {network: b, instances: 600, queue: 1.5M}}
clients:
  c: {network: a, service: s, retry: [immediate, {attempts: 4, base: 0}, {name: immediate, retries: 3}]}
retry_policies: {p: {layers: [{retries: unlimited}]}}
triggers: {t: {at: 5s, set: {clients.c.retry: none}}}
"""


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_every_field_of_every_noun_is_in_the_schema(validator, noun):
    """Each key stands there with its meaning; no other key is allowed."""
    definition = validator.schema["$defs"][noun.__name__]
    assert definition["additionalProperties"] is False
    for field in dataclasses.fields(noun):
        described = definition["properties"][file_key(field.name)]
        assert described["description"].startswith(field.metadata["meaning"])


def test_every_section_of_the_world_is_in_the_schema(validator):
    """The root is the world."""
    assert {file_key(field.name) for field in dataclasses.fields(World)} == set(
        validator.schema["properties"]
    )


def test_a_good_file_is_valid_as_an_editor_reads_it(validator):
    """What Tidegate reads, editors accept, although they see YAML's own types."""
    read_world(TEXT, "w.yaml")
    validator.validate(yaml.safe_load(TEXT))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("horizon: 5min", "horizon: 5"),
        ("horizon: 5min", "horizon: 5/s"),
        ("horizon: 5min", "horizont: 5min"),
        ("basis: published", "basis: guessed"),
        ("[a, b]", "[a]"),
        ("attempts: 4", "attempts: 4, retries: 3"),
        ("service: s", "pool: 3"),
    ],
)
def test_a_bad_file_is_not_valid(validator, old, new):
    """Wrong units, unknown keys and words, and missing keys show in the editor."""
    assert not validator.is_valid(yaml.safe_load(TEXT.replace(old, new, 1)))
