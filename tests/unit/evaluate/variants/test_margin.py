"""How far an assumed number is moved: as far as its margin, and no further than what runs today allows."""

from __future__ import annotations

from tidegate.evaluate.variants.margin import margin_variants
from tidegate.world.file.read import read_world

WORLD = """
name: fleet
networks: {{a: {{}}}}
services:
  fleet:
    network: a
    instances: {instances}
    peers_per_thread: {{value: 600, low: 500, high: 900, basis: assumed}}
clients: {{users: {{network: a, service: fleet, demand: {{kind: open, rate: 10/s}}}}}}
activities: {{grow: {{service: fleet, from: {instances}, to: 590}}}}
"""


def _moved(instances):
    file = read_world(WORLD.format(instances=instances), "w")
    return sorted(variant.value for variant in margin_variants(file, "grow"))


def test_a_limit_is_not_moved_below_what_already_runs():
    """500 instances run, so each has 499 threads at least: 30 % less than 600 is not what the limit is."""
    assert [499.0, 780.0] == _moved(500)


def test_a_limit_far_from_what_runs_is_moved_by_its_margin():
    """300 instances say nothing about a limit of 600."""
    assert [420.0, 780.0] == _moved(300)


def test_a_world_beyond_its_limit_already_is_moved_all_the_same():
    """If 700 instances run where 600 threads are believed, what runs refutes the belief, not its margin."""
    assert [420.0, 780.0] == _moved(700)
