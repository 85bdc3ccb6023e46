from __future__ import annotations

from tidegate.evaluate.variants.beginning import begun_at
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = read_world(
    """
name: w
networks: {a: {}, b: {}}
crossings: {edge: {between: [a, b], devices: 4, forwarding: 10k/s}}
services: {api: {network: b, instances: 8}}
clients:
  kept:
    network: a
    service: api
    population: {value: 80, low: 60, high: 100, basis: published, source: page}
  asked: {network: a, service: api, population: 40, demand: {kind: open, rate: 10/s}}
  none: {network: a, service: api, population: 0}
activities:
  grow: {service: api, from: 8, to: 16, clients_added: [kept, asked]}
  first: {from: 0, to: 16, clients_added: none}
  fewer: {kind: devices, crossing: edge, to: 3}
beliefs:
  more: {says: more, counter: {clients.kept.population: 160, clients.none.population: 0}}
triggers:
  noon: {at: 20s, set: {clients.asked.demand.rate: 20/s}}
""",
    "w.yaml",
)


def test_clients_are_in_proportion_wherever_the_world_says_how_many():
    """Three times as many instances: ranges with their basis, rates, beliefs and triggers as well."""
    laid = overlay(WORLD, begun_at(WORLD, "grow", 24))
    world, kept = laid.world, laid.estimates["clients.kept.population"]
    assert (24, 24, 240) == (
        world.activities["grow"].from_count,
        world.services["api"].instances_count,
        world.clients["kept"].population_count,
    )
    assert (180, 300, "published", "page") == (kept.low, kept.high, kept.basis, kept.source)
    assert (120, 30.0) == (
        world.clients["asked"].population_count, world.clients["asked"].demand.rate_per_s
    )  # fmt: skip
    assert 480 == float(world.beliefs["more"].counter["clients.kept.population"])
    assert 60.0 == float(world.triggers["noon"].set["clients.asked.demand.rate"])


def test_what_began_at_none_and_what_is_no_instance_stay():
    first, fewer = begun_at(WORLD, "first", 5), begun_at(WORLD, "fewer", 6)
    assert {"activities.first.from": 5} == first
    assert {"activities.fewer.from": 6, "crossings.edge.devices": 6} == fewer
