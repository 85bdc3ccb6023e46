from __future__ import annotations

from tidegate.evaluate.variants.ranges import uncertain
from tidegate.world.file.read import read_world

WORLD = """
networks: {{here: {{}}}}
services: {{api: {{network: here, concurrency: {{value: 10, low: 5, high: 20, basis: assumed}}}}}}
retry_policies:
  mine: {{layers: [{{retries: 2, base: {{value: 1s, low: 0.5s, high: 2s, basis: assumed}}}}]}}
clients: {{app: {{network: here, service: api, retry: {retry}}}}}
"""


def paths(retry):
    return {estimate.path for estimate in uncertain(read_world(WORLD.format(retry=retry), "w.yaml"))}


def test_a_policy_that_nobody_names_is_not_varied():
    """Its numbers change nothing, so they are no part of the ranges."""
    assert {"services.api.concurrency"} == paths("none")
    assert {"services.api.concurrency", "retry_policies.mine.layers.0.base"} == paths("mine")
