"""First starts of a server that are killed before their n-th step, and the start that follows each.

Run as a program, it takes a folder and which steps, and writes one JSON object a killed start. A step is
whatever changes files: an opening for writing, a renaming, a statement of SQLite, a sync. Each start is a
child of its own, killed with SIGKILL, so nothing of Python's own tidying up helps.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest.mock import patch

from argon2 import PasswordHasher

from tidegate.adapters.store import database
from tidegate.adapters.store.site_folder import owned
from tidegate.server.house import House
from tidegate.server.setting import read_setting

_CHANGES = frozenset(
    f"os.{name}" for name in ("rename", "remove", "mkdir", "symlink", "link", "chmod", "truncate", "rmdir")
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CONNECT = sqlite3.connect
_QUICK = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)


class Killer:
    """Kills this process before its n-th step."""

    def __init__(self, at_step: int) -> None:
        self._left = at_step

    def step(self, *_what: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(self, event: str, words: tuple[object, ...]) -> None:
        if event in _CHANGES or (event == "open" and isinstance(words[2], int) and words[2] & _WRITING):
            self.step()

    def connect(self, *words: object, **named: object) -> sqlite3.Connection:
        self.step()
        found = _CONNECT(*words, **named)
        found.set_trace_callback(self.step)
        return found

    def before(self, what: Callable[..., object]) -> Callable[..., object]:
        def done(*words: object, **named: object) -> object:
            self.step()
            return what(*words, **named)

        return done


def start(folder: Path) -> None:
    """Start a server as `tidegate serve` does, without a socket, until it has published; then end it."""
    setting = read_setting({"data": str(folder), "name": "Example"}, {})

    def told(_name: str, password: str) -> None:
        (folder.parent / "told").write_text(password, encoding="utf-8")

    with owned(folder):
        house = House(setting, url="http://testserver")
        try:
            house.accounts.first_account(told)
            house.start()
            until_s = time.monotonic() + 60.0
            while not (house.public / "manifest.json").exists():
                assert time.monotonic() < until_s, house.publisher.failure
                time.sleep(0.005)
        finally:
            house.close()


def child(do: Callable[[], object]) -> tuple[int, int]:
    """Do something in a child; return the signal it was ended by, and its exit code."""
    pid = os.fork()
    if not pid:
        try:
            do()
            code = 0
        except BaseException:  # noqa: BLE001  it is told, and the child ends
            traceback.print_exc()
            code = 1
        os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, os.waitstatus_to_exitcode(status)


def killed(folder: Path, at_step: int) -> None:
    """Start, and be killed before a step."""
    killer = Killer(at_step)
    wrapped = {"fsync": killer.before(os.fsync), "fdopen": killer.before(os.fdopen)}
    with patch.multiple("os", **wrapped), patch("sqlite3.connect", killer.connect):
        sys.addaudithook(killer.hear)
        start(folder)


def judged(folder: Path) -> None:
    """Start again, and refuse what is not whole."""
    start(folder)
    setting = read_setting({"data": str(folder), "name": "Example"}, {})
    house = House(setting, url="http://testserver")
    try:
        assert [] == list(house.journal.damages())
        assert 2 <= house.journal.heads()["local"]  # it began, and an account was made
        told = (folder.parent / "told").read_text(encoding="utf-8")
        assert house.accounts.login("admin", told, time.time()) is not None
    finally:
        house.close()


def main(root: Path, first_step: int, every_count: int) -> None:
    """Kill at one step after the other, until a start comes to its end."""
    database.RESERVE_PARTS = 4
    step = first_step
    with patch("tidegate.server.access.accounts.PasswordHasher", _QUICK):
        while True:
            folder = root / str(step) / "data"
            folder.parent.mkdir()
            by, code = child(partial(killed, folder, step))
            _, after = child(partial(judged, folder))
            sys.stdout.write(json.dumps({"step": step, "killed_by": by, "code": code, "after": after}) + "\n")
            if not by:
                return
            step += every_count


def killed_starts(folder: Path, first_step: int, every_count: int) -> list[dict[str, int]]:
    """Have first starts killed before every so many steps, in a program of its own: it forks."""
    words = [sys.executable, __file__, str(folder), str(first_step), str(every_count)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=280)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [] == [one for one in found if one["after"]], done.stderr[-3000:]
    return found


def server(folder: Path, log: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tidegate.cli.main", "serve", "--data", str(folder), "--port", "0"]
    with log.open("wb") as stream:
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=stream, text=True)


def starts_after_a_kill(folder: Path, after_s: float) -> str:
    """Kill a real server so long after its folder appeared, start it again; return why it does not start."""
    data, log = folder / "data", folder / "log"
    first = server(data, log)
    until_s = time.monotonic() + 60.0
    while not data.exists() and first.poll() is None and time.monotonic() < until_s:
        time.sleep(0.0005)
    time.sleep(after_s)
    first.kill()
    first.communicate(timeout=60)
    again = server(data, log)
    try:
        assert again.stdout is not None
        said = ""
        while "Console" not in said:
            line = again.stdout.readline()
            if not line:
                return log.read_text(encoding="utf-8")[-500:]
            said += line
        return ""
    finally:
        again.terminate()
        again.communicate(timeout=60)


def failures(folder: Path, kills_count: int) -> list[str]:
    found = []
    for number in range(kills_count):
        own = folder / str(number)
        own.mkdir()
        found.append(starts_after_a_kill(own, 0.15 * number / kills_count))
    return [why for why in found if why]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
