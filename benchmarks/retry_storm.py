"""What an attempt of a retry storm costs: ours, SimPy, cimba and plain heapq on the same model.

The model (the smallest that collapses and stays down): 700 requests/s, 2,500/s from 10 s to 20 s; ten
workers, exponential with mean 10 ms; 1,000 places, silent drop beyond; clients give up after 0.5 s and
retry three times with full jitter U(0, 0.1 s · 2^k); abandoned attempts are served all the same; 60 s.

All are measured in one process, pass by pass in turn, in CPU time of the process; a pass of the
compiled ones is ten replications. Counts must agree within 1 %, or the comparison fails.

    python benchmarks/retry_storm.py [--passes 5] [--out benchmarks/results/2026-11-23-retry-storm.json]
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from circumstances import circumstances
from storm_cimba import Cimba, ProcessGround, events_model
from storm_peers import run_heapq, run_simpy

from tidegate.simulate.kernels.engine import prepare, run
from tidegate.simulate.kernels.nouns import Head, Pool
from tidegate.simulate.kernels.nouns.head import Status
from tidegate.simulate.lower import lower
from tidegate.simulate.memory import Memory
from tidegate.simulate.run import simulate, stream_keys
from tidegate.simulate.script import write_script
from tidegate.simulate.series import PopulationSeries
from tidegate.simulate.tables import Tables
from tidegate.world.file.read import read_world

HORIZON_S = 60
REPLICATIONS = 10
SERIES = ("fresh_count", "attempts_count", "served_count", "failed_count")
AGREE_RATIO = 0.01
WORLD = """
name: storm
detail: coarse
horizon: 60s
networks: {{main: {{}}}}
services:
  api: {{network: main, instances: {workers}, service_time: 10ms, queue: {places}, queue_when_full: silent}}
clients:
  users:
    network: main
    service: api
    population: {population}
    demand: {{kind: open, rate: {base}/s}}
    timeout: 500ms
    retry: {{layers: [{{retries: 3, backoff: exponential, base: 100ms, jitter: full}}]}}
triggers:
  spike: {{at: 10s, for: 10s, set: {{clients.users.demand.rate: {spike}/s}}}}
"""

Measure = Callable[[int], tuple[float, tuple[float, ...]]]


def storm(scale: int = 1) -> Tables:
    """Return our tables of the storm, rates, workers and places times `scale`."""
    text = WORLD.format(
        workers=10 * scale, places=1000 * scale, population=100 * scale, base=700 * scale, spike=2500 * scale
    )
    return lower(write_script(read_world(text, "storm.yaml")), horizon_s=HORIZON_S)


def ours(tables: Tables) -> Measure:
    """Return how ours is measured: whole runs, memory laid out and series gathered each time."""

    def measure(seed: int) -> tuple[float, tuple[float, ...]]:
        began_s = time.process_time()
        runs = [simulate(tables, seed=seed, replication=i) for i in range(REPLICATIONS)]
        spent_s = (time.process_time() - began_s) / REPLICATIONS
        sums = [[getattr(one.populations, name)[:, 0].sum() for name in SERIES] for one in runs]
        counts = np.mean(sums, axis=0)
        return spent_s, tuple(float(x) for x in counts)

    return measure


def once(model: Callable[[int], tuple[int, ...]]) -> Measure:
    """Return how a model in plain Python is measured: one run."""

    def measure(seed: int) -> tuple[float, tuple[float, ...]]:
        began_s = time.process_time()
        counts = model(seed)
        return time.process_time() - began_s, tuple(float(x) for x in counts)

    return measure


def contenders() -> dict[str, Measure]:
    """Return everything that is compared."""
    return {
        "tidegate, coarse": ours(storm()),
        "cimba 0.9.6, events": Cimba(events_model(), REPLICATIONS).measure,
        "cimba 0.9.6, a process a request": Cimba(ProcessGround(), REPLICATIONS).measure,
        "heapq loop, CPython": once(run_heapq),
        "SimPy 4.1.2, lean": once(lambda seed: run_simpy(seed, by_the_guide=False)),
        "SimPy 4.1.2, by its guide": once(lambda seed: run_simpy(seed, by_the_guide=True)),
    }


def compare(passes: int) -> list[dict[str, object]]:
    """Return a row for each contender, ours first."""
    measures = contenders()
    for name in ("tidegate, coarse", "cimba 0.9.6, events", "cimba 0.9.6, a process a request"):
        measures[name](0)  # compiles
    found: dict[str, list[tuple[float, tuple[float, ...]]]] = {name: [] for name in measures}
    for seed in range(1, passes + 1):
        for name, measure in measures.items():
            gc.collect()
            found[name].append(measure(seed))
    rows = []
    for name, runs in found.items():
        fresh, attempts, served, failed = np.mean([counts for _, counts in runs], axis=0)
        each_ns = [spent_s / counts[1] * 1e9 for spent_s, counts in runs]
        rows.append(
            {
                "name": name,
                "attempt_ns": statistics.median(each_ns),
                "least_ns": min(each_ns),
                "greatest_ns": max(each_ns),
                "requests_count": round(fresh),
                "attempts_count": round(attempts),
                "served_count": round(served),
                "failed_count": round(failed),
            }
        )
    _agree(rows)
    return rows


def _agree(rows: list[dict[str, object]]) -> None:
    for column in ("requests_count", "attempts_count"):
        counts = {str(row["name"]): float(str(row[column])) for row in rows}
        middle = statistics.median(counts.values())
        wrong = {name: n for name, n in counts.items() if abs(n / middle - 1) > AGREE_RATIO}
        if wrong:
            raise SystemExit(f"{column} differ by more than {AGREE_RATIO:.0%}: {wrong}, middle {middle}")


def memory(scale: int) -> dict[str, float]:
    """Return bytes for each request under way at the storm times `scale`.

    Bytes are the rows of events, requests and exchanges that were ever in use (each pool's next row
    less its first, over all its stretches) times the size of a row. A request under way has one attempt
    out or one retry waiting; the peak is the greatest count at the end of a time bin.
    """
    laid_out = Memory(storm(scale), stream_keys(1, 0), heap_only=False)
    prepare(laid_out.m, laid_out.script)
    pools = {"event": Head.events, "exchange": Head.exchanges, "request": Head.requests}
    pools = {name: int(pool + Pool.following) for name, pool in pools.items()}
    first = {name: int(laid_out.m[at]) for name, at in pools.items()}
    words = dict.fromkeys(pools, 0)
    while laid_out.head.status != Status.ENDED:
        run(laid_out.m, laid_out.f)
        if laid_out.head.status == Status.FULL:
            before = {name: int(laid_out.m[at]) for name, at in pools.items()}
            laid_out.grow()
            for name, at in pools.items():
                if laid_out.m[at] != before[name]:  # this pool has moved on to another stretch
                    words[name] += before[name] - first[name]
                    first[name] = int(laid_out.m[at])
    for name, at in pools.items():
        words[name] += int(laid_out.m[at]) - first[name]
    _, populations, _ = laid_out.series()
    pending = int(PopulationSeries(populations).unanswered_count[:, 0].max())
    found = {f"{name}_bytes": 8.0 * count for name, count in words.items()}
    used = 8.0 * sum(words.values())
    return found | {
        "scale": scale, "pending_count": pending, "used_bytes": used, "pending_bytes": used / pending,
        "laid_out_bytes": float(laid_out.m.nbytes),
    }  # fmt: skip


def main() -> None:
    """Compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    rows = compare(chosen.passes)
    first = float(str(rows[0]["attempt_ns"]))
    print(f"{'':34}{'ns an attempt':>14}{'least':>9}{'greatest':>10}{'ratio':>8}{'attempts':>10}")
    for row in rows:
        row["ratio"] = float(str(row["attempt_ns"])) / first
        print(
            f"{row['name']:34}{row['attempt_ns']:14,.0f}{row['least_ns']:9,.0f}{row['greatest_ns']:10,.0f}"
            f"{row['ratio']:8,.1f}{row['attempts_count']:10,}"
        )
    held = memory(100)
    print(
        f"memory at 100 times the size: {held['pending_bytes']:.0f} bytes for each of "
        f"{held['pending_count']:,} requests under way"
    )
    found = circumstances() | {"passes": chosen.passes, "retry_storm": rows, "memory": held}
    text = json.dumps(found, indent=2)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
