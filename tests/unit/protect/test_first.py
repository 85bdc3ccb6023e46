"""Protect first, where a protection holds for sure and neither the plan nor a slower one does."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest

from tidegate.evaluate.judging.judge import judge
from tidegate.evaluate.judging.remedy import Remedy, Setting
from tidegate.evaluate.judging.trying import SCREENED_MOST
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.json_text import verdicts_json
from tidegate.protect.first import first_remedies
from tidegate.verbs.check import Check, check, exit_code
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tiny_starts import STARTS

WORLD = """
name: spike
horizon: 20s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], queue_packets: 1000, round_trip: 200us, forwarding: 2000/s}
services:
  web: {network: main, instances: 4, concurrency: 1000, service_time: 100us, service_law: fixed}
clients:
  base: {network: inner, service: web, population: 600, timeout: 500ms, syn: linux-classic,
         demand: {kind: closed, think: 6s}, retry: immediate}
  surge: {network: inner, service: web, population: 0, timeout: 500ms, syn: linux-classic,
          start_spread: 42ms, demand: {kind: once}, retry: immediate}
triggers:
  surge: {at: 4s, for: 4s, set: {clients.surge.population: 600}}
objectives: {collapse_probability: 10%}
"""
BELIEF = """
beliefs:
  fast: {says: the device is fast, otherwise: it is slow, counter: {crossings.device.forwarding: 700/s}}
"""


def checked(text, runs_count=None, **changes):
    file = overlay(read_world(text, "w.yaml"), changes)
    with ThreadPoolExecutor(2) as executor:
        (verdict,) = check(Check(file=file, runs_count=runs_count), executor=executor)
    return verdict


@pytest.fixture(scope="module")
def verdict():
    return checked(WORLD)


def test_protect_first_is_said_where_a_protection_is_safe_for_sure(verdict):
    """Hammering clients lock the device up; held at its door, the same surge passes."""
    assert "protect_first" == verdict.verdict
    assert 3 == exit_code([verdict.verdict])
    protected = next(case for case in verdict.cases if case.name == "protected")
    assert protected.collapse.high < verdict.acceptable_ratio
    assert protected.title == f"with {verdict.remedy.name}"


def test_what_is_proven_is_what_is_told(verdict):
    """Laid over the world as it is written, the settings make the next check proceed."""
    assert "proceed" == checked(WORLD, **verdict.remedy.changes).verdict
    answer = answer_of(verdict)
    text = " ".join((answer.remedy, *answer.do.must))
    for setting in verdict.remedy.settings:
        assert f"{setting.path}={setting.value}" in text
    assert "`tidegate protect WORLD --out DIR`" in text


def test_json_carries_the_remedy(verdict):
    """Automation gets the settings as paths and values, and what stands there now."""
    (told,) = json.loads(verdicts_json([verdict]))["verdicts"]
    wanted = [
        {**dict.fromkeys(("fails_at", "because"), ""), "path": one.path, "value": one.value}
        | {"now": one.now, "name": one.name, "because": one.because}
        for one in verdict.remedy.settings
    ]
    assert wanted == told["remedy"]["settings"]


def test_stop_stays_where_a_protection_rests_on_a_belief():
    """Below the ordinary load of 100 a second no limit helps, and nobody measured the device."""
    held = checked(WORLD + BELIEF)
    assert ("stop", None) == (held.verdict, held.remedy)


def test_a_few_are_tried_and_no_more():
    """The cost is bounded, however many are offered."""
    useless = Remedy(name="nothing", settings=(Setting(path="horizon", value="20s"),))
    asked = []

    def endless(*_, **__):
        while True:
            asked.append(useless)
            yield useless

    with ThreadPoolExecutor(1) as executor:
        asked_of = Check(file=read_world(WORLD, "w.yaml"), activity=None, seed=7)
        assert "stop" == judge(asked_of, executor=executor, remedies=endless).verdict
    assert SCREENED_MOST == len(asked)


def test_the_ones_that_ask_least_come_first():
    """Settings one by one before sets; what turns nobody away before what does."""
    names = [one.name for one in islice(first_remedies(read_world(WORLD, "w.yaml"), None), 5)]
    assert ["back-off of base", "back-off of surge"] == names[:2]
    assert " and " in names[4]


LIMIT = """
name: peers
horizon: 20s
networks: {inner: {}}
services: {web: {network: inner, instances: 10, peers_per_thread: 15}}
clients: {users: {network: inner, service: web, demand: {kind: open, rate: 10/s}, retry: immediate}}
activities: {grow: {service: web, from: 10, to: 21, at: 4s}}
"""


def test_a_limit_in_the_way_comes_after_single_settings_and_before_sets():
    """21 instances have 20 peers each and may have 15: raising that is tried early, a smaller goal never."""
    remedies = list(first_remedies(read_world(LIMIT, "w.yaml"), "grow"))
    assert ["back-off of users", "higher thread limit of web"] == [one.name for one in remedies]
    assert {"services.web.peers_per_thread": "20"} == dict(remedies[1].changes)


LOOKED_UP = """
name: lookups
horizon: 4min
networks: {pods: {}}
services:
  dns:
    network: pods
    protocol: dns
    instances: 2
    concurrency: 1
    service_time: 10ms
    queue: 200
    queue_when_full: silent
    boot: {time: 30s}
  app: {network: pods, concurrency: 100, service_time: 10ms}
clients:
  callers:
    network: pods
    service: app
    population: 20
    demand: {kind: open, rate: 13/s}
    lookup: {service: dns, ttl: 0s, queries: 10, timeout: 5s, tries: 2}
    timeout: 10s
    retry: none
activities:
  roll: {kind: restart, service: dns, batches: 2, pause: 1min, at: 20s}
"""
"""One instance answers 100/s and 130/s are asked: with both there are enough, and while one is away not."""


def test_more_instances_are_tried_where_what_is_left_is_too_little():
    """Twice as many is the fix that anybody would try first; it is told with its sum, and holds."""
    verdict = checked(LOOKED_UP, 5)
    (setting,) = verdict.remedy.settings
    assert ("protect_first", "services.dns.instances", "4") == (verdict.verdict, setting.path, setting.value)
    assert "4 of them serve 400/s while all are there; 130/s are wanted" == setting.because
    assert f"Why 4: {setting.because}." in answer_of(verdict).do.may
    assert 0.0 == checked(LOOKED_UP, 5, **{setting.path: setting.value}).cases[0].collapse.value


def test_of_what_an_activity_sizes_no_more_instances_are_offered():
    """The size that it ends at is what may be chosen there."""
    text = LOOKED_UP.replace(
        "kind: restart, service: dns, batches: 2, pause: 1min", "service: dns, from: 2, to: 1"
    )
    paths = [path for one in first_remedies(read_world(text, "w.yaml"), "roll") for path in one.changes]
    assert "services.dns.instances" not in paths


def test_few_at_a_time_are_as_many_as_are_all_there_half_way_to_the_horizon():
    """Four at a time of 200 that boot for 10 s would not be there in time; what starts is no outage then."""
    paths = {}
    for one in first_remedies(read_world(STARTS, "s.yaml"), "grow", singly=True):
        paths |= {each.path: each for each in one.settings}
    setting = paths["activities.grow.at_once_most"]
    assert "20" == setting.value  # 200 of 10 s each in 105 s
    assert "each boots for 10s, so that 200 are there after 100s at the soonest" == setting.because
