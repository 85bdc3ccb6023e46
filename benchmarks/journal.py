"""How fast is the journal: durable appends alone, from many threads and in batches; and folding it whole.

Appends are counted when they are on the disk (full sync). The fold runs in a process of its own, so its
memory is its own; it checks every link and hash, and the signatures of the chains' last entries.

    python benchmarks/journal.py [--entries 1000000] [--folder DIR] [--out benchmarks/results/NAME.json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from circumstances import circumstances

from tidegate.adapters.store.journal_begin import begin_journal
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.journal.entry import Draft

TEXT = "The shop does not take my card; it turns and turns, then says try again later. " * 4
BATCH = 500
THREADS = 32
FOLD = """
import json, resource, sys, time
from pathlib import Path
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.journal_state import read_state
journal = open_journal(Path(sys.argv[1]))
began_s, began_cpu_s = time.perf_counter(), time.process_time()
state, _ = read_state(journal)
spent_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
print(json.dumps({
    "entries_count": state.entries_count, "cases_count": len(state.cases),
    "deliveries_count": len(state.deliveries), "outages_count": len(state.outages()), "spent_s": spent_s,
    "cpu_s": cpu_s, "load": Path("/proc/loadavg").read_text().split()[0],
    "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}))
"""


def drafts() -> Iterator[Draft]:
    """Yield what a busy site says: of 500 entries 5 on an outage, 300 on cases, 195 on notices."""
    number = 0
    while True:
        number += 1
        outage = f"outage{number:06d}"
        opened = {
            "title": "Shop",
            "since_s": 1.7e9 + number,
            "source": "operator",
            "components": {"shop": "major_outage"},
        }
        yield Draft(kind="outage.opened", subject=outage, payload=opened)
        yield Draft(kind="outage.moved", subject=outage, payload={"event": "confirm"})
        words = {"update": f"u{number}", "texts": {"en": TEXT}, "next_s": 1.7e9 + number + 1200}
        yield Draft(kind="update.drafted", subject=outage, payload=words)
        yield Draft(kind="update.published", subject=outage, payload=words)
        for turn in range(75):
            case = f"case{number:06d}{turn:02d}"
            asked = {"text": TEXT, "channel": "web", "contact": f"{case}@example.com", "segment": "buyers"}
            yield Draft(kind="case.received", subject=case, payload=asked)
            yield Draft(kind="case.linked", subject=case, payload={"outage": outage})
            yield Draft(kind="case.replied", subject=case, payload={"text": TEXT, "broadcast": outage})
            yield Draft(kind="case.closed", subject=case)
        for turn in range(65):
            notice = f"n{number:06d}{turn:04d}"
            owed = {"update": f"u{number}", "subscription": f"s{turn}", "channel": "email"}
            yield Draft(kind="delivery.planned", subject=notice, payload=owed)
            yield Draft(
                kind="delivery.attempted", subject=notice, payload={"outcome": "busy", "next_s": 1.7e9}
            )
            yield Draft(kind="delivery.done", subject=notice, payload={"outcome": "delivered"})
        yield Draft(kind="outage.moved", subject=outage, payload={"event": "resolve"})


def alone(journal: JournalFile, source: Iterator[Draft], count: int) -> dict[str, float]:
    """One caller, one entry at a time."""
    spent = []
    for draft in islice(source, count):
        began_s = time.perf_counter()
        journal.append([draft])
        spent.append(time.perf_counter() - began_s)
    return {
        "per_s": count / sum(spent),
        "median_s": statistics.median(spent),
        "p99_s": statistics.quantiles(spent, n=100)[98],
    }


def together(journal: JournalFile, source: Iterator[Draft], count: int) -> dict[str, float]:
    """Many threads, one entry at a time each: group commit."""
    shares = [list(islice(source, count // THREADS)) for _ in range(THREADS)]
    spent: list[float] = []

    def work(share: list[Draft]) -> None:
        for draft in share:
            began_s = time.perf_counter()
            journal.append([draft])
            spent.append(time.perf_counter() - began_s)

    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    began_s = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "threads_count": THREADS,
        "per_s": len(spent) / (time.perf_counter() - began_s),
        "p99_s": statistics.quantiles(spent, n=100)[98],
    }


def batches(journal: JournalFile, source: Iterator[Draft], count: int) -> dict[str, float]:
    """One caller, many entries at a time."""
    began_s = time.perf_counter()
    for _ in range(count // BATCH):
        journal.append(list(islice(source, BATCH)))
    return {"batch_count": BATCH, "per_s": count // BATCH * BATCH / (time.perf_counter() - began_s)}


def measured(folder: Path, entries_count: int) -> dict[str, object]:
    """Measure everything in a folder on the disk that matters."""
    journal = begin_journal(folder, site="bench")
    source = drafts()
    found: dict[str, object] = {
        "alone": alone(journal, source, 1_000),
        "together": together(journal, source, 6_400),
        "batches": batches(journal, source, entries_count - 7_400),
    }
    journal.close()
    done = subprocess.run(
        [sys.executable, "-c", FOLD, str(folder)], capture_output=True, text=True, check=True
    )
    found["file_bytes"] = (folder / "journal.db").stat().st_size
    return found | {"fold": json.loads(done.stdout)}


def main() -> None:
    """Read the command line, measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))  # noqa: S108  a disk, where /tmp may be memory
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        found = measured(Path(folder) / "data", given.entries)
    text = json.dumps(circumstances() | {"journal": found}, indent=2)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
