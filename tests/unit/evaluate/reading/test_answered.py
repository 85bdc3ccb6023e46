"""A run that was made before is not made again; anything else that is asked is another run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest

from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.reading import answered as kept
from tidegate.evaluate.reading import run_fate
from tidegate.evaluate.reading.answered import answered
from tidegate.evaluate.variants import world_case
from tidegate.evaluate.variants.world_case import Case, believed_case
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tiny_worlds import grow, twin


@pytest.fixture(name="runs")
def counted_runs(monkeypatch):
    """What is run of `run_fate` and of cases; nothing is known before."""
    made = []

    def counted(tables, **more):
        made.append((tables.digest, more["seed"], more["replication"]))
        return simulate(tables, **more)

    monkeypatch.setattr(kept, "_KEPT", type(kept._KEPT)())
    monkeypatch.setattr(run_fate, "simulate", counted)
    monkeypatch.setattr(world_case, "simulate", counted)
    return made


def tables_of(file, activity=None):
    return lower(write_script(file, activity), horizon_s=file.world.horizon_s)


def test_the_same_run_is_made_once(runs):
    """Lowered twice it is the same; another number, seed, objective or question is another run."""
    file, wanted = twin(), twin().world.objectives
    first, second = tables_of(file), tables_of(twin())
    asked = [run_fate.missed(one, wanted, seed=7, replication=0) for one in (first, second)]
    assert (asked[0], 1) == (asked[1], len(runs))
    run_fate.missed(first, wanted, seed=7, replication=1)
    run_fate.missed(first, wanted, seed=8, replication=0)
    run_fate.missed(first, replace(wanted, lost_ratio=0.5), seed=7, replication=0)
    run_fate.collapses(first, None, seed=7, replication=0)
    run_fate.collapses(first, 5.0, seed=7, replication=0)
    assert 6 == len(runs)


def test_tables_that_differ_in_anything_are_others():
    """In one number of one array, or in any of the numbers beside them."""
    tables = tables_of(grow(), "grow")
    for one in fields(tables):
        value = getattr(tables, one.name)
        if isinstance(value, np.ndarray):
            if not value.size:
                continue
            other = value.copy()
            other.flat[-1] += 1
        elif isinstance(value, tuple):
            other = (*value, value[0] if value else 1)
        else:
            other = value + 1
        assert replace(tables, **{one.name: other}).digest != tables.digest, one.name
    assert replace(tables).digest == tables.digest


def test_a_case_that_changes_nothing_that_is_run_takes_the_runs_of_the_one_before_it(runs):
    """Another objective on what is lost: the same first runs, told of the other case."""
    file = grow()
    changed = overlay(file, {"objectives.lost": 0.06})
    with ThreadPoolExecutor(1) as executor:
        bench = Bench(file=file, activity="grow", seed=7, executor=executor)
        planned = bench.run(believed_case(file, "grow"), most=20)
        made = len(runs)
        other = Case(name="other", title="other", file=changed, activity="grow")
        found = bench.run(other, most=20)
        sooner = overlay(file, {"objectives.recover_within": 5.0})
        bench.run(Case(name="sooner", title="sooner", file=sooner, activity="grow"), most=20)
    assert 20 == made
    assert (found.case, found.replications) == (other, planned.replications)
    assert 40 == len(runs)


def test_no_more_is_kept_than_fits(monkeypatch):
    """The oldest answer goes first."""
    monkeypatch.setattr(kept, "_KEPT", type(kept._KEPT)())
    monkeypatch.setattr(kept, "_MOST_KEPT", 2)
    asked = []

    def ask(number):
        return answered(number, lambda: asked.append(number) is None)

    assert all(map(ask, (1, 2, 2, 3, 1)))
    assert [1, 2, 3, 1] == asked
