"""Effects of how clients behave: each with it, and without."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import BASE, IMMEDIATE, Told

LATE: dict[str, float] = {"since_s": 5.0, "until_s": 9.0}
NAMED = BASE.replace("  web:", "  names: {network: far, instances: 1, concurrency: 1000}\n  web:")
BLIND = BASE.replace("instances: 1,", "instances: 0,")  # nobody answers, and nobody refuses


@pytest.mark.parametrize(("ttl", "lookups"), [("0s", 1000), ("100s", 9), (None, 0)])
def test_lookups_pass_the_crossing_until_a_cache_knows(ttl: str | None, lookups: int) -> None:
    """1,000 connections of 100 clients: a lookup for each, one a client in 101 s, or none."""
    lookup = {"clients.users.lookup": {"service": "names", "ttl": ttl}} if ttl else {}
    told, without = Told(NAMED, lookup), Told(NAMED)
    new = told.crossing("offered_count") - without.crossing("offered_count")
    assert new == pytest.approx(lookups, abs=2)
    assert told.per_s("served_count", **LATE) == pytest.approx(100, abs=1)


def test_a_lookup_sends_as_many_packets_as_it_has_queries() -> None:
    """Four queries more a lookup are four packets more there and four back, but for what is under way."""
    lookup = {"service": "names", "ttl": "0s", "queries": 1}
    one, five = (Told(NAMED, {"clients.users.lookup": lookup | {"queries": n}}) for n in (1, 5))
    more = five.crossing("packets_count") - one.crossing("packets_count")
    assert more == pytest.approx(8 * 1000, abs=40)


@pytest.mark.parametrize(("queries", "served"), [(2, 100), (8, 50)])
def test_each_query_of_a_lookup_is_work_for_the_resolver(queries: int, served: int) -> None:
    """100 look-ups a second of 8 queries are 800/s on a resolver of 400/s; of 2 they are 200/s."""
    resolver = {"services.names.concurrency": 4, "services.names.service_time": "10ms"}
    lookup = {"service": "names", "ttl": "0s", "queries": queries, "timeout": "200ms"}
    told = Told(NAMED, resolver | {"clients.users.lookup": lookup})
    assert told.per_s("served_count", **LATE) <= served + 1
    assert (told.per_s("served_count", **LATE) > 95) == (queries == 2)


def test_nobody_connects_while_the_resolver_is_down() -> None:
    """Fresh lookups fail with the resolver; clients that remember the name carry on."""
    gone = {"gone": {"at": "3s", "set": {"services.names.instances": 0}}}
    lookup = {"service": "names", "timeout": "200ms"}
    asks, knows = (
        Told(NAMED, {"clients.users.lookup": lookup | {"ttl": ttl}, "triggers": gone}) for ttl in ("0s", "1h")
    )
    assert asks.per_s("served_count", **LATE) == 0
    assert knows.per_s("served_count", **LATE) > 90


@pytest.mark.parametrize(("unserved", "after_per_s", "served"), [("deferred", 75, 1500), ("lost", 50, 1250)])
def test_deferred_work_is_drained_after_recovery(unserved: str, after_per_s: int, served: int) -> None:
    """Five seconds without service leave 250 requests to be offered again at 25 a second, or lost."""
    changes = {
        "clients.users.demand": {"kind": "open", "rate": "50/s", "arrivals": "paced", "unserved": unserved},
        "clients.users.timeout": "200ms",
        "triggers": {"gone": {"at": "5s", "for": "5s", "set": {"services.web.instances": 0}}},
        "horizon": "30s",
    }
    if unserved == "deferred":
        changes["clients.users.demand"] |= {"drain": "25/s"}
    told = Told(BASE, changes)
    assert told.per_s("served_count", since_s=11.0, until_s=19.0) == pytest.approx(after_per_s, abs=1)
    assert told.per_s("served_count", since_s=23.0, until_s=29.0) == pytest.approx(50, abs=1)
    assert told.clients("served_count") == pytest.approx(served, abs=12)


def layers(count: int) -> dict[str, Any]:
    layer = {"retries": 3, "backoff": "none", "base": "0s"}
    return {"layers": [layer] * count}


@pytest.mark.parametrize(("count", "attempts"), [(0, 1), (1, 4), (2, 16), (3, 64)])
@pytest.mark.parametrize(("syn", "syns"), [("linux", 3), ("linux-classic", 2)])
def test_layers_of_retries_multiply_and_tcp_beneath_them(
    count: int, attempts: int, syn: str, syns: int
) -> None:
    """Three layers of four attempts make 64, each of as many SYNs as the system sends in 2.5 s."""
    changes = {
        "clients.users": {
            "network": "near",
            "service": "web",
            "population": 0,
            "timeout": "2500ms",
            "syn": syn,
            "demand": {"kind": "once"},
            "retry": layers(count),
        },
        "triggers": {"comes": {"at": "1s", "set": {"clients.users.population": 1}}},
        "horizon": "200s",
    }
    told = Told(BLIND, changes)
    assert told.clients("attempts_count") == attempts
    assert told.crossing("offered_count") == attempts * syns
    assert told.clients("failed_count") == 1


def guarded(**guard: Any) -> dict[str, Any]:
    layer = {"retries": 3, "backoff": "none", "base": "0s"} | guard
    return {"clients.users.retry": {"layers": [layer]}, "clients.users.timeout": "100ms"}


def test_a_budget_caps_retries() -> None:
    """1,000 requests that all fail: 4,000 attempts without a budget, 1,000 + 10 + a tenth with one."""
    budget = {"tokens": 10, "per_request": 0.1, "scope": "population"}
    told, without = Told(BLIND, guarded(budget=budget)), Told(BLIND, guarded())
    assert told.clients("attempts_count") == pytest.approx(1000 * 1.1 + 10, abs=5)
    assert without.clients("attempts_count") == pytest.approx(4000, abs=80)


def test_a_breaker_stops_attempts() -> None:
    """Open for 2 s after ten failures it lets a handful through in 10 s, and all of them when well."""
    breaker = {"window": "2s", "open": "2s", "least_calls": 10, "scope": "population"}
    told = Told(BLIND, guarded(breaker=breaker))
    assert told.clients("attempts_count") < 60
    well = Told(BASE, guarded(breaker=breaker))
    assert well.clients("served_count") == pytest.approx(1000, abs=2)
    # It closes again once the service is back.
    back = {"triggers": {"gone": {"at": "2s", "for": "2s", "set": {"services.web.instances": 0}}}}
    again = Told(BASE, guarded(breaker=breaker) | back)
    assert again.per_s("served_count", since_s=8.0, until_s=9.5) == pytest.approx(100, abs=2)


@pytest.mark.parametrize(("after", "reconnects"), [("rebuild", 100), ("keep", 0)])
def test_a_kept_connection_is_rebuilt_or_kept_after_a_time_out(after: str, reconnects: int) -> None:
    """A slow second times every client out once: as many new connections, or none."""
    changes = {
        "clients.users.connection": "keep_alive",
        "clients.users.after_timeout": after,
        "clients.users.demand": {"kind": "closed", "think": "300ms"},
        "clients.users.timeout": "500ms",
        "clients.users.retry": "none",
        "triggers": {"slow": {"at": "5s", "for": "400ms", "set": {"services.web.service_time": "700ms"}}},
    }
    told = Told(BASE, changes)
    failed = told.clients("failed_count")
    assert 50 < failed <= 100
    assert told.crossing("offered_count") == (failed if reconnects else 0)
    assert told.per_s("served_count", since_s=7.0, until_s=9.0) == pytest.approx(100 / 0.303, rel=0.1)


@pytest.mark.parametrize(("late", "served_per_s"), [("accepted", 100), ("ignored", 0)])
def test_a_late_reply_is_accepted_or_ignored(late: str, served_per_s: int) -> None:
    """Every answer takes 300 ms against a time-out of 200 ms: with retries all are served late, or none."""
    changes = {
        "services.web.service_time": "300ms",
        "clients.users.timeout": "200ms",
        "clients.users.late_replies": late,
        "clients.users.retry": IMMEDIATE,
    }
    told = Told(BASE, changes)
    assert told.per_s("served_count", **LATE) == pytest.approx(served_per_s, abs=1)
    attempts_each = told.clients("attempts_count", **LATE) / 400
    assert attempts_each == pytest.approx(2 if late == "accepted" else 4, rel=0.02)


@pytest.mark.parametrize(("clock", "served_per_s"), [("connect", 0), ("send", 100)])
def test_the_clock_starts_at_connect_or_at_send(clock: str, served_per_s: int) -> None:
    """400 ms to connect and 500 ms to be answered: too long for 600 ms together, not one by one."""
    changes = {
        "crossings.gate.round_trip": "400ms",
        "services.web.service_time": "100ms",
        "clients.users.timeout": "600ms",
        "clients.users.timeout_clock": clock,
    }
    assert Told(BASE, changes).per_s("served_count", **LATE) == pytest.approx(served_per_s, abs=1)


def test_back_off_spares_a_service_that_is_down() -> None:
    """Retries at 1, 3 and 7 s instead of at once: in the first second after a loss one attempt, not four."""
    backoff = {"layers": [{"retries": 3, "backoff": "exponential", "base": "1s"}]}
    changes: dict[str, Any] = {
        "clients.users.timeout": "100ms",
        "triggers": {"gone": {"at": "3s", "set": {"services.web.instances": 0}}},
    }
    calm, hasty = (Told(BASE, changes | {"clients.users.retry": r}) for r in (backoff, IMMEDIATE))
    assert calm.per_s("attempts_count", since_s=3.0, until_s=4.0) == pytest.approx(100, abs=2)
    assert hasty.per_s("attempts_count", since_s=3.5, until_s=4.5) == pytest.approx(400, abs=4)


REFUSED = {
    "services.web.concurrency": 1,
    "services.web.service_time": "30s",
    "services.web.queue": 0,
    "clients.users.population": 1,
    "clients.users.timeout": "60s",
    "clients.users.demand": {"kind": "once"},
    "triggers": {"more": {"at": "1s", "set": {"clients.users.population": 11}}},
}


@pytest.mark.parametrize("detail", ["packet", "coarse"])
@pytest.mark.parametrize(
    ("heeds", "attempts"),
    [
        ({}, 8.0),
        ({"retry_after": "obey"}, 4.0),
        ({"retry_after": "obey", "retry_after_cap": "1500ms"}, 5.0),
        ({"retry_after": "obey", "retry_after_cap": "100ms"}, 8.0),
    ],
)
def test_who_heeds_a_wish_to_be_left_alone_waits_longer(
    heeds: dict[str, str], attempts: float, detail: str
) -> None:
    """Nine of ten are refused at once; they ask again each second, or each 2 s as they were told, or 1.5."""
    layer = {"retries": "unlimited", "backoff": "constant", "base": "1s", **heeds}
    changes = REFUSED | {"services.web.retry_after": "2s", "clients.users.retry": {"layers": [layer]}}
    told = Told(BASE, changes | {"detail": detail})
    mute = Told(BASE, REFUSED | {"clients.users.retry": {"layers": [layer]}, "detail": detail})
    made = told.clients("attempts_count", since_s=1.5, until_s=9.5) / 9
    assert made == pytest.approx(attempts, abs=0.15)
    assert mute.clients("attempts_count", since_s=1.5, until_s=9.5) / 9 == pytest.approx(8.0, abs=0.15)
