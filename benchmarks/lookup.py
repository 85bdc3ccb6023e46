"""How long an admission-time look-up takes, with curve and world in memory; the bar is 5 ms.

    python benchmarks/lookup.py [--rounds 500] [--out benchmarks/results/NAME.json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path

from circumstances import circumstances

from tidegate import __version__
from tidegate.adapters.files.worlds import bundled_names
from tidegate.api import admit, load
from tidegate.evaluate.searching.curve import Curve, Limit
from tidegate.world.file.digest import file_digest


def _curve(digest: str) -> Curve:
    limits = tuple(
        Limit(at=0.1 * i, safe_count=1000 - i, collapse_high_ratio=0.009, runs_count=500)
        for i in range(1, 101)
    )
    return Curve(
        activity="grow", over="load", limits=limits, acceptable_ratio=0.01, world_digest=digest,
        tidegate_version=__version__, seed=7,
    )  # fmt: skip


def _measured(name: str, rounds: int) -> dict[str, float]:
    file = load(name)
    curve = _curve(file_digest(file))
    clock_s, cpu_s = [], []
    for i in range(rounds):
        began_s, used_s = time.perf_counter(), time.process_time()
        answer = admit(curve, file, to_count=950 + i % 60, at=0.15 + 0.01 * (i % 900))
        cpu_s.append(time.process_time() - used_s)
        clock_s.append(time.perf_counter() - began_s)
        assert answer.verdict in {"proceed", "stop"}
    return {
        "median_ms": 1e3 * statistics.median(clock_s),
        "p99_ms": 1e3 * statistics.quantiles(clock_s, n=100)[98],
        "greatest_ms": 1e3 * max(clock_s),
        "cpu_median_ms": 1e3 * statistics.median(cpu_s),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    found = {name: _measured(name, chosen.rounds) for name in bundled_names()}
    text = json.dumps(circumstances() | {"load_average": os.getloadavg(), "lookup": found}, indent=2)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
