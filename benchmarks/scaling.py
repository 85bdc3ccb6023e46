"""What two threads gain over one, and what Dask costs a task of half a second.

Threads: the same runs on one thread and on two, in turn; the bar is 1.8 on two idle cores. Dask: tasks that
take half a second of the clock and carry a world's tables with them, one after the other on each of two
workers; what is beyond half a second each is overhead, and the bar is 3 %. Starting the cluster stands apart.
The machine's load is kept beside each pass: on busy cores the first figure says how busy they were.

    python benchmarks/scaling.py [--rounds 5] [--runs 16] [--out benchmarks/results/NAME.json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from circumstances import circumstances
from distributed import Client, LocalCluster

from tidegate.adapters.cluster import ClusterExecutor
from tidegate.api import load
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables

WORLD = "us_east_1_2021"
TASK_S, TASKS_COUNT, WORKERS_COUNT = 0.5, 40, 2


def _tables() -> Tables:
    file = load(WORLD)
    script = write_script(file, next(iter(file.world.activities)))
    horizon_s = file.world.horizon_s
    return lower(script, horizon_s=horizon_s, fraction=choose_fraction(script, horizon_s))


def _pass(tables: Tables, threads: int, runs_count: int) -> dict[str, float]:
    def run(replication: int) -> int:
        return simulate(tables, seed=7, replication=replication).bins_count

    with ThreadPoolExecutor(threads) as executor:
        began_s, used_s = time.perf_counter(), time.process_time()
        bins = sum(executor.map(run, range(runs_count)))
        wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - used_s
    return {"wall_s": wall_s, "cpu_s": cpu_s, "bins": bins, "load_1min": os.getloadavg()[0]}


def _threads(rounds: int, runs_count: int) -> dict[str, object]:
    tables = _tables()
    simulate(tables, seed=7, replication=0)  # compiled and warm
    passes = [
        {"one": _pass(tables, 1, runs_count), "two": _pass(tables, 2, runs_count)} for _ in range(rounds)
    ]
    assert len({one["bins"] for both in passes for one in both.values()}) == 1
    gains = [both["one"]["wall_s"] / both["two"]["wall_s"] for both in passes]
    # Of the processor time that two threads took, how much more than one took for the same runs.
    dearer = [both["two"]["cpu_s"] / both["one"]["cpu_s"] for both in passes]
    return {
        "runs_count": runs_count,
        "gain": statistics.median(gains),
        "gain_range": [min(gains), max(gains)],
        "cpu_ratio": statistics.median(dearer),
        "cores_had_by_one": statistics.median(p["one"]["cpu_s"] / p["one"]["wall_s"] for p in passes),
        "cores_had_by_two": statistics.median(p["two"]["cpu_s"] / p["two"]["wall_s"] for p in passes),
        "passes": passes,
    }


@dataclass(frozen=True)
class _Half:
    """Half a second of the clock, with what a real task carries."""

    tables: Tables

    def __call__(self, _: int) -> float:
        began_s = time.perf_counter()
        time.sleep(TASK_S)
        return time.perf_counter() - began_s


def _dask(rounds: int) -> dict[str, object]:
    began_s = time.perf_counter()
    with (
        LocalCluster(
            n_workers=WORKERS_COUNT, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as place,
        Client(place, set_as_default=False) as client,
    ):
        executor = ClusterExecutor(client)
        task = _Half(_tables())
        list(executor.map(task, range(WORKERS_COUNT)))
        started_s = time.perf_counter() - began_s
        passes = [_dask_pass(executor, task) for _ in range(rounds)]
    overheads = [one["overhead_ratio"] for one in passes]
    return {
        "startup_s": started_s,
        "overhead_ratio": statistics.median(overheads),
        "overhead_range": [min(overheads), max(overheads)],
        "passes": passes,
    }


def _dask_pass(executor: ClusterExecutor, task: _Half) -> dict[str, float]:
    began_s, used_s = time.perf_counter(), time.process_time()
    futures = [executor.submit(task, number) for number in range(TASKS_COUNT)]
    within_s = [future.result() for future in futures]
    wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - used_s
    least_s = sum(within_s) / WORKERS_COUNT  # sleeping itself is late on a busy machine: not Dask's doing
    return {
        "wall_s": wall_s,
        "overhead_ratio": wall_s / least_s - 1.0,
        "scheduler_cpu_ms_a_task": 1e3 * cpu_s / TASKS_COUNT,
        "load_1min": os.getloadavg()[0],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=16, help="runs of a pass; one takes about a second")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    found = {"threads": _threads(chosen.rounds, chosen.runs), "dask": _dask(min(chosen.rounds, 3))}
    text = json.dumps(circumstances() | found, indent=2)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
