from __future__ import annotations

import math

import pytest

from tidegate.evaluate.reading.run_record import samples
from tidegate.verbs.simulate import run_once
from tiny_worlds import grow, twin

SEEN = {
    "crossing": {"offered_per_s", "admitted_per_s", "packets_per_s", "dropped_per_s", "delay_s",
                 "table_ratio", "ports_ratio"},
    "clients": {"fresh_per_s", "attempts_per_s", "served_per_s", "given_up_per_s", "unanswered_count"},
    "service": {"busy_count", "queued_count", "connections_count"},
}  # fmt: skip


@pytest.fixture(name="rows", scope="module")
def rows_of_a_run():
    return tuple(samples(*run_once(grow(), "grow", seed=7)))


def test_every_noun_has_every_quantity_at_every_time(rows):
    """A full table: as many rows as times and quantities."""
    times = sorted({row.time_s for row in rows})
    found = {(row.kind, row.quantity) for row in rows}
    assert {(kind, quantity) for kind, every in SEEN.items() for quantity in every} == found
    assert len(times) * len(found) == len(rows)


def test_times_run_to_the_horizon(rows):
    """In order, from the first bin to the horizon, whether or not the run was settled before."""
    times = [row.time_s for row in rows]
    assert times == sorted(times)
    assert 12.0 == pytest.approx(times[-1])


def test_values_are_whole_and_not_negative(rows):
    """No rate, count or ratio is negative or unknown."""
    assert all(math.isfinite(row.value) and row.value >= 0 for row in rows)


def test_the_load_is_that_of_the_world(rows):
    """The demand stated, 200 a second before and 400 after, is what clients ask for and get."""
    bin_s = rows[0].time_s
    for quantity in ("fresh_per_s", "served_per_s"):
        before = [r.value for r in rows if r.quantity == quantity and r.time_s <= 4.0]
        assert 200 == pytest.approx(sum(before) * bin_s / 4.0, rel=0.2)


def test_the_same_run_has_the_same_rows(rows):
    """Seed and replication name a run; another replication is another run."""
    assert rows == tuple(samples(*run_once(grow(), "grow", seed=7)))
    assert rows != tuple(samples(*run_once(grow(), "grow", seed=7, replication=1)))


def test_a_population_that_only_disturbs_is_left_out():
    """Series are of those whose fate is judged."""
    names = {row.name for row in samples(*run_once(twin(), None, seed=7)) if row.kind == "clients"}
    assert {"base"} == names
