"""What a happening costs packet by packet: three crossings in a row, with everything in play.

Clients with kept connections and clients with one a request, a retry budget, a breaker, lookups,
admission, flow tables, ports, a service that calls another; a spike that overloads the way in the
middle. One process, CPU time, median over runs with different chance.

    python benchmarks/packet_events.py [--runs 7] [--out benchmarks/results/2026-11-23-packet-events.json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from circumstances import circumstances

from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

HORIZON_S = 60
WORLD = """
name: three_crossings
horizon: 60s
networks: {inside: {}, edge: {}, middle: {}, far: {}}
crossings:
  nat:
    between: [inside, edge]
    devices: 2
    skew: 10%
    forwarding: 200k/s
    setup: 20k/s
    table: {entries: 400k, closed_hold: 10s}
    ports: {per_destination: 50k, hold: 10s}
  gateway:
    between: [edge, middle]
    devices: 2
    forwarding: 60k/s
    setup: 4k/s
    queue_packets: 2k
    admission: {rate: 3k/s, burst: 100, per_source: 50/s}
  balancer: {between: [middle, far], forwarding: 300k/s, setup: 20k/s, queue_packets: 4k}
services:
  api:
    network: far
    instances: 60
    concurrency: 4
    service_time: 20ms
    queue: 2k
    calls: [{service: store, timeout: 300ms}]
  store: {network: far, instances: 20, concurrency: 8, service_time: 5ms}
  names: {network: edge, instances: 4, concurrency: 4, service_time: 1ms}
clients:
  kept:
    network: inside
    service: api
    population: 4k
    demand: {kind: closed, think: 2s}
    connection: keep_alive
    timeout: 1s
    retry:
      layers:
        - {retries: 3, backoff: exponential, base: 100ms, cap: 2s, jitter: full, breaker: {open: 5s}}
  fresh:
    network: inside
    service: api
    population: 4k
    demand: {kind: open, rate: 1.5k/s}
    timeout: 500ms
    lookup: {service: names, ttl: 30s}
    retry:
      layers:
        - {retries: 3, base: 100ms, jitter: full, budget: {tokens: 10, per_success: 0.1}}
triggers:
  spike: {at: 10s, for: 10s, set: {clients.fresh.demand.rate: 10k/s}}
  all_again: {at: 35s, reconnect: kept, reconnect_spread: 500ms}
"""


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    tables = lower(write_script(read_world(WORLD, "three_crossings.yaml")), horizon_s=HORIZON_S)
    simulate(tables, seed=1)  # compiles
    each_ns, runs = [], []
    for replication in range(chosen.runs):
        began_s = time.process_time()
        found = simulate(tables, seed=1, replication=replication)
        spent_s = time.process_time() - began_s
        runs.append(found)
        each_ns.append(spent_s / found.events_count * 1e9)
    last = runs[-1]
    row = {
        "event_ns": statistics.median(each_ns),
        "least_ns": min(each_ns),
        "greatest_ns": max(each_ns),
        "runs": chosen.runs,
        "events_count": last.events_count,
        "packets_count": int(last.crossings.packets_count.sum()),
        "dropped_count": int(last.crossings.dropped_count.sum()),
        "shed_count": int(last.crossings.shed_count.sum()),
        "attempts_count": int(last.populations.attempts_count.sum()),
    }
    text = json.dumps(circumstances() | {"packet_events": row}, indent=2)
    print(f"{row['event_ns']:.0f} ns an event ({row['least_ns']:.0f}–{row['greatest_ns']:.0f})")
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
