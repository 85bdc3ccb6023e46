"""What is settled of a run while it goes on is never taken back by what comes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fates import ROOT, own_worlds
from nasty_worlds import nasty_world
from tidegate.evaluate.reading.measures import bad_bins, measure
from tidegate.evaluate.reading.run_fate import Late, collapses, missed, missed_by
from tidegate.evaluate.reading.sure import is_late, surely_bad
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

PREFIXES_COUNT = 40
WITHIN_S = (2.0, 20.0, 60.0, 200.0)


def lowered(seed):
    """Return a random nasty world and its tables; None where what was drawn contradicts itself."""
    file = nasty_world(seed)
    return None if file is None else (file, lower(write_script(file), horizon_s=file.world.horizon_s))


def taken_back(tables):
    """Say what of one run was called sure at some moment of it, and was not so at its end."""
    whole = simulate(tables, seed=7)
    bad = bad_bins(tables, whole)
    late = {within_s: measure(tables, whole, recover_within_s=within_s).collapsed for within_s in WITHIN_S}
    found = []
    for end in np.linspace(2, whole.bins_count, PREFIXES_COUNT).astype(int):
        so_far = replace(whole, bins_count=int(end), status="running")
        if (surely_bad(tables, so_far) & ~bad[:end]).any():
            found.append(f"bad, {end}")
        found += [f"late, {one}, {end}" for one in WITHIN_S if is_late(tables, so_far, one) and not late[one]]
    return found


def known_worlds():
    """Yield the worlds with a known answer, each with each of its activities, or with its triggers alone."""
    for path in sorted((ROOT / "tests/meaning").rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if "\nkind: Deployment" in text:
            continue  # a manifest
        file = read_world(text, path.name)
        for activity in file.world.activities or [None]:
            yield file, activity


@pytest.mark.parametrize("seed", range(30))
def test_nothing_sure_is_taken_back_in_a_random_world(seed):
    """At any moment: the bins called bad for sure are bad at the end, and what is late is late there."""
    world = lowered(seed)
    assert world is None or [] == taken_back(world[1])


@pytest.mark.evidence
@pytest.mark.parametrize("worlds", [own_worlds, known_worlds])
def test_nothing_sure_is_taken_back_in_a_world_of_this_repository(worlds):
    """The same of published worlds and of those whose answer is known, at the size that is run."""
    found = {}
    for file, activity in worlds():
        script, horizon_s = write_script(file, activity), file.world.horizon_s
        tables = lower(script, horizon_s=horizon_s, fraction=choose_fraction(script, horizon_s))
        found[file.world.name, activity] = taken_back(tables)
    assert len(found) > 10
    assert not any(found.values()), {one: said for one, said in found.items() if said}


@pytest.mark.parametrize("seed", range(12))
def test_a_run_that_ends_late_collapses_as_it_does_at_the_horizon(seed):
    """With the same chance, and a time in which service must be normal: the same answer both ways."""
    world = lowered(seed)
    if world is None:
        return
    file, tables = world
    for within_s in WITHIN_S:
        wanted = replace(file.world.objectives, recover_within_s=within_s)
        for replication in range(2):
            whole = measure(
                tables, simulate(tables, seed=7, replication=replication), recover_within_s=within_s
            )
            assert whole.collapsed == collapses(tables, within_s, seed=7, replication=replication)
            assert missed_by(tables, whole, wanted) == missed(tables, wanted, seed=7, replication=replication)


def test_runs_that_are_late_are_ended():
    """Of random worlds in which service must be normal within 20 s many end long before the horizon."""
    shares = []
    for file, tables in filter(None, map(lowered, range(12))):
        watch = Late(tables=tables, within_s=20.0).watch
        whole, ended = (simulate(tables, seed=7, watch=one) for one in (None, watch))
        if ended.status == "missed":
            assert file.world.horizon_s > 60.0
            shares.append(ended.events_count / whole.events_count)
    assert len(shares) >= 4
    assert min(shares) < 0.3
