from __future__ import annotations

import pytest

from looked_first import first_look
from tidegate.verbs.first_look import MOST_CASES
from tidegate.world.crossing import Crossing
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.file.recipe import STARTER
from tiny_worlds import grow, twin


def test_a_harmless_activity_stays_normal():
    """The fluid engine sees no collapse, and names the crossing it looked at."""
    words = first_look(grow(), "grow")
    (case,) = words.cases
    assert ("grow", "grow from 20 to 40 pods", "device") == (words.world, words.activity, case.crossing)
    assert not case.collapses
    assert case.offered_peak_per_s > 0


def test_as_believed_comes_first_and_then_each_belief():
    """The starter world: believed, then its one belief wrong, under that belief's own words."""
    words = first_look(read_world(STARTER.text, "starter"), "scale_out")
    assert ["as believed", "back-off fails"] == [case.title for case in words.cases]


def test_immediate_retries_are_seen_to_lock_up():
    """Where every attempt is repeated at once the fluid engine sees the collapse too."""
    (case,) = first_look(twin(retry="immediate"), None).cases
    assert case.collapses
    assert case.recovery_s is None


def test_no_more_cases_than_fit():
    """However many beliefs there are, the first words stay short."""
    beliefs = "beliefs:\n" + "".join(
        f"  b{i}: {{says: it holds, counter: {{clients.base.timeout: {i + 1}s}}}}\n" for i in range(6)
    )
    text = STARTER.text
    text = text[: text.index("beliefs:")] + beliefs.replace("clients.base", "clients.workers")
    assert MOST_CASES == len(first_look(read_world(text, "many"), "scale_out").cases)


def test_triggers_alone_are_called_so():
    """Where no activity is meant the words say what was looked at."""
    assert "the triggers of this world" == first_look(twin(), None).activity


def test_a_world_without_a_crossing_has_no_choke():
    """Clients beside their service meet no device."""
    text = """
networks: {a: {}}
services: {s: {network: a, service_time: 1ms}}
clients:
  c: {network: a, service: s, population: 5, timeout: 1s, demand: {kind: open, rate: 10/s}, retry: none}
triggers: {t: {at: 5s, for: 1s, set: {clients.c.demand.rate: 20/s}}}
horizon: 10s
"""
    (case,) = first_look(read_world(text, "w"), None).cases
    assert ("", None) == (case.crossing, case.capacity_per_s)


@pytest.mark.parametrize("factor", [1, 3])
def test_the_limit_is_that_of_the_crossing(factor):
    """The capacity named is the crossing's own."""
    file = overlay(grow(), {"crossings.device.forwarding": 20_000 * factor})
    crossing: Crossing = file.world.crossings["device"]
    assert crossing.flow_capacity_per_s == first_look(file, "grow").cases[0].capacity_per_s
