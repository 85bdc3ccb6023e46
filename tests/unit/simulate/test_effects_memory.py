"""Effects of the memory of instances: who uses more than it may is killed, and the others get what it had."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import BASE, Told

import tidegate
from tidegate.errors import InputError
from tidegate.rehearse.unsupported import unsupported
from tidegate.simulate.fluid import unfollowed
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

W, U = "services.web", "clients.users"
AGAIN = {f"{U}.retry": {"layers": [{"retries": 100, "backoff": "constant", "base": "50ms"}]}}
STAYING = AGAIN | {f"{U}.connection": "keep_alive", f"{U}.demand": {"kind": "closed", "think": "200ms"}}
ONE_GOES = {"triggers": {"goes": {"at": "2s", "set": {f"{W}.instances": 3}}}}


def filled(limit: str, **more: Any) -> dict[str, Any]:
    """Return four instances that a hundred kept connections of 1 kB each fill."""
    memory = {"limit": limit, "per_connection": "1kB", "restart": "500ms"} | more
    return STAYING | {
        f"{W}.instances": 4,
        f"{W}.balancing": {"rule": "least_outstanding"},
        f"{W}.memory": memory,
    }


def test_where_the_others_cannot_bear_it_the_loss_of_one_instance_takes_all_along() -> None:
    """Three instances hold 100 connections where each may have 34, and never again where it may have 32."""
    borne, not_borne = (Told(BASE, filled(limit) | ONE_GOES) for limit in ("34kB", "32kB"))
    assert borne.connections(3.0) == borne.connections(9.0) == 100
    assert borne.clients("served_count", since_s=3.0) > 2000
    assert not_borne.clients("served_count", since_s=3.0) < 0.2 * borne.clients("served_count", since_s=3.0)
    assert not_borne.connections(9.0) < 90


def test_nothing_is_killed_that_uses_no_more_than_it_may() -> None:
    """At its very limit an instance lives; with a byte less it does not."""
    alone = STAYING | {f"{W}.balancing": {}, f"{W}.memory": {"limit": "100kB", "per_connection": "1kB"}}
    assert Told(BASE, alone).connections(9.0) == 100
    assert Told(BASE, alone | {f"{W}.memory.limit": "99999B"}).connections(9.0) < 100


def once_too_little(**more: Any) -> dict[str, Any]:
    """Return one instance that serves fifty requests at a time, and is killed once at two seconds."""
    memory = {"limit": "1MB", "per_request": "1kB", "restart": "300ms"} | more
    return {
        f"{W}.service_time": "500ms",
        f"{W}.balancing": {},
        f"{W}.memory": memory,
        "triggers": {"spike": {"at": "2s", "for": "1ms", "set": {f"{W}.memory.per_request": "100kB"}}},
    }


def test_who_waits_for_an_answer_of_an_instance_that_is_killed_is_told_at_once() -> None:
    """Its host resets their connections: they do not wait for a time-out of 900 ms."""
    told = Told(BASE, once_too_little())
    assert told.clients("failed_count", until_s=1.99) == 0
    assert 45 <= told.clients("failed_count", since_s=1.99, until_s=2.1) <= 65
    # While it is away further ones are refused; after that all is as before.
    assert 20 <= told.clients("failed_count", since_s=2.1, until_s=2.4) <= 35
    assert told.clients("failed_count", since_s=2.5) == 0


def test_requests_that_wait_fill_it_too() -> None:
    """Those that cannot be served in time wait, until the instance is killed with all of them."""
    slow = {f"{W}.concurrency": 1, f"{W}.service_time": "20ms", f"{U}.timeout": "60s", f"{W}.balancing": {}}
    told = Told(BASE, slow | {f"{W}.memory": {"limit": "100kB", "per_request": "1kB", "restart": "1s"}})
    assert told.clients("failed_count", until_s=1.5) == 0
    assert told.clients("failed_count") > 200


def test_restarts_in_a_row_wait_longer() -> None:
    """An instance that is killed again and again is away longer and longer, as in CrashLoopBackOff."""
    often = once_too_little(limit="20kB", restart="100ms")
    backoff = {f"{W}.memory.restart_backoff": {"base": "500ms", "most": "4s"}}
    served = [Told(BASE, often | more).clients("served_count") for more in ({}, backoff)]
    later = [Told(BASE, often | more).clients("failed_count") for more in ({}, backoff)]
    assert served[0] == served[1] == 0
    assert later[1] > 0
    tries = [Told(BASE, often | more).connected() for more in ({}, backoff)]
    assert tries[1] < 0.6 * tries[0]


def test_a_fraction_of_the_world_is_as_full_as_the_whole() -> None:
    """A tenth of the connections, with a tenth of the memory."""
    whole = filled("34kB") | ONE_GOES | {f"{U}.population": 1000, f"{W}.memory.per_connection": "100B"}
    assert Told(BASE, whole, fraction=0.1).connections(9.0) == 100
    assert Told(BASE, whole | {f"{W}.memory.limit": "32kB"}, fraction=0.1).connections(9.0) < 90


@pytest.mark.parametrize(
    ("memory", "says"),
    [
        ({"limit": "1MB"}, "is filled by nothing"),
        ({"limit": "1MB", "base": "2MB", "per_request": "1kB"}, "is no more than base"),
        (
            {"limit": "1MB", "per_request": "1kB", "restart_backoff": {"base": "10s", "most": "1s"}},
            "is less than base",
        ),
        ({"limit": 512, "per_request": "1kB"}, "has no unit where a size is meant"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(memory: dict[str, Any], says: str) -> None:
    """A memory that nothing fills, one that is full at once, waits that shrink, numbers without unit."""
    written = BASE.replace("service_law: fixed}", f"service_law: fixed, balancing: {{}}, memory: {memory}}}")
    with pytest.raises(InputError, match=says) as caught:
        tidegate.check(read_world(written.replace("'", '"'), "m.yaml"))
    assert "services.web.memory" in str(caught.value)


def test_it_needs_instances_that_are_apart() -> None:
    """Where all share one queue nobody knows who is full."""
    shared = BASE.replace("service_law: fixed}", "service_law: fixed, memory: {limit: 1MB, per_request: 1B}}")
    with pytest.raises(InputError, match="all instances share one queue"):
        read_world(shared, "m.yaml")


def test_what_cannot_show_it_says_so() -> None:
    """The rig shows it, and the first estimate names what it leaves out."""
    world = overlay(read_world(BASE, "m.yaml"), filled("34kB")).world
    assert () == unsupported(world)
    assert any("memory of web" in part for part in unfollowed(world))
