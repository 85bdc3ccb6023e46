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
