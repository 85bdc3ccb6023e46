"""Slow down, where acting slower holds for sure and the plan does not."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from tidegate.evaluate.judging.asked import Check
from tidegate.evaluate.judging.judge import judge
from tidegate.evaluate.variants.slower import slower
from tidegate.evaluate.variants.world_case import slower_changes
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.screen import screen_text
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = """
name: reconnects
horizon: 60s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], queue_packets: 1000, round_trip: 200us, forwarding: 2000/s}
services:
  web: {network: main, instances: 4, concurrency: 1000, service_time: 100us, service_law: fixed}
clients:
  base: {network: inner, service: web, population: 600, timeout: 500ms, syn: linux-classic,
         connection: keep_alive, demand: {kind: closed, think: 6s}, retry: immediate}
activities:
  failover: {kind: reconnect, service: web, at: 4s, reactions: [{clients: base, spread: 1s}]}
objectives: {collapse_probability: 10%}
"""
BELIEF = """
beliefs:
  fast:
    {says: the device is fast, otherwise: the device is slow, counter: {crossings.device.forwarding: 400/s}}
"""


def judged(text):
    with ThreadPoolExecutor(2) as executor:
        asked = Check(file=read_world(text, "w.yaml"), activity="failover", seed=7)
        return judge(asked, executor=executor)


def test_slow_down_is_said_where_slower_is_safe_for_sure():
    """As planned 600 clients lock the device up; spread over ten times as long they do not."""
    verdict = judged(WORLD)
    assert "slow_down" == verdict.verdict
    slower = next(case for case in verdict.cases if case.name == "slower")
    assert slower.collapse.high < verdict.acceptable_ratio
    text = " ".join(screen_text([answer_of(verdict)]).split())
    (over_s,) = re.findall(r"SLOW DOWN run it over ([\d.]+) s instead of 1 s", text)
    assert 1.0 < float(over_s) < 10.0
    assert "Print the slower schedule: tidegate ramp WORLD --activity failover" in text


def test_stop_stays_where_slower_rests_on_a_belief():
    """If the device is slow no pace helps, and nobody measured how fast it is."""
    assert "stop" == judged(WORLD + BELIEF).verdict


def test_slower_is_no_more_herds():
    """Where every step makes all clients reconnect, more steps are not offered as slower."""
    file = overlay(read_world(WORLD, "w.yaml"), {"horizon": "400s"})
    assert {"activities.failover.reactions.0.spread"} == set(slower_changes(file.world, "failover"))


def test_slower_is_called_what_it_is():
    """From what to what, as the plan says it, and never how many times."""
    file = read_world(WORLD, "w.yaml")
    titles = [
        slower(overlay(file, {"horizon": horizon}), "failover").title for horizon in ("404s", "60s", "24s")
    ]
    assert [f"over {most} s instead of 1 s" for most in (20, 10, 5)] == titles
    at_once = overlay(file, {"activities.failover.reactions.0.spread": "0s"})
    assert "over 2.8 s instead of at once" == slower(at_once, "failover").title


def test_what_is_gradual_already_has_no_slower():
    """A spread that fills the time to be judged cannot be longer."""
    file = overlay(read_world(WORLD, "w.yaml"), {"activities.failover.reactions.0.spread": "30s"})
    assert slower(file, "failover") is None


def test_nothing_slower_is_offered_that_a_shorter_horizon_cuts_off():
    """Its last steps would go beyond what is simulated."""
    steps = WORLD.replace("kind: reconnect", "kind: restart, batches: 3, pause: 4s")
    plan = overlay(read_world(steps, "w.yaml"), {"horizon": "13s"})
    assert slower(plan, "failover") is None
    assert slower(overlay(plan, {"horizon": "60s"}), "failover") is not None
