"""Effects of what connections carry first, of log-ins, and of clients that close only so often."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import BASE, STANDING, Told

from tidegate.errors import InputError
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

U, W = "clients.users", "services.web"
AGAIN = {"triggers": {"again": {"at": "3s", "reconnect": "users"}}}
KEPT = {f"{U}.connection": "keep_alive", f"{U}.demand": {"kind": "closed", "think": "1s"}}


def first(**keys: Any) -> dict[str, Any]:
    return {f"{U}.on_connect": [keys]}


def served(told: Told, **within: float) -> int:
    """Return how many requests the service has served by the end."""
    return int(told._run.services.served_count.max())


def test_a_client_without_other_wishes_asks_what_comes_first_and_no_more() -> None:
    """100 clients that reconnect ask three times each, and nothing else."""
    assert 300 == served(Told(STANDING, AGAIN | first(requests=3)))


@pytest.mark.parametrize("requests", [1, 4])
def test_what_comes_first_precedes_each_request_on_a_connection_of_its_own(requests: int) -> None:
    """Each of 1,000 requests has so many before it, on the same connection."""
    told = Told(BASE, first(requests=requests))
    assert 1000 == pytest.approx(told.clients("served_count"), abs=5)
    assert 1000 == pytest.approx(told.crossing("offered_count"), abs=2)
    assert 1000 * (1 + requests) == pytest.approx(served(told), abs=20)


def test_a_kept_connection_is_opened_once() -> None:
    """Clients whose connections stand ask nothing first; after they broke, each asks once."""
    quiet, anew = Told(BASE, KEPT | first(requests=5)), Told(BASE, KEPT | AGAIN | first(requests=5))
    assert quiet.clients("served_count") == served(quiet)
    assert 500 == pytest.approx(served(anew) - anew.clients("served_count"), abs=3)


@pytest.mark.parametrize(("time", "slow"), [("none", 0.0079), ("200ms", 0.205)])
def test_what_comes_first_takes_its_own_time(time: str, slow: float) -> None:
    """A request waits for what its connection carries first, two round trips and the work."""
    assert slow == pytest.approx(Told(BASE, first(service_time=time)).median_s(), rel=0.15)


def test_one_that_is_overdue_closes_the_connection_and_all_begins_again() -> None:
    """What is asked first and never answered in time: each retry makes a connection, and none is served."""
    policy = {f"{U}.retry": {"layers": [{"retries": 3, "backoff": "constant", "base": "50ms"}]}}
    told = Told(BASE, policy | first(service_time="1s", timeout="100ms"))
    assert 0 == told.clients("served_count")
    assert 4.0 == pytest.approx(told.crossing("offered_count") / told.clients("fresh_count"), rel=0.1)


def test_each_has_a_time_of_its_own() -> None:
    """Three times 400 ms within a time-out of 500 ms are in time, since each counts for itself."""
    told = Told(BASE, first(service_time="400ms", requests=3, timeout="500ms"))
    assert 0 == told.clients("failed_count")
    assert 0 < told.clients("served_count")


STUCK = BASE.replace("service_time: 1ms", "service_time: 400ms")


@pytest.mark.parametrize(("every", "flows"), [("0s", 770), ("3s", 260), ("1h", 100)])
def test_a_client_closes_overdue_connections_only_so_often(every: str, flows: int) -> None:
    """Answers take longer than clients wait: how many connections they make is up to how often they may."""
    changes = KEPT | {f"{U}.timeout": "100ms", f"{U}.reset_at_most_every": every}
    assert flows == pytest.approx(Told(STUCK, changes).crossing("offered_count"), rel=0.15)


def test_what_is_asked_first_is_waited_for_where_nothing_may_be_closed() -> None:
    """A list of 500 ms is given up after 100 ms again and again, or waited for: then clients are served."""
    lists = KEPT | AGAIN | {f"{U}.timeout": "100ms"} | first(service_time="500ms")
    storm, calm = Told(BASE, lists), Told(BASE, lists | {f"{U}.reset_at_most_every": "1h"})
    within = {"since_s": 5.0, "until_s": 10.0}
    assert 0 == storm.clients("served_count", **within)
    assert 200 < calm.clients("served_count", **within)


def test_a_service_closes_what_has_not_logged_in_in_time() -> None:
    """Log-ins of 300 ms within 200 ms: each is closed after 200 ms and nobody is served."""
    changes = {f"{W}.setup_time": "300ms", f"{W}.login": {"timeout": "200ms"}}
    told, without = Told(BASE, changes), Told(BASE, {f"{W}.setup_time": "300ms"})
    assert 0 == told.clients("served_count")
    assert 0 == without.clients("failed_count")


def test_time_to_log_in_ends_with_the_log_in() -> None:
    """What is asked afterwards may take longer than a log-in may."""
    changes = {f"{W}.service_time": "400ms", f"{W}.login": {"timeout": "200ms"}}
    assert 0 == Told(BASE, changes | first(service_time="100ms")).clients("failed_count")
    assert 0 == Told(BASE, changes | {f"{W}.setup_time": "100ms"}).clients("failed_count")


def test_what_is_closed_before_log_in_leaves_the_queue() -> None:
    """One worker, 100 log-ins a second of 50 ms each: after 300 ms they are not worked at any more."""
    busy = {f"{W}.concurrency": 1, f"{W}.setup_time": "50ms"}
    told, without = Told(BASE, busy | {f"{W}.login": {"timeout": "300ms"}}), Told(BASE, busy)
    assert 30 == pytest.approx(told._run.services.queued_count.max(), abs=3)
    assert 600 < without._run.services.queued_count.max()


@pytest.mark.parametrize(("most", "share"), [(10, 0.33), (20, 0.66), (40, 1.0)])
def test_more_than_may_be_there_before_log_in_are_closed_at_once(most: int, share: float) -> None:
    """100 a second that log in for 300 ms are 30 at a time: of 10 a third comes in, of 40 all."""
    changes = {f"{W}.setup_time": "300ms", f"{W}.login": {"most": most}}
    told = Told(BASE, changes)
    assert share == pytest.approx(told.clients("served_count") / told.clients("fresh_count"), rel=0.1)


@pytest.mark.parametrize(("drop", "share"), [("0%", 0.66), ("100%", 0.34)])
def test_some_are_closed_by_chance_before_there_are_so_many(drop: str, share: float) -> None:
    """From 10 on of 40 a share is dropped that rises: fewer come in, and some beyond the 10."""
    changes = {f"{W}.setup_time": "300ms", f"{W}.login": {"most": 40, "drop_from": 10, "drop": drop}}
    told = Told(BASE, changes)
    assert share == pytest.approx(told.clients("served_count") / told.clients("fresh_count"), rel=0.12)


def test_those_who_have_logged_in_do_not_count() -> None:
    """Sessions of 2 s are 200 at a time, log-ins of 50 ms five: a limit of 20 turns nobody away."""
    changes = {f"{W}.service_time": "500ms", f"{W}.login": {"most": 20}}
    told = Told(BASE, changes | first(service_time="25ms", requests=2))
    assert 0 == told.clients("failed_count")
    assert 40 < told.busiest()


FAULTS = {
    "on_connect is more than a connection may carry": {f"{U}.on_connect": [{"requests": 50}] * 5},
    "on_connect is not modelled with detail coarse": {"detail": "coarse"} | first(requests=1),
    "login is not modelled with detail coarse": {"detail": "coarse", f"{W}.login": {"timeout": "1s"}},
    "login is not modelled beside balancing": {
        f"{W}.balancing": {"rule": "random"},
        f"{W}.login": {"timeout": "1s"},
    },
    "reset_at_most_every is not modelled": KEPT | {"detail": "coarse", f"{U}.reset_at_most_every": "1s"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_shown_is_said(fault: str) -> None:
    """Too much, or a detail that does not know it, is a fault with its place."""
    with pytest.raises(InputError) as raised:
        overlay(read_world(BASE, "effect.yaml"), FAULTS[fault])
    assert fault.split(" is ")[1].split(" with", maxsplit=1)[0] in str(raised.value)


ELSEWHERE = {f"{U}.on_connect": [{"service": "other"}]}
NOT_TOGETHER = {
    "not modelled beside idle_connect_every": KEPT | ELSEWHERE | {f"{U}.idle_connect_every": "1s"},
    "not modelled for calls": {
        f"{W}.calls": [{"service": "back", "on_connect": [{"service": "other"}]}],
    },
}


@pytest.mark.parametrize("fault", NOT_TOGETHER)
def test_where_another_service_cannot_be_asked_is_said(fault: str) -> None:
    """A pool that fills itself, and calls: only the service itself is asked first."""
    text = BASE.replace("  web:", "  other: {network: near}\n  back: {network: near}\n  web:")
    with pytest.raises(InputError) as raised:
        overlay(read_world(text, "effect.yaml"), NOT_TOGETHER[fault])
    assert fault in str(raised.value)


WRITTEN = {
    "login: {drop_from: 3, timeout: 1s}": "is given without most",
    "login: {most: 3, drop: 30%}": "is given without drop_from",
    "login: {most: 3, drop_from: 9}": "is more than most",
    "login: {}": "limits nothing",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_log_in_that_contradicts_itself_is_a_fault(text: str) -> None:
    """Keys that cannot act beside the others are told, with what is allowed."""
    with pytest.raises(InputError) as raised:
        read_world(BASE.replace("service_time: 1ms", f"service_time: 1ms, {text}"), "effect.yaml")
    assert WRITTEN[text] in str(raised.value)


def test_who_keeps_nothing_closes_nothing() -> None:
    """How often a kept connection is closed at most has no meaning where none is kept."""
    with pytest.raises(InputError) as raised:
        read_world(BASE.replace("retry: none", "retry: none\n    reset_at_most_every: 5s"), "effect.yaml")
    assert "no connection is kept" in str(raised.value)


OTHERS = BASE.replace(
    "  web:",
    "  tokens: {network: near, concurrency: 1000, service_time: 1ms, service_law: fixed}\n"
    "  names: {network: near, concurrency: 1000, service_time: 1ms, service_law: fixed}\n  web:",
)


def test_another_service_is_asked_before_each_connection() -> None:
    """Each of 1,000 requests has two of tokens and one of names before it, and its own beside them."""
    asked = [{"service": "tokens", "requests": 2}, {"requests": 3}, {"service": "names"}]
    told = Told(OTHERS, {f"{U}.on_connect": asked})
    tokens, names, web = (int(told._run.services.served_count[:, row].max()) for row in range(3))
    assert (2000, 1000, 4000) == (
        pytest.approx(tokens, abs=10), pytest.approx(names, abs=5), pytest.approx(web, abs=20),
    )  # fmt: skip
    assert 0 == told.clients("failed_count")


def test_who_keeps_connections_asks_another_service_when_they_break() -> None:
    """100 clients whose connections stand ask for a token each once they have broken."""
    asked = {f"{U}.on_connect": [{"service": "tokens"}]}
    assert 0 == Told(OTHERS, KEPT | asked)._run.services.served_count[:, 0].max()
    assert 100 == Told(OTHERS, KEPT | AGAIN | asked)._run.services.served_count[:, 0].max()


def test_an_attempt_fails_where_another_service_does_not_answer() -> None:
    """Without tokens nobody connects, and every attempt is tried again as the clients try again."""
    gone = {"services.tokens.instances": 0, f"{U}.on_connect": [{"service": "tokens", "timeout": "100ms"}]}
    policy = {f"{U}.retry": {"layers": [{"retries": 2, "backoff": "constant", "base": "50ms"}]}}
    told = Told(OTHERS, gone | policy)
    assert 0 == told.crossing("offered_count")
    assert 0 == told.clients("served_count")
    assert 3.0 == pytest.approx(
        told.clients("attempts_count", name="users/errand/0") / told.clients("fresh_count"), rel=0.1
    )
