"""What the start of a run costs where a million connections are kept: this version beside another, in turn.

The world has a million clients that each keep a connection and ask nothing. A run of it ends after a
millisecond of its time, so that what is measured is its start: the world is lowered whole (as a fraction is
chosen, too), memory is laid out, and every connection stands in the tables. CPU time of both, the first of a
process left out, processes of both versions in turn.

    git worktree add /tmp/before 9a36100
    python benchmarks/kept_connections.py /tmp/before [--rounds 3] [--out benchmarks/results/NAME.json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from circumstances import circumstances

HERE = Path(__file__).resolve().parents[1]
CONNECTIONS_COUNT, RUNS_COUNT = 1_000_000, 3
WORLD = f"""
name: kept
horizon: 1ms
networks: {{a: {{}}, b: {{}}}}
crossings: {{edge: {{between: [a, b], table: {{entries: 2000000}}}}}}
services: {{web: {{network: b, instances: 10}}}}
clients:
  users:
    network: a
    service: web
    population: {CONNECTIONS_COUNT}
    connection: keep_alive
    demand: {{kind: none}}
triggers: {{later: {{at: 500us, set: {{services.web.service_time: 2ms}}}}}}
"""
START = f"""
import json, time
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world
script = write_script(read_world('''{WORLD}''', "kept.yaml"), None)
simulate(lower(script, horizon_s=1e-3), seed=1)
spent_s = []
for i in range({RUNS_COUNT}):
    began_s = time.process_time()
    tables = lower(script, horizon_s=1e-3)
    lowered_s = time.process_time()
    simulate(tables, seed=1, replication=i)
    spent_s.append([lowered_s - began_s, time.process_time() - lowered_s])
print(json.dumps(spent_s))
"""


def _starts_s(checkout: Path) -> list[list[float]]:
    """Return the CPU seconds of a few lowerings and starts, in one process that runs a checkout's sources."""
    environment = dict(os.environ) | {"PYTHONPATH": str(checkout / "src")}
    done = subprocess.run(
        [sys.executable, "-c", START], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return list(json.loads(done.stdout))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    spent: dict[Path, list[list[float]]] = {chosen.other.resolve(): [], HERE: []}
    for _ in range(chosen.rounds):
        for checkout, seen in spent.items():
            seen.extend(_starts_s(checkout))
    rows = []
    for name, parts in (("lowering", [0]), ("start of a run", [1]), ("both", [0, 1])):
        sums = [[sum(one[i] for i in parts) for one in seen] for seen in spent.values()]
        before_s, now_s = map(statistics.median, sums)
        row = {"what": name, "before_s": before_s, "now_s": now_s, "ratio": now_s / before_s}
        rows.append(row | {"ranges_s": [[min(seen), max(seen)] for seen in sums]})
    found = {
        "connections_count": CONNECTIONS_COUNT,
        "parts": rows,
        "rounds": chosen.rounds,
        "load_1min": os.getloadavg()[0],
    }
    text = json.dumps(circumstances() | {"start": found}, indent=2)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
