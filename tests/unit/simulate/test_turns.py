"""A connection that carries very many exchanges: none is answered by the timer of another."""

from __future__ import annotations

import pytest

from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

WORLD = """
name: busy
horizon: 60s
networks: {{a: {{}}, b: {{}}}}
crossings: {{edge: {{between: [a, b], round_trip: 100us}}}}
services: {{web: {{network: b, concurrency: 4, service_time: {service_time}}}}}
clients:
  jobs:
    network: a
    service: web
    population: 8
    connection: keep_alive
    timeout: 2s
    demand: {{kind: closed, think: 10us}}
"""


@pytest.mark.parametrize("service_time", ["200us", "400us", "700us", "1ms"])
def test_who_is_answered_was_served(service_time):
    """Thousands of exchanges a second over eight connections: no answer that was not given."""
    file = read_world(WORLD.format(service_time=service_time), "busy.yaml")
    run = simulate(lower(write_script(file, None), horizon_s=file.world.horizon_s), seed=3)
    answered = int(run.populations.served_count[: run.bins_count, 0].sum())
    served = int(run.services.served_count[run.bins_count - 1, 0])
    assert answered > 60_000
    assert 0 <= served - answered <= 8
