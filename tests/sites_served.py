"""Several sites as processes of their own, joined by paths that can be cut, and customers who ask them."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import shifted_clock
from cut_paths import Paths
from run_here import run_here
from sites_sample import forget
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.site_key import public_text, read_key
from tidegate.verbs.record.site import begin, join

READY_S = 60.0
_RECEIPT = re.compile(r"\ncase (\S+)\naccepted \S+ by site (\S+) as entry (\d+)\n")


class History:
    """What was seen, in the order in which it was known; see `site_histories`."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def add(self, op: str, **said: Any) -> None:
        with self._lock:
            self.lines.append({"op": op, **said})

    def write(self, path: Path) -> None:
        path.write_text("".join(json.dumps(line) + "\n" for line in self.lines), encoding="utf-8")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class ServedSite:
    """`tidegate serve` of one site, on one port through all its lives, under a clock that can be set."""

    def __init__(self, name: str, data: Path, port: int, *, at: str = "") -> None:
        self.name, self.data, self.port = name, data, port
        self.at = at or name
        self.shift = data.with_name(f"{data.name}.clock")
        self.log_path = data.with_name(f"{data.name}.log")
        self.process: subprocess.Popen[bytes] | None = None
        self.lives_count = 0
        self.set_clock(0.0)

    def set_clock(self, shift_s: float) -> None:
        waiting = self.shift.with_suffix(".new")
        waiting.write_text(f"{shift_s}", encoding="ascii")
        waiting.replace(self.shift)

    @property
    def is_up(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def launch(self) -> None:
        """Start it, and do not wait."""
        words = [
            sys.executable, shifted_clock.__file__, str(self.shift), "serve", "--data", str(self.data),
            "--port", str(self.port), "--name", "Example Cloud",
        ]  # fmt: skip
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, env=dict(os.environ))
        self.lives_count += 1

    def wait(self) -> None:
        """Wait until it is ready."""
        until_s = time.monotonic() + READY_S
        while time.monotonic() < until_s:
            assert self.is_up, f"{self.at} ended:\n{self.said()}"
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2.0)
            with suppress(OSError, http.client.HTTPException), closing(connection):
                connection.request("GET", "/health/ready")
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"{self.at} did not become ready within {READY_S:g} s:\n{self.said()}")

    def start(self) -> None:
        self.launch()
        self.wait()

    def kill(self) -> None:
        """End it without a warning: SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Ask it to end; return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60.0)

    def said(self) -> str:
        """Return the end of what it logged."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")[-3_000:]

    def hashes(self) -> set[bytes]:
        """Return the hash of each entry that it keeps, straight from its file."""
        with closing(sqlite3.connect(f"file:{self.data}/journal.db?mode=ro", uri=True, timeout=30.0)) as read:
            return {row[0] for row in read.execute("SELECT hash FROM entries")}

    def run(self, *words: str, codes: Sequence[int] = (0,)) -> str:
        """Return what a command of this site says."""
        done = run_here(self.data.parent, "site", *words, "--data", str(self.data))
        assert done.returncode in codes, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def read(self, history: History) -> None:
        """Add to a history what its record holds, by what `site export` and `site list` say."""
        file = self.data.with_name(f"{self.data.name}.{time.monotonic_ns()}.carried")
        self.run("export", str(file))
        carried = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        file.unlink()
        entries = []
        for line in carried:
            if "body" in line:
                said = json.loads(line["body"])
                entries.append([said["site"], said["number"], line["body"], line["signature"]])
        listed = json.loads(self.run("list", "--json", codes=(0, 5)))
        forked = [one["chain"] for one in listed["forked"]]
        history.add("read", at=self.at, entries=entries, forked=forked)


class Group:
    """Sites that all ask each other, each by a path of its own.

    Parameters
    ----------
    folder
        Where their folders are.
    names
        Their names.
    make
        Makes the folder of a site, where something else than a plain one is wanted.
    """

    def __init__(
        self, folder: Path, names: Sequence[str], *, make: Callable[[Path], None] = lambda _path: None
    ) -> None:
        self.folder, self.names = folder, tuple(names)
        self.paths = Paths()
        self.ports: dict[tuple[str, str], int] = {}
        self.sites = {name: ServedSite(name, folder / name, free_port()) for name in names}
        for name, one in self.sites.items():
            make(one.data)
            begin(one.data, name, "")
        for asker, one in self.sites.items():
            for asked, other in self.sites.items():
                if asker != asked:
                    self.ports[asker, asked] = self.paths.add(asker, asked, other.port)
                    self.name(one.data, asked, self.ports[asker, asked])

    def name(self, data: Path, asked: str, port: int) -> None:
        """Name a site at a folder, and where its path begins."""
        with closing(open_journal(data)) as journal:
            key = public_text(read_key(self.sites[asked].data / "site.key"))
            address = f"http://127.0.0.1:{port}"
            join(journal, asked, key=key, address=address, by="test", may_be_plain=True)

    def start(self) -> None:
        for one in self.sites.values():
            one.launch()
        for one in self.sites.values():
            one.wait()

    def close(self) -> None:
        for one in self.sites.values():
            if one.is_up:
                one.kill()
            forget(one.data)
        self.paths.close()

    def pairs_of(self, *names: str) -> list[tuple[str, str]]:
        """Return the directions that begin or end at any of some sites."""
        return [pair for pair in self.paths.pairs if set(pair) & set(names)]

    def all_kept(self) -> set[bytes]:
        return set().union(*(one.hashes() for one in self.sites.values()))

    def identical_after_s(self, most_s: float, *, exactly: bool = False) -> float:
        """Return how long it takes until each site has all that any has now; or all have the same."""
        began_s, wanted = time.monotonic(), self.all_kept()
        while True:
            kept = {name: one.hashes() for name, one in self.sites.items()}
            if exactly:
                wanted = set().union(*kept.values())
            if all(wanted <= one for one in kept.values()):
                return time.monotonic() - began_s
            if time.monotonic() - began_s > most_s:
                lacks = {name: len(wanted - one) for name, one in kept.items()}
                logs = "\n".join(f"{name}:\n{one.said()}" for name, one in self.sites.items())
                raise AssertionError(f"not the same after {most_s:g} s: {lacks}\n{logs}")
            time.sleep(0.1)


class Writers:
    """Customers who send cases all the time, and again where they do not know what became of one."""

    def __init__(self, history: History, *, each_per_s: float, seed: int) -> None:
        self._history, self._pause_s, self._seed = history, 1.0 / each_per_s, seed
        self._over = threading.Event()
        self._left: set[str] = set()
        self._threads: dict[str, threading.Thread] = {}

    def ask(self, at: str, port: int) -> None:
        """Begin to send to a server."""
        thread = threading.Thread(target=self._run, args=(at, port, len(self._threads)), daemon=True)
        self._threads[at] = thread
        thread.start()

    def leave(self, at: str) -> None:
        """Send nothing more to a server."""
        self._left.add(at)
        self._threads[at].join(30.0)

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads.values():
            thread.join(30.0)

    def _run(self, at: str, port: int, which: int) -> None:
        chance = random.Random(f"{self._seed} {which}")  # noqa: S311
        count = 0
        while not self._over.wait(self._pause_s * chance.uniform(0.5, 1.5)) and at not in self._left:
            count += 1
            key = f"{at}-{which}-{count}"
            text = f"case {key}: it does not work. " + "x" * chance.randrange(600)
            outcome = self._send(at, port, key, text, is_again=False)
            for _ in range(2):
                if outcome == "receipt" and chance.random() > 0.02:  # some send again what was receipted
                    break
                if self._over.wait(chance.uniform(0.05, 0.5)):
                    break
                outcome = self._send(at, port, key, text, is_again=True)

    def _send(self, at: str, port: int, key: str, text: str, *, is_again: bool) -> str:
        began_s = time.monotonic()
        said: dict[str, Any] = {"outcome": "unknown"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
        with suppress(OSError, http.client.HTTPException, ValueError), closing(connection):
            body = json.dumps({"text": text, "key": key})
            connection.request("POST", "/api/v1/cases", body, {"content-type": "application/json"})
            said = _outcome(connection.getresponse())
        self._history.add(
            "post",
            at=at,
            key=key,
            text=text,
            began_s=began_s,
            ended_s=time.monotonic(),
            is_again=is_again,
            **said,
        )
        return str(said["outcome"])


def _outcome(answer: http.client.HTTPResponse) -> dict[str, Any]:
    content = answer.read()
    if answer.status not in {200, 201}:
        return {"outcome": "refused", "status": answer.status}
    found = _RECEIPT.search(json.loads(content)["receipt"])
    assert found is not None
    return {"outcome": "receipt", "case": found[1], "chain": found[2], "number": int(found[3])}
