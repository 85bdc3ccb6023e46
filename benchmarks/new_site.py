"""A new site that takes in a million entries, a pair with nothing to say, and cases where others are gone.

It makes a journal (or takes one that was made before, `--journal`), serves it, lets an empty site join over
loopback HTTP, and prints as JSON how long that took, what memory each needed, which share of a core a site of
a pair takes that has nothing to say, and how long cases took at one of three sites whose others are dead:

    python benchmarks/new_site.py --entries 1000000 --out benchmarks/results/new-site.json
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import closing
from pathlib import Path

from circumstances import circumstances

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import sites_served
from sites_served import Group, ServedSite, free_port
from tidegate.adapters.store.journal_begin import begin_journal, open_journal
from tidegate.adapters.store.site_key import public_text, read_key
from tidegate.journal.entry import Draft, new_id
from tidegate.verbs.record.site import begin, join

_BATCH_COUNT = 5_000
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def made(folder: Path, entries_count: int) -> None:
    """Make a site's journal of so many cases."""
    with closing(begin_journal(folder, site="west")) as journal:
        for first in range(1, entries_count, _BATCH_COUNT):
            journal.append([_case(count) for count in range(first, min(first + _BATCH_COUNT, entries_count))])


def _case(count: int) -> Draft:
    payload = {"text": f"case {count}: it does not work " * 3, "channel": "api", "key": f"k{count}"}
    return Draft(kind="case.received", subject=new_id(f"k{count}".encode()), payload=payload)


def named(here: ServedSite, there: ServedSite) -> None:
    """Let a site name another."""
    with closing(open_journal(here.data)) as journal:
        key = public_text(read_key(there.data / "site.key"))
        address = f"http://127.0.0.1:{there.port}"
        join(journal, there.name, key=key, address=address, by="benchmark", may_be_plain=True)


def peak_bytes(site: ServedSite) -> int:
    """Return the most memory that a server ever held."""
    assert site.process is not None
    status = Path(f"/proc/{site.process.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def cpu_s(site: ServedSite) -> float:
    """Return how long a server has used a core."""
    assert site.process is not None
    fields = Path(f"/proc/{site.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def last_position(site: ServedSite) -> int:
    """Return how many entries a site keeps."""
    with closing(sqlite3.connect(f"file:{site.data}/journal.db?mode=ro", uri=True, timeout=60.0)) as read:
        return int(read.execute("SELECT max(position) FROM entries").fetchone()[0])


def joined(folder: Path, journal: Path, *, most_s: float) -> dict[str, float]:
    """Let a new site join, and return what that took."""
    west = ServedSite("west", journal, free_port())
    east = ServedSite("east", folder / "east", free_port())
    begin(east.data, "east", "")
    named(west, east), named(east, west)
    began_s = time.monotonic()
    west.start()
    started_s = time.monotonic() - began_s
    wanted = last_position(west) + last_position(east)
    cpu_before_s = cpu_s(west)
    began_s = time.monotonic()
    east.start()
    while (there := last_position(east)) < wanted and time.monotonic() - began_s < most_s:
        time.sleep(0.5)
    complete_s = time.monotonic() - began_s
    found = {
        "entries_count": there, "is_complete": there >= wanted, "complete_s": complete_s,
        "new_cpu_s": cpu_s(east), "old_cpu_s": cpu_s(west) - cpu_before_s, "old_start_s": started_s,
        "old_peak_bytes": peak_bytes(west), "new_peak_bytes": peak_bytes(east),
        "journal_bytes": (journal / "journal.db").stat().st_size,
    }  # fmt: skip
    for one in (west, east):
        one.kill()
    return found


def idle(folder: Path, *, lasts_s: float) -> dict[str, float]:
    """Return which share of a core each of two sites takes that have nothing to say."""
    group = Group(folder, ("west", "east"))
    try:
        group.start()
        time.sleep(15.0)
        before_s = {name: cpu_s(one) for name, one in group.sites.items()}
        time.sleep(lasts_s)
        shares = [(cpu_s(one) - before_s[name]) / lasts_s for name, one in group.sites.items()]
    finally:
        group.close()
    return {"lasts_s": lasts_s, "core_share_each": max(shares)}


def alone(folder: Path) -> float:
    """Return which share of a core a server takes that knows no other site."""
    one = ServedSite("west", folder / "west", free_port())
    begin(one.data, "west", "")
    one.start()
    time.sleep(15.0)
    before_s = cpu_s(one)
    time.sleep(30.0)
    share = (cpu_s(one) - before_s) / 30.0
    one.kill()
    return share


def intake(folder: Path, *, per_s: float, lasts_s: float) -> dict[str, float]:
    """Return how long cases take at one of three sites whose others are gone."""
    group = Group(folder, ("west", "mid", "east"))
    spent_s: list[float] = []
    lock, failed = threading.Lock(), [0]

    def send(count: int) -> None:
        body = json.dumps({"text": "it does not work", "key": f"n{count}"}).encode()
        url = f"http://127.0.0.1:{group.sites['west'].port}/api/v1/cases"
        asked = urllib.request.Request(url, body, {"content-type": "application/json"})
        began_s = time.monotonic()
        try:
            with urllib.request.urlopen(asked, timeout=30.0) as answer:  # noqa: S310
                answer.read()
        except OSError:
            with lock:
                failed[0] += 1
            return
        with lock:
            spent_s.append(time.monotonic() - began_s)

    try:
        group.start()
        time.sleep(3.0)
        group.sites["mid"].kill(), group.sites["east"].kill()
        began_s, threads = time.monotonic(), []
        for count in range(int(per_s * lasts_s)):
            time.sleep(max(0.0, began_s + count / per_s - time.monotonic()))
            threads.append(threading.Thread(target=send, args=(count,)))
            threads[-1].start()
        for thread in threads:
            thread.join()
    finally:
        group.close()
    return {
        "per_s": per_s, "lasts_s": lasts_s, "cases_count": len(spent_s), "failed_count": failed[0],
        "p50_s": statistics.median(spent_s), "p99_s": statistics.quantiles(spent_s, n=100)[98],
        "slowest_s": max(spent_s),
    }  # fmt: skip


def main() -> None:
    """Read the command line, measure, and print or write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--journal", type=Path, help="a folder with such a journal of site west")
    parser.add_argument("--most", type=float, default=1_800.0, help="seconds to wait for the new site")
    parser.add_argument("--idle", type=float, default=60.0)
    parser.add_argument(
        "--only", nargs="+", choices=("joined", "idle", "intake"), default=("joined", "idle", "intake")
    )
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))  # noqa: S108  a disk, where /tmp may be memory
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    sites_served.READY_S = 900.0  # a million entries are read before a server is ready
    found: dict[str, object] = {"load_before": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        if "idle" in given.only:
            (folder / "idle").mkdir(), (folder / "alone").mkdir()
            found["idle"] = idle(folder / "idle", lasts_s=given.idle) | {
                "alone_core_share": alone(folder / "alone")
            }
        if "intake" in given.only:
            (folder / "three").mkdir()
            found["intake"] = intake(folder / "three", per_s=50.0, lasts_s=60.0)
        if "joined" in given.only:
            journal = given.journal or folder / "west"
            if given.journal is None:
                made(journal, given.entries)
            found["new_site"] = joined(folder, journal, most_s=given.most)
    text = json.dumps(circumstances() | found | {"load_after": os.getloadavg()[0]}, indent=2)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
