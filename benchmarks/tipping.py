"""How long it takes to find where a world tips: a full search, and a row of sixty-four; CPU medians.

The task: ten workers of 100 requests a second, 700/s, a spike of two seconds; which rate of the spike
leaves nothing served? From 1,000 to 1,800/s, forty seeds; 34,000 runs of a prototype gave 1,258/s for
half of the seeds and 1,169/s for 1 %. The row varies the base load from 400 to 715/s, twenty seeds each. The
third is the search where service must be normal again within ten seconds: a run is over once it is late.

    python benchmarks/tipping.py [--rounds 7] [--rounds-of-rows 3] [--out benchmarks/results/NAME.json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from circumstances import circumstances

from tidegate.evaluate.searching.edge import tipping_point, varied
from tidegate.evaluate.variants.axis import Axis
from tidegate.experiment.boundary import screen_edge, trace
from tidegate.experiment.seed_edge import Span
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = """
name: spike
detail: coarse
horizon: 60s
networks: {site: {}}
services: {api: {network: site, instances: 10, service_time: 10ms, queue: 1000, queue_when_full: silent}}
clients:
  users:
    network: site
    service: api
    population: 100
    demand: {kind: open, rate: 700/s}
    timeout: 500ms
    retry: {layers: [{retries: 3, backoff: exponential, base: 100ms, cap: 800ms, jitter: full}]}
triggers: {spike: {at: 1s, for: 2s, set: {clients.users.demand.rate: 1260/s}}}
"""
SPIKE = Axis(name="spike", paths={"triggers.spike.set.clients.users.demand.rate": 1.0}, unit="per_s")
FILE = read_world(WORLD, "spike.yaml")


def _search(
    seed: int, executor: ThreadPoolExecutor, changes: dict[str, float] | None = None
) -> dict[str, float]:
    runs = varied(overlay(FILE, changes or {}), None, SPIKE, seed=seed, fraction=1.0)
    began_s = time.process_time()
    edge = tipping_point(runs, Span(low=1000, high=1800), executor=executor)
    used_s = time.process_time() - began_s
    values = {f"p{100 * q.share:g}": q.value or 0.0 for q in edge.quantiles}
    return {"cpu_s": used_s, "runs": edge.runs_count, **values}


def _soon(seed: int, executor: ThreadPoolExecutor) -> dict[str, float]:
    return _search(seed, executor, {"objectives.recover_within": 10.0})


def _row(seed: int, executor: ThreadPoolExecutor) -> dict[str, float]:
    began_s = time.process_time()
    span = Span(low=715, high=3000, seeds_count=20)
    files = [overlay(FILE, {"clients.users.demand.rate": 400.0 + 5 * i}) for i in range(64)]
    tasks = [varied(file, None, SPIKE, seed=seed, fraction=1.0) for file in files]
    edges = trace(tasks, span, near=screen_edge(tasks[0].screen, span), executor=executor)
    used_s = time.process_time() - began_s
    return {
        "cpu_s": used_s,
        "runs": sum(edge.runs_count for edge in edges),
        "first": edges[0].at(0.5).value or 0.0,
        "last": edges[-1].at(0.5).value or 0.0,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rounds-of-rows", type=int, default=3)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    found: dict[str, object] = {}
    with ThreadPoolExecutor(1) as executor:
        _search(0, executor)  # compiled and warm
        for name, measured, rounds in (
            ("search", _search, chosen.rounds),
            ("search, 10 s to be normal", _soon, chosen.rounds),
            ("row of 64", _row, chosen.rounds_of_rows),
        ):
            if not rounds:
                continue
            results = [measured(seed, executor) for seed in range(1, rounds + 1)]
            found[name] = {
                "cpu_s": statistics.median(one["cpu_s"] for one in results),
                "cpu_range_s": [min(one["cpu_s"] for one in results), max(one["cpu_s"] for one in results)],
                "rounds": results,
            }
    text = json.dumps(circumstances() | {"tipping": found}, indent=2)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
