"""A program that people run, started with a configuration of ours in the place where it is to listen.

Which configuration, and what is seen of it, must not live here. Only for use inside the sandbox: it
changes the directory of the process.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tidegate.adapters.linux.sandbox.features import program
from tidegate.errors import RigError
from tidegate.rehearse.named_servers import ARGUMENTS, FILE

_READY_S = 10.0
_SOCKETS = "/proc/thread-self/net/tcp"
_FIRST_SOCKETS_BYTES = 4096  # those that listen stand first
_LISTENS = "0A"
_ANY_ADDRESS = "00000000"


class Program:
    """One running program.

    Parameters
    ----------
    kind
        Which: a name of `named_servers.ARGUMENTS`.
    text
        Its configuration.

    Raises
    ------
    RigError
        It is not installed.
    """

    def __init__(self, kind: str, text: str) -> None:
        self._kind = kind
        found = program(kind)
        if found is None:
            raise RigError(f"the program {kind} is not installed here")
        os.chdir(tempfile.mkdtemp(prefix=f"{kind}-"))
        Path(FILE).write_text(text, encoding="utf-8")
        with Path("server.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  a program of PATH with our configuration
                [found, *ARGUMENTS[kind]], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._sockets = os.open(_SOCKETS, os.O_RDONLY)

    def wait_listening(self, endpoints: Iterable[tuple[str, int]]) -> None:
        """Wait until it listens on every endpoint.

        Raises
        ------
        RigError
            It does not start.
        """
        end_s = time.monotonic() + _READY_S
        for address, port in endpoints:
            while self.waiting_count(address, port) is None:
                if self._process.poll() is not None or time.monotonic() > end_s:
                    self.end()
                    said = Path("server.log").read_text(encoding="utf-8", errors="replace").strip()
                    last = said.rpartition("\n")[2] or "it says nothing"
                    raise RigError(f"{self._kind} does not start: {last}")
                time.sleep(0.02)

    def waiting_count(self, address: str, port: int) -> int | None:
        """Return how many connections wait to be accepted at an endpoint; None where nobody listens."""
        local = {f"{_hexadecimal(address)}:{port:04X}", f"{_ANY_ADDRESS}:{port:04X}"}
        table = os.pread(self._sockets, _FIRST_SOCKETS_BYTES, 0).decode("ascii")
        for line in table.splitlines()[1:]:
            fields = line.split()
            if len(fields) > 4 and fields[1] in local and fields[3] == _LISTENS:
                return int(fields[4].partition(":")[2], 16)
        return None

    def end(self) -> None:
        """End it, and wait until it has ended."""
        self._process.kill()
        self._process.wait()


def _hexadecimal(address: str) -> str:
    return "".join(f"{int(part):02X}" for part in reversed(address.split(".")))
