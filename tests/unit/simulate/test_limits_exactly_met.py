"""A limit that is met exactly: arithmetic and the runs say the same of it, and of one less and one more."""

from __future__ import annotations

import pytest

from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.read import read_world

WORLD = """
name: met
horizon: 12s
DETAIL
networks: {a: {}, b: {}}
crossings: {x: {between: [a, b] WAY}}
services:
  front: {network: b, concurrency: 50, service_time: 2ms, FRONT}
  db: {network: b, concurrency: 50, service_time: 2ms DB}
clients:
  app: {network: a, service: front, population: BEFORE, timeout: 1s, retry: none, CLIENT,
    demand: {kind: closed, think: 200ms}}
activities:
  grow: {title: grow, from: BEFORE, to: AFTER, at: 2s, clients_added: app}
"""
CALL = "calls: [{service: db, timeout: 1s}]"
SESSION = "pooler: {mode: session,"
PLACES = {
    "connections": "connections: N",
    "reserved": "connections: M, reserved_connections: 3",
    "one instance": "connections: N, balancing: {rule: round_robin}",
    "a short backlog": "connections: N, accept_backlog: 1",
    "a backlog of an instance": "connections: N, accept_backlog: 1, balancing: {rule: least_outstanding}",
    "by request": "connections: N, balancing: {rule: round_robin, each: request}",
    "clients of a transaction pooler": f"connections: N, pooler: {{most: 5}}, {CALL}",
    "sessions of as many": f"connections: N, {SESSION} most: N}}, {CALL}",
    "sessions of as many, apart": f"connections: N, {SESSION} most: N}}, balancing: {{}}, {CALL}",
    "sessions of as many with a reserve": f"connections: N, {SESSION} most: L, reserve: 3}}, {CALL}",
    "sessions of more than are let in": f"connections: N, {SESSION} most: 30}}, {CALL}",
    "sessions of fewer than are let in": f"connections: 30, {SESSION} most: N}}, {CALL}",
    "reserved sessions": f"connections: M, reserved_connections: 3, {SESSION} most: N}}, {CALL}",
}
WAYS = {
    "table": ", table: {entries: N}",
    "ports": ", ports: {per_destination: N}",
    "admission": ", admission: {concurrent: N}",
}


def growing(limit: int = 0, sizes: tuple[int, int] = (6, 12), **parts: str) -> Script:
    """Return a world whose parts are given, and in which clients become more."""
    text = WORLD.replace("BEFORE", str(sizes[0])).replace("AFTER", str(sizes[1]))
    for word in ("DETAIL", "FRONT", "DB", "WAY", "CLIENT"):
        given = parts.get(word.lower(), "connection: keep_alive" if word == "CLIENT" else "")
        for letter, count in {"L": limit - 3, "N": limit, "M": limit + 3}.items():
            given = given.replace(letter, str(count))
        text = text.replace(word, given)
    return write_script(read_world(text, "met.yaml"), "grow")


def run_of(script: Script, *, fraction: float = 1.0) -> Run:
    """Return one run, of the whole or of a fraction."""
    return simulate(lower(script, horizon_s=12.0, fraction=fraction), seed=1)


def says_and_does(limit: int, **parts: str) -> tuple[bool, bool]:
    """Return whether arithmetic calls the limit exceeded, and whether anybody is lost in a run."""
    script = growing(limit, **parts)
    run = run_of(script)
    return bool(exceeded_limits(script)), bool(run.populations.failed_count[: run.bins_count, 0].sum())


@pytest.mark.parametrize("less", [True, False], ids=["one less", "met"])
@pytest.mark.parametrize("full", ["refuse", "backlog"])
@pytest.mark.parametrize("detail", ["", "detail: coarse"], ids=["packets", "coarse"])
@pytest.mark.parametrize("place", PLACES)
def test_who_just_finds_a_place_is_served(place: str, detail: str, full: str, less: bool) -> None:
    """Twelve connections and twelve places: all are served; with eleven somebody is lost, and it is said."""
    front = f"connections_when_full: {full}, {PLACES[place]}"
    assert (less, less) == says_and_does(12 - less, front=front, detail=detail)


@pytest.mark.parametrize("less", [True, False], ids=["one less", "met"])
@pytest.mark.parametrize("way", WAYS)
def test_who_just_finds_an_entry_is_served(way: str, less: bool) -> None:
    """The same of what a device keeps of flows."""
    front = "queue: 99"
    assert (less, less) == says_and_does(12 - less, front=front, way=WAYS[way])


@pytest.mark.parametrize(("limit", "is_exceeded"), [(11, True), (12, False), (13, False)])
def test_as_many_server_connections_as_the_database_accepts(limit: int, is_exceeded: bool) -> None:
    """Twelve sessions need twelve server connections: who has none does not use that of another."""
    front = f"connections: 20, {SESSION} most: 20}}, {CALL}"
    db = ", connections: N, connections_when_full: refuse"
    assert (is_exceeded, is_exceeded) == says_and_does(limit, front=front, db=db)


def test_more_sessions_than_are_let_in_open_no_more_at_the_database() -> None:
    """Whom max_client_conn keeps out has no server connection: of a database with eleven nothing is said."""
    front = f"connections: N, connections_when_full: refuse, {SESSION} most: 20}}, {CALL}"
    said = exceeded_limits(growing(11, front=front, db=", connections: N"))
    assert ("front accepts 11 connections, and 12 are wanted",) == said


@pytest.mark.parametrize("front", [f"{SESSION} most: 30}}", f"{SESSION} most: 20, reserve: 10}}"])
def test_the_first_sessions_open_no_more_than_they_are(front: str) -> None:
    """Where nobody keeps a connection before, the database sees one, and then one for each session."""
    script = growing(sizes=(0, 5), front=f"connections: 30, {front}, {CALL}", db=", connections: 5")
    connected = run_of(script).services.connections_count[:, 1]
    assert () == exceeded_limits(script)
    assert [1, 5] == [connected[5], connected.max()]


def test_sessions_of_one_request_each_open_what_they_need() -> None:
    """Twelve clients that ask now and then, each on a connection of its own, do not open all thirty."""
    front = f"connections: 30, {SESSION} most: 30}}, {CALL}"
    assert () == exceeded_limits(
        growing(front=front, db=", connections: 12", client="connection: per_request")
    )


def test_a_backlog_that_vanishes_lets_in_who_finds_a_place() -> None:
    """At a tenth of the size three instances share a backlog of one, and no place is wanting."""
    front = "instances: 3, connections: 100, accept_backlog: 1, balancing: {rule: round_robin}"
    run = run_of(growing(sizes=(60, 120), front=front), fraction=0.1)
    assert 12 == run.services.connections_count.max()
    assert 0 == run.populations.failed_count[: run.bins_count, 0].sum()


def test_a_mean_that_is_too_many_is_not_told_as_enough() -> None:
    """Twelve kept connections and one check now and then are more than twelve, not "about 12"."""
    said = exceeded_limits(growing(front="connections: 12, health_probes: [{network: a}]"))
    assert ("front accepts 12 connections, and more than 12 are wanted",) == said
