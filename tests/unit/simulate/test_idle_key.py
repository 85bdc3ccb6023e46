"""A key that was written and acts on nothing is told, and its runs are the same whatever it says."""

from __future__ import annotations

import pytest

from tidegate.evaluate.variants.scope import script_of
from tidegate.simulate.idle_key import idle_keys
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = """
name: written
horizon: 40s
networks: {a: {}, b: {}, c: {}}
crossings:
  nat: {between: [a, b]}
  spare: {between: [b, c], setup: 100/s}
services:
  web:
    network: b
    instances: 2
    concurrency: 2
    service_time: 20ms
    boot: {time: 2s}
    health_probes: [{network: a, interval: 2s, timeout: 200ms, failures: 2, on_failure: restart}]
clients:
  app:
    network: a
    service: web
    population: 40
    timeout: 300ms
    retry: [{retries: 1, base: 100ms}]
    demand: {kind: open, rate: 80/s}
activities: {rush: {from: 40, to: 120, at: 10s, clients_added: app}}
"""
LAYER = "clients.app.retry.layers.0"
PROBE = "services.web.health_probes.0"


def told(changes: dict[str, object]) -> tuple[str, ...]:
    """Return what is told of the world with changes."""
    return idle_keys(overlay(read_world(WORLD, "written.yaml"), changes))


def ran(changes: dict[str, object]) -> tuple[object, ...]:
    """Return what a run comes to, to the last happening."""
    file = overlay(read_world(WORLD, "written.yaml"), changes)
    run = simulate(lower(script_of(file, "rush"), horizon_s=file.world.horizon_s), seed=7, replication=0)
    counted = (run.crossings, run.populations, run.services)
    return run.events_count, *(one.counts.tobytes() for one in counted)


def test_where_everything_acts_nothing_is_told() -> None:
    """But of the crossing that leads nowhere."""
    assert told({}) == ("crossings.spare changes nothing: nobody's way leads through it.",)
    assert told({"clients.app.lookup": {"service": "names"}, "services.names": {"network": "c"}}) == ()
    assert told({"tooling": {"panel": {"role": "status", "network": "a", "reaches": ["c"]}}}) == ()


@pytest.mark.parametrize(
    ("written", "other", "words"),
    [
        (
            {LAYER: {"retries": 0, "base": "1s", "deadline": "2s", "jitter": "full"}},
            {LAYER: {"retries": 0, "base": "9ms", "deadline": "9s", "jitter": "equal"}},
            f"At {LAYER}, base, deadline and jitter change nothing: it tries nothing again.",
        ),
        (
            {LAYER: {"retries": 1, "backoff": "none", "base": "1s"}},
            {LAYER: {"retries": 1, "backoff": "none", "base": "9ms"}},
            f"{LAYER}.base changes nothing: its backoff is none, so that it does not wait.",
        ),
        (
            {LAYER: {"retries": 2, "backoff": "constant", "base": "90ms", "multiplier": 3}},
            {LAYER: {"retries": 2, "backoff": "constant", "base": "90ms", "multiplier": 9}},
            f"{LAYER}.multiplier changes nothing: its backoff is constant.",
        ),
        (
            {LAYER: {"retries": 1, "retry_after_cap": "1s"}, "services.web.retry_after": "3s"},
            {LAYER: {"retries": 1, "retry_after_cap": "9s"}, "services.web.retry_after": "3s"},
            f"{LAYER}.retry_after_cap changes nothing: its retry_after is ignore.",
        ),
        (
            {"services.web.retry_after": "3s", "services.web.queue": 5},
            {"services.web.retry_after": "9ms", "services.web.queue": 5},
            "services.web.retry_after changes nothing: no retry obeys it.",
        ),
        (
            {"crossings.spare.setup": "7/s"},
            {"crossings.spare.setup": "9M/s"},
            "crossings.spare changes nothing: nobody's way leads through it.",
        ),
        (
            {"crossings.nat.queue_packets": 1, "crossings.nat.queue_when_full": "visible"},
            {"crossings.nat.queue_packets": 99},
            "At crossings.nat, queue_packets and queue_when_full change nothing: no rate of it is stated.",
        ),
        (
            {"crossings.nat.setup": "200/s", "crossings.nat.skew": 0.5},
            {"crossings.nat.setup": "200/s", "crossings.nat.skew": 0.9},
            "crossings.nat.skew changes nothing: it has one device.",
        ),
        (
            {"services.web.queue": 0, "services.web.queue_order": "lifo"},
            {"services.web.queue": 0, "services.web.queue_order": "fifo"},
            "services.web.queue_order changes nothing: its queue is 0, so that nobody waits in it.",
        ),
        (
            {"services.web.setup_time": "5ms", "services.web.resumed_setup_time": "1ms"},
            {"services.web.setup_time": "5ms", "services.web.resumed_setup_time": "4ms"},
            "services.web.resumed_setup_time changes nothing: its resumption is 0, so that nobody resumes.",
        ),
        (
            {"services.web.connections_when_full": "refuse"},
            {"services.web.connections_when_full": "backlog"},
            "services.web.connections_when_full changes nothing: it accepts any number of connections.",
        ),
        (
            {f"{PROBE}.successes": 9},
            {f"{PROBE}.successes": 1},
            f"{PROBE}.successes changes nothing: its on_failure is restart.",
        ),
        (
            {"clients.app.after_timeout": "keep"},
            {"clients.app.after_timeout": "rebuild"},
            "clients.app.after_timeout changes nothing: no connection is kept.",
        ),
    ],
)  # fmt: skip
def test_what_acts_on_nothing_is_told_once_and_its_runs_are_the_same(
    written: dict[str, object], other: dict[str, object], words: str
) -> None:
    """Whatever it says."""
    assert told(written).count(words) == 1
    assert ran(written) == ran(other)


@pytest.mark.parametrize(
    "wakes",
    [
        {"triggers": {"more": {"at": "20s", "set": {f"{LAYER}.retries": 3}}}},
        {"beliefs": {"more": {"says": "it tries once", "counter": {f"{LAYER}.retries": 3}}}},
        {f"{LAYER}.retries": {"value": 0, "low": 0, "high": 3}},
    ],
)
def test_what_may_yet_act_is_not(wakes: dict[str, object]) -> None:
    """A trigger, a belief that is wrong, or a number that is not known may need it."""
    asleep = {f"{LAYER}.retries": 0, f"{LAYER}.base": "1s"}
    assert any(f"{LAYER}.base changes" in one for one in told(asleep))
    assert not any(LAYER in one for one in told(asleep | wakes))
