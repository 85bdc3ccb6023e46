"""The connections that PgBouncer opens to a database, counted there: no more than written."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tidegate.adapters.validators.validation import program
from tidegate.protect.config_file import Addresses
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import vendors
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

PGBOUNCER = program("pgbouncer")
LIMIT, CLIENTS = 3, 12
WORLD = """\
networks: {inside: {}, outside: {}}
crossings: {edge: {between: [inside, outside]}}
services: {store: {network: outside, protocol: postgres, connections: 87}}
clients: {users: {network: inside, service: store, population: 2, connection: pool, pool: 40, timeout: 60s}}
"""
POOLED = """\
horizon: 3s
networks: {inside: {}, outside: {}}
crossings: {edge: {between: [inside, outside]}}
services:
  gate: {network: outside, protocol: postgres, concurrency: 12, connections: 12,
    connections_when_full: refuse, pooler: {mode: session, most: 12}, calls: [{service: store, timeout: 60s}]}
  store: {network: outside, protocol: postgres, connections: 87, concurrency: 12}
clients:
  users: {network: inside, service: gate, population: 0, connection: keep_alive, timeout: 60s, retry: none,
    demand: {kind: once}}
activities: {come: {from: 0, to: 12, at: 500ms, clients_added: users}}
"""

pytestmark = pytest.mark.skipif(
    (PGBOUNCER is None or program("unshare") is None) and os.environ.get("REQUIRE_PARTS") != "1",
    reason="pgbouncer is not installed",
)


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


WELCOME = (
    message(b"R", struct.pack("!i", 0))
    + message(b"S", b"server_version\0" + b"15.0\0")
    + message(b"K", struct.pack("!ii", 1, 1))
    + message(b"Z", b"I")
)
STARTUP = b"user\0u\0database\0store\0\0"


@contextmanager
def database() -> Iterator[tuple[str, list[socket.socket]]]:
    """What lets everybody in and answers no query."""
    held: list[socket.socket] = []
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.settimeout(0.1)

        def serve() -> None:
            while not over.is_set():
                try:
                    one = listener.accept()[0]
                except TimeoutError:
                    continue
                one.settimeout(5.0)
                one.recv(4096)
                one.sendall(WELCOME)
                held.append(one)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}", held
        finally:
            over.set()
            thread.join()
            for one in held:
                one.close()


@contextmanager
def pgbouncer(text: str, folder: Path) -> Iterator[None]:
    """The written file in force; only how its users are known is another."""
    (folder / "users.txt").write_text('"u" ""\n', encoding="utf-8")
    text = text.replace("/etc/pgbouncer/userlist.txt", str(folder / "users.txt"))
    (folder / "x.ini").write_text(text.replace("scram-sha-256", "trust"), encoding="utf-8")
    assert PGBOUNCER is not None
    as_nobody = ("unshare", "--user", "--map-user=65534") if os.geteuid() == 0 else ()
    command = (*as_nobody, PGBOUNCER, str(folder / "x.ini"))
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            assert any("process up" in line for line in process.stderr)
            yield
        finally:
            process.terminate()
            process.communicate(timeout=20.0)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def fates(
    changes: dict[str, object], port: int, folder: Path, *, world: str = WORLD, door: str = "store"
) -> tuple[int, Counter[str]]:
    """Return the connections that reached the database, and what became of each client that asks at once."""
    file = read_world(world, "store.yaml")
    with ExitStack() as stack:
        address, held = stack.enter_context(database())
        addresses = Addresses(listen={door: f"127.0.0.1:{port}"}, instances={"store": (address,)})
        (one,) = vendors.named("pgbouncer").write(protection_of(file, changes), file, addresses).files
        text = one.text.replace("listen_port = 6432", f"listen_port = {port}")
        stack.enter_context(pgbouncer(text, folder))
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(CLIENTS)]
        for client in clients:
            body = struct.pack("!i", 196608) + STARTUP
            client.sendall(struct.pack("!i", len(body) + 4) + body + message(b"Q", b"select 1\0"))
        time.sleep(2.0)
        return len(held), Counter(_fate(client) for client in clients)


def _fate(client: socket.socket) -> str:
    client.settimeout(0.05)
    said = b""
    try:
        while part := client.recv(4096):
            said += part
    except TimeoutError:
        return "asks or waits"
    except ConnectionResetError:
        return "reset"
    return "refused" if b"no more connections allowed" in said else "closed"


def test_a_database_gets_no_more_and_who_is_too_many_is_refused(tmp_path: Path) -> None:
    """Three of twelve reach the database; the nine beyond hear it at once."""
    full = {"services.store.connections": LIMIT, "services.store.connections_when_full": "refuse"}
    reached, found = fates(full, free_port(), tmp_path)
    assert (LIMIT, {"asks or waits": LIMIT, "refused": CLIENTS - LIMIT}) == (reached, found)


def test_a_database_gets_no_more_while_the_others_wait(tmp_path: Path) -> None:
    """Three of twelve reach the database, and nobody is refused."""
    full = {"services.store.connections": LIMIT, "services.store.connections_when_full": "backlog"}
    assert (LIMIT, {"asks or waits": CLIENTS}) == fates(full, free_port(), tmp_path)


@pytest.mark.parametrize(
    ("sizes", "let_in"), [((LIMIT, LIMIT), LIMIT), ((LIMIT, 5), 5), ((9, LIMIT), LIMIT)], ids=str
)
def test_a_run_lets_in_whom_pgbouncer_does(sizes: tuple[int, int], let_in: int, tmp_path: Path) -> None:
    """As many server connections as clients, fewer, or more: the same reach the database, and are refused."""
    changes = {"services.gate.pooler.most": sizes[0], "services.gate.connections": sizes[1]}
    reached, found = fates(changes, free_port(), tmp_path, world=POOLED, door="gate")
    assert (LIMIT, {"asks or waits": let_in, "refused": CLIENTS - let_in}) == (reached, found)
    script = write_script(overlay(read_world(POOLED, "p"), changes), "come")
    run = simulate(lower(script, horizon_s=3.0), seed=1)
    assert [LIMIT, LIMIT] == list(run.services.connections_count.max(axis=0))
    assert found["refused"] == run.populations.failed_count[:, 0].sum()
    assert let_in - LIMIT == run.populations.unanswered_count[run.bins_count - 1, 0]


def test_a_client_keeps_no_more_than_its_pool(tmp_path: Path) -> None:
    """Twelve at once beside one client are three connections to the database."""
    assert (LIMIT, {"asks or waits": CLIENTS}) == fates({"clients.users.pool": LIMIT}, free_port(), tmp_path)
