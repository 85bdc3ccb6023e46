"""What may be moved in a report: what a value changes is what the world would be with it."""

from __future__ import annotations

import json
from itertools import product

import pytest

import present_sample as sample
from tidegate.api import load
from tidegate.evaluate.searching.what_if import patched, what_if
from tidegate.evaluate.variants.scope import script_of
from tidegate.present.report.page import report_html
from tidegate.simulate.script_document import script_document
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = """
name: grows
horizon: 60s
networks: {inner: {}, main: {}}
crossings: {device: {between: [inner, main], forwarding: 20k/s, LINK queue_packets: 1000, round_trip: 1ms}}
services:
  web: {network: main, concurrency: 100, service_time: 1ms, connections: 250, connections_when_full: refuse}
clients:
  pods: {network: inner, service: web, population: 20, connection: pool, pool: 5, timeout: 1s,
         demand: {kind: open, rate: 200/s}, retry: none, start_spread: 1s}
beliefs: {one: {says: a pool of five, otherwise: a pool of ten, counter: {clients.pods.pool: 10}}}
activities: {grow: {kind: scale, from: 20, to: 40, clients_added: pods, at: 4s}}
"""


def file(link: str = ""):
    return read_world(WORLD.replace("LINK", link), "grows.yaml")


def test_values_taken_together_are_what_the_world_would_be() -> None:
    """Every size with every spread: their changes laid one over the other give that world's own script."""
    found = what_if(file(), "grow")
    sliders = {one.key: one for one in found.sliders}
    assert ["belief", "size", "spread", "pool", "timeout", "retries"] == list(sliders)
    for size, spread in product(sliders["size"].stops, sliders["spread"].stops):
        truth = script_document(script_of(overlay(file(), {**size.changes, **spread.changes}), "grow"))
        laid = patched(found.document, (*size.patch, *spread.patch))
        assert {**truth, "capacities": found.document["capacities"]} == laid


def test_the_plan_is_among_the_values_and_changes_nothing() -> None:
    """Each slider begins where the plan is."""
    for one in what_if(file(), "grow").sliders:
        assert () == one.stops[one.planned].patch


def test_a_number_is_not_moved_together_with_the_belief_that_doubts_it() -> None:
    """With a pool of ten where five are believed, five that are set are ten: that no change can say."""
    assert (("belief", "pool"),) == what_if(file(), "grow").apart


def test_limits_are_counted_for_each_size_with_each_pool() -> None:
    """The database accepts 250 connections: what the estimate does not see stands beside it."""
    found = what_if(file(), "grow")
    size, pool = (next(one for one in found.sliders if one.key == key) for key in ("size", "pool"))
    for i, j in product(range(len(size.stops)), range(len(pool.stops))):
        wanted = int(float(size.stops[i].text)) * int(pool.stops[j].text)
        assert bool(found.together[i, j]) == (wanted > 250)


def test_where_it_would_leave_out_what_decides_nothing_is_offered() -> None:
    """No slider of a world whose link may be full: bytes are not in the estimate."""
    found = what_if(file("bandwidth: 1Mbit/s,"), "grow")
    assert ((), ("what bytes do to a link",)) == (found.sliders, found.not_followed)


def test_a_plan_of_many_steps_offers_nothing_and_its_report_stays_small() -> None:
    """Each step is a world of its own: a page that held them all would be as large as they are many."""
    many = overlay(file(), {"activities.grow.batches": 20, "activities.grow.pause": "1s"})
    small = report_html(sample.STOP, sample.world(), what_if=what_if(many, "grow"))
    assert len(small.encode()) < 200_000
    assert "more steps than a page can hold" in small
    more = overlay(many, {"activities.grow.to": 120, "activities.grow.batches": 50})
    assert () == what_if(more, "grow").sliders


@pytest.mark.parametrize("name", ["surge", "everyday_nat", "square_2017"])
def test_a_bundled_world_has_something_to_move(name: str) -> None:
    """And what the page holds of it is small."""
    world = load(name)
    found = what_if(world, next(iter(world.world.activities), None))
    assert len(found.sliders) >= 3
    assert len(json.dumps(found.document)) < 30_000
