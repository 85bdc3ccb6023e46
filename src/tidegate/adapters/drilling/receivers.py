"""What came to a drill's receivers, and when? Notices by a mark in them, mailed receipts by their address."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from tidegate.adapters.linux.sandbox.outside import same_python
from tidegate.errors import RigError

Start = Callable[..., "subprocess.Popen[bytes]"]
_MODULE = "tidegate.adapters.drilling.stand_in"
_READY_S = 15.0


class Receivers:
    """Those who stand in for others, and what came to them.

    Parameters
    ----------
    start
        Starts a program; where it runs is not known here.
    """

    def __init__(self, start: Start | None = None) -> None:
        self._start: Start = start or subprocess.Popen
        self._lock = threading.Condition()
        self._mails: dict[str, list[float]] = {}
        self._hooks: list[tuple[float, str]] = []
        self._ready = 0
        self._failed = ""
        self._processes: list[subprocess.Popen[bytes]] = []

    def add(self, **asked: object) -> None:
        """Have somebody stand in: its kind, address, port, and what it answers."""
        process = self._start(
            same_python(_MODULE), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._processes.append(process)
        threading.Thread(target=self._hear, args=(process,), daemon=True).start()
        if process.stdin:
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()

    def wait_ready(self) -> None:
        """Wait until all answer.

        Raises
        ------
        RigError
            If one does not.
        """
        wanted = len(self._processes)
        with self._lock:
            self._lock.wait_for(lambda: self._failed or self._ready >= wanted, timeout=_READY_S)
            if self._failed or self._ready < wanted:
                raise RigError(self._failed or "what stands in for others did not begin in time")

    def mailed(self, address: str) -> list[float]:
        """Return when mail came for an address, on CLOCK_MONOTONIC."""
        with self._lock:
            return sorted(self._mails.get(address.lower(), ()))

    def noticed(self, mark: str) -> list[float]:
        """Return when notices came that hold a mark."""
        with self._lock:
            return sorted(at_s for at_s, body in self._hooks if mark in body)

    def close(self) -> None:
        """Let all go."""
        for process in self._processes:
            with suppress(OSError):
                process.kill()
        for process in self._processes:
            process.wait()

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        for line in process.stdout or ():
            with suppress(ValueError, KeyError, TypeError):
                self._take(json.loads(line))

    def _take(self, message: Mapping[str, Any]) -> None:
        with self._lock:
            if "ready" in message:
                self._ready += 1
            elif "failed" in message:
                self._failed = str(message["failed"])
            elif "mail" in message:
                self._mails.setdefault(str(message["mail"]).lower(), []).append(float(message["at_s"]))
            elif "hook" in message:
                self._hooks.append((float(message["at_s"]), str(message["hook"])))
            self._lock.notify_all()
