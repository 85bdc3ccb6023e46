"""A real client of known behaviour: it backs off, but not after its address list has changed."""

from __future__ import annotations

import random
import socket
import sys
import time

from tidegate.behaviour.layers import GiveUp, RetryState, guards_of
from tidegate.world.retry import RetryLayer, RetryPolicy

IMMEDIATE = RetryPolicy(layers=(RetryLayer(backoff="none", base_s=0.0),))
WELL_TESTED = RetryPolicy(layers=(RetryLayer(retries_count=4, base_s=0.2, cap_s=1.0),))


def ask(host: str, port: int) -> str:
    """Ask once and return the address that answered."""
    with socket.create_connection((host, port), timeout=1.0) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        if b" 200 " not in connection.recv(4096):
            raise ConnectionError
        return str(connection.getpeername()[0])


def main() -> None:
    """Ask until the policy gives up; the list is taken to have changed when it is not the first one."""
    host, port = sys.argv[1], int(sys.argv[2])
    first = socket.gethostbyname(host)
    state, changed = RetryState(WELL_TESTED, guards_of(WELL_TESTED, 0.0)), False
    while True:
        state.start(time.monotonic())
        try:
            ask(host, port)
        except OSError:
            if not changed and socket.gethostbyname(host) != first:
                changed = True
                state = RetryState(IMMEDIATE, guards_of(IMMEDIATE, 0.0))
                state.start(time.monotonic())
            what_next = state.failure(time.monotonic(), random.random)
            if isinstance(what_next, GiveUp):
                sys.exit(1)
            time.sleep(what_next.after_s)
        else:
            return


main()
