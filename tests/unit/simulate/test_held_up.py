"""Requests that an instance serves together hold each other up: in the engine, in the mean, and in sums."""

from __future__ import annotations

import math

import pytest

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.load import capacity_per_s, streams
from tidegate.protect.offers import offers_for
from tidegate.simulate.fluid.run import run_fluid
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.contention import Contention
from tidegate.world.file.read import read_world

# Clients that ask again at once: always as many are served as there are clients.
TEXT = """
name: held_up
horizon: 50s
networks: {near: {}, far: {}}
crossings: {gate: {between: [near, far]}}
services:
  web:
    network: far
    instances: 2
    concurrency: 20
    service_time: 100ms
    service_law: fixed
    contention: {serial: 10%, crosstalk: 1%}
clients:
  users:
    network: near
    service: web
    population: 20
    connection: keep_alive
    timeout: 2s
    demand: {kind: closed, think: 0s}
triggers: {nothing: {at: 1s, set: {services.web.queue: 1000}}}
"""


def served_per_s(text: str, fraction: float = 1.0) -> float:
    file = read_world(text, "held_up.yaml")
    tables = lower(write_script(file), horizon_s=file.world.horizon_s, fraction=fraction)
    return float(simulate(tables, seed=3).populations.served_count.sum() / file.world.horizon_s)


@pytest.mark.parametrize("clients_count", [2, 10, 20, 40])
def test_the_engine_keeps_the_law(clients_count: int) -> None:
    """n in service on each of two instances do 2 n / (s (1 + a (n - 1) + b n (n - 1))) a second."""
    n = clients_count / 2
    wanted = 2 * n / (0.100 * (1.0 + 0.10 * (n - 1.0) + 0.01 * n * (n - 1.0)))
    text = TEXT.replace("population: 20", f"population: {clients_count}")
    assert served_per_s(text) == pytest.approx(wanted, rel=0.02)


def test_a_part_of_the_world_is_held_up_alike() -> None:
    """Half of the places with half of the clients do half, and are not held up half as much."""
    text = TEXT.replace("instances: 2", "instances: 1")
    assert served_per_s(text, 0.5) == pytest.approx(served_per_s(text) / 2, rel=0.06)


def test_without_the_key_nothing_is_held_up() -> None:
    """Ten on each instance take as long as one."""
    text = TEXT.replace("    contention: {serial: 10%, crosstalk: 1%}\n", "")
    assert served_per_s(text) == pytest.approx(200.0, rel=0.02)


def test_the_mean_keeps_the_law() -> None:
    """What stays open at a rate that the crowd cannot do grows in the mean, and not at one it can."""
    asked = TEXT.replace("kind: closed, think: 0s", "kind: open, rate: 50/s").replace("2s", "40s")
    most_per_s = 2 * 20 / (0.100 * Contention(serial_ratio=0.1, crosstalk_ratio=0.01).stretch_ratio(20))
    left = []
    for times in (0.5, 2.0):
        text = asked.replace("rate: 50/s", f"rate: {times * most_per_s:.0f}/s")
        run = run_fluid(write_script(read_world(text, "held_up.yaml")))
        left.append(run.clients["users"].unanswered_count[-1])
    assert left[0] < 30.0
    assert left[1] > 10.0 * most_per_s


def test_the_sum_is_of_as_many_as_do_most() -> None:
    """The capacity by arithmetic is that of the best number at a time, which is no more than any other's."""
    world = read_world(TEXT, "held_up.yaml").world
    asked = tuple(one for one in streams(world) if one.service == "web")
    law = Contention(serial_ratio=0.1, crosstalk_ratio=0.01)
    each = [n / (0.100 * law.stretch_ratio(n)) for n in range(1, 21)]
    assert capacity_per_s(world, "web", asked) == pytest.approx(2 * max(each), rel=0.01)
    assert math.isinf(Contention(serial_ratio=0.1).best_count())


def test_protect_offers_as_many_at_a_time_as_do_most() -> None:
    """Nine at a time do more than twenty: sqrt(0.9 / 0.01) is 9.5."""
    file = read_world(TEXT, "held_up.yaml")
    changes = [offer.changes for offer in offers_for(file, None, {})]
    assert {"services.web.concurrency": 9} in changes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("serial: 10%, crosstalk: 1%", "serial: 0%"), "holds nothing up"),
        (("concurrency: 20", "concurrency: 1"), "one request at a time"),
    ],
)
def test_contention_that_cannot_act_is_said(change: tuple[str, str], said: str) -> None:
    """Nothing that was written is ignored."""
    with pytest.raises(InputError) as raised:
        read_world(TEXT.replace(*change), "held_up.yaml")
    assert said in str(raised.value)
