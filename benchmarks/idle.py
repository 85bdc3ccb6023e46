"""Two thousand connections that only stand there, and come again when dropped, while people ask for help.

It prints how long cases took, each over a connection of its own, as JSON:

    python benchmarks/idle.py --out benchmarks/results/idle.json
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from circumstances import circumstances

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from idle_crowd import crowd
from served import served


def measured(folder: Path, *, connections_count: int, files_count: int, lasts_s: float) -> dict[str, float]:
    """Return what happened to cases beside such a crowd."""
    spent_s: list[float] = []
    with served(folder, most_files_count=files_count) as at:
        at.get("/health/ready")
        with crowd(urllib.parse.urlsplit(at.url).port or 0, connections_count) as found:
            until_s = time.monotonic() + lasts_s
            while time.monotonic() < until_s:
                began_s = time.monotonic()
                at.say("/api/v1/cases", text="it does not work", key=f"idle-{len(spent_s)}")
                spent_s.append(time.monotonic() - began_s)
                time.sleep(0.02)
            again_count = found.again_count
    return {
        "connections_count": connections_count, "files_count": files_count, "lasts_s": lasts_s,
        "cases_count": len(spent_s), "came_again_count": again_count,
        "case_p50_s": statistics.median(spent_s), "case_p99_s": statistics.quantiles(spent_s, n=100)[98],
        "case_slowest_s": max(spent_s), "log_bytes_per_s": (folder / "server.log").stat().st_size / lasts_s,
    }  # fmt: skip


def main() -> None:
    """Read the command line, measure with few and with many descriptors, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=2_000)
    parser.add_argument("--lasts", type=float, default=60.0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found = []
    for files_count in (1024, 0):
        with tempfile.TemporaryDirectory() as name:
            found.append(
                measured(
                    Path(name), connections_count=given.connections, files_count=files_count,
                    lasts_s=given.lasts,
                )
            )  # fmt: skip
    text = json.dumps(circumstances() | {"load_after": os.getloadavg()[0], "idle": found}, indent=2)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
