"""Real clients and the event engine mean the same: one script, the same totals.

The path is the loopback and the service has no limits, so that nothing but the clients decides. Bounds
are wide: chance, and a machine that has other things to do.
"""

from __future__ import annotations

import json
import math
import subprocess
import time
from typing import Any

import pytest

from tidegate.adapters.linux.sandbox.outside import same_python
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.read import read_world
from tiny_server import TinyServer

HORIZON_S = 4.0
AHEAD_S = 2.0
RUNS_COUNT = 8

HEALTHY = """
name: healthy
horizon: 4s
networks: {main: {}}
services: {web: {network: main, concurrency: 5000, service_time: 5ms, service_law: fixed}}
clients:
  closed: {network: main, service: web, population: 60, timeout: 1s, demand: {kind: closed, think: 500ms}}
  open: {network: main, service: web, population: 30, timeout: 1s, demand: {kind: open, rate: 100/s}}
  kept: {network: main, service: web, population: 30, connection: keep_alive, timeout: 1s,
         demand: {kind: closed, think: 500ms}}
  pool: {network: main, service: web, population: 3, connection: pool, pool: 4, timeout: 1s,
         demand: {kind: open, rate: 80/s}}
  idle: {network: main, service: web, population: 50, connection: keep_alive, demand: {kind: none}}
  surge: {network: main, service: web, population: 0, demand: {kind: once}, start_spread: 500ms}
triggers:
  surge: {at: 1s, set: {clients.surge.population: 40}}
  change: {at: 1500ms, reconnect: idle, reconnect_spread: 1s}
  faster: {at: 2s, set: {clients.open.demand.rate: 200/s}}
"""

OVERDUE = """
name: overdue
horizon: 4s
networks: {main: {}}
services: {web: {network: main, concurrency: 5000, service_time: 400ms, service_law: fixed}}
clients:
  naive: {network: main, service: web, population: 15, timeout: 250ms, retry: immediate,
          demand: {kind: closed, think: 300ms}}
  patient: {network: main, service: web, population: 30, timeout: 250ms, demand: {kind: closed, think: 300ms},
            retry: {layers: [{retries: 2, backoff: exponential, base: 100ms, jitter: full}]}}
  layered: {network: main, service: web, population: 20, timeout: 150ms, demand: {kind: closed, think: 300ms},
            retry: {layers: [{retries: 1, backoff: none, base: 0s},
                             {retries: 2, backoff: constant, base: 200ms, jitter: equal}]}}
  shared: {network: main, service: web, population: 20, timeout: 100ms, demand: {kind: open, rate: 50/s},
           retry: {layers: [{retries: 3, backoff: none, base: 0s,
                             budget: {tokens: 20, per_request: 0.1, scope: population}}]}}
  listening: {network: main, service: web, population: 20, timeout: 250ms, late_replies: accepted,
              demand: {kind: closed, think: 300ms}, retry: {layers: [{retries: 3, base: 100ms}]}}
  deferring: {network: main, service: web, population: 5, timeout: 250ms,
              demand: {kind: open, rate: 20/s, unserved: deferred, drain: 10/s}}
  passing: {network: main, service: web, population: 0, timeout: 250ms, retry: immediate, start_spread: 200ms,
            demand: {kind: once}}
triggers:
  surge: {at: 1s, for: 2s, set: {clients.passing.population: 10}}
  patience: {at: 2s, set: {clients.patient.timeout: 600ms}}
"""

SERIES = {
    "fresh": "fresh_count",
    "attempts": "attempts_count",
    "served": "served_count",
    "given_up": "failed_count",
}


def _predicted(script: Script) -> dict[tuple[str, str], list[int]]:
    """Return the totals of several runs of the engine, by population and count."""
    tables = lower(script, horizon_s=HORIZON_S)
    runs = [simulate(tables, seed=11, replication=i) for i in range(RUNS_COUNT)]
    return {
        (name, count): [int(getattr(run.populations, series)[:, j].sum()) for run in runs]
        for j, name in enumerate(tables.populations)
        for count, series in SERIES.items()
    }


def _generated(text: str, delay_s: float) -> dict[str, Any]:
    """Let a process of clients carry the world out against a small server, and return its result."""
    program = same_python("tidegate.adapters.linux.clients.generator")
    with TinyServer(delay_s=delay_s) as server:
        request = {
            "world": text,
            "activity": None,
            "network": "main",
            "endpoints": {"web": [server.endpoint]},
            "start_s": time.monotonic() + AHEAD_S,
            "horizon_s": HORIZON_S,
            "seed": 11,
        }
        done = subprocess.run(
            program, input=json.dumps(request), text=True, stdout=subprocess.PIPE, check=True
        )
    return json.loads(done.stdout.splitlines()[-1])["result"]


@pytest.mark.parametrize(("text", "delay_s"), [(HEALTHY, 0.005), (OVERDUE, 0.4)], ids=["healthy", "overdue"])
def test_totals_are_those_of_the_engine(text: str, delay_s: float) -> None:
    """For every population what is wanted, tried, served and given up lies where the engine's runs lie."""
    script = write_script(read_world(text, "test"))
    predicted = _predicted(script)
    done = _generated(text, delay_s)
    assert 0 == done["standing_missing_count"]
    wrong = []
    for (name, count), totals in predicted.items():
        mean = sum(totals) / len(totals)
        spread = math.sqrt(sum((each - mean) ** 2 for each in totals) / len(totals))
        seen = sum(done["populations"][name][f"{count}_count"])
        if abs(seen - mean) > 5.0 * spread + 0.05 * mean + 3.0:
            wrong.append(f"{name}: {count} {seen}, the engine has {mean:.1f} ± {spread:.1f}")
    assert wrong == []
