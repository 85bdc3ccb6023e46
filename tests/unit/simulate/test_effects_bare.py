"""Effects of connections on which nothing is asked: spare ones beside attempts, and pools that knock."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import BASE, STANDING, Told

# Accepts and never answers within the time-out: 100 requests a second are given up after 900 ms.
HANGING = BASE.replace("service_time: 1ms", "service_time: 30s")
HANGING = HANGING.replace("concurrency: 1000", "concurrency: 9000")
SPARE = {"clients.users.spare_connections": 1}
KNOCKS = {"clients.users.idle_connect_every": "500ms"}
DETAILS = ("packet", "coarse")


def detail(name: str) -> dict[str, Any]:
    return {"detail": name}


@pytest.mark.parametrize("kind", DETAILS)
@pytest.mark.parametrize("spares", [0, 1, 3])
def test_each_attempt_given_up_opens_so_many_more_connections(kind: str, spares: int) -> None:
    """100 attempts a second that time out are 100, 200 or 400 set-ups a second at the device."""
    told = Told(HANGING, {"clients.users.spare_connections": spares} | detail(kind))
    new_per_s = (told.crossing("offered_count", since_s=2.0, until_s=9.0)) / 7.0
    assert pytest.approx(100 * (1 + spares), rel=0.02) == new_per_s


@pytest.mark.parametrize("kind", DETAILS)
def test_answered_attempts_have_no_spares(kind: str) -> None:
    """A client that is answered opens nothing beside."""
    assert 1000 == pytest.approx(Told(BASE, SPARE | detail(kind)).crossing("offered_count"), abs=2)


def test_attempts_that_never_connected_have_no_spares() -> None:
    """Where nobody answers a connection request, no second connection follows it."""
    silent = BASE.replace("instances: 1,", "instances: 0,")
    same = [Told(silent, changes).crossing("offered_count") for changes in ({}, SPARE)]
    assert same[0] == same[1]


@pytest.mark.parametrize(("hold", "standing"), [("500ms", 50), ("2s", 200)])
def test_a_spare_fills_the_table_as_long_as_it_is_held(hold: str, standing: int) -> None:
    """100 a second held for so long stand in the table beside the requests under way."""
    table = {"crossings.gate.table": {"entries": 10_000, "closed_hold": "0s", "unanswered_hold": "0s"}}
    full = [
        Told(HANGING, table | changes).fullest(since_s=4.0, until_s=9.0)
        for changes in ({}, SPARE | {"clients.users.spare_hold": hold})
    ]
    assert pytest.approx(standing, abs=6) == (full[1] - full[0]) * 10_000


def test_spares_are_no_requests_of_anybody() -> None:
    """Demand, failures and the service's work are what they are without."""
    told, without = Told(HANGING, SPARE), Told(HANGING)
    for series in ("fresh_count", "attempts_count", "served_count", "failed_count"):
        assert without.clients(series) == told.clients(series)
    assert without.busiest() == told.busiest()


def test_spares_take_connections_of_the_service() -> None:
    """Where the service counts connections, spares leave fewer for requests that could be answered."""
    limited = HANGING.replace("service_time: 30s", "service_time: 30s, connections: 150")
    held = {"clients.users.spare_hold": "9s"}
    within = {"since_s": 3.0, "until_s": 9.0}
    told, without = Told(limited, SPARE | held), Told(limited)
    assert 150 == told.connections(9.9)
    assert told.clients("served_count", **within) <= without.clients("served_count", **within)


@pytest.mark.parametrize("kind", DETAILS)
@pytest.mark.parametrize(("every", "per_s"), [("500ms", 200), ("2s", 50)])
def test_an_idle_pool_knocks_as_often_as_it_says(kind: str, every: str, per_s: int) -> None:
    """100 clients that have lost their connections knock every so often, with nothing to ask."""
    gone = {"gone": {"at": "1s", "set": {"services.web.instances": 0}, "reconnect": "users"}}
    changes = {"triggers": gone, "clients.users.idle_connect_every": every, "clients.users.syn": "none"}
    told = Told(STANDING, changes | detail(kind))
    assert pytest.approx(per_s, rel=0.05) == told.crossing("offered_count", since_s=4.0, until_s=9.0) / 5.0
    quiet = Told(STANDING, changes | detail(kind) | {"clients.users.idle_connect_every": None})
    assert 0 == quiet.crossing("offered_count", since_s=4.0, until_s=9.0)


@pytest.mark.parametrize("kind", DETAILS)
def test_a_pool_that_has_its_connections_does_not_knock(kind: str) -> None:
    """While all is well there is nothing to fill."""
    assert 0 == Told(STANDING, KNOCKS | detail(kind)).crossing("offered_count")


@pytest.mark.parametrize("kind", DETAILS)
def test_knocking_ends_when_the_service_is_back(kind: str) -> None:
    """What is established by a knock is kept: 100 connections, and then no more set-ups."""
    gone = {
        "gone": {"at": "1s", "for": "4s", "set": {"services.web.instances": 0}, "reconnect": "users"},
    }
    told = Told(STANDING, KNOCKS | {"triggers": gone, "clients.users.syn": "none"} | detail(kind))
    assert 0 < told.crossing("offered_count", since_s=5.0, until_s=7.0)
    assert 0 == told.crossing("offered_count", since_s=7.0, until_s=9.5)
    assert 100 == told.connections(9.9)


def test_a_pool_of_several_knocks_once_for_all() -> None:
    """Ten connections of each of ten clients are missing: still one knock a client every half second."""
    gone = {"gone": {"at": "1s", "set": {"services.web.instances": 0}, "reconnect": "users"}}
    pool = {
        "clients.users.connection": "pool", "clients.users.pool": 10, "clients.users.population": 10,
        "clients.users.syn": "none", "triggers": gone,
    }  # fmt: skip
    told = Told(STANDING, KNOCKS | pool)
    assert pytest.approx(20, rel=0.1) == told.crossing("offered_count", since_s=4.0, until_s=9.0) / 5.0


SLOW = "  slow: {network: far, instances: 1, concurrency: 9000, service_time: 60s}\n"
SHARED = BASE.replace("  web:", f"{SLOW}  web:")
SHARED += """
  callers:
    network: near
    service: slow
    population: 100
    timeout: 900ms
    retry: none
    syn: none
    demand: {kind: open, rate: 150/s, arrivals: paced}
"""


@pytest.mark.parametrize(("spares", "least", "most"), [(0, 0.99, 1.0), (1, 0.0, 0.9)])
def test_a_neighbour_loses_the_table_to_spares(spares: int, least: float, most: float) -> None:
    """A table that has room for all attempts has none for the connections beside them: others are dropped."""
    told = Told(
        SHARED,
        {
            "clients.callers.spare_connections": spares,
            "clients.users.syn": "none",
            "crossings.gate.table": {"entries": 1500, "closed_hold": "5s", "unanswered_hold": "5s"},
        },
    )
    assert least <= told.per_s("served_count", since_s=7.0, until_s=9.5) / 100 <= most
