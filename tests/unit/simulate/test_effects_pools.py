"""Connections that each instance keeps for a call: opened as it comes or as needed, and given back."""

from __future__ import annotations

import pytest
from effect_worlds import Told

from tidegate.errors import InputError
from tidegate.world.file.read import read_world

GROWING = """
name: growing
horizon: 10s
networks: {near: {}, far: {}}
crossings: {gate: {between: [near, far], round_trip: 2ms}}
services:
  web: {network: far, instances: 2, concurrency: 8, boot: {time: 0s}, calls: [{service: db, pool: POOL}]}
  db: {network: far, concurrency: 64, service_time: 10ms, service_law: fixed}
clients: {users: {network: near, service: web, demand: {kind: open, rate: 200/s}}}
activities:
  grow: {service: web, to: 6, at: 3s}
  shrink: {service: web, to: 1, at: 3s}
  roll: {kind: restart, service: db, at: 3s}
"""


def _open(pool: str, at_s: float, activity: str | None = None) -> int:
    text = GROWING.replace("POOL", pool)
    return Told(text, activity=activity).connections(at_s, name="db")


def test_eager_pools_open_as_instances_come_and_lazy_ones_as_they_are_needed() -> None:
    """A day has opened all of what is never closed; new instances open theirs or not, and take them along."""
    assert 10 == _open("{most: 5, opened: eager}", 2.0)
    assert 30 == _open("{most: 5, opened: eager}", 9.0, "grow")
    assert 10 == _open("{most: 5}", 9.0, "grow")  # two are in use on the mean, and ten stand
    assert 5 == _open("{most: 5}", 9.0, "shrink")
    assert 10 == _open("{most: 5, opened: eager, least: 2}", 2.0)
    assert 18 == _open("{most: 5, opened: eager, least: 2}", 9.0, "grow")


def test_idle_connections_are_closed_but_for_the_least() -> None:
    """About two requests are in service at a time."""
    assert 4 <= _open("{most: 5, least: 2, idle_timeout: 300ms}", 9.0) <= 8
    assert _open("{most: 5, idle_timeout: 300ms}", 9.0) <= 8
    assert 3 <= _open("{most: 5, opened: eager, least: 1, idle_timeout: 300ms}", 9.0, "grow") <= 14


@pytest.mark.parametrize(
    ("pool", "word"),
    [
        ("{most: 5, least: 6}", "is more than most"),
        ("{most: 5, opened: eager, least: 0}", "nothing would be opened"),
        ("{most: 5, opened: eager, idle_timeout: 1s}", "closes nothing"),
        ("{least: 5}", "most: is missing"),
        ("{most: 5}, connection: per_request", "connection is per_request"),
    ],
)
def test_what_cannot_act_is_a_fault(pool: str, word: str) -> None:
    """One clear word, at the place."""
    with pytest.raises(InputError, match=word):
        read_world(GROWING.replace("POOL", pool), "w")
