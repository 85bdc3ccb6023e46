"""A run is bounded: in what an attempt costs, in events, in memory."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import BASE, Told

import tidegate.simulate.run
import tidegate.simulate.spin
from tidegate.errors import CannotTellError, InternalError
from tidegate.evaluate.reading.measures import measure
from tidegate.evaluate.variants.world_case import script_of
from tidegate.simulate import memory
from tidegate.simulate.kernels.nouns.head import ACTS_MOST
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate, stream_keys
from tidegate.simulate.script import write_script
from tidegate.simulate.spin import MOST_EVENTS_PER_S
from tidegate.simulate.tables import Tables
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

FOR_EVER = {"layers": [{"retries": "unlimited", "backoff": "none", "base": "0s"}]}

# 3,000 connections are wanted of 1,000, in one network, by clients that do not wait.
SPINNING = """
name: spinning
horizon: 30s
networks: {vpc: {}, internet: {}}
crossings: {nat: {between: [vpc, internet]}}
services:
  rds: {network: vpc, concurrency: 32, service_time: 5ms, connections: 1000, connections_when_full: refuse}
clients:
  idle: {network: vpc, service: rds, population: 1, demand: {kind: closed, think: 10s}}
  pods:
    network: vpc
    service: rds
    population: 200
    connection: pool
    pool: 15
    timeout: 5s
    demand: {kind: open, rate: 1200/s}
    retry: immediate
"""


def lowered(text: str, **changes: Any) -> Tables:
    file = overlay(read_world(text, "bounded.yaml"), changes)
    return lower(write_script(file), horizon_s=file.world.horizon_s)


def test_an_attempt_costs_a_client_time() -> None:
    """A client that does not wait, refused in its own network, makes 4,000 attempts a second."""
    changes = {
        "services.web.network": "near",
        "services.web.when_down": "refuse",
        "services.web.instances": 0,
        "clients.users.retry": FOR_EVER,
        "clients.users.population": 1,
        "clients.users.demand": {"kind": "once"},
        "clients.users.timeout": "1s",
        "triggers": {"one": {"at": "1s", "set": {"clients.users.population": 2}}},
        "horizon": "3s",
    }
    told = Told(BASE, changes)
    assert told.per_s("attempts_count", since_s=1.0, until_s=2.0) == pytest.approx(4000, rel=0.02)


def test_a_run_that_spins_is_ended_and_says_who_tries_how_often() -> None:
    """2,000 places that knock without a pause: ended within the first seconds, named, and a collapse."""
    tables = lowered(SPINNING)
    run = simulate(tables, seed=5)
    assert run.status == "spinning"
    assert run.spinning is not None
    assert run.spinning.population == "pods"
    assert 1e5 < run.spinning.attempts_per_s < 2e7
    assert run.events_count < 3 * MOST_EVENTS_PER_S
    assert measure(tables, run).collapsed


# 300 connections are wanted of 200, over a crossing: dear over its horizon, though no second of it is.
DEAR = {
    "services.rds.network": "internet",
    "services.rds.connections": 200,
    "clients.pods.population": 10,
    "triggers.grow": {"at": "1s", "set": {"clients.pods.population": 20}},
    "clients.pods.demand.rate": "300/s",
    "horizon": "300s",
}
# A restart in which nobody is there for half a minute, of which the boot's length is not known beforehand.
AWAY = {
    "clients.pods.population": 1,
    "services.rds.when_down": "refuse",
    "services.rds.boot": {"time": "2s", "calls": [{"service": "registry", "timeout": "60s"}]},
    "services.registry": {"network": "vpc", "service_time": "25s", "service_law": "fixed"},
    "activities.again": {"kind": "restart", "service": "rds", "at": "1s"},
}


def test_a_run_that_spins_slowly_for_long_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred places that knock a thousand times a second each would take minutes over the horizon."""
    monkeypatch.setattr(tidegate.simulate.run, "MOST_EVENTS", 2_000_000)
    run = simulate(lowered(SPINNING, **DEAR), seed=5)
    assert run.status == "spinning"
    assert run.spinning is not None
    assert 10.0 <= run.spinning.since_s < 30.0
    assert measure(lowered(SPINNING, **DEAR), run).collapsed


def test_who_waits_for_instances_that_start_does_not_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    """All are refused for 27 s, longer than what is taken to last; then the instance is there."""
    monkeypatch.setattr(tidegate.simulate.run, "MOST_EVENTS", 100_000)
    short = {"horizon": "60s", "triggers.grow.set": {"clients.pods.population": 3}}
    file = overlay(read_world(SPINNING, "bounded.yaml"), DEAR | AWAY | short)
    tables = lower(script_of(file, "again"), horizon_s=60.0)
    run = simulate(tables, seed=5)
    assert run.events_count > 3 * 100_000
    assert run.status == "ended"


def test_a_herd_is_no_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    """200,000 connections at once take more events than a run may spin for; none of them is a retry."""
    changes = {
        "clients.users.population": 200_000,
        "clients.users.timeout": "5s",
        "clients.users.demand": {"kind": "none"},
        "clients.users.connection": "keep_alive",
        "services.web.concurrency": 1_000_000,
        "triggers": {"all": {"at": "1s", "reconnect": "users", "reconnect_spread": "100ms"}},
        "horizon": "2s",
    }
    monkeypatch.setattr(tidegate.simulate.spin, "MOST_EVENTS_PER_S", 1_000_000)
    run = simulate(lowered(BASE, **changes), seed=5)
    assert run.events_count > 2_000_000
    assert run.status != "spinning"


def test_a_run_that_does_not_fit_into_memory_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it begins or as it grows: one clear error, and never the machine's memory."""
    monkeypatch.setattr(memory, "MOST_BYTES", 1 << 20)
    with pytest.raises(CannotTellError, match="needs more than"):
        simulate(lowered(BASE, **{"clients.users.population": 100_000}), seed=5)
    monkeypatch.setattr(memory, "MOST_BYTES", 6 << 20)
    growing = {
        "clients.users.demand.rate": "20k/s",
        "services.web.instances": 0,
        "clients.users.timeout": "9s",
    }
    with pytest.raises(CannotTellError, match="run a smaller part"):
        simulate(lowered(BASE, **growing), seed=5)


# Two connections, both in use for three seconds; when the first is free, the service takes no second request.
HERD = """
name: herd
detail: coarse
horizon: 4s
networks: {vpc: {}}
services:
  web:
    network: vpc
    concurrency: 2
    service_time: 3s
    service_law: fixed
    queue: 0
    queue_when_full: visible
clients:
  pods:
    network: vpc
    service: web
    population: 1
    connection: pool
    pool: 2
    timeout: 60s
    demand: {kind: open, rate: 20000/s, arrivals: paced}
    retry: {layers: [{retries: 1, backoff: constant, base: 10s, jitter: none}]}
triggers: {smaller: {at: 2s, set: {services.web.concurrency: 1}}}
"""


def test_one_moment_may_bring_more_than_fits_into_the_box() -> None:
    """Sixty thousand that wait for a connection are refused in one moment: all, and nothing is spoilt."""
    tables = lowered(HERD)
    runs = [simulate(tables, seed=1, heap_only=heap_only) for heap_only in (False, True)]
    assert [run.status for run in runs] == ["ended"] * 2
    one, other = (run.populations for run in runs)
    assert (one.counts == other.counts).all()
    asked, tried = (int(counts[:, 0].sum()) for counts in (one.fresh_count, one.attempts_count))
    assert asked == pytest.approx(80_000, abs=1)
    assert tried == asked


def test_a_kernel_that_writes_beyond_its_place_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever spoils the memory of a run ends it: its numbers are never an answer."""
    going = memory.Memory(lowered(BASE), stream_keys(1, 0), heap_only=False)
    going.refuse_spoilt()
    going.m[going.head.acts.on(ACTS_MOST).at] = 7
    with pytest.raises(InternalError, match="beyond its memory"):
        going.refuse_spoilt()
