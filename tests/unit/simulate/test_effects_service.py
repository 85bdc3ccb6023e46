"""Effects of a service and of what it calls: each with it, and without."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from effect_worlds import BASE, IMMEDIATE, STANDING, Told

LATE: dict[str, float] = {"since_s": 5.0, "until_s": 9.0}
WATCHED = STANDING.replace("far: {}", "far: {}, watch: {}").replace(
    "  gate:", "  path: {between: [watch, far], round_trip: 1ms}\n  gate:"
)
PROBE = {
    "network": "watch",
    "interval": "500ms",
    "timeout": "200ms",
    "failures": 2,
    "successes": 2,
    "busy_fails": False,
}
# The path of the checks is slow for a while; nothing is wrong with the service or the clients' path.
SLOW = {"slow": {"at": "3s", "for": "1300ms", "set": {"crossings.path.round_trip": "500ms"}}}


def overload(**service: Any) -> dict[str, Any]:
    """One worker serves 50 a second and is offered 100."""
    return {
        "services.web.concurrency": 1,
        "services.web.service_time": "20ms",
        "clients.users.timeout": "300ms",
    } | {f"services.web.{key}": value for key, value in service.items()}


def checked(**probe: Any) -> dict[str, Any]:
    return {
        "services.web.instances": 4,
        "services.web.concurrency": 1,
        "services.web.service_time": "10ms",
        "services.web.health_probes": [PROBE | probe] if probe else [],
        "clients.users.connection": "per_request",
        "clients.users.demand": {"kind": "open", "rate": "190/s", "arrivals": "paced"},
        "triggers": {"slow": SLOW["slow"] | {"for": "3s"}},
        "horizon": "12s",
    }


def test_a_health_check_under_delay_ejects_what_is_well() -> None:
    """A slow path to the checker takes all four instances away; after two passes each they are back."""
    told, without = Told(WATCHED, checked(on_failure="eject")), Told(WATCHED, checked())
    assert told.per_s("served_count", since_s=4.5, until_s=6.0) == 0
    assert without.per_s("served_count", since_s=4.5, until_s=6.0) == pytest.approx(190, abs=4)
    assert told.per_s("served_count", since_s=10.0, until_s=11.5) == pytest.approx(190, abs=4)


def test_a_panic_threshold_keeps_a_share_of_the_instances() -> None:
    """With a threshold of 50 % two of four instances stay and serve on: 2 of 10 ms each, 200 a second."""
    told = Told(WATCHED, checked(panic="50%"))
    assert told.per_s("served_count", since_s=4.5, until_s=6.0) == pytest.approx(190, abs=4)
    assert told.busiest() >= 2


@pytest.mark.parametrize(("busy_fails", "least", "most"), [(True, 0, 45), (False, 48, 52)])
def test_checks_that_queue_with_requests_make_an_overload_worse(
    busy_fails: bool, least: float, most: float
) -> None:
    """Five instances serve 50 of 100 a second; checks that wait too take instances out."""
    changes = overload(queue=5, health_probes=[PROBE | {"busy_fails": busy_fails}])
    changes |= {"services.web.instances": 5, "services.web.service_time": "100ms", "horizon": "20s"}
    text = WATCHED.replace("kind: none", "kind: open, rate: 100/s").replace("keep_alive", "per_request")
    told = Told(text, changes)
    assert least <= told.per_s("served_count", since_s=5.0, until_s=19.0) <= most


@pytest.mark.parametrize(("act", "reconnects"), [("restart", 175), ("drop_sessions", 100), ("eject", 0)])
def test_failed_checks_that_break_sessions_start_a_wave_of_reconnects(act: str, reconnects: int) -> None:
    """All four instances lose their connections once: every client connects anew (a lost lease too).

    The last to be restarted has the connections of those who had connected to it after three were gone.
    """
    changes = {
        "services.web.instances": 4,
        "services.web.boot": {"time": "1s"},
        "services.web.health_probes": [PROBE | {"on_failure": act}],
    }
    told = Told(WATCHED, changes | {"triggers": SLOW})
    assert told.crossing("admitted_count") == reconnects
    assert Told(WATCHED, changes).crossing("admitted_count") == 0


def test_a_restart_breaks_the_sessions_of_every_kind_of_client() -> None:
    """A hundred populations with a connection each: all of them reconnect, not only the last 64."""
    document = yaml.safe_load(WATCHED)
    users = document["clients"].pop("users")
    document["clients"] = {f"users_{i}": users | {"population": 1} for i in range(100)}
    changes = {"services.web.health_probes": [PROBE | {"on_failure": "drop_sessions"}], "triggers": SLOW}
    assert Told(yaml.safe_dump(document), changes).crossing("admitted_count") == 100


def capped(**more: Any) -> dict[str, Any]:
    """Ten connections of 100 ms each: 100 a second, where 200 are offered."""
    return {
        "services.web.service_time": "100ms",
        "services.web.connections": 10,
        "clients.users.demand.rate": "200/s",
        "clients.users.timeout": "400ms",
        "crossings.gate.round_trip": "0s",
    } | {f"services.web.{key}": value for key, value in more.items()}


def test_a_connection_cap_refuses_or_lets_wait() -> None:
    """A refusal is heard at once and all accepted is served; a backlog fills until all come too late."""
    refuse = Told(BASE, capped(connections_when_full="refuse"))
    assert refuse.per_s("served_count", **LATE) == pytest.approx(100, abs=3)
    assert refuse.waiting(**LATE) == pytest.approx(10, abs=1)
    backlog = Told(BASE, capped(connections_when_full="backlog"))
    assert backlog.per_s("served_count", **LATE) < 5
    assert Told(BASE, capped(connections=1000)).per_s("served_count", **LATE) == pytest.approx(200, abs=1)


def test_a_full_accept_backlog_drops_syns() -> None:
    """20 may wait, at 100 a second 200 ms at most: half connect and are served, half hear nothing."""
    short, long = (Told(BASE, capped(accept_backlog=places)) for places in (20, 4096))
    assert short.per_s("served_count", **LATE) == pytest.approx(100, abs=3)
    assert short.connected() == pytest.approx(1000, rel=0.05)
    assert short.waiting(**LATE) == pytest.approx(100 * 0.4 + 30, rel=0.15)
    assert long.connected() == pytest.approx(2000, rel=0.02)


CALLED = BASE.replace("  web:", "  other: {network: near, instances: 1, concurrency: 1000}\n  web:")
GROW = {"grow": {"kind": "scale", "service": "web", "from": 2, "to": 12, "at": "5s"}}


@pytest.mark.parametrize("calls", [4, 0])
def test_new_instances_ask_for_what_they_need(calls: int) -> None:
    """Ten new instances of four requests each send 40 requests through the crossing."""
    boot = {"time": "1s", "calls": [{"service": "other", "requests": calls}] if calls else []}
    changes = {"services.web.boot": boot, "activities": GROW, "services.web.instances": 2}
    changes["clients.users.demand"] = {"kind": "none"}
    told = Told(CALLED, changes, activity="grow")
    assert told.crossing("offered_count") == 10 * calls
    assert Told(CALLED, changes).crossing("offered_count") == 0


@pytest.mark.parametrize(("called", "served_per_s"), [(True, 50), (False, 100)])
def test_a_call_holds_its_caller(called: bool, served_per_s: int) -> None:
    """Ten places held for a call of 200 ms each serve 50 a second."""
    calls = [{"service": "other", "timeout": "1s"}] if called else []
    changes = {
        "services.web.concurrency": 10,
        "services.web.service_time": "0s",
        "services.web.queue": 0,
        "services.web.calls": calls,
        "services.other.service_time": "200ms",
        "services.other.service_law": "fixed",
        "crossings.gate.round_trip": "0s",
    }
    assert Told(CALLED, changes).per_s("served_count", **LATE) == pytest.approx(served_per_s, abs=2)


@pytest.mark.parametrize(("abandoned", "workers"), [("served", 2), ("leaves", 1)])
def test_an_autoscaler_on_utilisation_counts_abandoned_work(abandoned: str, workers: int) -> None:
    """After a spike the worker is busy with requests nobody waits for: goodput zero, and it scales out."""
    changes = overload(abandoned_work=abandoned, service_time="10ms")
    scaler = {"signal": "utilisation", "target": 0.7, "most": 2, "interval": "5s"}
    changes |= {
        "services.web.autoscaler": scaler,
        "services.web.boot": {"time": "0s"},
        "clients.users.demand.rate": "30/s",
        "triggers": {"spike": {"at": "5100ms", "for": "1s", "set": {"clients.users.demand.rate": "800/s"}}},
        "horizon": "20s",
    }
    told = Told(BASE, changes)
    assert told.busiest() == workers
    good = told.per_s("served_count", since_s=7.0, until_s=10.0)
    assert good == pytest.approx(0 if abandoned == "served" else 30, abs=1)


@pytest.mark.parametrize(("retry", "workers"), [(IMMEDIATE, 2), ("none", 1)])
def test_an_autoscaler_on_requests_counts_retries(retry: Any, workers: int) -> None:
    """20 requests a second ask for one instance of 40; tried four times each they ask for two."""
    changes = overload(service_time="1s", abandoned_work="leaves") | {
        "services.web.autoscaler": {"signal": "requests", "target": 40, "most": 2, "interval": "2s"},
        "services.web.boot": {"time": "0s"},
        "clients.users.demand.rate": "20/s",
        "clients.users.retry": retry,
    }
    told = Told(BASE, changes)
    assert told.busiest() == workers
    assert told.clients("served_count") == 0


def flushed(fill: str | None) -> dict[str, Any]:
    """300 requests a second, nine of ten from the cache; the store behind it serves 100 a second."""
    call: dict[str, Any] = {"service": "other", "timeout": "100ms"}
    changes: dict[str, Any] = {
        "services.web.service_time": "0s",
        "services.other": {"network": "far", "service_time": "10ms", "service_law": "fixed"},
        "clients.users.demand.rate": "300/s",
        "horizon": "20s",
    }
    if fill is not None:
        call["cache"] = {"hit": "90%", "keys": 200, "fill": fill}
        changes["triggers"] = {"flush": {"at": "5s", "set": {"services.web.calls.0.cache.flush": True}}}
    return changes | {"services.web.calls": [call]}


def test_a_flushed_cache_fills_again_only_where_late_answers_fill_it() -> None:
    """Look-aside stays empty, for every answer comes after the time-out; read-through heals."""
    aside, through = Told(CALLED, flushed("look_aside")), Told(CALLED, flushed("read_through"))
    for told in (aside, through):
        assert told.per_s("served_count", since_s=2.0, until_s=5.0) == pytest.approx(300, rel=0.02)
        assert told.per_s("served_count", since_s=5.5, until_s=6.0) < 250
    assert aside.per_s("served_count", since_s=15.0, until_s=19.0) < 60
    assert through.per_s("served_count", since_s=15.0, until_s=19.0) == pytest.approx(300, rel=0.02)
    assert Told(CALLED, flushed(None)).per_s("served_count", **LATE) < 30


def test_serving_the_newest_first_keeps_goodput_under_overload() -> None:
    """Offered twice what it serves: the oldest first, all come too late; the newest first, few do."""
    fifo, lifo = (Told(BASE, overload(queue_order=order)) for order in ("fifo", "lifo"))
    assert fifo.per_s("served_count", **LATE) < 3
    assert lifo.per_s("served_count", **LATE) > 45


def test_a_full_queue_is_silent_or_visible() -> None:
    """With a queue of 5 both serve all they can; the excess of 50 a second waits 300 ms, or not at all."""
    silent, visible = (Told(BASE, overload(queue=5, queue_when_full=w)) for w in ("silent", "visible"))
    for told in (silent, visible):
        assert told.per_s("served_count", **LATE) == pytest.approx(50, abs=1)
    assert silent.waiting(**LATE) - visible.waiting(**LATE) == pytest.approx(50 * 0.3, abs=2)


def test_abandoned_work_is_served_or_leaves() -> None:
    """After a spike of a second the worker serves those who have gone, or only those who still wait."""
    spike = {"spike": {"at": "3s", "for": "1s", "set": {"clients.users.demand.rate": "800/s"}}}
    after = {"clients.users.demand.rate": "30/s", "triggers": spike}
    served, leaves = (Told(BASE, overload(abandoned_work=w) | after) for w in ("served", "leaves"))
    assert served.per_s("served_count", **LATE) == 0
    assert leaves.per_s("served_count", **LATE) == pytest.approx(30, abs=1)
