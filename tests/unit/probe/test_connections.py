"""Connections beside attempts: what a NAT counts, although nothing was asked on it."""

from __future__ import annotations

import pytest
import yaml
from wire import answered, packet, refused, trial

from tidegate.present.probe_text import probe_text
from tidegate.probe.catalogue_entry import Origin, entries_of
from tidegate.probe.connections import connections_in
from tidegate.probe.identify import identify
from tidegate.probe.observation import Packet, Trial

ORIGIN = Origin(name="it", command="client {url}", measured_on="2026-11-28", runs_count=3, seconds=20.0)


def given_up(at_s: float, port: int) -> list[Packet]:
    """Return a request that is given up after a second."""
    return [*opened(at_s, port), packet(at_s + 0.001, "out", "A", port=port, size=80),
            packet(at_s + 1.0, "out", "FA", port=port)]  # fmt: skip


def opened(at_s: float, port: int) -> list[Packet]:
    """Return a connection that is established, with nothing asked on it."""
    return [packet(at_s, "out", "S", port=port), packet(at_s + 0.0001, "in", "SA", port=port)]


def spare(at_s: float, port: int, open_s: float) -> list[Packet]:
    """Return a connection that the client closes again without having asked anything."""
    return [*opened(at_s, port), packet(at_s + open_s, "out", "FA", port=port)]


def healthy() -> list[Trial]:
    return [trial("healthy", answered(0.0, 4000), ended_s=0.01, watched_s=0.01, exit_code=0)] * 3


def abandoning() -> Trial:
    """Return what Node's fetch does: one request, given up, and one more connection, open for 4 s."""
    return trial("hanging", given_up(0.0, 4000) + spare(1.0, 4001, 4.0), ended_s=6.0)


def knocking() -> Trial:
    """Return a pool that nobody asks anything of: a connection for a second, and half a second nothing."""
    return trial("hanging", [one for i in range(6) for one in spare(1.5 * i, 4000 + i, 1.0)])


def test_a_connection_without_a_request_is_no_attempt_and_is_counted() -> None:
    """One attempt, two connections, one of them with nothing asked, open for four seconds."""
    found = connections_in([abandoning()] * 3, "http")
    assert ((1, 1), (2, 2), (1, 1)) == (found.attempts_count, found.opened_count, found.unasked_count)
    assert found.are_more
    assert 1.0 == found.spare_ratio
    assert found.hold_s is not None
    assert 4.0 == pytest.approx(found.hold_s.value)


@pytest.mark.parametrize(
    ("protocol", "attempts", "unasked"), [("http", 1, 1), ("redis", 1, 1), ("postgres", 1, 1), ("tcp", 2, 0)]
)
def test_a_spare_that_is_still_open_is_no_attempt_under_way(protocol, attempts, unasked) -> None:
    """Where the client speaks first, an open connection without a word is nobody's attempt."""
    found = connections_in([trial("hanging", given_up(0.0, 4000) + opened(1.0, 4001))], protocol)
    assert ((attempts, attempts), (unasked, unasked)) == (found.attempts_count, found.unasked_count)


def test_a_pool_that_is_knocking_when_the_watch_ends_has_asked_nothing_either() -> None:
    """What is still open is of the kind of those that were closed before it."""
    seen = trial("hanging", [*knocking().packets, *opened(9.5, 4009)])
    assert (0, 0) == connections_in([seen], "tcp").attempts_count


def test_refused_connections_are_as_many_as_attempts() -> None:
    """Nothing is made up where each attempt is one connection."""
    found = connections_in([trial("refusing", refused(0.0, 4000) + refused(1.0, 4001))], "http")
    assert ((2, 2), (2, 2), (0, 0)) == (found.attempts_count, found.opened_count, found.unasked_count)
    assert not found.are_more


def test_requests_on_a_kept_connection_are_fewer_connections() -> None:
    """Two attempts on one connection are no surplus."""
    found = connections_in([trial("erring", answered(0.0, 4000, requests_s=(0.001, 0.5)))], "http")
    assert ((2, 2), (1, 1)) == (found.attempts_count, found.opened_count)
    assert not found.are_more


def test_an_idle_pool_that_knocks_is_found_out() -> None:
    """Six connections for no attempt, half a second after each other: a habit, not a spare."""
    found = connections_in([knocking()], "tcp")
    assert ((0, 0), (6, 6)) == (found.attempts_count, found.opened_count)
    assert found.spare_ratio is None
    assert found.knock_s is not None
    assert 0.5 == pytest.approx(found.knock_s.value)


def test_a_finding_says_both_in_words_and_in_the_entry() -> None:
    """Text, entry and headline tell connections beside attempts; the world's keys are filled in."""
    found = identify([*healthy(), *[abandoning()] * 3], "http", seed=1)
    entry = entries_of(found, ORIGIN)["it"]
    assert "2 connections for 1 attempt, 1 with nothing asked" == entry["connections"]["hanging"]
    assert "1 connection for 1 attempt" == entry["connections"]["healthy"]
    assert "Each attempt that it gives up opens 1 more connection, with nothing asked" in entry["title"]
    assert "1" == entry["clients"]["spare_connections"]
    assert "4s" == entry["clients"]["spare_hold"]["value"]
    text = " ".join(probe_text(found, ORIGIN, names=("it",), file="", width=100).split())
    assert "2 connections for 1 attempt, 1 with nothing asked; what a NAT counts is connections" in text
    assert yaml.safe_load(yaml.safe_dump(entry)) == entry


def test_an_idle_pool_fills_in_the_worlds_key() -> None:
    """What knocks becomes `idle_connect_every` of the population, where the client is the one to speak."""
    entry = entries_of(identify([*healthy(), knocking()], "redis", seed=1), ORIGIN)["it"]
    assert "500ms" == entry["clients"]["idle_connect_every"]["value"]
    assert "spare_connections" not in entry["clients"]
    assert "Connects again and again and asks nothing, 500 ms after the last." in entry["title"]


def test_in_bare_tcp_an_idle_pool_is_told_and_not_claimed() -> None:
    """A client that waits for the other end's greeting looks like a pool that knocks: both are said."""
    entry = entries_of(identify([*healthy(), knocking()], "tcp", seed=1), ORIGIN)["it"]
    assert "idle_connect_every" not in entry["clients"]
    assert "asks nothing, 500 ms after the last" in entry["title"]
    assert any("in tcp they look alike" in why for why in entry["not_identified"])
