"""The connections that Envoy lets through to an instance, counted there: exact, and the excess as written."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tidegate.adapters.validators.envoy import binary
from tidegate.protect.config_file import Addresses
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import vendors
from tidegate.world.file.read import read_world

ENVOY = binary()
LIMIT, CLIENTS = 3, 24
WORLD = """\
networks: {inside: {}, outside: {}}
crossings: {edge: {between: [inside, outside]}}
services: {web: {network: outside, connections: 500}}
clients: {users: {network: inside, service: web, population: 30}}
"""

pytestmark = pytest.mark.skipif(
    ENVOY is None and os.environ.get("REQUIRE_PARTS") != "1", reason="envoy is not installed"
)


@contextmanager
def instance(hold: threading.Event) -> Iterator[tuple[str, list[socket.socket]]]:
    """What accepts everything and answers nothing until `hold` is set."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.settimeout(0.1)

        def serve() -> None:
            while not hold.is_set():
                try:
                    held.append(listener.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}", held
        finally:
            hold.set()
            thread.join()
            for one in held:
                one.close()


@contextmanager
def envoy(text: str, workers: int, port: int, folder: Path) -> Iterator[None]:
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    assert ENVOY is not None
    flags = ("--disable-hot-restart", "--log-level", "error", "--concurrency", str(workers))
    with subprocess.Popen((ENVOY, *flags, "-c", str(folder / "x.yaml"))) as process:
        try:
            listening = f":{port:04X} 00000000:0000 0A"
            until_s = time.monotonic() + 20.0
            while listening not in Path("/proc/net/tcp").read_text(encoding="ascii"):
                assert time.monotonic() < until_s, "Envoy does not listen"
                assert process.poll() is None, "Envoy has ended"
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def fates(when_full: str, workers: int, folder: Path) -> tuple[int, Counter[str]]:
    """Return the connections that reached the instance, and what became of each client's."""
    file = read_world(WORLD, "web.yaml")
    wanted = {"services.web.connections": LIMIT, "services.web.connections_when_full": when_full}
    port = free_port()
    with ExitStack() as stack:
        address, held = stack.enter_context(instance(threading.Event()))
        addresses = Addresses(listen={"web": f"127.0.0.1:{port}"}, instances={"web": (address,)})
        (one,) = vendors.named("envoy").write(protection_of(file, wanted), file, addresses).files
        stack.enter_context(envoy(one.text, workers, port, folder))
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(CLIENTS)]
        time.sleep(1.0)
        return len(held), Counter(_fate(client) for client in clients)


def _fate(client: socket.socket) -> str:
    client.settimeout(0.01)
    try:
        return "answered" if client.recv(1) else "closed"
    except TimeoutError:
        return "open"
    except ConnectionResetError:
        return "closed"


def test_what_is_refused_is_closed_at_once_and_no_more_are_let_in(tmp_path: Path) -> None:
    """With one worker thread three are open, and everybody else is told so at once."""
    assert (LIMIT, {"open": LIMIT, "closed": CLIENTS - LIMIT}) == fates("refuse", 1, tmp_path)


def test_worker_threads_that_refuse_let_in_no_more_than_the_note_says(tmp_path: Path) -> None:
    """Eight worker threads may each let in one at the same moment, or refuse it; everybody else is closed."""
    reached, found = fates("refuse", 8, tmp_path)
    assert 1 <= reached <= LIMIT + 8 - 1
    assert {"open": reached, "closed": CLIENTS - reached} == found


def test_what_waits_is_neither_let_in_nor_closed(tmp_path: Path) -> None:
    """With one worker thread three reach the instance, and nobody is closed."""
    assert (LIMIT, {"open": CLIENTS}) == fates("backlog", 1, tmp_path)


def test_worker_threads_let_in_no_more_than_the_note_says(tmp_path: Path) -> None:
    """Each of eight worker threads may open one: ten at most, which is why the file asks for one thread."""
    reached, found = fates("backlog", 8, tmp_path)
    assert LIMIT <= reached <= LIMIT + 8 - 1
    assert {"open": CLIENTS} == found
