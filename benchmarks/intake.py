"""Ten thousand cases while the server is killed at random and all it asks is dead, slow and wrong in turn.

It prints what became of every acknowledged case and how long customers waited, as JSON:

    python benchmarks/intake.py --cases 10000 --out benchmarks/results/intake.json
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from circumstances import circumstances

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from case_storm import judged, p99_s, storm


def main() -> None:
    """Read the command line, let the storm pass, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--customers", type=int, default=32)
    parser.add_argument("--kill-every", type=float, nargs=2, default=(2.0, 8.0))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))  # noqa: S108  a disk, where /tmp may be memory
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        found = storm(
            folder, cases_count=given.cases, customers_count=given.customers,
            kill_every_s=tuple(given.kill_every), seed=given.seed,
        )  # fmt: skip
        judgement = judged(folder, found, given.cases)
    measured = {
        "cases_count": given.cases, "customers_count": given.customers, "kills_count": found.kills_count,
        "down_s": found.down_s, "asked_again_count": found.again_count, **judgement,
        "accepted_p99_s": p99_s(found.spent_s), "accepted_slowest_s": max(found.spent_s),
        "sent_while_starting_count": len(found.starting_s),
        "sent_while_starting_slowest_s": max(found.starting_s, default=0.0),
        "waited_with_kills_p99_s": p99_s(found.waited_s), "load_after": os.getloadavg()[0],
    }  # fmt: skip
    text = json.dumps(circumstances() | {"intake": measured}, indent=2)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
