"""The processes of a rehearsal: started with a request each, heard line by line, asked for their result.

They speak JSON lines on standard output: any messages, one ``{"ready": true}`` from those that must stand
before the clients, and last ``{"result": …}`` or ``{"error": …}``. What they do must not live here.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from tidegate.adapters.linux.part import Tell
from tidegate.adapters.linux.sandbox.namespace import Namespace
from tidegate.adapters.linux.sandbox.outside import same_python
from tidegate.errors import RigError


class Role:
    """One process and what it has said."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], complaints: Any) -> None:
        self.name = name
        self.process = process
        self.ready = False
        self._complaints = complaints
        self._partial = b""
        self._result: Mapping[str, Any] | None = None

    def ask(self, request: Mapping[str, object]) -> None:
        """Give it its one request."""
        assert self.process.stdin
        with suppress(BrokenPipeError):  # it ended early; its result says why
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.close()

    def hear(self, data: bytes, tell: Tell) -> None:
        """Take in what it said; messages are passed on.

        Raises
        ------
        RigError
            If it said that something went wrong.
        """
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "error" in message:
                raise RigError(message["error"]["message"])
            if "result" in message:
                self._result = message["result"]
            elif "ready" in message:
                self.ready = True
            else:
                tell(message)

    def result(self) -> Mapping[str, Any]:
        """Return its result.

        Raises
        ------
        RigError
            It ended without one.
        """
        if self._result is None:
            self._complaints.seek(0)
            last = self._complaints.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise RigError(f"the {self.name} of the rehearsal ended early{': ' if last else ''}{last}")
        return self._result


class Roles:
    """All processes of one rehearsal.

    Parameters
    ----------
    tell
        Given every message of every role.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._selector = selectors.DefaultSelector()

    def start(self, module: str, place: Namespace) -> Role:
        """Start a module of this package in a namespace; it loads and waits to be asked."""
        complaints = tempfile.TemporaryFile()  # noqa: SIM115  read when it ends early
        process = place.start(
            same_python(f"tidegate.adapters.linux.{module}"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        assert process.stdout
        role = Role(module.rpartition(".")[2], process, complaints)
        self._selector.register(process.stdout, selectors.EVENT_READ, role)
        return role

    def wait_ready(self, roles: Iterable[Role], until_s: float) -> None:
        """Hear until all of `roles` are ready.

        Raises
        ------
        RigError
            One of them is not ready by `until_s` on CLOCK_MONOTONIC.
        """
        waited = list(roles)
        while not all(role.ready for role in waited):
            if time.monotonic() >= until_s:
                late = next(role for role in waited if not role.ready)
                if late.process.poll() is not None:
                    late.result()
                raise RigError(
                    f"the {late.name} of the rehearsal was not ready in time: the machine is too busy"
                )
            self._hear(until_s)

    def hear_until(self, until_s: float) -> None:
        """Pass messages on until a time on CLOCK_MONOTONIC."""
        while time.monotonic() < until_s:
            if self._selector.get_map():
                self._hear(until_s)
            else:
                time.sleep(max(until_s - time.monotonic(), 0.0))

    def hear_out(self, until_s: float) -> None:
        """Pass messages on until every role has ended.

        Raises
        ------
        RigError
            One still runs at `until_s` on CLOCK_MONOTONIC.
        """
        while self._selector.get_map():
            if time.monotonic() >= until_s:
                late = next(iter(self._selector.get_map().values())).data
                raise RigError(f"the {late.name} of the rehearsal did not end in time")
            self._hear(until_s)

    def _hear(self, until_s: float) -> None:
        for key, _ in self._selector.select(max(until_s - time.monotonic(), 0.0)):
            data = os.read(key.fd, 1 << 16)
            if data:
                key.data.hear(data, self._tell)
            else:
                self._selector.unregister(key.fileobj)
                key.data.process.wait()
