"""What the clients of a rehearsal decide, on virtual time: demand, time-outs, retries, waves, pools."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tidegate.adapters.linux.clients.attempts import LEAST_DELAY_S
from tidegate.adapters.linux.clients.chance import Chance
from tidegate.behaviour.backoff import delay_s
from tidegate.world.retry import RetryLayer
from virtual_network import Fate, act_out

SILENT = Fate(connects_s=None)
CALLED = "triggers: {call: {at: 1s, set: {clients.users.population: 1}}}"


def test_back_off_is_behaviours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between the attempts of one client are those that `behaviour` works out, jitter and all."""
    layer = RetryLayer(retries_count=6, backoff="exponential", base_s=0.1, cap_s=1.0, jitter="full")
    draws = Chance(5, "users")
    expected_s = [delay_s(layer, k, 0.0, draws.jitter()) for k in range(1, 7)]
    acted = act_out(
        monkeypatch,
        "population: 0, demand: {kind: once}, timeout: 500ms, retry: {layers: "
        "[{retries: 6, backoff: exponential, base: 100ms, cap: 1s, jitter: full}]}",
        rest=CALLED,
        until_s=50.0,
        fate=SILENT,
        seed=5,
    )
    began_s = acted.network.began_s
    pauses_s = [later - earlier - 0.5 for earlier, later in pairwise(began_s)]
    assert expected_s == pytest.approx(pauses_s, abs=2e-6)
    assert acted.total("given_up") == 1


@pytest.mark.parametrize(("per", "different"), [("request", 2), ("client", 1)])
def test_time_outs_and_pauses_come_from_their_laws(
    monkeypatch: pytest.MonkeyPatch, per: str, different: int
) -> None:
    """Each request has one of the time-outs for both of its tries, or its client for all; pauses likewise."""
    acted = act_out(
        monkeypatch,
        "population: 1, demand: {kind: closed, think: 1ms}, timeout_law: {values: [200ms, 700ms]}, "
        f"timeout_per: {per}, retry: [{{retries: 1, law: {{values: [1s, 3s]}}}}]",
        until_s=200.0,
        fate=SILENT,
        seed=5,
    )
    began_s, closed_s = acted.network.began_s, acted.network.closed_s
    waits_s = [round(closed - began, 4) for began, closed in zip(began_s, closed_s, strict=False)]
    assert waits_s[0::2][:40] == waits_s[1::2][:40]
    assert different == len(set(waits_s))
    assert set(waits_s) <= {0.2, 0.7}
    pauses_s = [again - closed for again, closed in zip(began_s[1::2], closed_s[0::2], strict=False)]
    assert {1.0, 3.0} == {round(pause_s, 3) for pause_s in pauses_s}


@pytest.mark.parametrize(("clock", "given_up_s"), [("connect", 1.0), ("send", 1.3)])
def test_time_outs_count_from_the_connection_or_from_the_request(
    monkeypatch: pytest.MonkeyPatch, clock: str, given_up_s: float
) -> None:
    """A silent service is given up a time-out after the SYN, or after the request was sent."""
    acted = act_out(
        monkeypatch,
        f"population: 0, demand: {{kind: once}}, timeout: 1s, timeout_clock: {clock}, retry: none",
        rest=CALLED,
        until_s=10.0,
        fate=Fate(connects_s=0.3, answers_s=None),
    )
    assert [1.0 + given_up_s] == pytest.approx(acted.network.closed_s)
    assert acted.total("timed_out") == 1


def test_connecting_has_a_time_out_of_its_own_when_the_clock_starts_with_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With clock `send` a connection not established is given up after its own time-out."""
    acted = act_out(
        monkeypatch,
        "population: 0, demand: {kind: once}, timeout: 5s, timeout_clock: send, connect_timeout: 1s",
        rest=CALLED,
        until_s=10.0,
        fate=SILENT,
    )
    assert [2.0] == pytest.approx(acted.network.closed_s)


def test_naive_clients_ask_again_at_every_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed clients that retry at once, against silence, make one attempt a time-out each, for ever."""
    acted = act_out(
        monkeypatch,
        "population: 20, demand: {kind: closed, think: 1ms}, timeout: 500ms, retry: immediate",
        until_s=10.0,
        fate=SILENT,
    )
    assert 20 * 20 == pytest.approx(acted.total("attempts"), abs=20)
    assert acted.total("fresh") == 20
    assert acted.population.record.series().unanswered_count[-1] == 20


def test_demand_has_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open arrivals come at their rate: paced ones exactly, Poisson ones within chance."""
    for arrivals, slack in (("paced", 2), ("poisson", 150)):
        acted = act_out(
            monkeypatch,
            f"population: 50, demand: {{kind: open, rate: 100/s, arrivals: {arrivals}}}",
            until_s=10.0,
            fate=Fate(),
        )
        assert acted.total("fresh") == pytest.approx(1000, abs=slack)
        assert acted.total("served") == acted.total("fresh")


def test_closed_clients_pause_between_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred clients with a mean pause of 1 s and answers after 1 s ask about 50 times a second."""
    acted = act_out(
        monkeypatch,
        "population: 100, timeout: 5s, demand: {kind: closed, think: 1s}",
        until_s=40.0,
        fate=Fate(answers_s=1.0),
    )
    assert acted.total("fresh") == pytest.approx(40 * 50, rel=0.1)


def test_deferred_work_is_offered_again_at_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given up in an outage comes back at the drain rate, and all of it is served in the end."""
    acted = act_out(
        monkeypatch,
        "population: 1, timeout: 1s, demand: {kind: open, rate: 20/s, arrivals: paced, "
        "unserved: deferred, drain: 50/s}, retry: none",
        rest="triggers: {stop: {at: 5s, set: {clients.users.demand.rate: 0/s}}}",
        until_s=30.0,
        fate=lambda _, now_s: Fate() if now_s > 6.0 else SILENT,
    )
    wanted = 20 * 5
    assert wanted == pytest.approx(acted.total("served"), abs=2)
    assert acted.population.record.series().unanswered_count[-1] == 0
    again_s = [at_s for at_s in acted.network.began_s if at_s > 6.0]
    gaps_s = {round(later - earlier, 4) for earlier, later in pairwise(again_s)}
    assert gaps_s == {0.02}


def test_lost_work_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without deferral a request given up is not offered again."""
    acted = act_out(
        monkeypatch,
        "population: 1, timeout: 1s, demand: {kind: open, rate: 10/s, unserved: lost}, retry: none",
        until_s=10.0,
        fate=SILENT,
    )
    assert acted.total("attempts") == acted.total("fresh")


def test_a_reconnect_wave_is_spread_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the clients that keep connections rebuild them, one every spread / count."""
    acted = act_out(
        monkeypatch,
        "population: 100, connection: keep_alive, demand: {kind: none}",
        rest="activities: {go: {kind: reconnect, at: 2s, reactions: []}}\n"
        "triggers: {break: {at: 2s, reconnect: users, reconnect_spread: 1s}}",
        until_s=5.0,
        fate=Fate(),
    )
    assert [2.0 + i / 100 for i in range(100)] == pytest.approx(acted.network.began_s)
    assert list(range(100)) == acted.network.clients
    assert acted.total("fresh") == 100


def test_newcomers_are_spread_and_leavers_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients added by a phase begin over the start spread; those sent away again try no more."""
    acted = act_out(
        monkeypatch,
        "population: 0, start_spread: 1s, demand: {kind: once}, timeout: 250ms, retry: immediate",
        rest="triggers: {surge: {at: 1s, for: 2s, set: {clients.users.population: 10}}}",
        until_s=20.0,
        fate=SILENT,
    )
    began = list(zip(acted.network.clients, acted.network.began_s, strict=True))
    first_s = [min(at_s for client, at_s in began if client == i) for i in range(10)]
    assert [1.0 + i / 10 for i in range(10)] == pytest.approx(first_s)
    assert max(acted.network.began_s) < 3.0
    assert acted.total("given_up") == 0
    assert acted.population.record.series().unanswered_count[-1] == 0


def test_a_budget_of_the_population_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten tokens for all pay for ten retries; ten tokens each for ten retries of each client."""
    for scope, retries in (("population", 10), ("client", 50)):
        acted = act_out(
            monkeypatch,
            "population: 0, demand: {kind: once}, timeout: 100ms, retry: {layers: [{retries: unlimited, "
            f"backoff: none, base: 0s, budget: {{tokens: 10, scope: {scope}}}}}]}}",
            rest="triggers: {call: {at: 1s, set: {clients.users.population: 5}}}",
            until_s=30.0,
            fate=SILENT,
        )
        assert 5 + retries == acted.total("attempts")
        assert acted.total("given_up") == 5


def test_a_breaker_of_the_population_stops_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it has opened, refused attempts are not sent at all."""
    acted = act_out(
        monkeypatch,
        "population: 10, timeout: 100ms, demand: {kind: open, rate: 100/s, arrivals: paced}, "
        "retry: {layers: [{retries: 0, "
        "breaker: {least_calls: 10, failure: 50%, window: 10s, open: 60s, scope: population}}]}",
        until_s=10.0,
        fate=SILENT,
    )
    assert acted.total("attempts") == pytest.approx(20, abs=3)
    assert acted.total("given_up") == acted.total("fresh")


def test_a_late_answer_counts_only_where_it_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers after 1.5 time-outs serve the clients that still listen, and nobody else."""
    served = {}
    for late in ("ignored", "accepted"):
        acted = act_out(
            monkeypatch,
            f"population: 0, demand: {{kind: once}}, timeout: 1s, late_replies: {late}, "
            "retry: {layers: [{retries: 2, backoff: none, base: 0s}]}",
            rest=CALLED,
            until_s=20.0,
            fate=Fate(answers_s=1.5),
        )
        served[late] = acted.total("served"), acted.total("attempts")
    assert served == {"ignored": (0, 3), "accepted": (1, 2)}


def test_a_pool_lends_its_connections_and_makes_the_rest_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four connections that answer in 1 s serve four a second; those who wait too long give up."""
    acted = act_out(
        monkeypatch,
        "population: 2, connection: pool, pool: 2, timeout: 1500ms, retry: none, "
        "demand: {kind: open, rate: 8/s, arrivals: paced}",
        until_s=20.0,
        fate=Fate(answers_s=1.0),
    )
    assert set(acted.network.clients) == {0, 1, 2, 3}
    assert max(_open_counts(acted.network.began_s, acted.network.closed_s)) == 4
    assert acted.total("given_up") > 50
    assert acted.total("served") < 4 * 20


def _open_counts(began_s: list[float], closed_s: list[float]) -> list[int]:
    return [sum(b <= at for b in began_s) - sum(c <= at for c in closed_s) for at in began_s]


@pytest.mark.parametrize(("after", "connections"), [("rebuild", 6), ("keep", 1)])
def test_an_overdue_connection_is_rebuilt_or_kept(
    monkeypatch: pytest.MonkeyPatch, after: str, connections: int
) -> None:
    """A kept connection whose answer is overdue is torn down, unless the world says that it is kept."""
    acted = act_out(
        monkeypatch,
        "population: 0, demand: {kind: closed, think: 1ms}, connection: keep_alive, timeout: 1s, "
        f"after_timeout: {after}, retry: {{layers: [{{retries: unlimited, backoff: none, base: 0s}}]}}",
        rest=CALLED,
        until_s=6.5,
        fate=Fate(answers_count=1),
    )
    assert connections == len(acted.network.began_s)


def test_a_kept_connection_is_used_again_until_it_says_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests share a kept connection; one that the service closes is opened anew."""
    for keeps in (True, False):
        acted = act_out(
            monkeypatch,
            "population: 0, demand: {kind: closed, think: 100ms}, connection: keep_alive",
            rest=CALLED,
            until_s=5.0,
            fate=Fate(keeps=keeps),
        )
        requests = acted.total("attempts")
        assert requests > 10
        assert len(acted.network.began_s) == (1 if keeps else requests)


def test_a_wave_brings_its_own_retry_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that reconnect try again by the reaction's policy, not by their usual one."""
    script = (
        "activities: {go: {kind: reconnect, at: 2s, reactions: [{clients: users, reconnect: 50%, "
        "retry: {layers: [{retries: 2, backoff: none, base: 0s}]}}]}}\n"
    )
    acted = act_out(
        monkeypatch,
        "population: 10, connection: keep_alive, demand: {kind: none}, timeout: 1s, retry: none",
        rest=script,
        until_s=20.0,
        fate=SILENT,
        activity="go",
    )
    assert acted.total("attempts") == 5 * 3
    assert sorted(set(acted.network.clients)) == [0, 2, 4, 6, 8]


def test_a_reconnect_cuts_pauses_short_and_breaks_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that think begin at once; a request on a connection that breaks fails and is tried again."""
    acted = act_out(
        monkeypatch,
        "population: 6, connection: keep_alive, demand: {kind: closed, think: 100s}, timeout: 20s, "
        "retry: {layers: [{retries: 3, backoff: constant, base: 1s}]}",
        rest="triggers: {one: {at: 1s, reconnect: users}, two: {at: 2s, reconnect: users},"
        " three: {at: 4s, reconnect: users}}",
        until_s=10.0,
        fate=lambda _, now_s: Fate(answers_s=0.5 if now_s < 2.0 else 5.0),
        seed=4,
    )
    # At 1 s and at 2 s all begin anew; at 4 s none has an answer yet, but none has a kept connection either.
    assert [1.0] * 6 + [2.0] * 6 == [at_s for at_s in acted.network.began_s if at_s < 4.5]
    assert 12 == acted.total("attempts")
    assert 12 == acted.total("served")


def test_a_connection_broken_under_a_request_fails_the_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client that reconnects in the middle of a request waits as its policy says, and asks again."""
    acted = act_out(
        monkeypatch,
        "population: 0, connection: keep_alive, demand: {kind: closed, think: 1ms}, timeout: 20s, "
        "retry: {layers: [{retries: 3, backoff: constant, base: 2s}]}",
        rest=CALLED[:-1] + ", change: {at: 5s, reconnect: users}}",
        until_s=6.9,
        fate=Fate(answers_count=1),
    )
    assert [1.0] == pytest.approx(acted.network.began_s)
    assert (2, 1, 0) == tuple(acted.total(name) for name in ("attempts", "served", "timed_out"))


def test_each_open_client_that_reconnects_asks_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no connection is kept, a wave over an open population is that many further requests."""
    acted = act_out(
        monkeypatch,
        "population: 30, demand: {kind: open, rate: 0/s}",
        rest="triggers: {change: {at: 1s, reconnect: users, reconnect_spread: 1s}}",
        until_s=5.0,
        fate=Fate(),
    )
    assert [1.0 + i / 30 for i in range(30)] == pytest.approx(acted.network.began_s)
    assert 30 == acted.total("served")


def test_clients_that_left_send_no_further_syn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their unanswered connections end just before the kernel would ask again; the request waits its time."""
    acted = act_out(
        monkeypatch,
        "population: 0, demand: {kind: once}, timeout: 10s, syn: linux-classic, retry: immediate",
        rest="triggers: {call: {at: 1s, for: 1500ms, set: {clients.users.population: 1}}}",
        until_s=20.0,
        fate=SILENT,
    )
    # A SYN at 1 s, again at 2 s, and it would be sent again at 4 s.
    assert [1.0 + 3.0] == pytest.approx(acted.network.closed_s, abs=0.05)
    assert acted.network.closed_s[0] < 4.0
    assert 1 == acted.total("attempts")


def test_a_changed_policy_is_for_new_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request goes on by the policy it began with; time-outs change for the attempts that follow."""
    acted = act_out(
        monkeypatch,
        "population: 0, demand: {kind: once}, timeout: 1s, retry: {layers: [{retries: 2, base: 0s}]}",
        rest=CALLED[:-1]
        + ", change: {at: 1500ms, set: {clients.users.timeout: 3s, clients.users.retry: none}}}",
        until_s=30.0,
        fate=SILENT,
    )
    again_s = (2.0 + LEAST_DELAY_S, 5.0 + 2 * LEAST_DELAY_S)
    assert [1.0, *again_s] == pytest.approx(acted.network.began_s, abs=1e-5)
    assert [2.0, *(began_s + 3.0 for began_s in again_s)] == pytest.approx(acted.network.closed_s, abs=1e-5)


GROW = "activities: {grow: {from: 1, to: 7, at: 1s, clients_added: users, at_once_most: 2}}"


@pytest.mark.parametrize(
    ("spread", "began_s"),
    [("0s", [1.0, 1.0, 1.4, 1.4, 1.8, 1.8]), ("3s", [1.0, 1.5, 2.0, 2.5, 3.0, 3.5])],
)
def test_the_next_starts_as_one_is_ready(
    monkeypatch: pytest.MonkeyPatch, spread: str, began_s: list[float]
) -> None:
    """Two of six start at a time, each as one has its answer, and not before its time of the spread."""
    acted = act_out(
        monkeypatch,
        f"population: 1, demand: {{kind: closed, think: 1000h}}, timeout: 5s, start_spread: {spread}",
        rest=GROW,
        activity="grow",
        until_s=50.0,
        fate=Fate(answers_s=0.4),
    )
    assert began_s == pytest.approx(acted.network.began_s)
    assert [1, 2, 3, 4, 5, 6] == acted.network.clients


def test_who_gives_up_makes_way_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pairs that nobody answers start a time-out apart."""
    acted = act_out(
        monkeypatch,
        "population: 1, demand: {kind: closed, think: 1000h}, timeout: 2s, retry: none",
        rest=GROW,
        activity="grow",
        until_s=50.0,
        fate=SILENT,
    )
    assert [1.0, 1.0, 3.0, 3.0, 5.0, 5.0] == pytest.approx(acted.network.began_s)


def test_a_restart_of_clients_goes_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four that keep connections make them anew one at a time."""
    acted = act_out(
        monkeypatch,
        "population: 4, demand: {kind: closed, think: 1000h}, timeout: 2s, connection: keep_alive",
        rest="activities: {roll: {kind: restart, from: 4, at: 1s, clients_added: users, at_once_most: 1}}",
        activity="roll",
        until_s=50.0,
        fate=Fate(answers_s=0.5),
    )
    assert [1.0, 1.5, 2.0, 2.5] == pytest.approx(acted.network.began_s)
