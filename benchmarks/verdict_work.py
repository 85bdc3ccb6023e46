"""What a verdict has to do, beside another version: runs, happenings in them, and CPU seconds on one thread.

Runs and happenings are the same every time and on every machine, whatever else it does; seconds are those of
`tidegate.check` once it is imported. Each version in a process of its own, in turn. A digest of all that the
verdicts hold says whether both say the same.

    git worktree add /tmp/before COMMIT
    python benchmarks/verdict_work.py /tmp/before [--worlds surge kinesis_2020] [--out NAME.json]

The other version must have its engine built, and the modules named here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from circumstances import circumstances

HERE = Path(__file__).resolve().parents[1]
WORLDS = ("surge", "us_east_1_2021", "kinesis_2020", "gitlab_nat", "everyday_nat", "square_2017")
COUNTED = """
import hashlib, json, sys, time
from concurrent.futures import ThreadPoolExecutor
from tidegate.simulate import run as engine
simulate, events = engine.simulate, []
def counted(tables, **more):
    done = simulate(tables, **more)
    events.append(done.events_count)
    return done
engine.simulate = counted
from tidegate.api import load
from tidegate.verbs.check import Check, check
file = load(sys.argv[1])
began_s = time.process_time()
with ThreadPoolExecutor(1) as executor:
    verdicts = check(Check(file=file), executor=executor)
spent_s = time.process_time() - began_s
words = [one.verdict for one in verdicts]
highs = [case.collapse.high for one in verdicts for case in one.cases]
digest = hashlib.sha256(repr(verdicts).encode()).hexdigest()
found = {"runs": len(events), "events": sum(events), "cpu_s": spent_s, "said": words, "highs": highs}
found["digest"] = digest
print(json.dumps(found))
"""


def _work(checkout: Path, world: str) -> dict[str, object]:
    """Return what the check of a world does with a checkout's sources; the world is this version's."""
    file = HERE / "examples" / world / "world.yaml"
    environment = dict(os.environ) | {"PYTHONPATH": str(checkout / "src")}
    words = [sys.executable, "-c", COUNTED, str(file)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return dict(json.loads(done.stdout))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path)
    parser.add_argument("--worlds", nargs="*", default=WORLDS)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    rows = []
    for world in chosen.worlds:
        before, now = (_work(checkout, world) for checkout in (chosen.other.resolve(), HERE))
        found = {"before": before, "now": now, "same": before["digest"] == now["digest"]}
        rows.append({"world": world} | found | {"load_1min": os.getloadavg()[0]})
        print(json.dumps(rows[-1]), flush=True)
    text = json.dumps(circumstances() | {"verdict_work": rows}, indent=2)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
