"""At how many times today's demand a world tips, and what a harder demand says of today's."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from contrary_worlds import contrary_world
from rare_worlds import rare_world
from tidegate.api import check
from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.judging.evidence import evidence_of
from tidegate.evaluate.reading.measures import measure
from tidegate.evaluate.reading.run_fate import Late
from tidegate.evaluate.variants.demand import (
    HARDER_COUNT,
    HARDER_TOGETHER,
    Louder,
    Tipping,
    agrees,
    ask_harder,
    find_tipping,
    patience_s,
)
from tidegate.evaluate.variants.louder import is_helped, louder
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.step_size import step_size
from tidegate.evaluate.variants.world_case import believed_case, run_case
from tidegate.experiment.parts import Part, whole_from
from tidegate.experiment.replicate import BATCH_COUNT, Rule
from tidegate.experiment.tail import WIDEST_SCATTER, tail_bound
from tidegate.simulate.run import simulate
from tidegate.world.file.overlay import overlay
from tiny_worlds import grow, twin


@pytest.fixture(name="one", scope="module")
def one_thread():
    with ThreadPoolExecutor(1) as executor:
        yield executor


def bench_of(file, activity, executor, **more):
    return Bench(file=file, activity=activity, seed=7, executor=executor, **more)


def runs_of(file, activity, **more):
    case = believed_case(file, activity)
    return Louder(**{"case": case, "fraction": 1.0, "seed": 7, "within_s": 8.0, **more})


def test_more_demand_is_more_of_all_clients_and_of_nothing_else():
    """Before, during and after what happens: populations and rates, the clients an activity adds included."""
    script = script_of(grow(), "grow")
    more = louder(script, 1.5)
    for before, after in zip(script.phases, more.phases, strict=True):
        was, now = before.world.clients["pods"], after.world.clients["pods"]
        assert round(1.5 * was.population_count) == now.population_count
        assert 1.5 * was.demand.rate_per_s == now.demand.rate_per_s
        assert before.world.services == after.world.services
        assert before.world.crossings == after.world.crossings
    assert script.waves == more.waves


def test_each_client_asks_more_where_something_is_its_own():
    """A pool of each client is not filled by more clients: each asks more, and they are as many as today."""
    script = script_of(grow(), "grow")
    more = louder(script, 1.5, each=True)
    for before, after in zip(script.phases, more.phases, strict=True):
        was, now = before.world.clients["pods"], after.world.clients["pods"]
        assert was.population_count == now.population_count
        assert 1.5 * was.demand.rate_per_s == now.demand.rate_per_s
    assert (False, True) == runs_of(grow(), "grow").ways
    assert (False,) == runs_of(twin(), None).ways


def test_each_client_that_thinks_does_so_for_less_long():
    """Closed clients behind a limit for each of them: half as much again is two thirds of the pause."""
    limit = {"per_source": "1/s"}
    script = script_of(overlay(twin(), {"crossings.device.admission": limit}), None)
    was, now = (one.phases[0].world.clients["base"] for one in (script, louder(script, 1.5, each=True)))
    assert was.population_count == now.population_count
    assert now.demand.think_s == pytest.approx(was.demand.think_s / 1.5)


@pytest.mark.parametrize("kind", ["pools per instance", "a limit per source"])
def test_what_is_counted_for_each_client_tips_by_each_asking_more(one, kind):
    """More clients, each with its own, tip at twice today's demand or nowhere; each asking more near it."""
    runs = runs_of(contrary_world(kind), None, within_s=34.0)
    tipping = find_tipping(runs, acceptable=0.01, executor=one)
    assert tipping.times is not None
    assert tipping.times < 1.4


def test_a_breaker_is_not_woken_by_asking():
    """A breaker that needs so many calls of all clients needs more where there are more of them."""
    script = script_of(contrary_world("a breaker that wakes at more demand"), None)
    more = louder(script, 1.2)
    scripts = (script, more)
    was, now = (one.phases[0].world.clients["base"].retry.layers[0].breaker for one in scripts)
    assert (450, 540) == (was.least_calls_count, now.least_calls_count)


def test_a_breaker_of_each_client_needs_more_calls_where_each_makes_more():
    """Where there are more clients it needs as many as today."""
    script = script_of(contrary_world("a breaker of each client"), None)
    found = [
        one.phases[0].world.clients["base"].retry.layers[0].breaker.least_calls_count
        for one in (louder(script, 1.5), louder(script, 1.5, each=True))
    ]
    assert [4, 6] == found


def test_instances_that_boot_ask_more_as_well():
    """Seven requests at half as much again are ten; one at a fifth more is one, and bounds nothing."""
    file = contrary_world("instances that boot")
    script = script_of(file, None)
    more = louder(script, 1.5)
    assert [10] == [wave.boot_call.requests_count for wave in more.waves]
    assert runs_of(file, None).reached(1.5) == pytest.approx(10 / 7)
    single = overlay(file, {"services.api.boot.calls.0.requests": 1})
    assert 1.0 == runs_of(single, None).reached(1.2)


def test_patience_lasts_no_longer_than_the_objective():
    """What has to be normal again within four seconds tips where it takes longer."""
    assert 4.0 == patience_s(script_of(twin(), None), (1.0, 20.0), recover_within_s=4.0)
    assert 80.0 == patience_s(script_of(twin(), None), (1.0, 20.0), recover_within_s=100.0)


def test_a_world_far_from_its_edge_is_asked_at_a_harder_demand(one):
    """Twenty runs at today's demand and 24 at more bound what 400 runs would count."""
    bench = bench_of(grow(), "grow", one)
    found = evidence_of(bench.run(believed_case(bench.file, "grow"))).collapse
    assert (0.0, BATCH_COUNT, HARDER_COUNT) == (found.value, found.runs_count, found.harder_runs_count)
    assert found.high < bench.acceptable
    assert found.harder_times is not None
    assert found.harder_times >= 1.2


def test_a_world_near_its_edge_is_counted(one):
    """Where it tips at little more than today's demand, no harder one is asked."""
    bench = bench_of(twin(), None, one)
    assert bench.tipping is not None
    assert bench.tipping.times is not None
    assert bench.tipping.times < 1.4
    found = evidence_of(bench.run(believed_case(bench.file, None))).collapse
    assert (None, 400) == (found.harder_times, found.runs_count)


def test_many_runs_that_are_asked_for_are_counted(one):
    """Whoever says how many runs there are gets them, and nothing else is run."""
    bench = bench_of(grow(), "grow", one, runs_count=30)
    found = evidence_of(bench.run(believed_case(bench.file, "grow"))).collapse
    assert (30, None) == (found.runs_count, found.harder_times)
    assert bench.tipping is bench.step_tipping is None


def test_few_clients_are_not_asked_for_more_than_they_are(one):
    """Two clients times 1.2 are two clients: they bound nothing."""
    few = overlay(grow(), {"clients.pods.population": 2, "activities.grow.from": 2, "activities.grow.to": 3})
    runs = runs_of(few, "grow")
    assert 1.0 == runs.reached(1.2)
    tipping = Tipping(seeds=(1.9, 1.905, 1.9, 1.91), above_count=0, below_count=0, runs_count=20)
    assert ask_harder(runs, tipping, as_planned=True, acceptable=0.01, executor=one) is None


def test_a_changed_case_is_followed_itself_where_the_plan_says_too_little():
    """The plan of the surge scatters widely about an edge below today's demand; protected it hardly does."""
    (verdict,) = check("surge", seed=1)
    protected = next(case.collapse for case in verdict.cases if case.name == "protected")
    assert "protect_first" == verdict.verdict
    assert (BATCH_COUNT, 1.2) == (protected.runs_count, protected.harder_times)
    assert (0.0, HARDER_COUNT) == (protected.value, protected.harder_runs_count)
    assert protected.high < 0.005


def test_its_own_seeds_do_not_clear_a_case_that_sometimes_collapses(one):
    """It collapses in 1.5 of a hundred runs: its seeds tip too near for a harder question."""
    runs = runs_of(rare_world("a surge of rate", 1.0 / 0.875), None, within_s=34.0)
    own = find_tipping(runs, acceptable=0.01, executor=one)
    assert own.times is not None
    assert ask_harder(runs, own, as_planned=True, acceptable=0.01, executor=one) is None


@pytest.mark.parametrize("seed", [1, 4])
def test_a_changed_case_is_asked_no_nearer_than_usual(one, seed):
    """The plan hardly scatters and tips nearby; the case that differs collapses in 1.5 of a hundred runs."""
    tipping = Tipping(seeds=(1.15, 1.152, 1.149, 1.15), above_count=0, below_count=0, runs_count=20)
    runs = runs_of(rare_world("a surge of rate", 1.0 / 0.875), None, seed=seed, within_s=34.0)
    assert ask_harder(runs, tipping, as_planned=False, acceptable=0.01, executor=one) is None


def test_the_scatter_of_the_plan_says_little_of_what_is_changed(one):
    """Far from the edge a changed case is bounded by a common scatter, not by a smaller one of the plan."""
    tipping = Tipping(seeds=(1.5, 1.5, 1.5, 1.5), above_count=0, below_count=0, runs_count=20)
    runs = runs_of(grow(), "grow")
    found = [
        ask_harder(runs, tipping, as_planned=one_as_planned, acceptable=0.01, executor=one)
        for one_as_planned in (True, False)
    ]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].high < 1e-4 < found[1].high < 0.01


@pytest.mark.parametrize(("as_planned", "scatter"), [(True, None), (False, WIDEST_SCATTER)])
def test_of_a_further_way_to_ask_few_seeds_bound_as_much(one, monkeypatch, as_planned, scatter):
    """Six seeds where each client asks more, so much more that they bound no less than 24 of the others.

    Where the case is changed that holds even if its seeds scatter as widely as any.
    """
    asked = []
    monkeypatch.setattr(Louder, "tips", lambda _, times, seed, each: asked.append((each, times, seed)))
    tipping = Tipping(seeds=(1.5, 1.5, 1.52, 1.51), above_count=0, below_count=0, runs_count=20)
    found = ask_harder(runs_of(grow(), "grow"), tipping, as_planned=as_planned, acceptable=0.01, executor=one)
    assert found is not None
    all_at = {(times, seed) for each, times, seed in asked if not each}
    few_at = {(times, seed) for each, times, seed in asked if each}
    assert {(found.times, seed) for seed in range(HARDER_COUNT)} == all_at
    ((few_times, few_count),) = Counter(times for times, _ in few_at).items()
    assert HARDER_TOGETHER == few_count
    wide = scatter or tipping.scatter
    assert tail_bound(few_times, few_count, wide) <= tail_bound(found.times, HARDER_COUNT, wide)


def test_a_seed_that_tips_in_a_further_way_only_has_all_of_them_asked(one, monkeypatch):
    """Where one of the few tips, all are asked at the harder demand; if one tips there, nothing is bound."""
    tipping = Tipping(seeds=(1.5, 1.5, 1.52, 1.51), above_count=0, below_count=0, runs_count=20)
    for edge, holds in ((1.21, True), (1.19, False)):
        asked = []

        def tips(_, times, seed, each, edge=edge, asked=asked):
            asked.append((each, times, seed))
            return each and times > edge

        monkeypatch.setattr(Louder, "tips", tips)
        found = ask_harder(runs_of(grow(), "grow"), tipping, as_planned=True, acceptable=0.01, executor=one)
        assert holds == (found is not None and found.times == 1.2)
        assert not holds or {(1.2, seed) for seed in range(HARDER_COUNT)} <= {
            (times, seed) for each, times, seed in asked if each
        }


@pytest.mark.parametrize(
    ("each_at", "more_at"), [(1.3, 1.9), (1.9, 1.3), (1.4, 1.41), (9.0, 1.6), (9.0, 9.0)]
)
def test_a_seed_tips_where_it_does_so_first(one, monkeypatch, each_at, more_at):
    """Whichever way to ask for more tips sooner says where, within how finely it is looked for."""
    monkeypatch.setattr(Louder, "tips", lambda _, times, seed, each: times > (each_at if each else more_at))
    tipping = find_tipping(runs_of(grow(), "grow"), acceptable=0.01, executor=one)
    first = min(each_at, more_at)
    assert tipping.times == (None if first > 4.0 else pytest.approx(first, rel=0.02))


def test_more_demand_may_wake_an_autoscaler(one):
    """Where one stands by, more demand than today's may be the lesser evil: it is counted."""
    scaler = {"signal": "requests", "target": 500, "most": 4, "interval": "5s"}
    scaled = overlay(grow(), {"services.web.autoscaler": scaler})
    assert is_helped(script_of(scaled, "grow"))
    assert not is_helped(script_of(grow(), "grow"))
    assert bench_of(scaled, "grow", one).tipping is None


@pytest.mark.parametrize("times", [1.0, 1.3, 1.6, 2.5])
def test_a_run_that_ends_late_would_have_been_late_at_the_horizon(times):
    """Ended as late or run to the horizon: the same seeds tip."""
    runs = runs_of(twin(), None)
    tables = runs.tables(times)
    for seed in range(6):
        whole = simulate(tables, seed=7, replication=1_000_000 + seed)
        outcome = measure(tables, whole, recover_within_s=runs.within_s)
        assert runs(times, seed) == (outcome.collapsed or outcome.ailing_ratio > 0.5)


@pytest.mark.parametrize("times", [1.0, 1.3, 1.6])
def test_no_run_becomes_late_after_the_last_look(times):
    """Looked at to the horizon or only for as long as it may become late: it ends alike."""
    runs = runs_of(twin(), None, within_s=4.0)
    tables = runs.tables(times)
    watch = Late(tables=tables, within_s=runs.within_s).watch
    assert watch.until_ns < tables.horizon_ns
    for seed in range(6):
        ends = [
            simulate(tables, seed=7, replication=seed, watch=one).status
            for one in (watch, replace(watch, until_ns=None))
        ]
        assert ends[0] == ends[1]


def test_patience_outlasts_what_today_takes():
    """Four times today's slowest recovery, and at least half a minute or ten time-outs after the script."""
    script = script_of(twin(), None)
    assert patience_s(script, (1.0, 2.0)) == pytest.approx(34.0, abs=0.1)
    assert 80.0 == patience_s(script, (1.0, 20.0))


def test_what_collapses_at_any_demand_is_no_matter_of_an_edge(one):
    """Runs of a part that collapse although it is far from its edge: it does not say what the whole does."""
    file = twin(retry="immediate")
    rule = Rule(threshold=0.01, exact_count=10)
    runs = run_case(believed_case(file, None), fraction=1.0, seed=7, rule=rule, executor=one)
    far = whole_from([Part(fraction=0.1, tipping=(1.9, 2.0, 1.95, 2.05))], resolution_ratio=0.02)
    near = whole_from([Part(fraction=0.1, tipping=(0.9, 1.1, 0.95, 1.0))], resolution_ratio=0.02)
    assert 10 == runs.replications.count
    assert not agrees(far, runs, 0.1)
    assert agrees(near, runs, 0.1)


def test_a_smaller_part_is_not_followed_where_the_larger_tips_nowhere(one, monkeypatch):
    """It would say nothing of the whole: that does not tip either in what was looked at."""
    bench = bench_of(grow(), "grow", one)
    bench.__dict__.update(fraction=0.5, smaller=0.25)
    far, followed = Tipping(seeds=(), above_count=5, below_count=0, runs_count=9), []
    monkeypatch.setattr(
        "tidegate.evaluate.judging.bench.find_tipping",
        lambda runs, **_: followed.append(runs.fraction) or far,
    )
    assert bench.whole is None
    assert [0.5] == followed


def test_a_tipping_point_is_where_half_of_the_seeds_are():
    """Seeds that tip nowhere, or everywhere, are beyond the ends; with most of them there is no point."""
    some = Tipping(seeds=(1.2, 1.3, 1.4), above_count=1, below_count=0, runs_count=9)
    assert 1.35 == some.times
    assert some.scatter is None
    assert Tipping(seeds=(), above_count=4, below_count=0, runs_count=9).times is None
    assert replace(some, above_count=0).scatter is not None


def test_a_step_is_what_comes_on_top():
    """Twice the step from 20 to 40 ends at 60; half as many again reconnect at 75 %, and all is the most."""
    file = grow()
    step = step_size(file, "grow", most_times=4.0)
    assert 60.0 == step.value(2.0)
    assert 60 == step.at(file, 2.0).world.activities["grow"].to_count
    share = step_size(file, "restart", most_times=4.0)
    assert 2.0 == share.most_times
    assert 0.75 == share.value(1.5)
    assert 0.75 == share.at(file, 1.5).world.activities["restart"].reactions[0].reconnect_ratio


def test_a_step_of_nothing_has_no_size():
    """A restart nobody reacts to, or a scaling down, is no step that could be larger."""
    file = grow()
    assert step_size(overlay(file, {"activities.grow.to": 10}), "grow", most_times=4.0) is None
    still = overlay(file, {"activities.restart.reactions.0.reconnect": 0.0})
    assert step_size(still, "restart", most_times=4.0) is None
