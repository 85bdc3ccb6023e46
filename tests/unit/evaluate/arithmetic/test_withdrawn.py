"""What instances draw that have gone: the sum by hand, and the remedy that `check` finds."""

from __future__ import annotations

import pytest

import tidegate
from tidegate.evaluate.arithmetic.withdrawn import withdrawn, withdrawn_sentences
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

WORLD = """
name: sunk
horizon: 3min
networks: {a: {}, b: {}}
crossings: {net: {between: [a, b]}}
services:
  web:
    network: b
    instances: 4
    concurrency: 100
    service_time: 10ms
    balancing: {rule: random, removal_lag: 20s}
    boot: {time: 30s}
clients:
  users: {network: a, service: web, population: 100, timeout: 3s, demand: {kind: open, rate: 40/s}}
activities:
  roll: {kind: restart, service: web, batches: 4, pause: 40s, at: 20s}
  fewer: {service: web, to: 3, at: 20s}
  more: {service: web, to: 6, at: 20s}
objectives: {success: 95%, collapse_probability: 20%}
"""


def script(text=WORLD, activity="roll"):
    return write_script(read_world(text, "sunk.yaml"), activity)


@pytest.mark.parametrize("activity", ["roll", "fewer"])
def test_one_of_four_draws_its_quarter(activity):
    """Ten of forty a second meet it for 20 s more, however it comes to go."""
    (said,) = withdrawn_sentences(script(activity=activity))
    assert (
        "25 % of what web is asked, about 10 of 40/s, goes to instances that have gone for 20 s more" in said
    )


@pytest.mark.parametrize(
    ("before", "now", "activity"),
    [("", "", "more"), ("removal_lag: 20s", "removal_lag: 0s", "roll"), ("rate: 40/s", "rate: 0/s", "roll")],
)
def test_nothing_is_said_where_nothing_is_drawn(before, now, activity):
    """Nobody goes, is used for longer, or is asked."""
    assert () == withdrawn_sentences(script(WORLD.replace(before, now) if before else WORLD, activity))


@pytest.mark.parametrize(
    ("rule", "when_gone", "share"),
    [
        ("round_robin", "silent", 0.25),
        ("two_choices", "silent", 0.0625),
        ("two_choices", "refuse", 0.4375),
        ("least_outstanding", "refuse", 1.0),
    ],
)
def test_who_fails_fast_draws_more_where_the_emptiest_is_chosen(rule, when_gone, share):
    """Sinkholing: one that refuses has the fewest connections."""
    text = WORLD.replace("rule: random", f"rule: {rule}, when_gone: {when_gone}")
    (one,) = withdrawn(script(text))
    assert share == one.share_ratio


def test_a_shorter_lag_is_the_remedy(tmp_path):
    """A quarter of what is asked in each 20 s is lost; used for a second more, hardly anything is."""
    path = tmp_path / "sunk.yaml"
    path.write_text(WORLD)
    (verdict,) = tidegate.check(tidegate.load(str(path)), activity="roll", runs_count=3, jobs=1)
    assert "25 % of what web is asked" in " ".join(verdict.notes)
    assert "protect_first" == verdict.verdict
    assert ["services.web.balancing.removal_lag"] == list(verdict.remedy.changes)
