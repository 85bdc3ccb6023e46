"""`tidegate watch` of what programs push: whose clock is believed, and what is no new sample."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tidegate.adapters.telemetry.live_otlp import LiveOtlp
from tidegate.observe.place_reading import PlaceState
from tidegate.observe.watching import Manner
from tidegate.verbs.watch import begin, look, read_numbers
from tidegate.world.file.read import read_world

NOW_S, EVERY_S, DAY_S = 1_796_000_000.0, 5.0, 86_400.0
WORLD = """
name: shop
networks: {inside: {}, outside: {}}
crossings:
  border:
    between: [inside, outside]
    table: {entries: 1000}
    known_as: {prometheus: '{job="nat"}'}
"""


class Pushing:
    """A receiver, a watch of it, and a clock of the test's own."""

    def __init__(self, source: LiveOtlp) -> None:
        self.source, self.now_s = source, NOW_S
        file = read_world(WORLD, "world")
        self.watching = begin(file, read_numbers(file, None), manner=Manner(every_s=EVERY_S), began_s=NOW_S)

    def push(self, own_s: float, value: int = 100) -> PlaceState:
        """Let time pass, push one point, and look."""
        self.now_s += EVERY_S
        point = {"timeUnixNano": str(int(own_s * 1e9)), "asInt": str(value)}
        job = {"key": "job", "value": {"stringValue": "nat"}}
        metric = {"name": "node_nf_conntrack_entries", "gauge": {"dataPoints": [point]}}
        scope = {"resource": {"attributes": [job]}, "scopeMetrics": [{"metrics": [metric]}]}
        assert self.source.take(json.dumps({"resourceMetrics": [scope]}).encode())[0] == 200
        return look(self.watching, [self.source], self.now_s).state


@pytest.fixture
def pushing(monkeypatch) -> Iterator[Pushing]:
    source = LiveOtlp(":0")
    here = Pushing(source)
    monkeypatch.setattr("tidegate.adapters.telemetry.live_otlp.time.time", lambda: here.now_s)
    yield here
    source.close()


@pytest.mark.parametrize("old_s", [DAY_S, 120.0, -DAY_S])
def test_one_point_that_is_pushed_again_and_again_is_never_fine(pushing, old_s):
    assert {pushing.push(NOW_S - old_s) for _ in range(8)} == {PlaceState.BLIND}


def test_what_was_kept_back_and_comes_all_at_once_is_not_of_now(pushing):
    states = {pushing.push(NOW_S - DAY_S + step * 60.0) for step in range(20)}
    assert states == {PlaceState.BLIND}


def test_a_program_whose_clock_is_off_is_believed_once_its_clock_goes_on(pushing):
    states = [pushing.push(NOW_S - DAY_S + step * EVERY_S) for step in range(6)]
    assert states == [PlaceState.BLIND, *[PlaceState.FINE] * 5]
    still = [pushing.push(NOW_S - DAY_S + 5 * EVERY_S) for _ in range(4)]
    assert still[-1] is PlaceState.BLIND


def test_a_program_whose_clock_was_set_right_is_believed_again(pushing):
    for step in range(4):
        pushing.push(NOW_S + DAY_S + step * EVERY_S)
    assert pushing.push(pushing.now_s + EVERY_S) is PlaceState.FINE
