from __future__ import annotations

import numpy as np
import pytest

from tidegate.evaluate.reading.measures import MAJORITY_BINS, judged_rows, measure, sick_bins
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import write_script
from tidegate.simulate.series import CrossingSeries, Latencies, PopulationSeries, ServiceSeries
from tidegate.world.file.read import read_world
from tiny_worlds import twin

FILE = twin()
TABLES = lower(write_script(FILE), horizon_s=20)
BIN_S = TABLES.bin_ns / 1e9
BINS = round(20 / BIN_S)
BASE = TABLES.populations.index("base")
SURGE = TABLES.populations.index("surge")
START = round(4 / BIN_S)  # the bin in which the surge begins


def made(*, status="ended", bins_count=BINS):
    """A run in which nothing is wrong: 5 served in each bin, nothing waits, nothing is lost."""
    run = Run(
        status=status,
        bins_count=bins_count,
        crossings=CrossingSeries.none(BINS, 1),
        populations=PopulationSeries.none(BINS, 2),
        services=ServiceSeries.none(BINS, 1),
        latencies=Latencies.none(2),
        events_count=1,
    )
    run.populations.served_count[:, BASE] = 5
    run.crossings.packets_count[:] = 50
    return run


def waiting(run, first, last, count=300, row=BASE):
    run.populations.unanswered_count[first : last + 1, row] = count
    return run


def test_only_clients_that_are_disturbed_are_judged():
    """A population of kind `once` disturbs; whom it disturbs is judged."""
    assert [BASE] == judged_rows(TABLES)


def test_a_run_that_never_was_bad_recovers_at_once():
    """No bad bin: not collapsed, recovered after 0 s, healthy from the start."""
    outcome = measure(TABLES, made())
    assert (False, 0.0, 0.0) == (outcome.collapsed, outcome.recovery_s, outcome.healthy_s)


def test_recovery_ends_with_the_first_calm():
    """Recovery is counted from the disturbance to the end of the last late bin before a calm."""
    outcome = measure(TABLES, waiting(made(), START + 2, START + 9))
    assert not outcome.collapsed
    assert 10 * BIN_S == pytest.approx(outcome.recovery_s)


def test_what_waits_before_the_disturbance_is_usual():
    """As many unanswered requests as before the surge are no sign of trouble."""
    assert 0.0 == measure(TABLES, waiting(made(), 0, BINS - 1)).recovery_s


def test_a_population_that_disturbs_may_wait():
    """Unanswered requests of the surge itself are no outage, as long as they are answered in the end."""
    assert 0.0 == measure(TABLES, waiting(made(), START, BINS - 2, row=SURGE)).recovery_s


def test_a_population_that_disturbs_and_never_gets_its_answers_has_collapsed():
    """Who wants one success each and still wants it at the horizon has not been served."""
    assert measure(TABLES, waiting(made(), START, BINS - 1, row=SURGE)).collapsed


def test_still_bad_at_the_horizon_is_a_collapse():
    """Late in the whole last 5 %: collapsed, and no time of recovery."""
    outcome = measure(TABLES, waiting(made(), START, BINS - 1))
    assert (True, None) == (outcome.collapsed, outcome.recovery_s)


def test_a_blip_long_after_is_no_longer_the_recovery():
    """Two late bins at the very end of a calm run: not collapsed, and recovered at once."""
    outcome = measure(TABLES, waiting(made(), BINS - 2, BINS - 1))
    assert (False, 0.0, 0) == (outcome.collapsed, outcome.recovery_s, outcome.outages_count)


def test_an_outage_that_goes_on_at_the_horizon_is_a_collapse_however_late_it_began():
    """It began 6 s before the end, long after a calm: nobody can say that it heals."""
    run = waiting(made(), BINS - round(6 / BIN_S), BINS - 1)
    outcome = measure(TABLES, run)
    assert (True, 1) == (outcome.collapsed, outcome.outages_count)
    assert 6.0 == pytest.approx(outcome.longest_bad_s)


def away(run, from_s, until_s):
    """Nobody is answered and what is wanted fails between two moments."""
    bins = slice(round(from_s / BIN_S), round(until_s / BIN_S))
    run.populations.served_count[bins, BASE] = 0
    run.populations.failed_count[bins, BASE] = 5
    return waiting(run, bins.start, bins.stop - 1)


def test_an_outage_that_comes_again_is_none_that_healed():
    """Away from 5 to 10 s and, after a calm, from 14 to 17 s with nothing in the script: collapsed."""
    once, again = (measure(TABLES, away(away(made(), 5, 8), *more)) for more in ((5, 8), (14, 17)))
    assert (False, False, 1) == (once.collapsed, once.recurs, once.outages_count)
    assert (True, True, 2) == (again.collapsed, again.recurs, again.outages_count)
    assert 3.0 == pytest.approx(again.longest_bad_s, abs=1.2)


def test_what_is_lost_for_good_is_told():
    """Losing 3 % makes no bin bad, and is told; where service never comes back all of it is lost."""
    run = made()
    run.populations.served_count[:, BASE], run.populations.failed_count[:, BASE] = 97, 3
    assert (0.03,) == pytest.approx(measure(TABLES, run).lost_ratios)
    assert (1.0,) == measure(TABLES, away(made(), 4, 20)).lost_ratios


def test_a_time_without_any_answer_is_told_and_bad():
    """Nobody answered for 5 s: as long as that, and a bad time even though as many wait as always."""
    run = made()
    first, last = START + round(2 / BIN_S), START + round(7 / BIN_S)
    for i in range(first, last):
        run.populations.served_count[i, BASE] = 0
        run.populations.silent_ns[i, BASE] = (i + 1 - first) * TABLES.bin_ns
    outcome = measure(TABLES, run)
    assert (5.0,) == pytest.approx(outcome.unserved_s)
    assert (5.0, 7.0) == pytest.approx((outcome.longest_bad_s, outcome.recovery_s))


def test_a_world_that_was_bad_before_says_so():
    """Most of what it did before the disturbance failed."""
    assert 0.0 == measure(TABLES, made()).ailing_ratio
    assert measure(TABLES, away(made(), 0, 4)).ailing_ratio > 0.9


def test_a_run_that_missed_an_objective_for_good_is_a_collapse_whatever_its_series():
    """Whoever watched it was certain; nothing more is asked."""
    outcome = measure(TABLES, made(status="missed", bins_count=BINS // 2))
    assert (True, None) == (outcome.collapsed, outcome.recovery_s)


def test_a_healed_run_is_read_up_to_where_it_ended():
    """A run that ended early because it healed keeps its time of recovery."""
    run = waiting(made(status="healed", bins_count=START + 60), START, START + 19)
    outcome = measure(TABLES, run)
    assert not outcome.collapsed
    assert 20 * BIN_S == pytest.approx(outcome.recovery_s)


def test_later_than_allowed_is_a_collapse():
    """With 1 s allowed, 3 s to recover is a collapse; with 10 s it is not."""
    run = waiting(made(), START, START + round(3 / BIN_S) - 1)
    assert measure(TABLES, run, recover_within_s=1.0).collapsed
    assert not measure(TABLES, run, recover_within_s=10.0).collapsed


def test_failures_make_a_bin_bad():
    """More than 5 % of what ends within a second failing is bad, though nothing waits."""
    run = made()
    run.populations.failed_count[START + 10 : START + 20, BASE] = 5
    outcome = measure(TABLES, run)
    assert outcome.recovery_s == pytest.approx(20 * BIN_S, abs=1.0)
    assert outcome.recovery_s >= 20 * BIN_S


def test_two_failures_are_too_few_to_be_trouble():
    """Fewer than three failures within a second say nothing."""
    run = made()
    run.populations.served_count[START + 10, BASE] = 0
    run.populations.failed_count[START + 10, BASE] = 2
    assert 0.0 == measure(TABLES, run).recovery_s


@pytest.mark.parametrize(
    ("series", "value"),
    [
        ("delay_ns", 60_000_000),  # over a tenth of the 500 ms time-out
        ("dropped_count", 5),
        ("shed_count", 5),
        ("entries_ppm", 995_000),
        ("ports_ppm", 1_000_000),
    ],
)
def test_each_sign_makes_a_crossing_sick(series, value):
    """Delay, loss, shedding, a full table and used-up ports each count, where they last."""
    run = made()
    last = START + 4 + MAJORITY_BINS
    getattr(run.crossings, series)[START + 4 : last + 1, 0] = value
    assert list(range(START + 4, last + 1)) == list(np.nonzero(sick_bins(TABLES, run)[:, 0])[0])
    assert (5 + MAJORITY_BINS) * BIN_S == pytest.approx(measure(TABLES, run).healthy_s)


def test_one_coincidence_is_no_congestion():
    """A single bin of loss among healthy ones is no sickness."""
    run = made()
    run.crossings.dropped_count[START + 4, 0] = 50
    assert not sick_bins(TABLES, run).any()


@pytest.mark.parametrize(
    ("series", "value"), [("delay_ns", 40_000_000), ("dropped_count", 1), ("entries_ppm", 900_000)]
)
def test_little_of_it_does_not(series, value):
    """A tenth of the time-out, a single packet, nine tenths of the table are no sickness."""
    run = made()
    getattr(run.crossings, series)[START:, 0] = value
    assert not sick_bins(TABLES, run).any()


FROM_ZERO = """
name: from_zero
horizon: 30s
networks: {a: {}, b: {}}
services: {web: {network: b, concurrency: 1, service_time: 100ms}}
crossings: {gate: {between: [a, b]}}
clients:
  jobs: {network: a, service: web, population: 0, demand: {kind: closed, think: 1s}, timeout: 2s,
         retry: exponential-full-jitter}
activities: {morning: {from: 0, to: 500, at: 5s, clients_added: jobs}}
"""


def test_where_nobody_was_before_nothing_is_usual():
    """Five hundred that come from none to a service of ten a second are not as many as ever waited."""
    file = read_world(FROM_ZERO, "from_zero.yaml")
    tables = lower(write_script(file, "morning"), horizon_s=file.world.horizon_s)
    assert measure(tables, simulate(tables, seed=1)).collapsed


GROWN = """
name: grown
horizon: 2min
networks: {a: {}}
services: {web: {network: a, instances: 10, concurrency: 50, service_time: 150ms}}
clients: {jobs: {network: a, service: web, population: 1, demand: {kind: closed, think: 10ms}, timeout: 100s}}
activities: {burst: {from: 1, to: 30, at: 10s, clients_added: jobs}}
"""


def test_what_one_client_shows_by_chance_is_not_what_thirty_usually_do():
    """Thirty that wait 94 % of their time, as the one before them did, are no outage in any of 150 runs."""
    file = read_world(GROWN, "grown.yaml")
    tables = lower(write_script(file, "burst"), horizon_s=file.world.horizon_s)
    fates = [measure(tables, simulate(tables, seed=7, replication=i)).collapsed for i in range(150)]
    assert 0 == sum(fates)


BUSY = """
name: busy
horizon: 10min
networks: {a: {}}
services: {web: {network: a, concurrency: 100, service_time: 1s, queue: 1000}}
clients:
  jobs: {network: a, service: web, population: 300, demand: {kind: closed, think: 930ms}, timeout: 10s}
activities: {grow: {from: 300, to: 303, at: 30s, clients_added: jobs}}
"""


def test_a_queue_that_always_stands_is_moved_by_chance_too():
    """Two hundred of three hundred wait as ever and all are answered: no outage."""
    file = read_world(BUSY, "busy.yaml")
    tables = lower(write_script(file, "grow"), horizon_s=file.world.horizon_s)
    fates = [measure(tables, simulate(tables, seed=7, replication=i)).collapsed for i in (10, 14, 17)]
    assert 0 == sum(fates)
