"""The last instance that its check restarts loses all that it had, connections being opened as well."""

from __future__ import annotations

from typing import Any

from effect_worlds import BASE, Told

W, U = "services.web", "clients.users"
# Nobody but the checks is slowed down, so that they fail at a known time and tell nothing of the load.
TEXT = BASE.replace("far: {}", "far: {}, watch: {}").replace(
    "  gate:", "  path: {between: [watch, far], round_trip: 1ms}\n  gate:"
)
SLOW = {"slow": {"at": "2s", "for": "1200ms", "set": {"crossings.path.round_trip": "500ms"}}}


def restarted(**more: Any) -> dict[str, Any]:
    """Return one worker of 100 ms that is asked 100 times a second, and restarted once by its check."""
    probe = {"network": "watch", "interval": "500ms", "timeout": "200ms", "failures": 2, "busy_fails": False}
    return {
        f"{W}.concurrency": 1,
        f"{W}.service_time": "100ms",
        f"{W}.boot": {"time": "2s"},
        f"{W}.health_probes": [probe | {"on_failure": "restart"}],
        f"{U}.timeout": "60s",
        "triggers": SLOW,
    } | more


def test_what_waits_for_the_only_instance_is_lost_with_it() -> None:
    """Some 270 wait by then; all are told at once, and the new process begins with none of them."""
    told = Told(TEXT, restarted())
    assert told.clients("failed_count", until_s=2.0) == 0
    assert 200 <= told.clients("failed_count", since_s=2.0, until_s=3.5) <= 350
    assert told.clients("failed_count", since_s=3.5) == 0
    without = Told(TEXT, restarted(**{f"{W}.health_probes": []}))
    assert without.clients("failed_count") == 0


def test_while_another_is_up_it_takes_over_what_waits() -> None:
    """Of two the second is restarted long after the first is back: nobody who waits is told anything."""
    each = restarted(**{f"{W}.instances": 2, f"{W}.boot": {"time": "100ms"}})
    assert Told(TEXT, each).clients("failed_count") == 0
    apart = each | {f"{W}.boot": {"time": "2s"}}  # but where both are away at one time, the last loses all
    assert Told(TEXT, apart).clients("failed_count") > 100


def test_a_connection_that_is_being_opened_breaks_too() -> None:
    """All twenty connect anew, and what their connections carry first takes longer than the check."""
    opening = {
        f"{U}.population": 20,
        f"{U}.connection": "keep_alive",
        f"{U}.demand": {"kind": "closed", "think": "1s"},
        f"{U}.retry": {"layers": [{"retries": 9, "backoff": "constant", "base": "5s"}]},
        f"{U}.on_connect": [{"service_time": "2s"}],
        f"{W}.concurrency": 20,
        f"{W}.service_time": "1ms",
        "triggers": SLOW | {"anew": {"at": "1500ms", "reconnect": "users"}},
    }
    told = Told(TEXT, restarted(**opening))
    # Each opens at 1.5 s, is reset, and tries again after five seconds; nobody is served from 2 s till then.
    assert told.clients("attempts_count", since_s=2.5, until_s=6.0) == 0
    assert told.clients("attempts_count", since_s=7.0, until_s=8.5) == 20
    held = Told(TEXT, restarted(**opening | {f"{W}.health_probes": []}))
    assert held.clients("attempts_count", since_s=7.0, until_s=8.5) != 20


def test_a_share_of_those_who_open_breaks_where_others_are_up() -> None:
    """Sessions of each of four instances drop: all who are connecting begin anew; who reconnects does not."""
    opening = {
        f"{U}.population": 20,
        f"{U}.connection": "keep_alive",
        f"{U}.demand": {"kind": "closed", "think": "1s"},
        f"{U}.on_connect": [{"service_time": "4s"}],
        f"{U}.timeout": "60s",
        f"{W}.instances": 4,
        f"{U}.retry": {"layers": [{"retries": 9, "backoff": "constant", "base": "10ms"}]},
        "triggers": SLOW | {"anew": {"at": "1500ms", "reconnect": "users"}},
    }
    probe = restarted()[f"{W}.health_probes"][0]
    dropped = Told(TEXT, opening | {f"{W}.health_probes": [probe | {"on_failure": "drop_sessions"}]})
    assert dropped.clients("attempts_count", since_s=2.0, until_s=3.5) == 20
    again = opening | {
        "triggers": {name: {"at": at, "reconnect": "users"} for name, at in (("a", "1.5s"), ("b", "3s"))}
    }
    assert Told(TEXT, again).clients("attempts_count", since_s=2.0, until_s=3.5) == 0
