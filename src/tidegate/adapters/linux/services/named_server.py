"""A server that people run, in the place of one service: started, watched and ended.

Started by the rig (`python -m tidegate.adapters.linux.services.named_server`, request on standard input, JSON
lines on standard output, the result last). How it is configured stands in `rehearse/named_servers.py`.

Shortcut: what it accepted and served is read off its network's TCP: connections completed count as both.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tidegate.adapters.linux.part import Tell, give_up, request, sleep_until, tell
from tidegate.adapters.linux.services.network_counters import NetworkCounters
from tidegate.adapters.linux.services.program import Program
from tidegate.errors import RigError
from tidegate.rehearse.measurement import BIN_S, MeasuredService
from tidegate.rehearse.named_servers import server_text


class NamedServer:
    """One running program and what is seen of it."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        (self._service,) = request["services"]
        self._request = request
        service = self._service
        self._local = (service["address"], service["port"])
        text = server_text(
            request["kind"],
            *self._local,
            backlog_count=service["backlog_count"],
            connections_count=service["settings"][0][1]["connections_count"],
        )
        self._program = Program(request["kind"], text)
        self._counters = NetworkCounters()

    def wait_ready(self) -> None:
        """Wait until it listens.

        Raises
        ------
        RigError
            It does not start.
        """
        self._program.wait_listening([self._local])

    def watch(self, tell: Tell) -> dict[str, object]:
        """Note every bin from the start to the end, end the program, and return the series."""
        start_s, bins_count = self._request["start_s"], self._request["bins_count"]
        sleep_until(start_s)
        self._counters.take()
        name, rows, lateness_s = self._service["name"], [], []
        for k in range(bins_count):
            due_s = start_s + (k + 1) * BIN_S
            sleep_until(due_s)
            lateness_s.append(round(time.monotonic() - due_s, 6))
            accepted_count, overflows_count = self._counters.take()
            rows.append((accepted_count, overflows_count, self._program.waiting_count(*self._local) or 0))
            tell({"bin": k, "services": {name: {"accepted": accepted_count, "served": accepted_count}}})
        self._program.end()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        series = MeasuredService(
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


def main() -> int:
    """Read one request, say when it listens and what is seen, and last the result or the error."""
    try:
        server = NamedServer(request())
        server.wait_ready()
        tell({"ready": True})
        tell({"result": server.watch(tell)})
    except RigError as error:
        return give_up(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
