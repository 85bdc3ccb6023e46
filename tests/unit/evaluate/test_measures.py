from __future__ import annotations

import numpy as np
import pytest

from tidegate.evaluate.measures import MAJORITY_BINS, judged_rows, measure, sick_bins
from tidegate.simulate.kernels import columns as c
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run
from tidegate.simulate.script import write_script
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
        crossings=np.zeros((BINS, 1, c.X_COLUMNS), dtype=np.int64),
        populations=np.zeros((BINS, 2, c.Y_COLUMNS), dtype=np.int64),
        services=np.zeros((BINS, 1, c.Z_COLUMNS), dtype=np.int64),
        latencies=np.zeros((2, 2, c.HISTOGRAM), dtype=np.int64),
        events_count=1,
    )
    run.populations[:, BASE, c.Y_SERVED] = 5
    run.crossings[:, :, c.X_PACKETS] = 50
    return run


def waiting(run, first, last, count=300, row=BASE):
    run.populations[first : last + 1, row, c.Y_UNANSWERED] = count
    return run


def test_only_clients_that_are_disturbed_are_judged():
    """A population of kind `once` disturbs; whom it disturbs is judged."""
    assert [BASE] == judged_rows(TABLES)


def test_a_run_that_never_was_bad_recovers_at_once():
    """No bad bin: not collapsed, recovered after 0 s, healthy from the start."""
    outcome = measure(TABLES, made())
    assert (False, 0.0, 0.0) == (outcome.collapsed, outcome.recovery_s, outcome.healthy_s)


def test_recovery_ends_with_the_last_bad_bin():
    """Recovery is counted from the disturbance to the end of the last late bin."""
    outcome = measure(TABLES, waiting(made(), START + 2, START + 9))
    assert not outcome.collapsed
    assert 10 * BIN_S == pytest.approx(outcome.recovery_s)


def test_what_waits_before_the_disturbance_is_usual():
    """As many unanswered requests as before the surge are no sign of trouble."""
    assert 0.0 == measure(TABLES, waiting(made(), 0, BINS - 1)).recovery_s


def test_a_population_that_disturbs_may_wait():
    """Unanswered requests of the surge itself do not count."""
    assert 0.0 == measure(TABLES, waiting(made(), START, BINS - 1, row=SURGE)).recovery_s


def test_still_bad_at_the_horizon_is_a_collapse():
    """Late in the whole last 5 %: collapsed, and no time of recovery."""
    outcome = measure(TABLES, waiting(made(), START, BINS - 1))
    assert (True, None) == (outcome.collapsed, outcome.recovery_s)


def test_one_late_bin_at_the_end_is_not_a_collapse():
    """Less than half of the last 5 % late: recovered, as late as it was."""
    outcome = measure(TABLES, waiting(made(), BINS - 2, BINS - 1))
    assert not outcome.collapsed
    assert 16.0 == pytest.approx(outcome.recovery_s)


def test_a_stuck_run_is_a_collapse_whatever_its_series():
    """The engine settles that a run is stuck; nothing more is asked."""
    outcome = measure(TABLES, made(status="stuck", bins_count=BINS // 2))
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
    run.populations[START + 10 : START + 20, BASE, c.Y_FAILED] = 5
    outcome = measure(TABLES, run)
    assert outcome.recovery_s == pytest.approx(20 * BIN_S, abs=1.0)
    assert outcome.recovery_s >= 20 * BIN_S


def test_two_failures_are_too_few_to_be_trouble():
    """Fewer than three failures within a second say nothing."""
    run = made()
    run.populations[START + 10, BASE, c.Y_SERVED] = 0
    run.populations[START + 10, BASE, c.Y_FAILED] = 2
    assert 0.0 == measure(TABLES, run).recovery_s


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (c.X_DELAY, 60_000_000),  # over a tenth of the 500 ms time-out
        (c.X_DROPPED, 5),
        (c.X_SHED, 5),
        (c.X_ENTRIES, 995_000),
        (c.X_PORTS, 1_000_000),
    ],
)
def test_each_sign_makes_a_crossing_sick(column, value):
    """Delay, loss, shedding, a full table and used-up ports each count, where they last."""
    run = made()
    last = START + 4 + MAJORITY_BINS
    run.crossings[START + 4 : last + 1, 0, column] = value
    assert list(range(START + 4, last + 1)) == list(np.nonzero(sick_bins(TABLES, run)[:, 0])[0])
    assert (5 + MAJORITY_BINS) * BIN_S == pytest.approx(measure(TABLES, run).healthy_s)


def test_one_coincidence_is_no_congestion():
    """A single bin of loss among healthy ones is no sickness."""
    run = made()
    run.crossings[START + 4, 0, c.X_DROPPED] = 50
    assert not sick_bins(TABLES, run).any()


@pytest.mark.parametrize(
    ("column", "value"), [(c.X_DELAY, 40_000_000), (c.X_DROPPED, 1), (c.X_ENTRIES, 900_000)]
)
def test_little_of_it_does_not(column, value):
    """A tenth of the time-out, a single packet, nine tenths of the table are no sickness."""
    run = made()
    run.crossings[START:, 0, column] = value
    assert not sick_bins(TABLES, run).any()
