"""Ten million flow records of each kind through `tidegate discover`: seconds, and the most memory it had.

Traffic is drawn: 600 sources ask 20 services, 1,000 flows a second, each alive for a while; a closed one
stands for 30 s in the table. Files are written to a folder first, and deleted afterwards.

    python benchmarks/flow_records.py --records 10000000 --out benchmarks/results/flow-records.json
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from circumstances import circumstances

START_S = 1795888543.0
FLOWS_PER_S = 1_000.0
HELD_S = 30.0
WITHIN_S, WITHIN_BYTES = 60.0, 500e6

Flow = tuple[float, float, str, int, str, int]


def flows(seed: int = 7) -> Iterator[Flow]:
    """Yield beginning, life, source, port, target, port; in the order of their beginnings."""
    chance = random.Random(seed)  # noqa: S311  drawn, not secret
    sources = [f"10.0.{i // 200}.{i % 200 + 1}" for i in range(600)]
    targets = [(f"10.1.0.{i + 1}", 8000 + i) for i in range(20)]
    ports = itertools.cycle(range(1024, 65_000))
    at_s = START_S
    while True:
        at_s += chance.expovariate(FLOWS_PER_S)
        target, port = targets[chance.randrange(20)]
        yield at_s, chance.expovariate(20.0), sources[chance.randrange(600)], next(ports), target, port


def ordered(happen: Iterator[list[tuple[float, object]]]) -> Iterator[tuple[float, object]]:
    """Yield what each flow makes happen in the order of its times; each flow's first is in order already."""
    waiting: list[tuple[float, int, object]] = []
    for number, each in enumerate(happen):
        begun_s = each[0][0]
        while waiting and waiting[0][0] <= begun_s:
            at_s, _, what = heapq.heappop(waiting)
            yield at_s, what
        for step, (at_s, what) in enumerate(each):
            heapq.heappush(waiting, (at_s, 16 * number + step, what))


def conntrack_lines(of: Flow) -> list[tuple[float, object]]:
    at_s, life_s, source, port, target, asked = of
    one = f"src={source} dst={target} sport={port} dport={asked}"
    back = f"src={target} dst=203.0.113.7 sport={asked} dport={port}"
    ended_s = at_s + life_s
    return [
        (at_s, f"\t    [NEW] tcp      6 120 SYN_SENT {one} [UNREPLIED] {back}\n"),
        (at_s + 0.0002, f"\t [UPDATE] tcp      6 60 SYN_RECV {one} {back}\n"),
        (at_s + 0.0004, f"\t [UPDATE] tcp      6 432000 ESTABLISHED {one} {back} [ASSURED]\n"),
        (ended_s, f"\t [UPDATE] tcp      6 120 FIN_WAIT {one} {back} [ASSURED]\n"),
        (ended_s + 0.0003, f"\t [UPDATE] tcp      6 30 LAST_ACK {one} {back} [ASSURED]\n"),
        (ended_s + 0.0005, f"\t [UPDATE] tcp      6 120 TIME_WAIT {one} {back} [ASSURED]\n"),
        (ended_s + HELD_S, f"\t[DESTROY] tcp      6 {one} {back} [ASSURED]\n"),
    ]


def write_conntrack(path: Path, records: int) -> None:
    with path.open("w") as stream:
        lines = ordered(map(conntrack_lines, flows()))
        for at_s, line in itertools.islice(lines, records):
            stream.write(f"[{at_s:.6f}]{line}")


def write_vpc(path: Path, records: int) -> None:
    """Write rows of both directions, as an interface with the fields of version 5 would."""
    head = "version interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action"
    with path.open("w") as stream:
        stream.write(f"{head} tcp-flags log-status pkt-srcaddr pkt-dstaddr\n")
        for at_s, life_s, source, port, target, asked in itertools.islice(flows(), records // 2):
            times = f"{int(at_s)} {int(at_s + life_s)} ACCEPT"
            for ways, counts, flags in (
                (f"{source} {target} {port} {asked}", "6 500", 3),
                (f"{target} {source} {asked} {port}", "5 900", 19),
            ):
                own = " ".join(ways.split()[:2])
                stream.write(f"5 eni-0a1b2c3d4e5f60718 {ways} 6 {counts} {times} {flags} OK {own}\n")


def capture_packets(of: Flow) -> list[tuple[float, object]]:
    at_s, life_s, source, port, target, asked = of
    here, there = (bytes(map(int, one.split("."))) for one in (source, target))
    to, back = here + there + struct.pack("!HH", port, asked), there + here + struct.pack("!HH", asked, port)
    ended_s, sequence = at_s + life_s, hash(of) & 0xFFFFFFFF
    steps = ((at_s, to, 2), (at_s + 0.0002, back, 18), (ended_s, back, 17), (ended_s + 0.0003, to, 17))
    return [
        (when_s, way + struct.pack("!IIBBHHH", sequence, 0, 0x50, flags, 64, 0, 0))
        for when_s, way, flags in steps
    ]


def write_capture(path: Path, records: int) -> None:
    before = bytes(12) + b"\x08\x00" + struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0)
    with path.open("wb") as stream:
        stream.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for at_s, rest in itertools.islice(ordered(map(capture_packets, flows())), records):
            head = struct.pack("<IIII", int(at_s), int(at_s % 1.0 * 1e6), 54, 54)
            stream.write(head + before + bytes(rest))


def measured(path: Path, kind: str, records: int) -> dict[str, object]:
    """Let `tidegate discover` read a file; a process of its own, so that its memory is its own."""
    begun_s = time.monotonic()
    words = [sys.executable, "-m", "tidegate.cli.main", "discover", str(path), "--format", "json"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = json.loads(process.stdout.read())
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, kind
    return {
        "kind": kind, "records": records, "file_bytes": path.stat().st_size,
        "seconds": time.monotonic() - begun_s, "cpu_s": used.ru_utime + used.ru_stime,
        "most_bytes": used.ru_maxrss * 1024, "within_s": WITHIN_S, "within_bytes": WITHIN_BYTES,
        "places": len(found["places"]), "length_s": found["length_s"],
    }  # fmt: skip


def main() -> None:
    """Read the command line, write and read files, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--only", nargs="*", default=["conntrack", "vpc", "capture"])
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))  # noqa: S108  a disk, where /tmp may be memory
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    writers = {"conntrack": write_conntrack, "vpc": write_vpc, "capture": write_capture}
    results = []
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        for kind in given.only:
            path = Path(name) / kind
            writers[kind](path, given.records)
            results.append(measured(path, kind, given.records))
            path.unlink()
            print(json.dumps(results[-1]), file=sys.stderr)
    text = json.dumps(circumstances() | {"load_1min": os.getloadavg()[0], "flow_records": results}, indent=2)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
