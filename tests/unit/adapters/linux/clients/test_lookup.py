"""Name lookups of real clients, over UDP on the loopback."""

from __future__ import annotations

import socket
import threading
from contextlib import nullcontext
from typing import Self

import pytest

from real_clients import carry_out, total, world
from tidegate.adapters.linux.clients import generator
from tiny_server import TinyServer


@pytest.fixture(autouse=True)
def _as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the collector alone: in a process as large as the test suite's it takes its time."""
    monkeypatch.setattr(generator, "_no_collection", nullcontext)


class TinyResolver:
    """Answers name queries, or none; a context manager."""

    def __init__(self, *, answers: bool) -> None:
        self.answers = answers
        self.queries_count = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.02)
        self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def endpoint(self) -> tuple[str, int]:
        return self._socket.getsockname()

    def _run(self) -> None:
        while not self._ends:
            try:
                query, source = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            self.queries_count += 1
            if self.answers:
                self._socket.sendto(query, source)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends = True
        self._thread.join()
        self._socket.close()


LOOKUP = (
    "population: 4, demand: {kind: closed, think: 50ms}, "
    "lookup: {service: names, ttl: 60s, queries: 2, timeout: 100ms, tries: 3}"
)


def test_names_are_looked_up_once_while_they_are_known() -> None:
    """Each client asks for its name before its first connection, with as many queries as it sends."""
    with TinyServer() as server, TinyResolver(answers=True) as resolver:
        done = carry_out(world(LOOKUP), server.endpoint, endpoints={"names": [resolver.endpoint]})
    assert 4 * 2 == resolver.queries_count
    assert (4, 4) == tuple(total(done, name, "users/lookup") for name in ("attempts", "served"))
    assert total(done, "served") > 10


def test_a_silent_resolver_fails_the_attempt_after_its_tries() -> None:
    """Without an answer a lookup is tried as often as it says, and then the attempt has failed."""
    with TinyServer() as server, TinyResolver(answers=False) as resolver:
        done = carry_out(
            world(LOOKUP.replace("think: 50ms", "think: 1ms")),
            server.endpoint,
            endpoints={"names": [resolver.endpoint]},
        )
    lookups = [total(done, name, "users/lookup") for name in ("attempts", "given_up", "served")]
    assert lookups[0] >= 3 * lookups[1] > 0
    assert 0 == lookups[2]
    assert (0, 0) == (total(done, "attempts"), total(done, "served"))
    assert total(done, "given_up") == lookups[1]


def test_without_endpoint_names_are_known() -> None:
    """Where the rig has no name server, addresses are known and no lookup is told of."""
    with TinyServer() as server:
        done = carry_out(world(LOOKUP), server.endpoint, horizon_s=0.5)
    assert {"users"} == set(done.populations)
    assert total(done, "served") > 0
