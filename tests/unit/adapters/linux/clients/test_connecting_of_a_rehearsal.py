"""Connections that a rehearsal's clients close when they are old, open for nothing, or wait to use."""

from __future__ import annotations

import pytest

from virtual_network import Fate, act_out

KEPT = "population: 1, connection: keep_alive, demand: {kind: none}, timeout: 1s, "
CONNECTS = "triggers: {connect: {at: 1s, reconnect: users}}"


@pytest.mark.parametrize(("reopen", "expected_s"), [("at_once", [1, 3, 5, 7, 9]), ("as_needed", [1])])
def test_an_old_connection_is_closed_and_made_again_at_once_or_when_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, reopen: str, expected_s: list[float]
) -> None:
    """Counted from when it was begun; each new one has the same age to become."""
    acted = act_out(
        monkeypatch,
        KEPT + f"connection_age: {{age: 2s}}, reopen: {reopen}",
        rest=CONNECTS,
        until_s=10.0,
        fate=Fate(connects_s=0.1),
    )
    assert expected_s == pytest.approx(acted.network.began_s)
    assert 3.0 == pytest.approx(acted.network.closed_s[0])


def test_the_lower_of_two_ages_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service may let connections become less old than their clients would."""
    acted = act_out(
        monkeypatch,
        KEPT + "connection_age: {age: 50s}",
        rest=CONNECTS,
        until_s=10.0,
        fate=Fate(),
        service="network: main, connection_age: {age: 3s}",
    )
    assert [1, 4, 7] == pytest.approx(acted.network.began_s)


def test_ages_with_jitter_lie_around_their_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """What connected together comes back over a time that grows with each age."""
    acted = act_out(
        monkeypatch,
        KEPT.replace("population: 1", "population: 200") + "connection_age: {age: 10s, jitter: 20%}",
        rest=CONNECTS,
        until_s=14.0,
        fate=Fate(),
    )
    ages_s = [at_s - 1.0 for at_s in acted.network.closed_s]
    assert 200 == len(ages_s)
    assert (8.0, 12.0) == pytest.approx((min(ages_s), max(ages_s)), abs=0.2)
    assert 10.0 == pytest.approx(sum(ages_s) / 200, abs=0.3)


@pytest.mark.parametrize(("grace", "closed_s"), [("", 5.5), (", grace: 1s", 4.0)])
def test_a_request_under_way_is_waited_for_as_long_as_grace_lasts(
    monkeypatch: pytest.MonkeyPatch, grace: str, closed_s: float
) -> None:
    """The first is answered at 1 s; the second, asked at 2.5 s for 3 s, is the connection's last."""
    answered_s = iter([0.0, *[3.0] * 100])
    acted = act_out(
        monkeypatch,
        "population: 0, connection: keep_alive, demand: {kind: open, rate: 0/s, arrivals: paced}, "
        f"timeout: 9s, retry: none, reopen: as_needed, connection_age: {{age: 2s{grace}}}",
        rest="triggers: {come: {at: 1s, set: {clients.users.population: 1}}, "
        "ask: {at: 2s, for: 900ms, set: {clients.users.demand.rate: 2/s}}}",
        until_s=10.0,
        fate=lambda _, __: Fate(answers_each_s=answered_s),
    )
    assert closed_s == pytest.approx(acted.network.closed_s[0], abs=0.5)
    assert (1 if grace else 0) == acted.total("refused")


def test_who_gives_up_leaves_connections_with_nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two for each request that is overdue; each is closed its hold after it was begun."""
    acted = act_out(
        monkeypatch,
        "population: 0, demand: {kind: once}, timeout: 1s, retry: none, spare_connections: 2, spare_hold: 3s",
        rest="triggers: {call: {at: 1s, set: {clients.users.population: 1}}}",
        until_s=10.0,
        fate=Fate(answers_s=None),
    )
    assert [1, 2, 2] == pytest.approx(acted.network.began_s)
    assert [2, 5, 5] == pytest.approx(acted.network.closed_s)
    assert [1.0] == pytest.approx(acted.network.asked_s)


@pytest.mark.parametrize(("longest", "expected"), [("", (10, 0)), (", longest_wait: 500ms", (10, 1))])
def test_clients_keep_their_own_limit(
    monkeypatch: pytest.MonkeyPatch, longest: str, expected: tuple[int, int]
) -> None:
    """One a second after two at once; who would wait longer than it may fails at once."""
    acted = act_out(
        monkeypatch,
        "population: 1, timeout: 500ms, demand: {kind: closed, think: 1ms}, retry: none, "
        f"limit: {{rate: 1/s, burst: 2{longest}}}",
        until_s=8.5,
        fate=Fate(),
    )
    assert expected[0] == acted.total("attempts")
    assert (acted.total("given_up") > 100) == (expected[1] == 1)


def test_each_batch_of_a_restart_breaks_other_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the engine: a batch does not meet those who are still connecting because of the last one."""
    acted = act_out(
        monkeypatch,
        KEPT.replace("population: 1,", "population: 40,"),
        rest="activities: {roll: {kind: restart, service: web, at: 1s, batches: 4, pause: 100ms, "
        "reactions: [{clients: users}]}}",
        until_s=2.0,
        fate=Fate(),
        service="network: main, instances: 4",
        activity="roll",
    )
    assert list(range(40)) == sorted(acted.network.clients)
