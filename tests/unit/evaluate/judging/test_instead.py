"""Where a slower pace is enough, what could be set instead is run and told."""

from __future__ import annotations

from pathlib import Path

import pytest

import tidegate
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.verdict.answer import answer_of

LIMITED = """
name: limited
horizon: 6min
networks: {cluster: {}}
services:
  signer:
    network: cluster
    concurrency: 2000
    service_time: 5ms
    calls: [{service: api, timeout: 30s, limit: {burst: 20, rate: 10/s}}]
  api: {network: cluster, instances: 2, concurrency: 200, service_time: 5ms}
  pods:
    network: cluster
    instances: 20
    boot:
      time: 5s
      calls: [{service: signer, timeout: TIME_OUT, retry: [{retries: unlimited, base: 200ms, cap: 10s}]}]
clients:
  renewals: {network: cluster, service: signer, population: 30, timeout: 10s, demand: {kind: open, rate: 1/s}}
activities: {start: {service: pods, from: 20, to: 320, at: 30s}}
"""
"""300 that start together wait 28 s for the turns that their signer lets itself have."""
RATE = "services.signer.calls.0.limit.rate"

SLOW = """
name: slow
horizon: 6min
networks: {apps: {}, data: {}}
services:
  db: {network: data, concurrency: 4, service_time: 10ms, setup_time: 40ms}
clients:
  apps:
    network: apps
    service: db
    population: 10
    connection: keep_alive
    timeout: 2s
    retry: [{retries: 3, base: 1s, jitter: none}]
    demand: {kind: closed, think: 10s}
crossings: {net: {between: [apps, data]}}
activities: {grow: {from: 10, to: 800, at: 20s, clients_added: apps}}
"""
"""790 that appear at once are set up for 8 s, and give up after 2 s: only a slower start helps."""


LOGIN = """
name: login
horizon: 4min
networks: {outside: {}, cluster: {}}
crossings: {lb: {between: [outside, cluster]}}
services:
  nats: {network: cluster, instances: 2, service_time: 100us, login: {timeout: 4s}}
clients:
  apps:
    network: outside
    service: nats
    population: 400
    connection: keep_alive
    timeout: 20s
    on_connect: [{service_time: 5ms}]
    retry: [{retries: unlimited, base: 1s, backoff: constant}]
    demand: {kind: closed, think: 10s}
objectives: {success: 50%}
activities:
  drain: {service: nats, from: 2, to: 1, at: 30s, reactions: [{clients: apps, spread: 1s}]}
beliefs:
  cheap:
    says: an authorization takes 5 ms
    basis: assumed
    measure: time one
    counter: {clients.apps.on_connect.0.service_time: 20ms}
    otherwise: it takes 20 ms
"""
"""400 log in within 2 s, or within 8 s where they have 4 s for it."""


def judged(folder: Path, text: str, **changes: object) -> Verdict:
    """Judge a world in a few runs."""
    path = folder / "world.yaml"
    path.write_text(text)
    laid = {key.replace("__", "."): value for key, value in changes.items()}
    (verdict,) = tidegate.check(tidegate.load(path, laid), runs_count=3, jobs=1)
    return verdict


def todo(verdict: Verdict) -> str:
    """Return what the answer says is to be done, the longer text included."""
    part = answer_of(verdict).do
    return " ".join((*part.must, *part.may))


@pytest.mark.parametrize("said", ["10s", "{value: 10s, low: 8s, high: 30s}"])
def test_what_lets_it_keep_its_pace_is_run_and_told(tmp_path: Path, said: str) -> None:
    """A higher limit is enough, and with it the plan may go ahead as it is."""
    text = LIMITED.replace("TIME_OUT", said)
    verdict = judged(tmp_path, text)
    assert verdict.verdict == "slow_down"
    assert verdict.instead is not None
    (setting,) = verdict.instead.settings
    assert setting.path == RATE  # and not few starts at a time, which is a pace
    assert verdict.instead.runs_count == 9
    worlds = " and all 40 worlds drawn" if said.startswith("{") else ""
    assert f"Or keep the pace, and set {RATE}={setting.value}: all 9 runs{worlds} hold." in todo(verdict)
    if not worlds:
        (after,) = tidegate.check(
            tidegate.load(tmp_path / "world.yaml", {RATE: setting.value}), runs_count=3, jobs=1
        )
        assert after.cases[0].collapse.value == 0.0
        assert not after.failed_objectives


def test_it_must_hold_with_the_belief_wrong_that_decides(tmp_path: Path) -> None:
    """As believed all log in in time; what is enough is so either way."""
    verdict = judged(tmp_path, LOGIN)
    assert (verdict.verdict, verdict.condition) == ("slow_down", "cheap")
    assert verdict.instead is not None
    assert [one.path for one in verdict.instead.settings] == ["services.nats.login.timeout"]
    assert verdict.instead.runs_count == 12
    assert "all 12 runs hold" in todo(verdict)


def test_what_is_not_enough_at_the_planned_pace_is_told(tmp_path: Path) -> None:
    """And nothing is offered then."""
    verdict = judged(tmp_path, SLOW)
    assert verdict.verdict == "slow_down"
    assert verdict.instead is None
    # A start spread is a pace, and no setting beside one.
    assert [one.name for one in verdict.tried] == ["back-off of apps"]
    assert "Or keep the pace" not in todo(verdict)
    assert "Tried at the planned pace, and not enough: back-off of apps." in todo(verdict)
