"""A service of which no instance takes requests, and instances that boot."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import BASE, STANDING, Told

GONE = {"gone": {"at": "2s", "for": "3s", "set": {"services.web.instances": 0}}}
DURING: dict[str, float] = {"since_s": 2.95, "until_s": 4.95}


def down(when: str, **changes: Any) -> Told:
    return Told(BASE, {"services.web.when_down": when, "triggers": GONE} | changes)


@pytest.mark.parametrize("detail", ["packet", "coarse"])
@pytest.mark.parametrize("network", ["far", "near"])
@pytest.mark.parametrize(
    ("when", "failed", "waiting"), [("refuse", 200, 0), ("silent", 200, 90), ("by_cause", 200, 90)]
)
def test_what_is_down_refuses_or_is_silent(
    when: str, failed: int, waiting: int, detail: str, network: str
) -> None:
    """100 a second for two seconds: refused at once, or unanswered until the time-out of 900 ms."""
    told = down(when, detail=detail, **{"services.web.network": network})
    assert told.clients("failed_count", **DURING) == pytest.approx(failed, abs=3)
    assert told.waiting(**DURING) == pytest.approx(waiting, abs=3)
    assert told.per_s("served_count", since_s=6.0, until_s=9.0) == pytest.approx(100, abs=1)


@pytest.mark.parametrize("detail", ["packet", "coarse"])
def test_what_is_down_may_keep_requests_until_an_instance_is_there(detail: str) -> None:
    """300 requests wait up to three seconds and are all served; beyond a queue of 50 they hear an error."""
    patient = {"clients.users.timeout": "5s", "detail": detail}
    told = down("wait", **patient)
    assert told.clients("failed_count") == 0
    assert told.clients("served_count", since_s=4.95, until_s=5.5) == pytest.approx(300 + 50, abs=6)
    short = down("wait", **patient, **{"services.web.queue": 50})
    assert short.clients("failed_count") == pytest.approx(250, abs=5)


def test_what_is_down_resets_kept_connections() -> None:
    """A request on a kept connection to nobody is answered with a reset, and so is every new connection."""
    kept = {"clients.users.connection": "keep_alive"}
    told = down("refuse", **kept)
    assert told.clients("failed_count", **DURING) == pytest.approx(200, abs=3)
    assert told.per_s("served_count", since_s=6.0, until_s=9.0) == pytest.approx(100, abs=1)


PROBED = {
    "services.web.instances": 2,
    "services.web.health_probes": [
        {"network": "near", "interval": "200ms", "timeout": "100ms", "failures": 2, "successes": 2}
    ],
    "triggers": {"slow": {"at": "2s", "for": "4s", "set": {"crossings.gate.round_trip": "150ms"}}},
    "clients.users.timeout": "8s",
    "horizon": "15s",
}


@pytest.mark.parametrize(("when", "served"), [("by_cause", True), ("wait", True), ("refuse", False)])
def test_a_balancer_without_a_target_waits_or_refuses(when: str, served: bool) -> None:
    """All instances ejected: requests wait for one as before, or are refused; checks bring them back."""
    told = Told(BASE, PROBED | {"services.web.when_down": when})
    failed = told.clients("failed_count")
    assert failed == 0 if served else failed > 200
    assert told.per_s("served_count", since_s=10.0, until_s=14.0) == pytest.approx(100, abs=1)


BOOTING = BASE.replace(
    "  web:", "  config: {network: far, instances: 1, concurrency: 1000, service_time: 1ms}\n  web:"
).replace("horizon: 10s", "horizon: 20s")


def booting(*, instances: int = 4, **call: Any) -> dict[str, Any]:
    calls = [{"service": "config", "requests": 5, "timeout": "200ms", **call}]
    return {
        "services.web.instances": instances,
        "services.web.concurrency": 1,
        "services.web.service_time": "10ms",
        "services.web.boot": {"time": "1s", "calls": calls},
        "activities": {"again": {"kind": "restart", "service": "web", "at": "3s", "batches": 1}},
    }


UNTIL_10 = {"absent": {"at": "1s", "for": "9s", "set": {"services.config.instances": 0}}}
PATIENT = {"retry": {"layers": [{"retries": "unlimited", "backoff": "constant", "base": "100ms"}]}}


def test_an_instance_whose_boot_calls_are_answered_is_up_after_its_boot_time() -> None:
    """Restarted at 3 s with a boot time of 1 s, served again from 4 s on."""
    told = Told(BOOTING, booting(), activity="again")
    assert told.per_s("served_count", since_s=3.1, until_s=3.9) == 0
    assert told.per_s("served_count", since_s=4.5, until_s=9.0) == pytest.approx(100, abs=2)


@pytest.mark.parametrize("call", [PATIENT, {}])
def test_boot_calls_hold_instances_back(call: dict[str, Any]) -> None:
    """What they ask is absent until 10 s: nothing is served before, and all is soon after.

    With retries a call is tried on; without, the instance starts over each time its calls give up.
    """
    told = Told(BOOTING, booting(**call) | {"triggers": UNTIL_10}, activity="again")
    assert told.per_s("served_count", since_s=3.1, until_s=10.0) == 0
    assert told.per_s("served_count", since_s=12.5, until_s=19.0) == pytest.approx(100, abs=2)


def test_two_boot_calls_hold_an_instance_back_once() -> None:
    """Of four instances one restarts and waits for two services: the other three go on."""
    changes = booting(**PATIENT)
    calls = changes["services.web.boot"]["calls"]
    changes["services.web.boot"] = {"time": "1s", "calls": [calls[0], calls[0] | {"requests": 2}]}
    changes["activities"]["again"] |= {"batches": 4, "pause": "30s"}
    changes |= {"clients.users.demand.rate": "200/s", "triggers": UNTIL_10, "services.web.queue": 5}
    changes["horizon"] = "100s"  # a restart that is not over by then is refused
    told = Told(BOOTING, changes, activity="again")
    assert told.per_s("served_count", since_s=5.0, until_s=9.0) == pytest.approx(200, abs=8)
    three = Told(BOOTING, changes | {"clients.users.demand.rate": "400/s"}, activity="again")
    assert three.per_s("served_count", since_s=6.0, until_s=9.5) == pytest.approx(300, abs=10)


def test_boot_calls_hold_back_what_an_autoscaler_adds() -> None:
    """An autoscaler wants four instances; with what they ask absent, one serves on alone."""
    scaler = {"target": 0.5, "most": 4, "interval": "500ms"}
    changes = booting(instances=1, **PATIENT) | {
        "services.web.autoscaler": scaler,
        "clients.users.demand.rate": "200/s",
        "services.web.queue": 5,
    }
    held = Told(BOOTING, changes | {"triggers": {"absent": UNTIL_10["absent"] | {"for": "1h"}}})
    free = Told(BOOTING, changes)
    late = {"since_s": 12.0, "until_s": 19.0}
    assert held.per_s("served_count", **late) == pytest.approx(100, abs=5)
    assert free.per_s("served_count", **late) == pytest.approx(200, abs=5)


def test_boot_calls_hold_back_what_a_health_check_restarts() -> None:
    """Both instances are restarted for a slow path to the checks; what they ask is absent: nobody serves."""
    probe = {"network": "near", "interval": "200ms", "timeout": "100ms", "failures": 2}
    probe |= {"on_failure": "restart", "busy_fails": False}
    slow = {"slow": {"at": "2s", "for": "1500ms", "set": {"crossings.gate.round_trip": "150ms"}}}
    changes = booting(instances=2, **PATIENT)
    changes |= {"services.web.health_probes": [probe], "triggers": slow | UNTIL_10}
    told = Told(BOOTING, changes)
    assert told.per_s("served_count", since_s=4.5, until_s=9.9) == 0
    # Beside what is asked then, kernels deliver some of what was given up while nobody was there.
    assert told.per_s("served_count", since_s=13.0, until_s=19.0) == pytest.approx(100, abs=4)


def test_a_service_that_asks_nothing_is_not_held_back() -> None:
    """Without boot calls the boot time alone decides."""
    changes = booting() | {"services.web.boot": {"time": "1s"}}
    told = Told(BOOTING, changes, activity="again")
    assert told.per_s("served_count", since_s=4.5, until_s=9.0) == pytest.approx(100, abs=2)
    assert Told(STANDING, {}).crossing("admitted_count") == 0
