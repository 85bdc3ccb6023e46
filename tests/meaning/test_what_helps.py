"""Where the answer is *stop*, what helps is named all the same, as far as it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

import tidegate
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.headline import remedy_text

COLD = """
name: cold
horizon: 15min
networks: {nodes: {}, master: {}}
crossings: {net: {between: [nodes, master]}}
services:
  api:
    network: master
    concurrency: 4
    service_time: 100ms
    boot: {time: 10s}
    warm_up: {time: 3min, slowdown: 20}
    health_probes: [{network: master, timeout: 15s, on_failure: restart, initial_delay: 15s}]
clients:
  agents:
    network: nodes
    service: api
    population: 80
    connection: keep_alive
    timeout: 10s
    retry: {layers: [{retries: unlimited, backoff: constant, base: 1s}]}
    demand: {kind: closed, think: 4s}
activities: {kill: {kind: restart, service: api, at: 1min}}
"""
"""The one instance of a service is restarted by its check before it is warm, some times."""
COLDER = COLD.replace("time: 3min, slowdown: 20", "time: 5min, slowdown: 40")
"""The same, again and again."""

ALONE = """
name: alone
horizon: 4min
networks: {apps: {}, data: {}}
crossings: {net: {between: [apps, data]}}
services: {api: {network: data, concurrency: 8, service_time: 10ms, boot: {time: 10s}}}
clients:
  apps:
    network: apps
    service: api
    population: 50
    connection: keep_alive
    timeout: 2s
    demand: {kind: open, rate: 20/s}
activities: {upgrade: {kind: restart, service: api, at: 1min}}
"""
"""The one instance of a service is away for ten seconds, which is more than the worst minute has to spare."""

HERD = """
name: herd
horizon: 12min
networks: {apps: {}, control: {}}
crossings: {net: {between: [apps, control]}}
services:
  control: {network: control, instances: 2, concurrency: 2, service_time: 5ms, boot: {time: 10s}}
clients:
  apps:
    network: apps
    service: control
    population: 100
    connection: keep_alive
    timeout: 20s
    on_connect: [{requests: 4, service_time: {value: 200ms, low: 200ms, high: 1200ms}}]
    retry: {layers: [{retries: unlimited, base: 1s, jitter: full}]}
    demand: {kind: closed, think: 10s}
activities: {upgrade: {kind: restart, service: control, batches: 2, pause: 1min, surge: 1, at: 1min}}
objectives: {request_p99: 3s}
"""
"""The plan says nothing of who reconnects: they all do so at once, and their first answers are late."""

DEEP = """
name: deep
horizon: 8min
networks: {vpc: {}, internet: {}}
crossings: {nat: {between: [vpc, internet], bandwidth: 25Mbit/s}}
services:
  gateway:
    network: vpc
    instances: 2
    concurrency: 40
    service_time: 5ms
    calls: [{service: llm, timeout: 60s}]
    boot: {time: 20s}
    health_probes: [{network: vpc, timeout: 5s, on_failure: restart}]
    autoscaler: {signal: utilisation, target: 0.6, least: 2, most: 10, interval: 1min}
  llm: {network: internet, concurrency: 500, service_time: 5s, answer_size: 150kB}
clients:
  customers:
    network: vpc
    service: gateway
    population: 500
    timeout: 60s
    retry: [{retries: 2, base: 1s, jitter: full}]
    demand: {kind: open, rate: 8/s}
triggers: {surge: {at: 1min, for: 4min, set: {clients.customers.demand.rate: 24/s}}}
"""
"""Checks wait for what an instance calls, the link is too narrow, and the autoscaler comes too late."""


def written(folder: Path, text: str) -> Path:
    """Write a world and return where."""
    path = folder / "world.yaml"
    path.write_text(text)
    return path


def judged(path: Path, changes: dict[str, object] | None = None) -> Verdict:
    """Judge a world in a few runs."""
    (verdict,) = tidegate.check(tidegate.load(path, changes), runs_count=3, jobs=1)
    return verdict


def todo(verdict: Verdict) -> str:
    """Return what the answer says is to be done."""
    return " ".join(answer_of(verdict).do.must)


def notes(verdict: Verdict) -> str:
    """Return all that is noted."""
    return " ".join(verdict.notes)


def test_what_lets_it_come_back_is_named_though_an_outage_passes(tmp_path: Path) -> None:
    """A longer initial delay ends the restarts; what is lost until then no setting brings back."""
    path = written(tmp_path, COLDER)
    verdict = judged(path)
    assert verdict.verdict == "stop"
    assert verdict.cases[0].collapse.value == 1.0
    assert "no remedy was found" not in remedy_text(verdict)
    assert "it comes back after" in remedy_text(verdict)
    assert "services.api.health_probes.0.initial_delay=5min" in todo(verdict)
    assert verdict.partial is not None
    assert not verdict.partial.keeps_objectives
    changes: dict[str, object] = {one.path: one.value for one in verdict.partial.settings}
    assert judged(path, changes).cases[0].collapse.value == 0.0


def test_what_a_cold_start_can_do_and_when_its_check_acts_is_said(tmp_path: Path) -> None:
    """2 a second; 45 s are over before it is fast enough, and with a longer delay they are not."""
    path = written(tmp_path, COLD)
    said = notes(judged(path))
    assert "api can do 2/s as it comes back, 20 times less than later" in said
    assert "its checks may restart it 45 s after each start" in said
    patient = notes(judged(path, {"services.api.health_probes.0.initial_delay": "4min"}))
    assert "as it comes back" in patient
    assert "may restart it" not in patient
    assert "as it comes back" not in notes(judged(path, {"services.api.warm_up.slowdown": 1.5}))


def test_a_successor_first_is_offered_where_ten_dark_seconds_are_too_many(tmp_path: Path) -> None:
    """Half a minute would be allowed; 95 % of the worst minute would not."""
    verdict = judged(written(tmp_path, ALONE))
    assert "api is dark for at least 10 s: its only instance restarts" in notes(verdict)
    assert verdict.verdict == "protect_first"
    assert verdict.remedy is not None
    assert verdict.remedy.changes == {"activities.upgrade.surge": "1"}


@pytest.mark.parametrize("success", ["50%", "80%"])
def test_nobody_who_accepts_it_is_told_of_ten_dark_seconds(tmp_path: Path, success: str) -> None:
    """A world that says how deep an outage may be is not told of one that is within it."""
    assert "is dark" not in notes(judged(written(tmp_path, ALONE), {"objectives.success": success}))


def test_a_spread_is_offered_for_who_reconnects_unsaid(tmp_path: Path) -> None:
    """It is written as a reaction, which `--set` takes in one line."""
    path = written(tmp_path, HERD)
    verdict = judged(path)
    assert verdict.verdict == "stop"
    assert verdict.partial is not None
    assert verdict.partial.keeps_objectives
    (setting,) = verdict.partial.settings
    assert setting.path == "activities.upgrade.reactions"
    assert setting.value.startswith("[{clients: apps, spread: ")
    assert f"Set {setting.path}={setting.value}: with that it holds at the numbers given" in todo(verdict)
    (laid,) = tidegate.load(path, {setting.path: setting.value}).world.activities["upgrade"].reactions
    assert laid.clients == "apps"
    assert laid.spread_s >= 20.0


def test_what_they_ask_first_is_named_beside_a_dark_restart(tmp_path: Path) -> None:
    """That nobody is there for a while does not hide what a herd then takes."""
    all_at_once = {"activities.upgrade.batches": 1, "activities.upgrade.pause": "0s"}
    verdict = judged(written(tmp_path, HERD), {**all_at_once, "activities.upgrade.surge": 0})
    assert "control is dark for at least 10 s" in notes(verdict)
    herd = "100 of apps that connect together ask control for 80 s of work before anything else"
    assert herd in notes(verdict)


def test_what_is_enough_together_is_offered_behind_checks_that_wait_for_calls(tmp_path: Path) -> None:
    """A larger link alone does not end what its own checks do to it; nor do they alone."""
    path = written(tmp_path, DEEP)
    verdict = judged(path)
    assert "a check of gateway makes its calls" in notes(verdict)
    assert "It does not hold without the triggers either" in " ".join(answer_of(verdict).why.must)
    assert verdict.verdict == "protect_first"
    assert verdict.remedy is not None
    probe, link = "services.gateway.health_probes.0.busy_fails", "crossings.nat.bandwidth"
    assert set(verdict.remedy.changes) == {probe, link, "services.gateway.concurrency"}
    assert verdict.remedy.changes[probe] == "false"
    assert judged(path, {link: verdict.remedy.changes[link]}).cases[0].collapse.value == 1.0
