"""The catalogue: every entry has a source and date, and every tree is one the world file accepts."""

from __future__ import annotations

import re

import pytest

from tidegate.world.belief import BASES
from tidegate.world.catalogue.entries import TAGS, catalogue, devices, retry_policies, syn_schedules
from tidegate.world.file.read import from_document
from tidegate.world.retry import IMMEDIATE


def world_with(*, retry="none", device=""):
    return from_document(
        {
            "networks": {"a": {}, "b": {}},
            "crossings": {"edge": {"between": ["a", "b"], "device": device}},
            "services": {"s": {"network": "b"}},
            "clients": {"c": {"network": "a", "service": "s", "retry": retry}},
        },
        "test",
    )


def quantities(tree):
    if isinstance(tree, dict):
        if "value" in tree:
            yield tree
        else:
            for part in tree.values():
                yield from quantities(part)


def test_every_entry_says_what_it_is_and_where_from():
    """Title, version, source, month and tag are there for each entry, and its name can be written."""
    for entry in catalogue():
        assert all((entry.title, entry.version, entry.source)), entry.name
        assert re.fullmatch(r"20\d\d-[01]\d", entry.read_on), entry.name
        assert entry.tag in TAGS, entry.name
        assert re.fullmatch(r"[a-z0-9.-]+", entry.name)


def test_names_are_used_once_a_kind():
    """No entry hides another."""
    names = [(entry.kind, entry.name) for entry in catalogue()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", sorted(retry_policies()))
def test_every_behaviour_is_a_retry_policy(name):
    """The reader takes every behaviour by name, with as many layers as its tree has."""
    policy = world_with(retry=name).world.clients["c"].retry
    assert name == policy.name
    assert len(retry_policies()[name]["layers"]) == len(policy.layers)


@pytest.mark.parametrize("name", sorted(devices()))
def test_every_device_fills_a_crossing(name):
    """The reader takes every device; each of its quantities becomes an estimate with its range."""
    file = world_with(device=name)
    assert len(list(quantities(devices()[name]))) == len(file.estimates)


@pytest.mark.parametrize("name", sorted(devices()))
def test_every_device_number_is_based_on_something(name):
    """A number is published or measured with a source, or assumed with a range that has a width."""
    for quantity in quantities(devices()[name]):
        assert quantity["basis"] in BASES
        if quantity["basis"] == "assumed":
            assert quantity["low"] != quantity["high"]
        else:
            assert quantity["source"]


def test_immediate_is_the_same_everywhere():
    """The catalogue's `immediate` is the core's."""
    assert world_with(retry="immediate").world.clients["c"].retry.layers == IMMEDIATE.layers


def test_old_and_new_aws_modes_are_apart():
    """The defaults before and after November 2026 differ in base delay, attempts and budget."""
    new, old, legacy = (
        world_with(retry=name).world.clients["c"].retry.layers[0]
        for name in ("botocore-standard", "botocore-standard-2025", "botocore-legacy")
    )
    assert (0.05, 1.0, 1.0) == (new.base_s, old.base_s, legacy.base_s)
    assert (2, 2, 4) == (new.retries_count, old.retries_count, legacy.retries_count)
    assert (14.0, 10.0) == (new.budget.cost_count, old.budget.cost_count)
    assert legacy.budget is None


def test_syn_schedules_are_the_measured_ones():
    """A new kernel sends six SYNs within 5 s, an old one three."""
    schedules = syn_schedules()
    assert schedules["linux"] == schedules["linux-6.5"]
    assert (1, 2, 3, 4, 5, 7, 11, 19, 35, 68) == schedules["linux-6.5"]
    assert (1, 3, 7, 15, 31, 63) == schedules["linux-classic"]
    assert () == schedules["none"]
    within = [1 + sum(at_s <= 5 for at_s in schedules[name]) for name in ("linux-6.5", "linux-classic")]
    assert [6, 3] == within


def test_the_rehearsal_device_has_its_measured_numbers():
    """The rig forwards 2,000 packets a second and buffers 1,000."""
    edge = world_with(device="kernel-twin-rig").world.crossings["edge"]
    assert (2000.0, 1000) == (edge.forwarding_per_s, edge.queue_packets_count)
