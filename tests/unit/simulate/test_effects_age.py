"""Effects of the greatest age of a connection: what began together ends together, until jitter spreads it."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import BASE, STANDING, Told

CLIENTS, SERVICE = "clients.users.connection_age", "services.web.connection_age"
HERD = {"triggers": {"herd": {"at": "1s", "reconnect": "users"}}}
DETAILS = ("packet", "coarse")
CALLING = BASE.replace(
    "  web: {", "  store: {network: near, instances: 1, concurrency: 1000, service_time: 1ms}\n  web: {"
).replace("service_law: fixed}\nclients", "service_law: fixed, calls: [{service: store}]}\nclients")


def opened(told: Told, since_s: float, until_s: float) -> float:
    return told.crossing("offered_count", since_s=since_s, until_s=until_s)


@pytest.mark.parametrize("kind", DETAILS)
@pytest.mark.parametrize("path", [CLIENTS, SERVICE])
def test_connections_from_before_the_run_end_at_all_moments(kind: str, path: str) -> None:
    """100 connections that live for 4 s are made anew 25 times a second, from the beginning on."""
    told = Told(STANDING, {path: {"age": "4s"}, "detail": kind})
    for since_s in (0.0, 2.0, 4.0, 6.0):
        assert pytest.approx(50, abs=20) == opened(told, since_s, since_s + 2.0)


@pytest.mark.parametrize("kind", DETAILS)
def test_a_herd_comes_back_at_every_age(kind: str) -> None:
    """All 100 that connect at 1 s come back at 4 s and at 7 s, and nobody in between."""
    told = Told(STANDING, HERD | {CLIENTS: {"age": "3s"}, "detail": kind})
    assert [0, 100, 0, 100, 0] == [
        opened(told, *between) for between in ((1.5, 3.9), (3.9, 4.5), (4.5, 6.9), (6.9, 7.5), (7.5, 9.9))
    ]


def test_jitter_spreads_a_herd() -> None:
    """With ± 50 % of 3 s the herd of 1 s comes back over the 3 s from 2.5 s to 5.5 s."""
    told = Told(STANDING, HERD | {SERVICE: {"age": "3s", "jitter": "50%"}})
    assert opened(told, 1.5, 2.4) == 0
    each = [opened(told, 2.5 + 0.5 * i, 3.0 + 0.5 * i) for i in range(6)]
    assert all(pytest.approx(17, abs=13) == count for count in each)


def test_the_lower_age_counts() -> None:
    """A client that lives with a service of 2 s connects as often whatever more it allows itself."""
    ages = [{SERVICE: {"age": "2s"}}, {SERVICE: {"age": "2s"}, CLIENTS: {"age": "1h"}}]
    assert 1 == len({opened(Told(STANDING, HERD | age), 2.0, 9.0) for age in ages})


def test_as_needed_nobody_connects_before_he_asks() -> None:
    """Clients that want nothing make no further connection."""
    told = Told(STANDING, HERD | {CLIENTS: {"age": "3s"}, "clients.users.reopen": "as_needed"})
    assert opened(told, 1.5, 9.0) == 0


def test_a_request_under_way_is_answered_or_cut_after_the_grace() -> None:
    """Requests of 300 ms on connections of 1 s are all answered; with 10 ms of grace some are lost."""
    slow: dict[str, Any] = {"services.web.service_time": "300ms", "clients.users.connection": "keep_alive"}
    lost = [
        Told(BASE, slow | {CLIENTS: {"age": "1s", "grace": grace}}).clients("failed_count")
        for grace in ("none", "10ms")
    ]
    assert lost[0] == 0 < lost[1]


@pytest.mark.parametrize("whose", ["services.store.connection_age", "services.web.calls.0.connection_age"])
def test_calls_have_ages_too(whose: str) -> None:
    """The connections that calls keep are made anew as they are next needed."""
    crossing = {"services.store.network": "near", "services.web.network": "far"}
    plain, aged = (
        opened(Told(CALLING, crossing | more), 2.0, 9.0) for more in ({}, {whose: {"age": "500ms"}})
    )
    assert aged > plain


def test_an_age_that_a_trigger_sets_counts_for_those_that_stand() -> None:
    """100 connections that never ended end within 2 s of the moment at which they may live no longer."""
    told = Told(STANDING, {"triggers": {"new": {"at": "5s", "set": {SERVICE: {"age": "2s"}}}}})
    assert 0 == opened(told, 0.0, 4.9)
    assert pytest.approx(100, abs=2) == opened(told, 5.0, 7.0)
