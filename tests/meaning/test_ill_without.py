"""A world that is not well without what is judged says so, of an activity and of triggers."""

from __future__ import annotations

import tidegate
from tidegate.present.verdict.answer import answer_of
from tiny_answers import screen

WORLD = """
tidegate: 1
name: never_well
horizon: 2min
networks: {a: {}}
services:
  api: {network: a, concurrency: 1, service_time: 20ms, queue: 5}
clients:
  users: {network: a, service: api, population: 500, timeout: 2s, demand: {kind: open, rate: RATE}}
objectives: {success: 95%}
"""
SURGE = "triggers: {surge: {at: 40s, for: 20s, set: {clients.users.demand.rate: 400/s}}}\n"
GROW = "activities: {more: {kind: reconnect, service: api, at: 40s, reactions: [{clients: users}]}}\n"


def answers(tmp_path, text):
    path = tmp_path / "world.yaml"
    path.write_text(text)
    (verdict,) = tidegate.check(str(path), runs_count=3)
    return answer_of(verdict)


def test_triggers_have_what_comes_without_them_beside_them(tmp_path):
    """Well without the surge: the column shows it, and nothing is said against it."""
    told = answers(tmp_path, WORLD.replace("RATE", "10/s") + SURGE.replace("400/s", "8000/s"))
    assert told.verdict.verdict == "stop", "no number of instances is offered for that"
    assert "without the triggers" in told.compared.headings
    assert () == told.verdict.ill_without
    assert "does not hold without" not in screen(told)


def test_a_world_that_is_ill_without_its_triggers_says_so(tmp_path):
    """It asks for more than there is on any day: the surge is not what is wrong with it."""
    told = answers(tmp_path, WORLD.replace("RATE", "100/s") + SURGE)
    assert told.verdict.ill_without
    said = " ".join(screen(told).split())
    assert "It does not hold without the triggers either" in said
    assert "stay normal" not in said


def test_an_activity_is_not_blamed_for_what_is_so_without_it(tmp_path):
    """What was measured of not acting was nothing at all, so that it kept every objective."""
    told = answers(tmp_path, WORLD.replace("RATE", "48/s") + GROW)
    assert told.verdict.verdict != "proceed"
    assert any("succeed in the worst minute" in one for one in told.verdict.ill_without)
    said = " ".join(screen(told).split())
    assert "It does not hold without the change either: users: " in said
    assert "all 3 runs recover" not in said
