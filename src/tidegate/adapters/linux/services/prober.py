"""Health checks of services, for real: asked regularly, and acted upon at their threshold.

A process for each service that is checked from a network, started by the rig (`python -m
tidegate.adapters.linux.services.prober`, request on standard input, result on standard output). It tells the
server over a socket of the file system, which no namespace of a network divides. When a threshold is
reached stands in `rehearse/health_checks.py`.
"""

from __future__ import annotations

import errno
import json
import select
import socket
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from tidegate.adapters.linux import part
from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.adapters.linux.services.control import control_path
from tidegate.adapters.linux.whole_answer import read_answer
from tidegate.rehearse.health_checks import EJECT, CheckPlan, Watch

_RECEIVED_BYTES = 4096


class Check:
    """One check of one instance, over a connection of its own."""

    def __init__(self, prober: Prober, instance: int) -> None:
        self.round_number = 0
        self._prober = prober
        self._instance = instance
        self._sent = False
        self._received = b""
        self._socket: socket.socket | None = socket.socket(
            socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK
        )
        self._socket.bind((prober.plan.address, 0))
        error = self._socket.connect_ex(prober.plan.endpoint)
        if error in {0, errno.EINPROGRESS}:
            prober.loop.listen(self._socket.fileno(), self)
        prober.loop.at(prober.loop.now_s + prober.plan.timeout_s, self._time_out, None)

    def ready(self, mask: int) -> None:
        """Send the check when connected, and read its answer."""
        if self._socket is None:
            return
        try:
            if not self._sent and mask & select.EPOLLOUT and not mask & select.EPOLLERR:
                self._sent = True
                self._socket.send(self._prober.question(self._instance))
            self._received += self._socket.recv(_RECEIVED_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._end(passed=False)
            return
        answer = read_answer(self._received)
        if answer is not None:
            self._end(passed=answer.good)
        elif mask & select.EPOLLRDHUP:
            self._end(passed=False)

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._prober.loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _time_out(self, _: None, number: int) -> None:
        del number
        if self._socket is not None:
            self._end(passed=False)

    def _end(self, *, passed: bool) -> None:
        self.close()
        self._prober.found(self._instance, passed=passed)


class Prober:
    """All checks of one service from one network."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        asked = dict(request["check"])
        asked["endpoint"] = tuple(asked["endpoint"])
        self.plan = CheckPlan(**asked)
        self.loop = EventLoop(request["start_s"])
        self._watch = Watch(self.plan)
        self._horizon_s = request["horizon_s"]
        self._control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._serial = 0
        self._acts: list[tuple[float, str, int]] = []

    def run(self) -> list[tuple[float, str, int]]:
        """Check until the end, and return what was done when to which instance."""
        for at_s, count in self.plan.instances[1:]:
            self.loop.at(at_s, self._change, count)
        self.loop.at(0.0, self._next, None)
        self.loop.run(self._horizon_s)
        return self._acts

    def question(self, instance: int) -> bytes:
        """Return the check of an instance, as a request."""
        manner = "apart" if self.plan.apart else "queues"
        head = f"GET /{self.plan.service} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        return f"{head}X-Check: {instance} {manner} {self.plan.on_failure}\r\n\r\n".encode()

    def found(self, instance: int, *, passed: bool) -> None:
        """Take what a check has found and do what follows."""
        for act in self._watch.found(instance, passed=passed):
            self._tell((act,), instance)
            if act == EJECT and self.plan.on_failure == "restart":
                self.loop.at(self.loop.now_s + self.plan.boot_s, self._booted, instance)

    def _next(self, _: None, number: int) -> None:
        count = max(self._watch.instances_count, 1)
        self.loop.at(self.loop.due_s + self.plan.interval_s / count, self._next, None, number)
        Check(self, self._serial % count)
        self._serial += 1

    def _booted(self, instance: int, number: int) -> None:
        del number
        self._tell(self._watch.booted(instance), instance)

    def _change(self, count: int, number: int) -> None:
        del number
        self._watch.instances_count = count

    def _tell(self, acts: Iterable[str], instance: int) -> None:
        for act in acts:
            self._acts.append((round(self.loop.now_s, 3), act, instance))
            message = {"service": self.plan.service, "act": act, "instance": instance}
            with suppress(OSError):  # the server has ended
                self._control.sendto(
                    json.dumps(message).encode(), str(control_path(self.plan.server_namespace))
                )


def main() -> int:
    """Read one request, check until its end, and say the result."""
    prober = Prober(part.request())
    part.tell({"ready": True})
    part.tell({"result": {"acts": prober.run()}})
    return 0


if __name__ == "__main__":
    sys.exit(main())
