"""The engine's autoscaler in closed loops: a world whose demand changes, held against its controller's.

Those of the tables' loops that a world can say: a metric that is a sum over all pods, with a `behavior`. What
is compared is how many pods become ready between two looks, each of which the world counts by a boot call.
Readings of the processor are means over an interval here, and of a moment there: those loops are alike, and
not the same.
"""

from __future__ import annotations

import math

import pytest

from hpa_tables import key, later, rows
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

LOOK_S, BIN_S, EACH = 15, 2.5, 10
PACES = {"default-written": "", "pods4-60": "steps: [{instances: 4, period: 60s}], "}
WORLD = """
name: loop
horizon: {horizon}s
networks: {{near: {{}}, far: {{}}}}
crossings: {{gate: {{between: [near, far]}}}}
services:
  web:
    network: far
    instances: {start}
    concurrency: 1000
    service_time: 10ms
    # A second less than the table's: what is ready at a look there is ready before it here.
    boot: {{time: {boot}s, calls: [{{service: record}}]}}
    autoscaler: {{signal: requests, target: {target}, least: {least}, most: {most}, interval: 15s, {pace}}}
  record: {{network: far, concurrency: 100000, service_time: 1ms}}
clients:
  users:
    network: near
    service: web
    population: 4000
    connection: keep_alive
    timeout: 500ms
    demand: {{kind: open, rate: {rate}/s, arrivals: paced, unserved: lost}}
triggers: {{{triggers}}}
"""
LOOPS = [
    row
    for row in rows("loops")
    if row["in"]["metric"] == "external-average" and row["in"]["behavior"] in PACES
]


def world_of(given, looks_count):
    first, *changes = [(math.ceil(one["at"] / LOOK_S) * LOOK_S, one["to"] * EACH) for one in given["demand"]]
    triggers = []
    for i, (at_s, rate) in enumerate(changes):
        lasts = f"for: {changes[i + 1][0] - at_s}s, " if i + 1 < len(changes) else ""
        triggers.append(f"t{i}: {{at: {at_s}s, {lasts}set: {{clients.users.demand.rate: {rate}/s}}}}")
    return WORLD.format(
        horizon=LOOK_S * (looks_count + 1) + 1,
        start=given["start"],
        boot=given["boot"] - 1,
        target=given["target"] * EACH,
        least=given["min"],
        most=given["max"],
        pace=PACES[given["behavior"]],
        rate=first[1],
        triggers=", ".join(triggers),
    )


def compared(row):
    """Return how many become ready between two looks: here, and by the table; as newer controllers do it."""
    given = row["in"]
    ready = later().get(("loops", key(given)), row["out"])["ready"]
    file = read_world(world_of(given, len(ready)), "loop.yaml")
    run = simulate(lower(write_script(file), horizon_s=file.world.horizon_s, bin_s=BIN_S), seed=3)
    booted, bins = run.populations.fresh_count[:, 1], round(LOOK_S / BIN_S)
    looks = range(1, len(ready) - 2)
    ours = [int(booted[bins * look : bins * (look + 1)].sum()) for look in looks]
    return ours, [max(ready[look + 1] - ready[look], 0) for look in looks]


def test_a_loop_goes_as_the_controllers() -> None:
    """Demand that pauses and comes back: each pod at the look where the table has it."""
    (row,) = [one for one in LOOPS if (one["in"]["story"], one["in"]["boot"], one["in"]["behavior"]) == (
        "pause", 60, "pods4-60")]  # fmt: skip
    ours, theirs = compared(row)
    assert ours == theirs
    assert sum(ours) > 20


@pytest.mark.evidence
def test_loops_go_as_the_controllers() -> None:
    """All loops of that metric, whatever the boot takes and however demand goes."""
    wrong = [row["in"] for row in LOOPS if len(set(map(tuple, compared(row)))) > 1]
    assert [] == wrong
    assert 36 == len(LOOPS)
