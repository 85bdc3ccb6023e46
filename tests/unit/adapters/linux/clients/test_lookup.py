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

    def __init__(self, *, answers: bool, fails: bool = False) -> None:
        self.answers = answers
        self._fails = fails
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
                said = query[:3] + b"\x82" + query[4:] if self._fails else query
                self._socket.sendto(said, source)

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
    """Who knows its name no more asks before it connects, with as many queries as it sends.

    Names were asked at all moments before, so that of four clients one has to within the first second.
    """
    with TinyServer() as server, TinyResolver(answers=True) as resolver:
        done = carry_out(world(LOOKUP), server.endpoint, endpoints={"names": [resolver.endpoint]})
    assert 2 == resolver.queries_count
    assert (1, 1) == tuple(total(done, name, "users/lookup") for name in ("attempts", "served"))
    assert total(done, "served") > 10


def test_a_silent_resolver_fails_the_attempt_after_its_tries() -> None:
    """Without an answer a lookup is tried as often as it says, and then the attempt has failed."""
    with TinyServer() as server, TinyResolver(answers=False) as resolver:
        done = carry_out(
            world(LOOKUP.replace("think: 50ms", "think: 1ms").replace("ttl: 60s", "ttl: 0s")),
            server.endpoint,
            endpoints={"names": [resolver.endpoint]},
        )
    assert total(done, "attempts", "users/lookup") >= 3 * total(done, "given_up") > 0
    assert 0 == total(done, "served", "users/lookup")
    assert (0, 0) == (total(done, "attempts"), total(done, "served"))


def test_a_resolver_that_cannot_say_fails_the_try_at_once() -> None:
    """An answer that is a failure (SERVFAIL) is not waited out: the three tries take no time."""
    failing = LOOKUP.replace("ttl: 60s", "ttl: 0s").replace("timeout: 100ms", "timeout: 5s")
    with TinyServer() as server, TinyResolver(answers=True, fails=True) as resolver:
        done = carry_out(world(failing), server.endpoint, endpoints={"names": [resolver.endpoint]})
    assert 0 == total(done, "served", "users/lookup")
    assert total(done, "attempts", "users/lookup") == 3 * total(done, "given_up") > 0


def test_without_endpoint_names_are_known() -> None:
    """Where the rig has no name server, addresses are known and no lookup is told of."""
    with TinyServer() as server:
        done = carry_out(world(LOOKUP), server.endpoint, horizon_s=0.5)
    assert {"users"} == set(done.populations)
    assert total(done, "served") > 0
