"""Links and places that are too narrow for a while: the sum is told, and the wider one is the remedy."""

from __future__ import annotations

import pytest

import tidegate
from tidegate.evaluate.arithmetic.bandwidth import fetches
from tidegate.evaluate.arithmetic.meanwhile import meanwhile
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.widening import of_width
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = """
name: narrow
horizon: 4min
networks: {users: {}, cluster: {}, internet: {}}
crossings:
  front: {between: [users, cluster]}
  nat: {between: [cluster, internet], bandwidth: 10Mbit/s}
services:
  gateway:
    network: cluster
    instances: 2
    concurrency: 40
    service_time: 1ms
    calls: [{service: model, timeout: 20s}]
    boot: {time: 5s, calls: [{service: registry, timeout: 60s, answer_size: 20MB}]}
  model: {network: internet, instances: 10, concurrency: 100, service_time: 1s, request_size: 20kB}
  registry: {network: internet, concurrency: 100, service_time: 10ms}
clients:
  callers: {network: users, service: gateway, population: 100, timeout: 10s, demand: {kind: open, rate: 20/s}}
triggers: {surge: {at: 30s, for: 60s, set: {clients.callers.demand.rate: 120/s}}}
activities: {grow: {service: gateway, to: 4, at: 2min}}
objectives: {collapse_probability: 20%, success: 95%}
"""


@pytest.fixture
def file():
    return read_world(WORLD, "narrow.yaml")


def test_what_is_too_much_for_a_while_is_told(file):
    """80 places of a second serve 80/s, 120/s are asked; of 20 kB each that is more than 10 Mbit/s carry."""
    said = meanwhile(script_of(file, "grow"))
    assert "for 60 s gateway serves 80/s, and 120/s are wanted: who comes last waits about 30 s" in said
    wide = overlay(file, {"services.gateway.concurrency": 200})
    assert "nat carries 10Mbit/s in each direction, and 19Mbit/s are wanted in one" in " ".join(
        meanwhile(script_of(wide, "grow"))
    )
    assert () == meanwhile(script_of(overlay(file, {"triggers.surge.set": {}}), "grow"))


def test_what_those_that_start_fetch_is_told(file):
    """Two of 20 MB beside 20 requests of 20 kB a second take 48 s, which is no longer than each waits."""
    script = script_of(file, "grow")
    assert () == fetches(script)
    hasty = script_of(overlay(file, {"services.gateway.boot.calls.0.timeout": "20s"}), "grow")
    assert (
        "2 instances of gateway that start together fetch 40MB through nat, which takes about"
        in fetches(hasty)[0]
    )


def test_only_what_is_pressed_is_offered_wider(file):
    """The link for what it carries and what is fetched; places, where a service only waits."""
    paths = {path for offer in of_width(file, "grow") for path in offer.changes}
    assert {"crossings.nat.bandwidth", "services.gateway.concurrency"} == paths
    works = overlay(file, {"services.gateway.service_time": "1s"})
    assert "services.gateway.concurrency" not in {
        path for offer in of_width(works, "grow") for path in offer.changes
    }


def test_the_wider_ones_hold(tmp_path):
    """What is offered makes it safe: raised together, since neither is enough."""
    path = tmp_path / "narrow.yaml"
    path.write_text(WORLD)
    (verdict,) = tidegate.check(tidegate.load(str(path)), runs_count=3, jobs=1)
    assert "protect_first" == verdict.verdict
    assert {"crossings.nat.bandwidth", "services.gateway.concurrency"} == set(verdict.remedy.changes)
