"""How long from a word to its page? 2,000 components, five years of history; and reads beside nginx.

    python benchmarks/site.py [--components 2000] [--outages 600] [--words 40] [--reads 20000]

Measured: a whole site from nothing; then, word after word, from the append (on disk when it returns) to the
renamed tree that holds it, as a reader sees it; then the same files read from nginx and from Python's own
server, on the loopback, one connection at a time.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tidegate.adapters.publish.folder import FolderTarget
from tidegate.adapters.store.journal_file import KEY_NAME, begin_journal
from tidegate.adapters.store.site_key import read_key
from tidegate.inform.site.setting import SiteSetting
from tidegate.inform.state import State
from tidegate.journal.entry import Draft, new_id
from tidegate.verbs.publish import Publisher, own_link_secret

YEAR_S = 365 * 86_400.0
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


def published(folder: Path, *, components: int, outages: int, words: int) -> Path:
    """Measure publishing; return the folder that is served."""
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
    size = sum(len(content) for content in first.tree.contents().values())
    took = time.perf_counter() - began_s
    files = f"{len(first.tree.made):,} files, {size / 1e6:.1f} MB"
    print(f"whole site     {took:7.2f} s  {files}")
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
    load = os.getloadavg()[0]
    took_s.sort()
    p50_s, p99_s = took_s[len(took_s) // 2], took_s[min(int(len(took_s) * 0.99), len(took_s) - 1)]
    print(f"word to page   p50 {p50_s:.2f} s, p99 {p99_s:.2f} s, of {words}; {written} files written each")
    print(f"               {cpu_s:.2f} s of processor time each; load {load:.1f}")
    journal.close()
    return target.current


class Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one write, or the other side waits for the second

    def log_message(self, *_):
        pass


def reads(name: str, port: int, paths: list[str], count: int) -> None:
    """Read files one after the other on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    began_s, size = time.perf_counter(), 0
    for number in range(count):
        connection.request("GET", "/" + paths[number % len(paths)])
        answer = connection.getresponse()
        size += len(answer.read())
        assert answer.status == 200
    took_s = time.perf_counter() - began_s
    print(f"{name:<14} {count / took_s:8,.0f} reads/s, {size / took_s / 1e6:.0f} MB/s")


def served_by_nginx(root: Path, paths: list[str], count: int) -> None:
    """Measure reads from nginx with one worker; nothing where it is not installed."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        print("nginx          is not installed")
        return
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        port = 18_000 + os.getpid() % 1000
        settings = Path(place) / "nginx.conf"
        settings.write_text(
            f"daemon off; worker_processes 1; pid {place}/pid; error_log {place}/error.log; user root;\n"
            "events {}\nhttp { access_log off; keepalive_requests 1000000; "
            f"server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
        )
        process = subprocess.Popen([nginx, "-c", str(settings)])
        try:
            time.sleep(1.0)
            reads("nginx", port, paths, count)
        finally:
            process.terminate()
            process.wait()


def served_by_python(root: Path, paths: list[str], count: int) -> None:
    """Measure reads from Python's own server of files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    Thread(target=server.serve_forever, daemon=True).start()
    reads("http.server", server.server_port, paths, count)
    server.shutdown()
    server.server_close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, default=2000)
    parser.add_argument("--outages", type=int, default=600)
    parser.add_argument("--words", type=int, default=40)
    parser.add_argument("--reads", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = published(Path(folder), components=asked.components, outages=asked.outages, words=asked.words)
        paths = [
            "index.html",
            "api/v2/summary.json",
            "api/v2/status.json",
            "history.atom",
            "components/c7.html",
        ]
        served_by_nginx(root, paths, asked.reads)
        served_by_python(root, paths, asked.reads // 10)
    return 0


if __name__ == "__main__":
    sys.exit(main())
