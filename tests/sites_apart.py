"""Real servers of several sites on one machine, with lines between them that a test can cut."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sites_sample import begun
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.journal_state import read_state
from tidegate.verbs.record.outage import Desk
from tidegate.verbs.record.site import join, own_key

_SERVE = """
import sys
from tidegate.inform import sending_turn
sending_turn.STEP_S = {step_s}
from tidegate.cli.main import main
sys.argv[0] = "tidegate"
main()
"""


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Line:
    """A way from one site to another; cut, nothing passes and nothing answers."""

    def __init__(self, to_port: int) -> None:
        self.is_cut = False
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.is_cut = True
        self._drop()

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self._listener.close()
        self._drop()

    def _drop(self) -> None:
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            self._open.discard(one)

    def _accept(self) -> None:
        while True:
            try:
                came, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                came.close()
                continue
            try:
                on = socket.create_connection(("127.0.0.1", self._to_port))
            except OSError:
                came.close()
                continue
            self._open |= {came, on}
            for one, other in ((came, on), (on, came)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while said := one.recv(65536):
                other.sendall(said)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, kw_only=True)
class ServedSite:
    """A site whose server runs.

    Parameters
    ----------
    name, url, data
        The site, where it is, and its folder.
    line
        The way by which others reach it.
    process
        The server.
    password
        Of the first account, admin.
    """

    name: str
    url: str
    data: Path
    line: Line
    process: subprocess.Popen[str]
    password: str

    @contextmanager
    def desk(self, by: str = "ann") -> Iterator[Desk]:
        """Give a desk on its record, beside the running server, as the command line has one."""
        with closing(open_journal(self.data)) as journal:
            state, _ = read_state(journal)
            yield Desk(journal=journal, state=state, by=by, clock=time.time, entropy=lambda: os.urandom(16))

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:  # noqa: S310
            return answer.read().decode()


@contextmanager
def sites_apart(
    folder: Path, *names: str, step_s: float, flags: Sequence[str] = (), **environment: str
) -> Iterator[list[ServedSite]]:
    """Start a server for each site, each of which asks all others, by lines that can be cut."""
    ports = {name: free_port() for name in names}
    with ExitStack() as stack:
        lines = {name: Line(port) for name, port in ports.items()}
        for line in lines.values():
            stack.callback(line.close)
        journals = [begun(folder, name) for name in names]
        for one in journals:
            for other in (other for other in journals if other is not one):
                at = f"http://127.0.0.1:{lines[other.site].port}"
                join(one, other.site, key=own_key(other), address=at, by="test", may_be_plain=True)
        for one in journals:
            one.close()
        begun_at = {}
        for name in names:  # all begin before any is waited for
            begun_at[name] = _begun(folder, name, ports[name], step_s, flags, environment)
            stack.callback(_ended, begun_at[name])
        yield [
            ServedSite(
                name=name, url=f"http://127.0.0.1:{ports[name]}", data=folder / name, line=lines[name],
                process=process, password=_password(folder, name, process),
            )
            for name, process in begun_at.items()
        ]  # fmt: skip


def _begun(
    folder: Path, name: str, port: int, step_s: float, flags: Sequence[str], environment: dict[str, str]
) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", _SERVE.format(step_s=step_s), "serve", "--port", str(port),
             "--data", str(folder / name), "--name", "Example Cloud", *flags]  # fmt: skip
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, **environment}
        )


def _password(folder: Path, name: str, process: subprocess.Popen[str]) -> str:
    """Wait until a server is there; return the password of the first account, where it made one."""
    assert process.stdout is not None
    said = ""
    while "Console" not in said:
        row = process.stdout.readline()
        assert row, (folder / f"{name}.log").read_text(encoding="utf-8")[-2000:]
        said += row
    password = re.search(r"^ *password +(\S+)$", said, re.MULTILINE)
    return password[1] if password else ""


def _ended(process: subprocess.Popen[str]) -> None:
    process.terminate()
    assert process.wait(60) in {0, -signal.SIGKILL}  # unless a test killed it, it ends well
    if process.stdout is not None:
        process.stdout.close()
