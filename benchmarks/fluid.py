"""Milliseconds of CPU a fluid run takes, medians over repeated runs; a plain script.

python benchmarks/fluid.py
"""

from __future__ import annotations

import statistics
import time

from tidegate.simulate.fluid import run_fluid
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

STORM = """
name: storm
detail: coarse
horizon: 60s
networks: {main: {}}
services:
  api: {network: main, instances: 10, service_time: 10ms, queue: 1000, queue_when_full: silent}
clients:
  users:
    network: main
    service: api
    demand: {kind: open, rate: 700/s}
    timeout: 500ms
    retry: {layers: [{retries: 3, backoff: exponential, base: 100ms, jitter: full}]}
triggers:
  spike: {at: 10s, for: 10s, set: {clients.users.demand.rate: 2500/s}}
"""

TYPICAL = """
name: typical
horizon: 300s
networks: {inner: {}, outer: {}, far: {}}
crossings:
  edge:
    between: [inner, outer]
    devices: 4
    skew: 20%
    forwarding: 60k/s
    setup: 6k/s
    queue_packets: 20k
    table: {entries: 200k}
    ports: {per_destination: 50k}
  gateway:
    between: [outer, far]
    devices: 4
    forwarding: 80k/s
    queue_packets: 10k
    admission: {rate: 2k/s, burst: 100}
services:
  api:
    network: outer
    instances: 200
    concurrency: 8
    service_time: 20ms
    calls: [{service: store, timeout: 500ms}]
  store: {network: far, instances: 60, concurrency: 16, service_time: 10ms}
  names: {network: outer, instances: 10, concurrency: 4, service_time: 1ms}
clients:
  fleet:
    network: inner
    service: api
    population: 40k
    demand: {kind: closed, think: 20s}
    connection: keep_alive
    timeout: 2s
    lookup: {service: names, ttl: 60s}
    retry: {layers: [{retries: 3, backoff: exponential, base: 100ms, cap: 5s, jitter: full}]}
  jobs:
    network: inner
    service: api
    population: 5k
    demand: {kind: open, rate: 800/s}
    timeout: 1s
    retry: {layers: [{backoff: constant, base: 1s}]}
  tools:
    network: outer
    service: store
    population: 2k
    demand: {kind: closed, think: 5s}
    timeout: 1s
triggers:
  reconnect: {at: 10s, reconnect: fleet, reconnect_spread: 2s}
  more: {at: 30s, for: 20s, set: {clients.jobs.demand.rate: 3k/s}}
  lost: {at: 60s, for: 30s, set: {crossings.edge.devices: 2}}
"""


def median_ms(text: str, repeats_count: int = 7) -> tuple[float, int]:
    """Return the median CPU time of a run, and how many times it shows."""
    script = write_script(read_world(text, "benchmark"))
    shown_count, times_ms = 0, []
    for _ in range(repeats_count):
        start_s = time.process_time()
        shown_count = len(run_fluid(script).times_s)
        times_ms.append((time.process_time() - start_s) * 1e3)
    return statistics.median(times_ms), shown_count


if __name__ == "__main__":
    for title, text in (("storm", STORM), ("typical", TYPICAL)):
        cpu_ms, count = median_ms(text)
        print(f"{title:10s} {cpu_ms:7.1f} ms  {count} times shown")
