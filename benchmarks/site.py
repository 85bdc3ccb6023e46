"""How long from a word to its page? 2,000 components, five years of history; and reads beside nginx.

    python benchmarks/site.py [--components 2000] [--outages 600] [--words 40] [--reads 10000] [--out FILE]

Measured: a whole site from nothing; then, word after word, from the append (on disk when it returns) to the
renamed tree that holds it, as a reader sees it; then the same files read from `tidegate serve` and from nginx
with one worker, in turn, on the loopback, by the same client.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from circumstances import circumstances

from tidegate.adapters.publish.folder import FolderTarget
from tidegate.adapters.store.journal_begin import begin_journal
from tidegate.adapters.store.journal_file import KEY_NAME
from tidegate.adapters.store.site_key import read_key
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.state import State
from tidegate.journal.entry import Draft, new_id
from tidegate.verbs.record.publish import Publisher, own_link_secret

YEAR_S = 365 * 86_400.0
CONNECTIONS_COUNT = 8
READ: Mapping[str, tuple[str, ...]] = {
    "small": ("api/v2/status.json", "components/c7.html"),
    "page": ("index.html",),
    "mixed": (
        "index.html",
        "api/v2/summary.json",
        "api/v2/status.json",
        "history.atom",
        "components/c7.html",
    ),
}
REGIONS = ("eu-central", "us-east", "us-west", "ap-south")


def history(components: int, outages: int, now_s: float) -> list[Draft]:
    """Drafts of a record as a large provider's would be after five years."""
    chance = random.Random(7)  # noqa: S311  a workload, not a secret
    drafts = []
    for number in range(components):
        payload = {
            "title": f"service {number // 4}", "group": f"group {number // 80}",
            "region": REGIONS[number % 4], "position": float(number),
        }  # fmt: skip
        drafts.append(
            Draft(kind="component.declared", subject=f"c{number}", payload=payload, at_s=now_s - 5 * YEAR_S)
        )
    for number in range(outages):
        subject = new_id(f"outage {number}".encode())
        since_s = now_s - 5 * YEAR_S * (number + 1) / (outages + 1)
        hit = {
            f"c{chance.randrange(components)}": "partial_outage" for _ in range(chance.choice((1, 2, 5, 40)))
        }
        opened = {"title": f"Outage {number}", "since_s": since_s, "source": "record", "components": hit}
        drafts.append(Draft(kind="outage.opened", subject=subject, payload=opened, at_s=since_s))
        drafts.append(Draft(kind="outage.moved", subject=subject, payload={"event": "confirm"}, at_s=since_s))
        for said in range(6):
            words = {
                "update": new_id(f"{number} {said}".encode()),
                "texts": {"en": "We are working on it. " * 8},
            }
            drafts.append(
                Draft(kind="update.published", subject=subject, payload=words, at_s=since_s + 600.0 * said)
            )
        drafts.append(
            Draft(kind="outage.moved", subject=subject, payload={"event": "resolve"}, at_s=since_s + 4000.0)
        )
    return drafts


def published(folder: Path, *, components: int, outages: int, words: int) -> dict[str, object]:
    """Measure publishing; return what was measured."""
    journal = begin_journal(folder / "data", site="bench")
    drafts = history(components, outages, time.time())
    state = State()
    for start in range(0, len(drafts), 2000):
        for entry in journal.append(drafts[start : start + 2000]):
            state.take(entry)
    key = read_key(folder / "data" / KEY_NAME)
    target = FolderTarget(folder / "site")
    setting = SiteSetting(name="Bench", link_secret=own_link_secret(key))
    publisher = Publisher(state=state, setting=setting, key=key, clock=time.time, targets=[target])
    began_s = time.perf_counter()
    first = publisher.publish()
    whole_s = time.perf_counter() - began_s
    whole_bytes = sum(len(content) for content in first.tree.contents().values())
    subject = new_id(b"now")
    opened = {
        "title": "Now", "since_s": time.time(), "source": "operator",
        "components": {f"c{number}": "major_outage" for number in range(40)},
    }  # fmt: skip
    for entry in journal.append([
        Draft(kind="outage.opened", subject=subject, payload=opened),
        Draft(kind="outage.moved", subject=subject, payload={"event": "confirm"}),
    ]):  # fmt: skip
        state.take(entry)
    publisher.publish()
    took_s, written, cpu_s = [], 0, time.process_time()
    for number in range(words):
        mark = f"Word number {number}."
        payload = {"update": new_id(f"word {number}".encode()), "texts": {"en": mark}}
        began_s = time.perf_counter()
        for entry in journal.append([Draft(kind="update.published", subject=subject, payload=payload)]):
            state.take(entry)
        written = publisher.publish().puts[0].changed_count
        seen = mark in (target.current / "index.html").read_text()
        took_s.append(time.perf_counter() - began_s)
        assert seen
    cpu_s = (time.process_time() - cpu_s) / words
    took_s.sort()
    journal.close()
    return {
        "components_count": components, "outages_count": outages, "words_count": words,
        "whole_s": whole_s, "files_count": len(first.tree.made), "whole_bytes": whole_bytes,
        "word_to_page_p50_s": took_s[len(took_s) // 2],
        "word_to_page_p99_s": took_s[min(int(len(took_s) * 0.99), len(took_s) - 1)],
        "word_to_page_cpu_s": cpu_s, "written_files_count": written, "load": os.getloadavg()[0],
    }  # fmt: skip


def conversation(port: int, path: str) -> tuple[bytes, int]:
    """Return what is asked for a path, and how many bytes the whole answer has."""
    asked = f"GET /{path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(asked)
        found = b""
        while b"\r\n\r\n" not in found:
            found += line.recv(65536)
    head, _, _ = found.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    stated = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    assert stated is not None, head
    return asked, len(head) + 4 + int(stated[1])


def taken(line: socket.socket, buffer: memoryview, size: int) -> None:
    """Take in one answer of a size that is known."""
    left = size
    while left:
        came = line.recv_into(buffer, min(left, len(buffer)))
        assert came
        left -= came


def reads_per_s(port: int, paths: Sequence[str], count: int) -> float:
    """Read files over connections that are kept; on each, one question is under way at a time.

    The client does as little as it can: it knows how long each answer is and looks at nothing in it.
    """
    asked = [conversation(port, path) for path in paths]
    buffer = memoryview(bytearray(1 << 18))
    lines = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(CONNECTIONS_COUNT)]
    began_s = time.perf_counter()
    for number in range(count // CONNECTIONS_COUNT):
        question, size = asked[number % len(asked)]
        for line in lines:
            line.sendall(question)
        for line in lines:
            taken(line, buffer, size)
    spent_s = time.perf_counter() - began_s
    for line in lines:
        line.close()
    return count // CONNECTIONS_COUNT * CONNECTIONS_COUNT / spent_s


@contextmanager
def nginx(root: Path) -> Iterator[int]:
    """Let nginx, with one worker, serve a folder; give its port."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise SystemExit("nginx is not installed")
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        port = 18_000 + os.getpid() % 1000
        settings = Path(place) / "nginx.conf"
        settings.write_text(
            f"daemon off; worker_processes 1; pid {place}/pid; error_log {place}/error.log; user root;\n"
            "events {}\nhttp { access_log off; keepalive_requests 10000000; default_type text/html; "
            f"server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
        )
        process = subprocess.Popen([program, "-c", str(settings)])
        try:
            time.sleep(1.0)
            yield port
        finally:
            process.terminate()
            process.wait()


@contextmanager
def tidegate(data: Path) -> Iterator[int]:
    """Let `tidegate serve` publish and serve what a folder holds; give its port."""
    program = str(Path(sys.executable).with_name("tidegate"))
    words = [program, "serve", "--data", str(data), "--port", "0"]
    with (data / "server.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        found = None
        while found is None:
            said = process.stdout.readline()
            assert said, (data / "server.log").read_text(encoding="utf-8")[-2000:]
            found = re.search(r"Public site +http://127\.0\.0\.1:(\d+)/", said)
        try:
            while not (data / "public" / "current" / "index.html").exists():
                time.sleep(0.5)
            time.sleep(1.0)
            yield int(found[1])
        finally:
            process.terminate()
            process.communicate()


def beside_nginx(data: Path, *, count: int, rounds: int) -> dict[str, object]:
    """Read the same files from both in turn, who is first by turns; return what was read how fast."""
    with tidegate(data) as own, nginx(data / "public" / "current") as other:
        ports = {"tidegate": own, "nginx": other}
        found = {
            name: in_turn(ports, paths, count=count, rounds=rounds)
            | {"paths": paths, "bytes": [(data / "public/current" / path).stat().st_size for path in paths]}
            for name, paths in READ.items()
        }
    return {"connections_count": CONNECTIONS_COUNT, "reads_a_round_count": count, **found}


def in_turn(ports: Mapping[str, int], paths: Sequence[str], *, count: int, rounds: int) -> dict[str, object]:
    """Read paths from two servers in turn; return reads a second, and nginx's over ours."""
    found: dict[str, list[float]] = {name: [] for name in ports}
    for port in ports.values():
        reads_per_s(port, paths, CONNECTIONS_COUNT * 50)
    for number in range(rounds):
        for name in sorted(ports, reverse=bool(number % 2)):
            found[name].append(reads_per_s(ports[name], paths, count))
    ratios = [theirs / ours for ours, theirs in zip(*found.values(), strict=True)]
    return {
        **{f"{name}_per_s": statistics.median(rates) for name, rates in found.items()},
        "ratio_median": statistics.median(ratios), "ratio_least": min(ratios), "ratio_greatest": max(ratios),
        "load": os.getloadavg()[0],
    }  # fmt: skip


def main() -> int:
    """Read the command line, measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, default=2000)
    parser.add_argument("--outages", type=int, default=600)
    parser.add_argument("--words", type=int, default=40)
    parser.add_argument("--reads", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"))  # noqa: S108  a disk, where /tmp may be memory
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        place = Path(folder)
        place.chmod(0o755)
        to_page = published(place, components=asked.components, outages=asked.outages, words=asked.words)
        print("publishing", json.dumps(to_page), file=sys.stderr)
        read = beside_nginx(place / "data", count=asked.reads, rounds=asked.rounds)
    text = json.dumps(circumstances() | {"publishing": to_page, "reading": read}, indent=2)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
