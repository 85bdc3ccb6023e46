"""A server that people run, in the place of one service: started, watched and ended.

Started by the rig (`python -m tidegate.adapters.linux.named_server`, request on standard input, JSON
lines on standard output, the result last). How it is configured stands in `rehearse/named_servers.py`.

Shortcut: what it accepted and served is read off its network's TCP: connections completed count as both.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tidegate.adapters.linux.network_counters import NetworkCounters
from tidegate.errors import RigError
from tidegate.rehearse.measurement import BIN_S, ServiceSeries
from tidegate.rehearse.named_servers import ARGUMENTS, FILE, server_text

_READY_S = 10.0
_SOCKETS = "/proc/thread-self/net/tcp"
_FIRST_SOCKETS_BYTES = 4096  # those that listen stand first

Tell = Callable[[Mapping[str, object]], None]


class NamedServer:
    """One running program and what is seen of it."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        (self._service,) = request["services"]
        self._request = request
        self._kind = request["kind"]
        self._local = f"{_hexadecimal(self._service['address'])}:{self._service['port']:04X}"
        self._process = self._start()
        self._sockets = os.open(_SOCKETS, os.O_RDONLY)
        self._counters = NetworkCounters()

    def wait_ready(self) -> None:
        """Wait until it listens.

        Raises
        ------
        RigError
            It does not start.
        """
        end_s = time.monotonic() + _READY_S
        while self._waiting_count() is None:
            if self._process.poll() is not None or time.monotonic() > end_s:
                self._process.kill()
                said = Path("server.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
                raise RigError(f"{self._kind} does not start: {said[-1] if said else 'it says nothing'}")
            time.sleep(0.02)

    def watch(self, tell: Tell) -> dict[str, object]:
        """Note every bin from the start to the end, end the program, and return the series."""
        start_s, bins_count = self._request["start_s"], self._request["bins_count"]
        _sleep_until(start_s)
        self._counters.take()
        name, rows, lateness_s = self._service["name"], [], []
        for k in range(bins_count):
            due_s = start_s + (k + 1) * BIN_S
            _sleep_until(due_s)
            lateness_s.append(round(time.monotonic() - due_s, 6))
            accepted_count, overflows_count = self._counters.take()
            rows.append((accepted_count, overflows_count, self._waiting_count() or 0))
            tell({"bin": k, "services": {name: {"accepted": accepted_count, "served": accepted_count}}})
        self._process.kill()
        self._process.wait()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        series = ServiceSeries(
            accepted_count=tuple(row[0] for row in rows),
            served_count=tuple(row[0] for row in rows),
            listen_overflows_count=tuple(row[1] for row in rows),
            listen_queue_count=tuple(row[2] for row in rows),
        )
        return {
            "services": {name: asdict(series)},
            "lateness_s": lateness_s,
            "busy_s": used.ru_utime + used.ru_stime + time.process_time(),
        }

    def _start(self) -> subprocess.Popen[bytes]:
        folders = os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))
        program = shutil.which(self._kind, path=folders)
        if program is None:
            raise RigError(f"the program {self._kind} is not installed here")
        os.chdir(tempfile.mkdtemp(prefix=f"{self._kind}-"))
        service = self._service
        text = server_text(
            self._kind,
            service["address"],
            service["port"],
            backlog_count=service["backlog_count"],
            connections_count=service["settings"][0][1]["connections_count"],
        )
        Path(FILE).write_text(text, encoding="utf-8")
        with Path("server.log").open("wb") as log:
            return subprocess.Popen(  # noqa: S603  a program of PATH with our configuration
                [program, *ARGUMENTS[self._kind]], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _waiting_count(self) -> int | None:
        """Return how many connections wait to be accepted; None where nobody listens."""
        table = os.pread(self._sockets, _FIRST_SOCKETS_BYTES, 0).decode("ascii")
        for line in table.splitlines()[1:]:
            fields = line.split()
            if len(fields) > 4 and fields[1] == self._local and fields[3] == "0A":
                return int(fields[4].partition(":")[2], 16)
        return None


def _hexadecimal(address: str) -> str:
    return "".join(f"{int(part):02X}" for part in reversed(address.split(".")))


def _sleep_until(due_s: float) -> None:
    time.sleep(max(due_s - time.monotonic(), 0.0))


def main() -> int:
    """Read one request, say when it listens and what is seen, and last the result or the error."""

    def say(message: Mapping[str, object]) -> None:
        with suppress(BrokenPipeError):
            sys.stdout.write(json.dumps(message) + "\n")
            sys.stdout.flush()

    try:
        server = NamedServer(json.loads(sys.stdin.readline()))
        server.wait_ready()
        say({"ready": True})
        say({"result": server.watch(say)})
    except RigError as error:
        say({"error": {"kind": type(error).__name__, "message": str(error)}})
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
