"""Which instances are held back as they boot, on virtual time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.adapters.linux.services.boots import Boots
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

WORLD = """
name: boots
horizon: 60s
networks: {servers: {}}
services:
  config: {network: servers}
  web: {network: servers, instances: 2, boot: {time: 5s, calls: [{service: config, requests: 2%s}]}}
activities:
  deploy: {kind: restart, service: web, at: 10s, batches: 2, pause: 10s}
  grow: {service: web, to: 5, at: 10s, at_once_most: 2}
  roll: {kind: restart, service: web, at: 10s, at_once_most: 1}
triggers: %s
"""


class Asked:
    """What instances ask: who, and whoever is to be told."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.told: list[Callable[[bool], None]] = []

    def ask(self, told: Callable[[bool], None], index: int) -> None:
        self.numbers.append(index)
        self.told.append(told)


class Stage:
    """One service that boots, and a clock that is set."""

    def __init__(self, *, activity: str | None, more: str = "", triggers: str = "{}") -> None:
        self.now_s = 0.0
        self.loop = EventLoop(0.0, clock=self._tick)
        self.asked = Asked()
        self.held: list[int] = []
        script = write_script(read_world(WORLD % (more, triggers), "test"), activity)
        Boots("web", script, [self.asked], loop=self.loop, changed=self.held.append)  # type: ignore[list-item]

    def _tick(self) -> float:
        self.now_s += 1e-9
        return self.now_s

    def pass_time(self, until_s: float) -> None:
        while self.loop._timers and self.loop._timers[0][0] <= until_s:
            self.now_s = max(self.now_s, self.loop._timers[0][0])
            self.loop.run(self.now_s + 2e-9)
        self.now_s = until_s


def test_who_still_waits_when_the_boot_time_is_over_is_held_back() -> None:
    """An instance whose requests are answered before is up with its boot time; another when they are."""
    stage = Stage(activity="deploy")
    stage.pass_time(11.0)
    assert [0, 0] == stage.asked.numbers
    stage.asked.told[0](True)
    stage.pass_time(16.0)
    assert [1] == stage.held
    stage.asked.told[1](True)
    assert [1, -1] == stage.held


def test_what_a_trigger_adds_is_held_back_at_once() -> None:
    """Who counts from a moment on asks from then on, and takes requests once all is answered."""
    stage = Stage(activity=None, triggers="{up: {at: 4s, set: {services.web.instances: 3}}}")
    stage.pass_time(4.0)
    assert ([1], 2) == (stage.held, len(stage.asked.told))
    for told in stage.asked.told:
        told(True)
    assert [1, -1] == stage.held


@pytest.mark.parametrize("well", [True, False])
def test_requests_go_in_turn_and_again(well: bool) -> None:
    """With one at a time the next follows an answer; one that is given up comes again after the boot time."""
    stage = Stage(activity="deploy", more=", at_once: 1")
    stage.pass_time(11.0)
    assert 1 == len(stage.asked.told)
    stage.asked.told[0](well)
    assert 1 + well == len(stage.asked.told)
    stage.pass_time(16.5)
    assert 2 == len(stage.asked.told)


def test_instances_that_come_start_a_few_at_a_time() -> None:
    """Three are held back at once and two of them ask; the third boots first as one of those is ready."""
    stage = Stage(activity="grow")
    stage.pass_time(11.0)
    assert ([1, 1, 1], [0, 0, 1, 1]) == (stage.held, stage.asked.numbers)
    for told in stage.asked.told[:2]:
        told(True)
    assert [1, 1, 1, -1] == stage.held
    stage.pass_time(14.9)
    assert 4 == len(stage.asked.told)
    stage.pass_time(15.1)
    assert [0, 0, 1, 1, 2, 2] == stage.asked.numbers


def test_instances_that_restart_go_as_others_are_back() -> None:
    """Each is away for its boot time at least, and until it has its answers; then the next goes."""
    stage = Stage(activity="roll")
    stage.pass_time(11.0)
    assert ([1], [0, 0]) == (stage.held, stage.asked.numbers)
    for told in stage.asked.told[:2]:
        told(True)
    stage.pass_time(14.9)
    assert ([1], 2) == (stage.held, len(stage.asked.told))
    stage.pass_time(15.1)
    assert ([1, -1, 1], [0, 0, 1, 1]) == (stage.held, stage.asked.numbers)
    stage.pass_time(21.0)
    assert [1, -1, 1] == stage.held
    for told in stage.asked.told[2:]:
        told(True)
    assert [1, -1, 1, -1] == stage.held
