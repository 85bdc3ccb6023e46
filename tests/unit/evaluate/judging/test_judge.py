from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.evaluate.judging.asked import Check
from tidegate.evaluate.judging.judge import judge
from tidegate.evaluate.judging.verdict import VERDICTS
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tiny_worlds import grow, relief, twin

RANGE = "{value: VALUE, low: 1k/s, high: 20k/s, basis: assumed, measure: ask the vendor}"
FORWARDING = "crossings.device.forwarding"


def judged(file, activity=None, *, runs_count=None, jobs=2, seed=7, **more):
    with ThreadPoolExecutor(jobs) as executor:
        request = Check(file=file, activity=activity, seed=seed, runs_count=runs_count)
        return judge(request, executor=executor, **more)


@pytest.fixture(name="stopped", scope="module")
def stopped_verdict():
    return judged(twin(basis="assumed"))


def test_a_belief_that_holds_it_up_stops_it(stopped):
    """With back-off every run heals, without it none: stop, unless the belief is shown to be true."""
    assert ("stop", "back_off") == (stopped.verdict, stopped.condition)
    believed, counter, calm = stopped.cases
    assert ("not_acting", 0.0) == (calm.name, calm.collapse.value)
    assert (0.0, 400) == (believed.collapse.value, believed.collapse.runs_count)
    assert (1.0, 9) == (counter.collapse.value, counter.collapse.runs_count)
    assert believed.recovery_s is not None
    assert counter.recovery_s is None
    assert "back-off fails" == counter.title


def test_the_evidence_shows_the_choke(stopped):
    """The saturated device, its time, what was served and what the answer rests on."""
    counter = stopped.cases[1]
    (device,) = counter.crossings
    assert device.saturated_at_s == pytest.approx(0.0, abs=1.0)
    assert 2000.0 == device.packets_capacity_per_s
    assert device.loss_peak_ratio > 0.2
    assert [("back_off", True)] == [(rest.path, rest.flips) for rest in stopped.rests_on]
    assert counter.clients[0].success_floor_ratio < 0.2 < stopped.cases[0].clients[0].success_floor_ratio


def test_series_are_as_long_as_their_times(stopped):
    """Every series of every case has one value, low and high for each time."""
    for case in stopped.cases:
        for owner in (*case.crossings, *case.clients):
            for series in owner.series:
                lengths = {len(series.values), len(series.low), len(series.high)}
                assert {len(case.times_s)} == lengths


def test_the_same_question_has_the_same_answer(stopped):
    """Verdicts are equal field by field, whatever the number of threads."""
    assert stopped == judged(twin(basis="assumed"), jobs=1)
    one, four = (judged(twin(basis="assumed"), jobs=jobs, runs_count=20) for jobs in (1, 4))
    assert one == four


def test_another_seed_is_another_sample():
    """The seed is heard, and the verdict does not hang on it."""
    one, other = (judged(twin(basis="assumed"), seed=seed, runs_count=20) for seed in (7, 8))
    assert one.cases[0].clients != other.cases[0].clients
    assert ("stop", "back_off") == (one.verdict, one.condition) == (other.verdict, other.condition)


def test_a_measured_belief_lets_it_proceed():
    """The same world with its back-off measured may go ahead."""
    verdict = judged(twin(basis="measured"))
    assert ("proceed", "") == (verdict.verdict, verdict.condition)


def test_a_sure_collapse_stops_without_condition():
    """Immediate retries lock up in every run."""
    verdict = judged(twin(retry="immediate"))
    assert ("stop", "", "") == (verdict.verdict, verdict.condition, verdict.deciding)


@pytest.mark.parametrize("value", ["2k/s", "16k/s"])
def test_a_wide_range_that_decides_cannot_be_told(value):
    """Whether the value given collapses or not, its range holds both: the number is named."""
    verdict = judged(twin(retry="immediate", forwarding=RANGE.replace("VALUE", value)), runs_count=None)
    assert ("cannot_tell", FORWARDING) == (verdict.verdict, verdict.deciding)
    assert "ask the vendor" == verdict.rests_on[0].measure
    assert 0.2 < verdict.ranges[0].collapse.value < 0.8


def test_too_few_runs_cannot_tell():
    """Twenty runs without a collapse do not show P < 1 %, and are not said to."""
    verdict = judged(grow(), "grow", runs_count=20)
    assert ("cannot_tell", "") == (verdict.verdict, verdict.deciding)


@pytest.mark.parametrize("activity", ["grow", "restart"])
def test_a_harmless_activity_proceeds(activity):
    """Nothing is near its limit: proceed, with nothing held against it."""
    verdict = judged(grow(), activity)
    assert "proceed" == verdict.verdict
    assert ["believed"] == [case.name for case in verdict.cases]
    assert () == verdict.dark == verdict.failed_objectives


def test_what_does_not_proceed_is_held_against_the_other_side():
    """Not acting and acting slower are run under the same load, and come after the rest."""
    file = overlay(grow(), {"objectives.request_p99": "1us"})
    verdict = judged(file, "grow", runs_count=20)
    assert "stop" == verdict.verdict
    assert 1 == len(verdict.failed_objectives)
    assert ["believed", "not_acting", "slower"] == [case.name for case in verdict.cases]
    assert not verdict.holding_back_is_worse


def test_holding_back_can_be_worse():
    """Where the activity is the relief, not acting collapses, and the verdict says so."""
    verdict = judged(relief(), "relieve", runs_count=20)
    collapse = {case.name: case.collapse.value for case in verdict.cases}
    assert (0.0, 1.0) == (collapse["believed"], collapse["not_acting"])
    assert "stop" == verdict.verdict
    assert verdict.holding_back_is_worse


def test_a_reproduction_names_what_it_takes(stopped):
    """Seed, version, engine, fractions, runs and the stopping rule."""
    made = stopped.reproduction
    assert 7 == made.seed
    assert 409 == made.runs_count
    assert "packet by packet" == made.engine
    assert all(0 < fraction <= 1 for fraction in made.fractions)


def test_progress_may_end_it():
    """What progress raises ends the judgement."""

    def progress(_title, _count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged(grow(), "grow", progress=progress)


def test_a_verdict_is_a_word_of_the_list(stopped):
    """The verdict is one of `VERDICTS`, and the whole is made of plain values."""
    assert stopped.verdict in VERDICTS
    assert dataclasses.asdict(stopped)["cases"][0]["name"] == "believed"


LATE = """
name: late
horizon: 60s
networks: {a: {}, b: {}}
crossings: {device: {between: [a, b], forwarding: 20k/s, queue_packets: 1000, round_trip: 1ms}}
services:
  web: {network: b, concurrency: 10, service_time: 10ms, queue: 10000, connections: CONNECTIONS}
clients:
  pods: {network: a, service: web, population: 400, connection: keep_alive, timeout: 30s,
         demand: {kind: closed, think: 1s}, retry: none, start_spread: 1s}
activities: {grow: {kind: scale, from: 400, to: COUNT, clients_added: pods, at: 10s}}
"""


def late(to_count, connections=10000):
    return read_world(LATE.replace("CONNECTIONS", str(connections)).replace("COUNT", str(to_count)), "late")


def test_how_many_wait_stands_beside_what_is_usual():
    """Far too many clients, all served in the end: a crowd waits, where a few would be usual."""
    (believed, *_) = judged(late(2000), "grow", runs_count=4).cases
    (pods,) = believed.clients
    assert 1.0 == believed.collapse.value
    assert pods.success_floor_ratio > 0.9
    assert 2000 >= pods.waiting_peak_count > 3 * pods.waiting_normal_count > 0


def test_a_limit_that_is_exactly_full_is_noted():
    """Six hundred connections of six hundred; of six hundred and one, nothing is said."""
    assert ("It leaves nothing: 600 of 600 of the connections that web accepts.",) == tuple(
        note for note in judged(late(600, 600), "grow", runs_count=4).notes if "leaves" in note
    )
    assert () == tuple(
        note for note in judged(late(600, 601), "grow", runs_count=4).notes if "leaves" in note
    )
