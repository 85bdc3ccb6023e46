"""Real clients over the loopback, against a small server: what sockets do, and what is refused."""

from __future__ import annotations

import gc
import io
import json
import socket
import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import pytest

from real_clients import carry_out, total, world
from tidegate.adapters.linux.clients import connection, generator
from tidegate.adapters.linux.clients.generator import generate, main
from tidegate.errors import InputError, RigError
from tidegate.rehearse.measurement import BIN_S, MeasuredPopulation
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world
from tiny_server import TinyServer

COLLECTOR_RESTS = generator._no_collection


@pytest.fixture(autouse=True)
def _as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the collector alone: in a process as large as the test suite's it takes its time."""
    monkeypatch.setattr(generator, "_no_collection", nullcontext)


def test_closed_clients_are_served() -> None:
    """Every request of a healthy service is one connection, one attempt and one answer."""
    with TinyServer() as server:
        done = carry_out(world("population: 20, demand: {kind: closed, think: 100ms}"), server.endpoint)
    assert total(done, "fresh") > 50
    assert total(done, "fresh") == total(done, "attempts")
    assert abs(total(done, "fresh") - total(done, "served")) <= 20
    assert abs(total(done, "connected") - len(server.accepted_s)) <= 20
    series = done.populations["users"]
    assert (10, 10, 10) == (len(series.size_count), len(series.latencies_s), len(done.lateness_s))
    assert total(done, "served") == sum(len(row) for row in series.latencies_s)
    assert {20} == set(series.size_count)


def test_naive_clients_against_silence_are_counted_as_timed_out() -> None:
    """A service that accepts and says nothing is given up at the time-out, and asked again at once."""
    with TinyServer(answers="silent") as server:
        done = carry_out(
            world("population: 10, timeout: 200ms, demand: {kind: closed, think: 1ms}, retry: immediate"),
            server.endpoint,
        )
    assert 10 == total(done, "fresh")
    assert 0 == total(done, "served")
    # Never more often than the time-out allows; fewer where the machine stood still.
    assert 20 < total(done, "attempts") <= 10 * 5
    assert total(done, "attempts") - 10 == total(done, "timed_out")
    assert 10 == done.populations["users"].unanswered_count[-1]


@pytest.mark.parametrize("answers", ["reset", "error"])
def test_resets_and_errors_end_an_attempt_at_once(answers: str) -> None:
    """A reset or an error answer fails the attempt without waiting for the time-out."""
    with TinyServer(answers=answers) as server:
        done = carry_out(
            world(
                "population: 0, timeout: 30s, demand: {kind: once}, retry: {layers: [{retries: 2, "
                "backoff: constant, base: 50ms}]}",
                "triggers: {call: {at: 100ms, set: {clients.users.population: 5}}}",
            ),
            server.endpoint,
        )
    assert (15, 15, 0, 5) == tuple(
        total(done, name) for name in ("attempts", "refused", "timed_out", "given_up")
    )
    assert 15 == len(server.asked_s)


def test_a_refused_connection_fails_at_once() -> None:
    """Where nobody listens every attempt is refused."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        endpoint = unused.getsockname()
    done = carry_out(
        world(
            "population: 0, timeout: 30s, demand: {kind: once}, retry: {layers: [{retries: 3, base: 1ms}]}",
            "triggers: {call: {at: 100ms, set: {clients.users.population: 2}}}",
        ),
        endpoint,
    )
    assert (8, 8, 0, 2) == tuple(
        total(done, name) for name in ("attempts", "refused", "connected", "given_up")
    )


@pytest.mark.parametrize(
    ("kept", "count"), [("connection: keep_alive", 8), ("connection: pool, pool: 3", 24)]
)
def test_kept_connections_stand_before_the_start_and_are_used_again(kept: str, count: int) -> None:
    """Keep-alive clients and pools have their connections at time zero, and open no others."""
    with TinyServer() as server:
        done = carry_out(
            world(f"population: 8, {kept}, demand: {{kind: open, rate: 200/s}}"),
            server.endpoint,
            horizon_s=0.5,
            ahead_s=0.6,
        )
    assert count == len(server.accepted_s)
    assert 0 == total(done, "connected")
    assert 0 == done.standing_missing_count
    assert total(done, "served") > 20


def test_a_reconnect_wave_makes_new_connections() -> None:
    """Half of the kept connections are broken and built anew, not all in one instant."""
    with TinyServer() as server:
        done = carry_out(
            world(
                "population: 20, connection: keep_alive, demand: {kind: none}",
                "triggers: {change: {at: 200ms, reconnect: users, reconnect_spread: 400ms}}",
            ),
            server.endpoint,
            ahead_s=0.6,
        )
    assert 20 + 20 == len(server.accepted_s)
    assert 20 == total(done, "connected")
    assert sum(count > 0 for count in done.populations["users"].connected_count) >= 2


def test_an_idle_connection_that_the_service_closes_is_built_anew_when_needed() -> None:
    """A service that closes after each answer does not stop a client that would keep connections."""
    with TinyServer() as server:
        server.closes = True
        done = carry_out(
            world("population: 5, connection: keep_alive, demand: {kind: closed, think: 50ms}"),
            server.endpoint,
            horizon_s=0.5,
        )
    assert total(done, "served") > 10
    assert total(done, "refused") == 0


def test_clients_come_from_their_addresses() -> None:
    """Source addresses are used in turn, one for each client."""
    addresses = ("127.0.0.2", "127.0.0.3")
    with TinyServer() as server:
        carry_out(
            world("population: 6, demand: {kind: closed, think: 20ms}"),
            server.endpoint,
            horizon_s=0.3,
            client_addresses={"users": addresses},
        )
    assert set(addresses) == set(server.sources)


def test_the_collector_of_cycles_rests_during_a_run_and_works_again_afterwards() -> None:
    """Nothing is collected while clients act; afterwards all is as before."""
    assert gc.isenabled()
    with COLLECTOR_RESTS():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert 0 == gc.get_freeze_count()


def test_nothing_is_left_open() -> None:
    """Every descriptor has been given back when a run is over, also those of unanswered requests."""
    with TinyServer(answers="silent") as server:
        before_count = _descriptors_count()
        carry_out(
            world("population: 30, timeout: 30s, demand: {kind: closed, think: 1ms}"),
            server.endpoint,
            horizon_s=0.3,
        )
        left_count = _descriptors_count() - server.open_count
    assert left_count <= before_count


def _descriptors_count() -> int:
    from pathlib import Path  # noqa: PLC0415

    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize(
    ("clients", "says"),
    [
        ("population: 100, demand: {kind: open, rate: 50000/s}", "requests a second"),
        ("population: 100000, demand: {kind: closed, think: 60s}", "connections at once"),
    ],
)
def test_more_than_one_process_carries_is_refused(clients: str, says: str) -> None:
    """Rates and counts beyond the caps get one clear line, and nothing is sent."""
    with pytest.raises(RigError, match=says):
        carry_out(world(clients), ("127.0.0.1", 1))


def test_a_network_without_clients_or_a_service_without_endpoint_is_bad_input() -> None:
    """Both are faults of the request."""
    script = write_script(read_world(world("population: 1"), "test"))
    for network, endpoints in (("other", {"web": [("127.0.0.1", 1)]}), ("main", {})):
        with pytest.raises(InputError):
            generate(script, network=network, endpoints=endpoints, start_s=0.0, horizon_s=1.0, seed=1)


def test_clients_do_not_change_their_nature() -> None:
    """A phase may change numbers, not from new connections to kept ones."""
    text = world("population: 1", "triggers: {t: {at: 1s, set: {clients.users.connection: keep_alive}}}")
    with pytest.raises(InputError, match=r"clients\.users: .*cannot change"):
        carry_out(text, ("127.0.0.1", 1))


def test_an_address_that_is_not_ours_is_told() -> None:
    """Clients cannot come from an address of somebody else."""
    with pytest.raises(RigError, match=r"cannot use the address 192\.0\.2\.1"):
        carry_out(
            world("population: 1, demand: {kind: closed, think: 1ms}"),
            ("127.0.0.1", 1),
            client_addresses={"users": ["192.0.2.1"]},
        )


def test_kept_connections_that_do_not_stand_are_told() -> None:
    """Where connections that should stand already are refused, the world is not the one that was asked."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        endpoint = unused.getsockname()
    with pytest.raises(RigError, match="5 of 5 kept connections did not stand"):
        carry_out(world("population: 5, connection: keep_alive"), endpoint)


def test_standing_connections_are_counted_beforehand() -> None:
    """The rig learns how many connections will be opened before the start."""
    for clients, count in (
        ("population: 7", 0),
        ("population: 7, connection: keep_alive", 7),
        ("population: 7, connection: pool, pool: 3", 21),
        ("population: 7, connection: pool, pool: 3, demand: {kind: open, rate: 1/s}", 21),
    ):
        script = write_script(read_world(world(clients), "test"))
        assert count == generator.standing_count(script, "main")


def test_a_start_that_has_passed_is_told() -> None:
    """Clients that would begin too late do not begin."""
    with pytest.raises(RigError, match="after the start"):
        carry_out(world("population: 1"), ("127.0.0.1", 1), ahead_s=-1.0)


def test_too_many_attempts_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that flood are stopped by their number."""
    monkeypatch.setattr(generator, "MOST_ATTEMPTS_COUNT", 50)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        endpoint = unused.getsockname()
    with pytest.raises(RigError, match="more than 50 attempts"):
        carry_out(world("population: 20, demand: {kind: closed, think: 1ms}, retry: immediate"), endpoint)


def test_open_files_that_run_out_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no further socket is to be had the run ends with what to do about it."""

    def none(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(connection.socket, "SocketType", none)
    with pytest.raises(RigError, match="open files"):
        carry_out(world("population: 1, demand: {kind: closed, think: 1ms}"), ("127.0.0.1", 1))


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `main` on a request and return its exit code and the messages it says."""

    def speak(request: Mapping[str, object]) -> tuple[int, list[dict[str, Any]]]:
        said = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(request) + "\n"))
        monkeypatch.setattr("sys.stdout", said)
        code = main()
        return code, [json.loads(line) for line in said.getvalue().splitlines()]

    return speak


def test_the_program_tells_each_bin_and_last_the_result(spoken: Any) -> None:
    """The rig reads one line for each bin, and then everything; series come back whole."""
    with TinyServer() as server:
        request = {
            "world": world("population: 5, demand: {kind: closed, think: 50ms}"),
            "activity": None,
            "network": "main",
            "endpoints": {"web": [list(server.endpoint)]},
            "client_addresses": {},
            "start_s": time.monotonic() + 0.3,
            "horizon_s": 0.5,
            "seed": 1,
        }
        code, messages = spoken(request)
    assert 0 == code
    assert list(range(5)) == [message["bin"] for message in messages[:-1]]
    result = messages[-1]["result"]
    series = MeasuredPopulation(**result["populations"]["users"])
    assert round(0.5 / BIN_S) == len(series.fresh_count) == len(result["lateness_s"])
    assert list(series.served_count) == [
        message["populations"]["users"]["served"] for message in messages[:-1]
    ]


def test_the_program_tells_an_error_by_its_kind(spoken: Any) -> None:
    """A refusal is one message, and the exit code is that of its kind."""
    request = {
        "world": world("population: 100000, demand: {kind: closed, think: 60s}"),
        "activity": None,
        "network": "main",
        "endpoints": {"web": [["127.0.0.1", 1]]},
        "start_s": 0.0,
        "horizon_s": 1.0,
        "seed": 1,
    }
    code, messages = spoken(request)
    assert (4, "RigError") == (code, messages[-1]["error"]["kind"])
