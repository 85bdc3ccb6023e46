"""Few start at a time, and the next when one is ready: clients, and instances that boot."""

from __future__ import annotations

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

CLIENTS = """
name: in_turn
horizon: 10s
networks: {near: {}, far: {}}
crossings: {gate: {between: [near, far]}}
services:
  control: {network: far, concurrency: 2, service_time: 100ms, service_law: fixed, queue: 4}
clients:
  workers:
    network: near
    service: control
    population: 1
    timeout: 5s
    demand: {kind: closed, think: 1000s}
    retry: [{retries: unlimited, backoff: constant, base: 1s}]
activities:
  grow: {from: 1, to: 41, at: 1s, clients_added: workers, at_once_most: 2}
"""
BOOTS = CLIENTS.replace(
    "services:\n",
    "services:\n  app: {network: near, instances: 2, boot: {time: 500ms, calls: "
    "[{service: control, requests: 2, timeout: 2s}, {service: control, timeout: 2s}]}}\n",
).replace("{from: 1, to: 41, at: 1s, clients_added: workers,", "{service: app, to: 12, at: 1s,")


def run_of(text: str, fraction: float = 1.0) -> Run:
    file = read_world(text, "in_turn.yaml")
    tables = lower(write_script(file, "grow"), horizon_s=file.world.horizon_s, fraction=fraction)
    return simulate(tables, seed=3)


def test_nobody_is_turned_away_where_few_start_at_a_time() -> None:
    """Forty clients of which two start at a time never meet the queue of four; all at once they do."""
    turn, at_once = run_of(CLIENTS), run_of(CLIENTS.replace(", at_once_most: 2", ""))
    assert 40 == turn.populations.attempts_count.sum() == turn.populations.served_count.sum()
    assert 2 == turn.populations.unanswered_most_count.max()
    assert at_once.populations.attempts_count.sum() > 60


def test_the_next_starts_as_one_is_ready() -> None:
    """With two at a time forty requests of 100 ms take twenty times as long as one."""
    counted = run_of(CLIENTS).populations.served_count[:, 0].nonzero()[0]
    bin_s = 0.05
    assert 2.0 == pytest.approx((counted[-1] - counted[0] + 1) * bin_s, abs=0.2)


def test_instances_boot_as_others_are_ready() -> None:
    """Ten instances make three boot requests each, two at a time, and each later one boots first."""
    turn, at_once = run_of(BOOTS), run_of(BOOTS.replace(", at_once_most: 2", ""))
    attempts = [run.populations.attempts_count.sum(axis=0) for run in (turn, at_once)]
    assert 30 == attempts[0].sum()
    assert attempts[1].sum() > 60
    first, last = turn.populations.fresh_count.sum(axis=1).nonzero()[0][[0, -1]]
    assert (last - first) * 0.05 > 4 * 0.5


def test_what_has_not_all_started_has_not_gone_well() -> None:
    """Whose turn does not come before the horizon is counted, and `check` does not say proceed."""
    slow = CLIENTS.replace("horizon: 10s", "horizon: 3s").replace("at_once_most: 2", "at_once_most: 1")
    assert run_of(slow).not_started_count > 0
    (verdict,) = tidegate.check(read_world(slow, "slow.yaml"), runs_count=2)
    assert verdict.verdict != "proceed"
    assert 1.0 == verdict.cases[0].unstarted_ratio
    assert run_of(CLIENTS).not_started_count == 0


def test_a_part_of_the_world_starts_a_part_at_a_time() -> None:
    """Half of the world starts half as many at a time."""
    half = run_of(CLIENTS.replace("at_once_most: 2", "at_once_most: 4"), fraction=0.5)
    assert 2 == half.populations.unanswered_most_count.max()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("kind: closed, think: 1000s", "kind: open, rate: 1/s"), "waits for first requests"),
        (("clients_added: workers", "service: control"), "waits for nothing"),
        (("from: 1, to: 41,", "from: 41, to: 1,"), "nothing starts"),
        (("from: 1,", "kind: restart, service: control, from: 1,"), "kind is restart"),
        (("at_once_most: 2", "at_once_most: 2, surge: 1, overlap: 1s"), "beside surge"),
    ],
)
def test_what_cannot_start_in_turn_is_said(change: tuple[str, str], said: str) -> None:
    """A limit that cannot act is a fault."""
    with pytest.raises(InputError) as raised:
        read_world(CLIENTS.replace(*change), "in_turn.yaml")
    assert said in str(raised.value)


ASKING = (
    "  asking: {network: far, service: app, population: 60, connection: keep_alive, demand: {kind: none}}\n"
)
BOOT_CALLS = "calls: [{service: control, requests: 2, timeout: 2s}, {service: control, timeout: 2s}]"
RESTART = (
    BOOTS.replace("clients:\n", f"clients:\n{ASKING}", 1)
    .replace("{service: app, to: 12, at: 1s,", "{kind: restart, service: app, at: 1s,")
    .replace("instances: 2", "instances: 6, concurrency: 10")
)


def test_few_restart_at_a_time_and_the_next_as_one_is_ready() -> None:
    """Six instances make three boot requests each; two at a time never meet the queue, six at once do."""
    turn, at_once = run_of(RESTART), run_of(RESTART.replace(", at_once_most: 2", ""))
    assert [12, 6] == turn.populations.attempts_count.sum(axis=0)[2:].tolist()
    assert at_once.populations.attempts_count.sum(axis=0)[2:].sum() > 18
    assert 20 == turn.populations.attempts_count[20, 0]  # at one second
    assert [20, 20] == turn.populations.attempts_count[21:60, 0][[9, 19]].tolist()
    assert 60 == turn.populations.served_count[:, 0].sum()


def test_who_restarts_is_away_until_it_is_ready() -> None:
    """Where all six may go at a time nobody is there; boot requests that take longer hold the next back."""
    all_at_once = run_of(RESTART.replace("at_once_most: 2", "at_once_most: 6"))
    assert 60 == all_at_once.populations.failed_count[:, 0].sum()
    slow = run_of(RESTART.replace("requests: 2, timeout: 2s", "requests: 40, timeout: 9s"))
    assert slow.not_started_count > 0
    file = read_world(RESTART.replace("requests: 2,", "requests: 40,"), "slow.yaml")
    (verdict,) = tidegate.check(file, runs_count=2)
    assert verdict.verdict != "proceed"


def test_a_restart_that_asks_for_nothing_is_one_in_batches() -> None:
    """Each instance is back after its boot time: two of six at a time are three batches."""
    text = RESTART.replace(f", {BOOT_CALLS}", "")
    batches = text.replace("at_once_most: 2", "batches: 3, pause: 500ms")
    turn, paced = (write_script(read_world(each, "in_turn.yaml"), "grow") for each in (text, batches))
    assert [phase.at_s for phase in paced.phases] == [phase.at_s for phase in turn.phases]
    assert [4, 6] == sorted({phase.world.services["app"].instances_count for phase in turn.phases})
    assert paced.waves == turn.waves
    assert turn.in_turn is None
    with pytest.raises(InputError, match="is not over within the simulated time"):
        write_script(read_world(text.replace("horizon: 10s", "horizon: 2s"), "in_turn.yaml"), "grow")


def test_clients_restart_as_others_have_what_they_asked_for() -> None:
    """Forty clients break and connect again, two at a time, and nobody meets the queue of four."""
    again = CLIENTS.replace("population: 1", "population: 41\n    connection: keep_alive").replace(
        "{from: 1, to: 41,", "{kind: restart, from: 41,"
    )
    run = run_of(again)
    assert 41 == run.populations.served_count.sum() == run.populations.attempts_count.sum()
    assert 2 == run.populations.unanswered_most_count.max()
    assert run_of(again.replace(", at_once_most: 2", "")).populations.attempts_count.sum() > 60


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("time: 500ms, calls", "time: 0s, calls"), ""),
        ((f"time: 500ms, {BOOT_CALLS}", "time: 0s"), "waits for nothing"),
        (("at_once_most: 2", "at_once_most: 2, surge: 1, overlap: 1s"), "beside surge"),
    ],
)
def test_a_restart_that_cannot_go_in_turn_is_said(change: tuple[str, str], said: str) -> None:
    """A limit that cannot act is a fault."""
    text = RESTART.replace(*change)
    assert text != RESTART
    if not said:
        read_world(text, "in_turn.yaml")
        return
    with pytest.raises(InputError, match=said):
        read_world(text, "in_turn.yaml")
