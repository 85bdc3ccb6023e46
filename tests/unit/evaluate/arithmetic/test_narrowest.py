"""Which place is the narrow one: by what happens, and not by what is asked of it at rest."""

from __future__ import annotations

import pytest

from tidegate.evaluate.arithmetic.exceeded import nearest
from tidegate.evaluate.arithmetic.narrowest import narrowest
from tidegate.evaluate.variants.scope import script_of
from tidegate.world.file.read import read_world

WORLD = """
tidegate: 1
name: narrow
horizon: 10min
networks: {a: {}, b: {}}
crossings:
  door: {between: [a, b]}
services:
  api: {network: b, service_time: 10ms CALLS}
  keys: {network: b, concurrency: 400, service_time: 5ms}
  pods: {network: a, instances: 10, boot: {time: 5s BOOT}}
clients:
  users: {network: a, service: api, population: 2000, timeout: 10s KEPT, demand: {kind: open, rate: 10/s}}
"""
SURGE = "triggers: {surge: {at: 1min, for: 2min, set: {clients.users.demand.rate: 150/s}}}"
START = "activities: {grow: {service: pods, from: 10, to: 2010, at: 1min}}"
TOGETHER = "activities: {again: {kind: reconnect, service: api, reactions: [{clients: users, spread: 0s}]}}"
BOOTS = ", calls: [{service: api, timeout: 10s}]"
LOGS_IN = (
    "about 6 stand before api at a time that have not logged in, where it allows 40, and drops some from 2 "
    "on, all 2 instances together"
)
CASES = {
    "a surge": (SURGE, {}, "for 120 s api serves 100/s, and 150/s are wanted"),
    "a start": (
        START,
        {"BOOT": BOOTS},
        "2,000 instances of pods that start together ask api for 2,000 answers",
    ),
    "an own limit": (
        START,
        {"BOOT": BOOTS, "CALLS": ", calls: [{service: keys, limit: {rate: 20/s, burst: 40}}]"},
        "2,000 instances of pods that start together need as many answers of keys, and api lets itself",
    ),
    "who waits to log in": (
        "triggers: {minute: {at: 1min, set: {clients.users.demand.rate: 60/s}}}",
        {"CALLS": ", instances: 2, concurrency: 8, setup_time: 100ms, login: {most: 20, drop_from: 1}"},
        LOGS_IN,
    ),
    "a herd": (
        TOGETHER,
        {"KEPT": ", connection: keep_alive, on_connect: [{service_time: 20ms, timeout: 10s}]"},
        "2,000 of users that connect together ask api for 40 s of work before anything else",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_narrow_place_is_that_of_what_happens(name: str) -> None:
    """Asked 10/s of 100/s at rest, it is not far from its limit while that lasts."""
    happens, parts, says = CASES[name]
    text = WORLD + happens
    for key in ("BOOT", "CALLS", "KEPT"):
        text = text.replace(f" {key}", parts.get(key, ""))
    file = read_world(text, "narrow.yaml")
    script = script_of(file, next(iter(file.world.activities), None))
    found, rest = narrowest(script), nearest(script)
    assert found is not None
    assert rest is not None
    assert ("api", True) == (found.place, found.says.startswith(says))
    assert found.pressure_ratio > 1.0 > rest.pressure_ratio
