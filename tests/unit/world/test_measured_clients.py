"""A world names clients that were measured, from the file beside it."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.world.file.measured import read_measured
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world

WORLD = """
networks: {here: {}}
services: {api: {network: here, concurrency: 10}}
clients: {app: {network: here, service: api, retry: measured/it}}
"""
MEASURED = """
it:
  title: backs off
  tree: {layers: [{retries: 2, base: {value: 1s, low: 0.9s, high: 1.1s, basis: measured}}]}
other: {tree: {layers: []}}
"""


def test_a_measured_policy_is_used_with_its_intervals():
    """The policy's numbers and ranges are the world's, as if it had stated them."""
    file = read_world(WORLD, "world.yaml", measured=read_measured(MEASURED, "measured.yaml"))
    (layer,) = file.world.clients["app"].retry.layers
    assert (2, 1.0) == (layer.retries_count, layer.base_s)
    estimate = file.estimates["retry_policies.measured/it.layers.0.base"]
    assert (0.9, 1.1, "measured") == (estimate.low, estimate.high, estimate.basis)


def test_an_overlay_may_name_another_measured_policy():
    """What the world does not name itself can still be set for one run."""
    file = read_world(WORLD, "world.yaml", measured=read_measured(MEASURED, "measured.yaml"))
    assert () == overlay(file, {"clients.app.retry": "measured/other"}).world.clients["app"].retry.layers


def test_the_world_wins_over_the_file_beside_it():
    """A policy that the world spells out under the same name is the one that counts."""
    own = WORLD + "retry_policies: {measured/it: [{retries: 7}]}\n"
    file = read_world(own, "world.yaml", measured=read_measured(MEASURED, "measured.yaml"))
    assert 7 == file.world.clients["app"].retry.layers[0].retries_count


def test_a_saved_world_needs_no_file_beside_it():
    """Written out, the world holds the policies that were measured."""
    file = read_world(WORLD, "world.yaml", measured=read_measured(MEASURED, "measured.yaml"))
    assert file.world == read_world(write_world(file.document), "saved.yaml").world


def test_without_the_file_the_name_is_unknown():
    """A name of nothing is a fault, as ever."""
    with pytest.raises(InputError, match="names no retry policy"):
        read_world(WORLD, "world.yaml")


@pytest.mark.parametrize("text", ["[1, 2]", "it: {title: x}", "it: {tree: {base: 1s}}", "it: : :"])
def test_a_file_that_holds_no_policies_is_told_as_such(text):
    """Anything else than entries with a policy is a fault with the file's name."""
    with pytest.raises(InputError, match=r"measured\.yaml"):
        read_measured(text, "measured.yaml")


def test_an_empty_file_holds_nothing():
    """No entries are no fault."""
    assert {} == read_measured("", "measured.yaml")
