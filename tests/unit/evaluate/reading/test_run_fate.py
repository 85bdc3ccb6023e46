"""Runs end early only where their fate is certain; what a user asks for is judged to the horizon."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from fates import agreement, own_worlds
from nasty_worlds import nasty_world
from tidegate.evaluate.judging.judge import judge
from tidegate.evaluate.reading.measures import measure
from tidegate.evaluate.reading.run_fate import Missed, missed, missed_by, settled
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.verbs.check import Check, check
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tiny_worlds import grow

SERVER = """
name: server
detail: coarse
horizon: 10min
networks: {site: {}}
services:
  server: {network: site, instances: 1, service_time: 100ms, queue: QUEUE, queue_when_full: silent}
clients:
  users:
    network: site
    service: server
    population: 100
    demand: {kind: open, rate: RATE/s, arrivals: poisson}
    timeout: 4s
    retry: {layers: [{retries: RETRIES, backoff: none}]}
"""
ROTATE = """
activities:
  rotate: {kind: reconnect, service: server, at: 60s, reactions: [{clients: users, reconnect: 1%}]}
"""
SPIKE = """
triggers:
  spike: {at: 30s, for: LASTS, set: {clients.users.demand.rate: 41/s}}
"""
SPREAD = """
name: spread
detail: coarse
horizon: 20min
networks: {site: {}}
services:
  api: {network: site, concurrency: 1, service_time: 100ms, queue: 100, queue_when_full: silent}
clients:
  base: {network: site, service: api, population: 20, demand: {kind: closed, think: 10s}, timeout: 2s,
         retry: immediate}
  new: {network: site, service: api, population: 0, start_spread: 10min, demand: {kind: closed, think: 10s},
        timeout: 2s, retry: immediate}
triggers:
  arrive: {at: 60s, set: {clients.new.population: 200}}
"""
DONE = """
name: done
horizon: 5min
networks: {a: {}, b: {}}
crossings: {nat: {between: [a, b]}}
services:
  web: {network: b, concurrency: 100, service_time: 5ms}
clients:
  jobs: {network: a, service: web, population: 1, start_spread: 5s, demand: {kind: once}, timeout: 5s,
         retry: immediate}
activities:
  grow: {from: 1, to: 51, at: 20s, clients_added: jobs}
"""


def server(*, rate, retries, queue=100, more=""):
    text = SERVER.replace("RATE", str(rate)).replace("RETRIES", str(retries)).replace("QUEUE", str(queue))
    return read_world(text + more, "server.yaml")


def tables(file, activity=None):
    return lower(write_script(file, activity), horizon_s=file.world.horizon_s)


def asked(file, **more):
    with ThreadPoolExecutor(2) as executor:
        return check(Check(file=file, **more), executor=executor)[0]


def certain(file, activity=None):
    with ThreadPoolExecutor(1) as executor:
        return settled(tables(file, activity), seed=7, executor=executor)


def test_a_calm_that_nothing_tips_is_certain():
    """Half of what it can serve, one retry: runs may end once they are calm after the last step."""
    found = certain(server(rate=3, retries=1, more=ROTATE), "rotate")
    assert found is not None
    assert found.watch.from_ns > found.tables.last_step_ns


def test_a_calm_that_tips_by_itself_ends_no_run():
    """At 7.9 of 10 requests a second it is calm for long, and tips by chance: to the horizon."""
    file = overlay(server(rate=7.9, retries=3, more=ROTATE), {"horizon": "60min"})
    assert certain(file, "rotate") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"services.web.autoscaler": {"target": 0.7, "most": 3}},
        {"services.web.health_probes": [{"network": "inner", "interval": "5s", "timeout": "1s"}]},
    ],
)
def test_what_a_run_has_added_outlasts_it(changes):
    """Instances that a scaler has added, or a probe has taken out, are not those of a world left alone."""
    assert certain(overlay(grow(), changes), "grow") is None


@pytest.mark.parametrize("lasts", ["16s", "37s"])
def test_a_queue_of_abandoned_work_that_drains_is_no_collapse(lasts):
    """31 a second too many for so long wait in a queue that drains at 9/s: 55 s and 127 s of silence."""
    spike = SPIKE.replace("LASTS", lasts)
    verdict = asked(server(rate=1, retries=0, queue=5000, more=spike))
    believed = verdict.cases[0]
    assert 0.0 == believed.collapse.value
    assert float(lasts[:-1]) * 31 / 9 == pytest.approx(believed.clients[0].unserved_s, rel=0.2)


def test_clients_that_are_still_to_come_are_waited_for():
    """A trigger spreads 200 clients over 10 min onto a server that carries about 100: not without more."""
    verdict = asked(read_world(SPREAD, "spread.yaml"))
    assert ("protect_first", 1.0) == (verdict.verdict, verdict.cases[0].collapse.value)
    assert verdict.remedy is not None
    assert verdict.remedy.changes == {"services.api.instances": "4"}
    assert verdict.remedy.settings[0].because == "", "what is wanted before they come says nothing of it"
    assert write_script(read_world(SPREAD, "spread.yaml")).disturbed_until_s == 660.0


def test_work_that_is_done_is_not_stuck():
    """Fifty jobs want one answer each, get it, and nothing is asked any more: proceed."""
    verdict = asked(read_world(DONE, "done.yaml"))
    assert ("proceed", 0.0) == (verdict.verdict, verdict.cases[0].collapse.value)


def test_acting_and_not_acting_are_judged_alike():
    """An activity that does next to nothing, in a world that tips by itself: the same share, about 1 in 8."""
    file = overlay(server(rate=7.9, retries=3, more=ROTATE), {"horizon": "60min"})
    with ThreadPoolExecutor(2) as executor:
        judged = judge(Check(file=file, activity="rotate", seed=7, runs_count=60), executor=executor)
    cases = {case.name: case for case in judged.cases}
    acting, not_acting = cases["believed"].collapse, cases["not_acting"].collapse
    assert (acting.value, acting.runs_count) == (pytest.approx(not_acting.value, abs=0.05), 60)
    assert 0.02 < acting.value < 0.3
    assert acting.value == pytest.approx(cases["believed"].tips_ratio, abs=0.02)


@pytest.mark.parametrize("seed", range(12))
def test_random_nasty_worlds_end_early_as_they_end_at_the_horizon(seed):
    """With the same chance, each run ends alike both ways."""
    file = nasty_world(seed)
    assert file is None or 0 == agreement(file, None, 3).differing_count


@pytest.mark.evidence
def test_the_worlds_of_this_repository_end_early_as_they_end_at_the_horizon():
    """Each with each of its activities."""
    found = [agreement(file, activity, 2) for file, activity in own_worlds()]
    assert [] == [one.title for one in found if one.differing_count]
    assert sum(one.early_count for one in found) > 4


def test_what_is_missed_for_good_is_missed_at_the_horizon():
    """A run that ends because nobody was answered for too long keeps the objectives no more if it goes on."""
    ended_early_count = 0
    for file in filter(None, map(nasty_world, range(20))):
        wanted, lowered = file.world.objectives, tables(file)
        for replication in range(2):
            whole = simulate(lowered, seed=7, replication=replication)
            outcome = measure(lowered, whole, recover_within_s=wanted.recover_within_s)
            found = missed(lowered, wanted, seed=7, replication=replication)
            assert bool(missed_by(lowered, outcome, wanted)) == bool(found)
            watch = Missed(tables=lowered, wanted=wanted).watch
            ended = simulate(lowered, seed=7, replication=replication, watch=watch)
            ended_early_count += ended.events_count < whole.events_count
    assert ended_early_count >= 3
