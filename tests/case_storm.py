"""A storm of cases at a real server that is killed again and again, while everything it asks fails in turn.

`storm` starts the server as a process of its own, lets many customers ask for help at once, kills it with
SIGKILL at random moments and starts it anew on the same port; afterwards `judged` reads the journal and
says what became of every case that was acknowledged.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from record_sample import WORLD
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.journal_file import KEY_NAME
from tidegate.adapters.store.site_key import public_text, read_key
from tidegate.track.case import receipt
from tidegate.track.receipt import read_receipt

MODES = ("dead", "slow", "wrong")
GIVE_UP_S = 240.0


class Dependency:
    """What the server asks for identity, probes and copies: dead, slow or wrong, as it is told."""

    def __init__(self) -> None:
        self.mode = "dead"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        wrong = itertools.cycle(
            [b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", b"nonsense",
             b'HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n{"segment": "admins"}']
        )  # fmt: skip
        while True:
            try:
                came, _ = self._listener.accept()
            except OSError:
                return
            if self.mode == "slow":
                self._held.append(came)  # taken, never answered
                continue
            if self.mode == "wrong":
                with suppress(OSError):
                    came.settimeout(0.2)
                    came.recv(4096)
                    came.sendall(next(wrong))
            came.close()  # dead: the connection is reset or ends at once

    def close(self) -> None:
        self._listener.close()
        self._thread.join(5.0)
        for one in self._held:
            one.close()


class Server:
    """`tidegate serve` as a process, on one port through all its lives."""

    def __init__(self, folder: Path, dependency: Dependency) -> None:
        self.data = folder / "data"
        self.lives_count = 0
        self.is_ready = False
        (folder / "world.yaml").write_text(WORLD, encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        at = f"http://127.0.0.1:{dependency.port}"
        self._words = [
            sys.executable, "-m", "tidegate.cli.main", "serve", str(folder / "world.yaml"),
            "--data", str(self.data), "--port", str(self.port),
        ]  # fmt: skip
        self._environment = {
            **os.environ, "TIDEGATE_IDENTITY_URL": f"{at}/who", "TIDEGATE_PROBES": f"login={at}/,shop={at}/",
            "TIDEGATE_PROBE_NETWORKS": "127.0.0.0/8", "TIDEGATE_PROBE_EVERY": "2s",
        }  # fmt: skip
        self._log = (folder / "server.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self._process = subprocess.Popen(
            self._words, env=self._environment, stdout=subprocess.DEVNULL, stderr=self._log
        )
        self.lives_count += 1
        until_s = time.monotonic() + 60.0
        while time.monotonic() < until_s:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2.0)
            with suppress(OSError, http.client.HTTPException), closing(connection):
                connection.request("GET", "/health/ready")
                if connection.getresponse().status == 200:
                    self.is_ready = True
                    return
            time.sleep(0.02)
        raise AssertionError("the server did not become ready within 60 s")

    def kill(self) -> None:
        """End it without a warning: SIGKILL."""
        assert self._process is not None
        self.is_ready = False
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """Ask it to end; return its exit code."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(60.0)
        self._log.close()
        return code


@dataclass(kw_only=True)
class Storm:
    """What the customers saw.

    Attributes
    ----------
    spent_s, starting_s
        From sending to the receipt: sent to a server that was ready, and to one that was just starting.
    waited_s
        From the first sending of a case to its receipt, kills and starts in between included.
    """

    receipts: dict[int, set[str]] = field(default_factory=dict)
    spent_s: list[float] = field(default_factory=list)
    starting_s: list[float] = field(default_factory=list)
    waited_s: list[float] = field(default_factory=list)
    again_count: int = 0
    kills_count: int = 0
    down_s: float = 0.0
    codes: list[int] = field(default_factory=list)


class _Customers:
    """Many customers who ask until they hold a receipt."""

    def __init__(self, server: Server, cases: Sequence[int], found: Storm) -> None:
        self._server, self._found = server, found
        self._cases = iter(cases)
        self._lock = threading.Lock()
        self._until_s = time.monotonic() + GIVE_UP_S + 0.1 * len(cases)

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=10.0)
        while True:
            with self._lock:
                number = next(self._cases, None)
            if number is None:
                break
            self._ask(connection, number)
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, number: int) -> None:
        body = json.dumps({
            "text": f"case {number}: it does not work. " + "x" * (number % 700), "key": f"key-{number}",
            "contact": f"c{number}@example.org", "components": ["login"] if number % 3 else [],
        })  # fmt: skip
        first_s = time.monotonic()
        asks = 0
        while time.monotonic() < self._until_s:
            began_s, was_ready = time.monotonic(), self._server.is_ready
            asks += 1
            try:
                connection.request("POST", "/api/v1/cases", body, {"content-type": "application/json"})
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(random.uniform(0.02, 0.2))  # noqa: S311
                continue
            if answer.status not in {200, 201}:
                time.sleep(0.1)
                continue
            now_s = time.monotonic()
            with self._lock:
                self._found.receipts.setdefault(number, set()).add(json.loads(text)["receipt"])
                spent_s = self._found.spent_s if was_ready else self._found.starting_s
                spent_s.append(now_s - began_s)
                self._found.waited_s.append(now_s - first_s)
                self._found.again_count += asks - 1
            if number % 50 == 0 and asks < 3:
                continue  # some send again what was acknowledged already
            return


def storm(
    folder: Path, *, cases_count: int, customers_count: int, kill_every_s: tuple[float, float], seed: int
) -> Storm:
    """Let the storm pass; return what the customers saw."""
    chance = random.Random(seed)  # noqa: S311
    found = Storm()
    dependency = Dependency()
    server = Server(folder, dependency)
    server.start()
    customers = _Customers(server, range(cases_count), found)
    threads = [threading.Thread(target=customers.run) for _ in range(customers_count)]
    for thread in threads:
        thread.start()
    modes = itertools.cycle(MODES)
    while any(thread.is_alive() for thread in threads):
        dependency.mode = next(modes)
        pause_s = chance.uniform(*kill_every_s)
        until_s = time.monotonic() + pause_s
        while time.monotonic() < until_s and any(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        if any(thread.is_alive() for thread in threads):
            began_s = time.monotonic()
            server.kill()
            found.kills_count += 1
            server.start()
            found.down_s += time.monotonic() - began_s
    found.codes.append(server.end())
    dependency.close()
    return found


def judged(folder: Path, found: Storm, cases_count: int) -> dict[str, int]:
    """Return what became of the cases, read from the journal itself."""
    journal = open_journal(folder / "data")
    public = public_text(read_key(folder / "data" / KEY_NAME))
    kept: dict[str, list[str]] = {}
    for _, entry in journal.entries():
        if entry.kind == "case.received":
            kept.setdefault(entry.payload["key"], []).append(receipt(entry, entry.site).signed_text())
    lost = unverified = 0
    for number, texts in found.receipts.items():
        for text in texts:
            said = read_receipt(text, named=[public])
            unverified += said.signed_text() not in text
            lost += said.signed_text() not in kept.get(f"key-{number}", [])
    damages = len(list(journal.damages()))
    journal.close()
    return {
        "acknowledged_count": len(found.receipts),
        "unanswered_count": cases_count - len(found.receipts),
        "lost_count": lost,
        "unverified_count": unverified,
        "duplicate_receipts_count": sum(len(texts) > 1 for texts in found.receipts.values()),
        "duplicate_cases_count": sum(len(entries) > 1 for entries in kept.values()),
        "damaged_chains_count": damages,
    }


def p99_s(spent_s: Sequence[float]) -> float:
    """Return the time within which 99 of 100 were answered, in seconds."""
    return statistics.quantiles(spent_s, n=100)[98]
