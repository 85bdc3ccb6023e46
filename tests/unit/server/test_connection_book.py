"""The book of connections: who keeps us waiting gives way, who waits for us never does."""

from __future__ import annotations

import io
import logging
import resource

import pytest

from tidegate.errors import InputError
from tidegate.server.access.origin import network_of
from tidegate.server.connection_book import MOST_WAITING_BY_NETWORK_COUNT, Connections
from tidegate.server.descriptors import RESERVED_COUNT, room_for_connections
from tidegate.server.logs import MOST_ALIKE_COUNT, WITHIN_S, Counting, JsonLines


class Peer:
    """A connection that knows only whether it was dropped."""

    is_dropped = False

    def drop(self) -> None:
        self.is_dropped = True


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def peers(book: Connections, count: int, network: str = "", within_s: float = 10.0) -> list[Peer]:
    found = [Peer() for _ in range(count)]
    for one in found:
        book.came(one, network, within_s=within_s)
    return found


def dropped(found: list[Peer]) -> list[int]:
    return [number for number, one in enumerate(found) if one.is_dropped]


def test_the_longest_wait_gives_way():
    """A full book takes everybody who comes; those in work stay, those who waited longest go."""
    book = Connections(4)
    first = peers(book, 4)
    book.works(first[0])
    second = peers(book, 2)
    assert ([1, 2], []) == (dropped(first), dropped(second))
    assert (4, 3, 2) == (book.count, book.waiting_count, book.dropped_count)


def test_where_all_are_in_work_nobody_else_comes():
    """Who has asked is not dropped for who has not."""
    book = Connections(4)
    first = peers(book, 4)
    for one in first:
        book.works(one)
    second = peers(book, 1)
    assert ([], [0]) == (dropped(first), dropped(second))


def test_some_room_is_kept():
    """Three of four in work leave the rest to cases, alerts and health."""
    book = Connections(8)
    first = peers(book, 6)
    assert not book.is_crowded
    for one in first:
        book.works(one)
    assert book.is_crowded
    book.gone(first[0])
    assert not book.is_crowded


def test_deadlines():
    """Late ones go at the next sweep; who says something gets longer; work has no deadline."""
    clock = Clock()
    book = Connections(10, clock)
    silent, talking, asking = peers(book, 3)
    book.works(asking)
    book.waits_longer(talking, 5.0)
    clock.now_s = 10.0
    book.sweep()
    assert (True, False, False) == (silent.is_dropped, talking.is_dropped, asking.is_dropped)
    clock.now_s = 16.0
    book.sweep()
    assert (True, False) == (talking.is_dropped, asking.is_dropped)


def test_one_network_has_a_bound_of_its_own():
    """One that opens very many drops its own; an address that stands for many has none."""
    book = Connections(10_000)
    one, other, proxy = peers(book, 300, "one"), peers(book, 10, "other"), peers(book, 300)
    assert list(range(300 - MOST_WAITING_BY_NETWORK_COUNT)) == dropped(one)
    assert [] == dropped(other + proxy)
    for peer in one:
        book.gone(peer)
    assert [] == dropped(peers(book, 200, "one"))


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1:2", "2001:db8::/64"),
        ("x" * 100, "x" * 60), ("", ""),
    ],
)  # fmt: skip
def test_where_it_comes_from(host, network):
    """IPv6 by its network; IPv4 written as IPv6 is not all one network."""
    assert network == network_of(host)


@pytest.mark.parametrize(
    ("limits", "set_to", "room"),
    [
        ((1024, 1024), None, 1024 - RESERVED_COUNT),
        ((1024, 2048), 2048, 2048 - RESERVED_COUNT),
        ((1024, 1 << 20), 8192, 4096),
        ((1024, resource.RLIM_INFINITY), 8192, 4096),
    ],
)
def test_descriptors_are_raised_and_kept_back(monkeypatch, limits, set_to, room):
    """As many as the system allows, less what journal, site and notices need."""
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _what: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _what, found: asked.append(found[0]))
    assert room == room_for_connections()
    assert ([set_to] if set_to else []) == asked


def test_too_few_descriptors_are_said(monkeypatch):
    """One sentence that says how many are needed."""
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (100, 100))
    with pytest.raises(InputError, match="ulimit -n 512"):
        room_for_connections()


def own_log(handler: Counting) -> logging.Logger:
    """A logger that no other test sees."""
    log = logging.getLogger(f"tests.{id(handler)}")
    log.handlers, log.propagate = [handler], False
    return log


def test_lines_that_repeat_are_counted():
    """Lines that differ in numbers alone: the first are written, the rest counted; others are not hidden."""
    clock, stream = Clock(), io.StringIO()
    handler = Counting(stream, clock)
    handler.setFormatter(JsonLines())
    log = own_log(handler)
    for number in range(10_000):
        log.error("connection %d is lost", number)
    log.error("the disk is full")
    clock.now_s = WITHIN_S
    log.error("something else")
    lines = stream.getvalue().splitlines()
    assert MOST_ALIKE_COUNT + 3 == len(lines)
    assert f'"more_count": {10_000 - MOST_ALIKE_COUNT}' in lines[-2]
    assert ("the disk is full" in lines[-3], "something else" in lines[-1]) == (True, True)


def test_what_was_counted_is_said_at_the_end():
    """Nothing is left out silently, also not by ending; and very many kinds take no more room."""
    stream = io.StringIO()
    handler = Counting(stream)
    log = own_log(handler)
    for number in range(5_000):
        log.error("%s", "abcdefghij"[number % 10] * (number // 10))
    assert 5_000 > len(stream.getvalue().splitlines())
    handler.close()
    assert 230 > len(handler._counts)
