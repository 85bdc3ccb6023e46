"""Checks of an instance that starts: when they begin, what they demand of it, and how long restarts wait."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.protect.offers import offers_for
from tidegate.rehearse.unsupported import unsupported
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

TEXT = """
name: starting
horizon: 20s
networks: {near: {}, far: {}}
crossings: {gate: {between: [near, far]}}
services:
  web:
    network: far
    concurrency: 10
    service_time: 1ms
    when_down: refuse
    boot: {time: 2s}
    health_probes: [{network: near, interval: 500ms, timeout: 200ms, failures: 2, on_failure: restart}]
clients:
  users:
    network: near
    service: web
    population: 10
    timeout: 1s
    demand: {kind: open, rate: 50/s, arrivals: paced}
triggers: {gone: {at: 2s, for: 1s, set: {services.web.instances: 0}}}
"""


def failed(text: str) -> int:
    file = read_world(text, "starting.yaml")
    run = simulate(lower(write_script(file), horizon_s=file.world.horizon_s), seed=3)
    return int(run.populations.failed_count[:, 0].sum())


def probing(keys: str) -> str:
    return TEXT.replace("on_failure: restart", f"on_failure: restart, {keys}")


def test_an_instance_that_is_checked_too_soon_never_starts() -> None:
    """It boots for two seconds; two checks that fail before that start it anew, again and again."""
    assert failed(TEXT) < 100
    assert failed(probing("initial_delay: 5s")) < 100
    assert failed(probing("initial_delay: 100ms")) > 800


def test_a_start_up_check_gives_an_instance_time() -> None:
    """Six checks half a second apart are enough to boot; three are not."""
    assert failed(probing("initial_delay: 100ms, startup: {interval: 500ms, failures: 6}")) < 100
    assert failed(probing("startup: {interval: 500ms, failures: 3}")) > 800


def test_restarts_in_a_row_wait_longer() -> None:
    """Slow for eight seconds it is restarted in any case; where restarts wait it is away for longer."""
    slow = TEXT.replace(
        "gone: {at: 2s, for: 1s, set: {services.web.instances: 0}}",
        "slow: {at: 2s, for: 8s, set: {services.web.service_time: 300ms}}",
    )
    waiting = slow.replace("on_failure: restart", "on_failure: restart, restart_backoff: {base: 8s}")
    assert failed(waiting) > failed(slow) + 100


def test_protect_offers_a_longer_delay_and_the_rig_refuses_it() -> None:
    """Where checks restart an instance they may begin later; the rig cannot show it."""
    paths = {path for offer in offers_for(read_world(TEXT, "s.yaml"), None, {}) for path in offer.changes}
    assert "services.web.health_probes.0.initial_delay" in paths
    world = read_world(probing("initial_delay: 5s, restart_backoff: {base: 1s}"), "s.yaml").world
    assert {
        "services.web.health_probes.0.initial_delay",
        "services.web.health_probes.0.restart_backoff",
    } == {fault.path for fault in unsupported(world) if "health" in fault.path}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("on_failure: restart", "on_failure: eject, startup: {failures: 3}"), "only for on_failure restart"),
        (("on_failure: restart", "on_failure: restart, restart_backoff: {most: 1s}"), "less than base"),
    ],
)
def test_what_cannot_act_is_said(change: tuple[str, str], said: str) -> None:
    """Nothing that was written is ignored."""
    with pytest.raises(InputError) as raised:
        read_world(TEXT.replace(*change), "s.yaml")
    assert said in str(raised.value)
