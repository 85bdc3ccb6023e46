"""Effects of a change of size on what follows from it: callers, boot requests, health checks."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import BASE, Told

# Each of the instances serves ten at a time, and keeps a connection for each to the store.
CALLING = BASE.replace(
    "service_time: 1ms, service_law: fixed}",
    """service_time: 1ms, service_law: fixed}
  api:
    network: far
    instances: 2
    concurrency: 10
    service_time: 1ms
    service_law: fixed
    boot: {time: 2s, calls: [{service: names, requests: 3}]}
    calls: [{service: store}]
    health_probes: [{network: near, interval: 1s}]
  store: {network: near, concurrency: 1000, service_time: 1ms, service_law: fixed}
  names: {network: near, concurrency: 1000, service_time: 1ms, service_law: fixed}""",
).replace("service: web\n", "service: api\n")


def with_activity(**activity: Any) -> dict[str, Any]:
    """The activity starts after 3 s."""
    return {"activities": {"it": {"service": "api", "at": "3s", **activity}}}


@pytest.mark.parametrize(("to", "after"), [(6, 60), (1, 10), (0, 0)])
def test_callers_come_and_go_with_their_instances(to: int, after: int) -> None:
    """Each instance brings ten connections to what it calls, and takes them with it."""
    told = Told(CALLING, with_activity(to=to), activity="it")
    assert (20, after) == (told.connections(2.9, name="store"), told.connections(9.5, name="store"))


def test_callers_that_come_in_batches_come_with_each() -> None:
    """From two instances to six in two batches: twenty, forty, sixty connections."""
    told = Told(CALLING, with_activity(to=6, batches=2, pause="3s"), activity="it")
    assert [20, 40, 60] == [told.connections(at_s, name="store") for at_s in (2.5, 5.5, 9.0)]


def test_places_of_an_instance_bring_connections() -> None:
    """A trigger that lets each instance serve thirty at a time triples the connections it keeps."""
    change = {"at": "3s", "for": "3s", "set": {"services.api.concurrency": 30}}
    told = Told(CALLING, {"triggers": {"more": change}})
    assert [20, 60, 20] == [told.connections(at_s, name="store") for at_s in (2.9, 5.5, 9.0)]


def test_a_restarted_instance_takes_its_connections_with_it() -> None:
    """One of two instances is away for 2 s: its ten connections are closed, and opened anew."""
    told = Told(CALLING, with_activity(kind="restart", batches=2, pause="4s"), activity="it")
    assert [20, 10, 20, 10, 20] == [
        told.connections(at_s, name="store") for at_s in (2.9, 4.5, 6.5, 8.5, 9.5)
    ]
    assert 20 == told.connected(name="api/call/0")


def test_a_restarted_service_breaks_the_connections_of_its_callers() -> None:
    """Whoever calls it connects anew, as many as it kept to the instances that restart."""
    change = {"activities": {"it": {"kind": "restart", "service": "store", "at": "3s"}}}
    told = Told(CALLING, {**change, "services.store.boot.time": "0s"}, activity="it")
    assert 20 == told.connected(name="api/call/0")
    assert 20 == told.connections(9.5, name="store")


SCALER = {"signal": "requests", "target": 25, "most": 4, "least": 1, "interval": "2s", "tolerance": 0.0}


def test_an_autoscaler_brings_and_takes_callers() -> None:
    """From two instances to four, and down to one where nobody asks any more."""
    changes = {
        "horizon": "20s",
        "services.api.autoscaler": {**SCALER, "scale_down_delay": "1s"},
        "triggers": {"quiet": {"at": "10s", "set": {"clients.users.demand.rate": "1/s"}}},
    }
    told = Told(CALLING, changes)
    assert [20, 40, 10] == [told.connections(at_s, name="store") for at_s in (2.9, 9.0, 19.5)]


def test_an_autoscaler_and_an_activity_add_up() -> None:
    """What an activity adds comes beside what the autoscaler has added; what nothing needs goes at its look.

    The activity's own instances stay, as if the least had been raised.
    """
    changes = {"services.api.autoscaler": {**SCALER, "scale_down_delay": "100s"}}
    for to, after in ((3, [40, 50, 40]), (6, [40, 80, 60])):
        changes |= {"activities": {"it": {"service": "api", "at": "6500ms", "from": 2, "to": to}}}
        told = Told(CALLING, changes, activity="it")
        assert after == [told.connections(at_s, name="store") for at_s in (5.5, 7.5, 9.5)]


@pytest.mark.parametrize("how", ["activity", "trigger", "autoscaler"])
def test_every_instance_that_comes_boots(how: str) -> None:
    """Whoever adds two instances, each makes its three requests."""
    changes: dict[str, Any] = {
        "activity": with_activity(to=4),
        "trigger": {"triggers": {"more": {"at": "3s", "set": {"services.api.instances": 4}}}},
        "autoscaler": {"services.api.autoscaler": SCALER},
    }[how]
    told = Told(CALLING, changes, activity="it" if how == "activity" else None)
    assert 6 == told.clients("served_count", name="api/boot/0")


def test_an_instance_that_comes_back_after_a_trigger_boots() -> None:
    """An instance that was away boots as it returns."""
    told = Told(
        CALLING, {"triggers": {"less": {"at": "3s", "for": "2s", "set": {"services.api.instances": 1}}}}
    )
    assert 3 == told.clients("served_count", name="api/boot/0")


@pytest.mark.parametrize(("to", "checks"), [(6, 6), (1, 1), (0, 0)])
def test_every_instance_is_checked(to: int, checks: int) -> None:
    """One check of each instance a second."""
    told = Told(CALLING, with_activity(to=to), activity="it")
    assert told.per_s("fresh_count", since_s=5.0, until_s=9.0, name="api/probe/0") == pytest.approx(
        checks, rel=0.1
    )


def test_instances_of_an_autoscaler_are_checked() -> None:
    """Four instances are checked four times a second."""
    told = Told(CALLING, {"services.api.autoscaler": SCALER})
    checks_per_s = told.per_s("fresh_count", since_s=6.0, until_s=9.0, name="api/probe/0")
    assert checks_per_s == pytest.approx(4, rel=0.1)


def test_a_failed_instance_restarts_with_its_connections() -> None:
    """A check that fails restarts the instance: what it kept to the store is broken and rebuilt."""
    changes = {
        "services.api.health_probes": [
            {"network": "near", "interval": "1s", "failures": 1, "on_failure": "restart", "timeout": "100ms"}
        ],
        "triggers": {"slow": {"at": "4s", "for": "500ms", "set": {"services.api.service_time": "200ms"}}},
    }
    told = Told(CALLING, changes)
    assert told.connected(name="api/call/0") >= 10
    assert 20 == told.connections(9.9, name="store")


@pytest.mark.parametrize("fraction", [0.5, 1.0])
def test_callers_are_scaled_with_the_places_they_fill(fraction: float) -> None:
    """At half the size there are half as many callers, before and after."""
    told = Told(CALLING, with_activity(to=6), activity="it", fraction=fraction)
    found = [told.connections(at_s, name="store") for at_s in (2.9, 9.5)]
    assert [20 * fraction, 60 * fraction] == found


def test_what_instances_ask_for_at_a_rate_grows_with_them() -> None:
    """From one pod to three, a rate of 100/s becomes 300/s; its start is spread over 2 s."""
    grown = {"it": {"from": 1, "to": 3, "at": "3s", "clients_added": "users"}}
    told = Told(BASE, {"activities": grown, "clients.users.start_spread": "2s"}, activity="it")
    rates = [told.per_s("fresh_count", since_s=at_s, until_s=at_s + 1) for at_s in (1.0, 3.5, 7.0)]
    assert rates == pytest.approx([100, 200, 300], rel=0.1)


def test_instances_that_come_from_none_are_clients() -> None:
    """Fifty jobs where there were none: each asks once a second."""
    changes = {
        "clients.users.population": 0,
        "clients.users.demand": {"kind": "closed", "think": "1s"},
        "activities": {"it": {"from": 0, "to": 50, "at": "3s", "clients_added": "users"}},
    }
    told = Told(BASE, changes, activity="it")
    assert 0 == told.clients("fresh_count", until_s=2.9)
    assert told.per_s("fresh_count", since_s=4.0, until_s=9.0) == pytest.approx(50, rel=0.2)


def test_old_and_new_keep_their_connections_beside_each_other() -> None:
    """While both new instances run beside both old ones, the calls keep twice as many connections."""
    told = Told(CALLING, with_activity(kind="restart", surge=2), activity="it")
    assert [20, 40, 20] == [told.connections(at_s, name="store") for at_s in (2.9, 4.9, 6.0)]
    assert 6 == told.clients("served_count", name="api/boot/0")


def test_a_pool_exists_twice_while_old_and_new_overlap() -> None:
    """Of four pods one more runs at each step: five pools of ten."""
    pool = {"connection": "pool", "pool": 10, "population": 4}
    roll = {"kind": "restart", "from": 4, "clients_added": "users", "surge": 1, "batches": 4, "pause": "1s"}
    changes = {f"clients.users.{key}": value for key, value in pool.items()}
    changes |= {"activities": {"it": {**roll, "at": "3s"}}}
    told = Told(BASE, changes, activity="it")
    assert [40, 50, 50, 40] == [told.connections(at_s) for at_s in (2.9, 3.9, 6.9, 8.0)]
    assert 40 == told.connected()
