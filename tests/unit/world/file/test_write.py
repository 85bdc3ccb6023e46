"""From a plain tree to a text people would have written."""

from __future__ import annotations

from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import from_document, read_world
from tidegate.world.file.write import write_world

TREE = {
    "clients": {
        "web": {
            "network": "a",
            "service": "s",
            "timeout": 0.5,
            "title": "2021: no",
            "retry": [{"base": 1.0, "attempts": 4}, "immediate"],
        }
    },
    "name": "demo",
    "horizon": 300.0,
    "networks": {"a": {}, "b": {}},
    "services": {"s": {"network": "b", "queue": None}},
    "crossings": {
        "e": {
            "between": ("a", "b"),
            "setup": {"value": 6e4, "low": 3e4, "high": "120k/s", "source": "a: test"},
        }
    },
    "triggers": {"t": {"at": 5, "set": {"clients.web.timeout": 2.5, "services.s.instances": 0}}},
}

WRITTEN = """\
name: demo
horizon: 5min

networks:
  a: {}
  b: {}

crossings:
  e:
    between: [a, b]
    setup: {value: 60k/s, low: 30k/s, high: 120k/s, source: 'a: test'}

services:
  s:
    network: b
    queue: none

clients:
  web:
    network: a
    service: s
    title: '2021: no'
    timeout: 500ms
    retry:
    - attempts: 4
      base: 1s
    - immediate

triggers:
  t:
    at: 5s
    set:
      clients.web.timeout: 2.5s
      services.s.instances: 0
"""


def test_a_tree_is_written_neatly_with_units():
    """Keys come in the order of the nouns, numbers with the unit of their key, also in triggers."""
    assert WRITTEN == write_world(TREE)


def test_what_is_written_reads_as_the_same_world():
    """Saving a world that was built loses nothing."""
    built, saved = from_document(TREE, "built"), read_world(write_world(TREE), "saved.yaml")
    disturbed = [overlay(file, file.world.triggers["t"].set).world for file in (built, saved)]
    assert disturbed[0].clients == disturbed[1].clients
    assert disturbed[0].services == disturbed[1].services
    assert built.world.crossings == saved.world.crossings
    assert built.estimates.keys() == saved.estimates.keys()
