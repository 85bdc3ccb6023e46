"""A pod that uses several services: its populations grow in step, and each meets its own limits."""

from __future__ import annotations

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world

WORLD = """
name: pods
horizon: 1min
networks: {{pods: {{}}, data: {{}}}}
crossings: {{x: {{between: [pods, data]}}}}
services:
  postgres: {{network: data, concurrency: 64, connections: 100, reserved_connections: {reserved}}}
  redis: {{network: data, concurrency: 64, connections: 200}}
clients:
  orders: {{network: pods, service: postgres, population: 4, connection: pool, pool: 10}}
  sessions: {{network: pods, service: redis, population: 4, connection: pool, pool: {pool}}}
activities:
  grow: {{from: 4, to: 8, at: 10s, clients_added: {added}}}
"""
BOTH = "[orders, sessions]"


def _text(*, reserved: int = 0, pool: int = 20, added: str = BOTH) -> str:
    return WORLD.format(reserved=reserved, pool=pool, added=added)


def _said(**changes: object) -> tuple[str, ...]:
    return exceeded_limits(write_script(read_world(_text(**changes), "w"), "grow"))  # type: ignore[arg-type]


def test_every_population_of_the_list_grows_in_step() -> None:
    """Eight pods open 80 connections to one service and 240 to the other; one name alone grows alone."""
    assert () == _said()
    assert ("redis accepts 200 connections, and 240 are wanted",) == _said(pool=30)
    assert () == _said(pool=30, added="orders")
    last = write_script(read_world(_text(), "w"), "grow").phases[-1].world
    assert [8, 8] == [clients.population_count for clients in last.clients.values()]


def test_what_is_reserved_is_not_for_ordinary_clients() -> None:
    """80 of 100 fit; of 100 less 21 they do not."""
    assert () == _said(reserved=20)
    said = "postgres accepts 79 connections (100, of which 21 are reserved), and 80 are wanted"
    assert (said,) == _said(reserved=21)


def test_check_stops_what_reserved_connections_do_not_leave_room_for() -> None:
    """By multiplication, and not where nothing is reserved."""
    refusing = "concurrency: 64, connections_when_full: refuse, connections: 100"
    for reserved, word in ((25, "protect_first"), (0, "proceed")):
        text = _text(reserved=reserved).replace("concurrency: 64, connections: 100", refusing)
        (found,) = tidegate.check(read_world(text, "w"), "grow")
        assert word == found.verdict


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"added": "[orders, orders]"}, "is named twice"),
        ({"added": "[orders, nobody]"}, "names none of the clients"),
        ({"reserved": 100}, "leaves nobody else a connection"),
    ],
)
def test_what_cannot_be_meant_is_a_fault(changes: dict[str, object], word: str) -> None:
    """One clear word, at the place."""
    with pytest.raises(InputError, match=word):
        read_world(_text(**changes), "w")  # type: ignore[arg-type]


def test_each_population_must_be_countable() -> None:
    """A population of the list that is empty before cannot follow four instances."""
    text = _text().replace("service: redis, population: 4", "service: redis, population: 0")
    with pytest.raises(InputError, match=r"clients\.sessions\.population is 0"):
        read_world(text, "w")


def test_one_name_and_a_list_are_both_written_back() -> None:
    """The file says again what it said."""
    for added in ("orders", BOTH):
        file = read_world(_text(added=added), "w")
        assert file.world == read_world(write_world(file.document), "again").world
