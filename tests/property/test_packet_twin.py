"""The event engine beside its readable twin: the same small world, said twice, equal bin by bin.

Whatever chance decides in the engine the twin is told, so that nothing is left to chance.
"""

from __future__ import annotations

import numpy as np
import pytest
from engine_draws import EngineDraws
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twin_mends import MENDS
from twin_worlds import FAMILIES

from tidegate.simulate.kernels.nouns import Crossing, Population
from tidegate.simulate.kernels.nouns.bins import CrossingBin, PopulationBin, ServiceBin
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables
from tidegate.world.world import WorldFile
from twin.looks import Row
from twin.port_blocks import NOBODY, Source
from twin.simulator import Before, Series, simulate_by_packets

SEED = 23
CROSSING = {
    "offered": CrossingBin.offered_count,
    "admitted": CrossingBin.admitted_count,
    "packets": CrossingBin.packets_count,
    "dropped": CrossingBin.dropped_count,
    "shed": CrossingBin.shed_count,
    "delay_ns": CrossingBin.longest_delay_ns,
    "entries": CrossingBin.entries_most_ppm,
    "ports": CrossingBin.ports_most_ppm,
    "offered_most": CrossingBin.offered_most_count,
    "packets_most": CrossingBin.packets_most_count,
    "no_room": CrossingBin.no_room_count,
}
POPULATION = {
    "fresh": PopulationBin.fresh_count,
    "attempts": PopulationBin.attempts_count,
    "served": PopulationBin.served_count,
    "failed": PopulationBin.failed_count,
    "unanswered": PopulationBin.unanswered_count,
    "unanswered_most": PopulationBin.unanswered_most_count,
}
SERVICE = {
    "busy": ServiceBin.busy_count,
    "queued": ServiceBin.queued_count,
    "served": ServiceBin.served_count,
    "connections": ServiceBin.connections_count,
    "queued_most": ServiceBin.queued_most_count,
    "connections_most": ServiceBin.connections_most_count,
}


def by_engine(tables: Tables, replication: int) -> Run:
    return simulate(tables, seed=SEED, replication=replication)


def by_twin(file: WorldFile, tables: Tables, replication: int) -> Series:
    activity = activity_of(file)
    return simulate_by_packets(
        file,
        EngineDraws(tables, seed=SEED, replication=replication),
        tables.populations,
        before=before_of(tables),
        look_ns=tables.look_ns,
        looks_a_bin=tables.bin_ns // tables.look_ns,
        script=write_script(file, activity) if activity is not None else None,
    )


def activity_of(file: WorldFile) -> str | None:
    """Return what happens in a world beside its triggers, if anything does."""
    return next(iter(file.world.activities), None)


def before_of(tables: Tables) -> Before:
    """Return what a day has left, as lowering says: how it is reckoned is not compared here."""
    first = [
        *(int(at) for at in tables.crossing_rows[0, :, Crossing.first_device_number]),
        tables.device_rows.shape[1],
    ]
    device = {
        first[k] + i: (name, i)
        for k, name in enumerate(tables.crossings)
        for i in range(first[k + 1] - first[k])
    }
    starts = [*(int(at) for at in tables.population_rows[0, :, Population.first_client]), tables.client_count]
    names_until_ns = {
        name: [int(until) for until in tables.names_until[starts[j] : starts[j + 1]]]
        for j, name in enumerate(tables.populations)
        if tables.population_rows[0, j, Population.lookup] >= 0
    }
    sources = sources_of(tables)
    old = [tuple(int(value) for value in row) for row in tables.old_hold_rows]
    return Before(
        entries={device[d]: count for d, s, _, stray, count, _ in old if s < 0 and not stray},
        strays={device[d]: count for d, s, _, stray, count, _ in old if s < 0 and stray},
        ports={
            (*device[d], tables.services[s], sources.get(source, NOBODY)): count
            for d, s, source, _, count, _ in old
            if s >= 0
        },
        names_until_ns=names_until_ns,
    )


def sources_of(tables: Tables) -> dict[int, Source]:
    """Return whose block of ports each number stands for, by those who take ports from it."""
    found: dict[int, Source] = {}
    starts = [*(int(at) for at in tables.population_rows[0, :, Population.first_client]), tables.client_count]
    first: dict[str, int] = {}
    for j, name in enumerate(tables.populations if tables.sources.size else ()):
        whose = name.split("/")[0] if "/call/" in name else name
        for number in tables.sources[starts[j] : starts[j + 1]].tolist():
            first.setdefault(whose, number)
            found[number] = (whose, number - first[whose])
    return found


def table_of(rows: dict[str, list[Row]], columns: dict[str, int]) -> np.ndarray:
    """Return a series as (bins, rows, columns)."""
    each = [[[row[name] for name in columns] for row in bins] for bins in rows.values()]
    return np.array(each, dtype=np.int64).swapaxes(0, 1)


def assert_the_same(file: WorldFile, *, runs: int) -> None:
    """Compare every count of every bin."""
    tables = lower(write_script(file, activity_of(file)), horizon_s=file.world.horizon_s)
    for i in range(runs):
        run, twin = by_engine(tables, i), by_twin(file, tables, i)
        for theirs, names, ours, columns in (
            (run.populations, tables.populations, twin.populations, POPULATION),
            (run.crossings, tables.crossings, twin.crossings, CROSSING),
            (run.services, tables.services, twin.services, SERVICE),
        ):
            if not names:
                continue
            counted = theirs.counts[: run.bins_count]
            seen, said = counted[:, :, list(columns.values())], table_of(ours, columns)
            assert seen.shape == said.shape
            differs = np.argwhere(seen != said)
            if len(differs):
                at = tuple(differs[0])
                where = f"bin {at[0]}, {names[at[1]]}, {list(columns)[at[2]]}"
                message = (
                    f"{where}: engine {seen[at]}, twin {said[at]}; {len(differs)} differ; {file.document}"
                )
                raise AssertionError(message)


SMALL = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("family", FAMILIES)
@SMALL
@given(data=st.data())
def test_small_worlds_are_the_same_to_the_last_packet(family: str, data: st.DataObject) -> None:
    """Every count of every bin is the same in the engine and in its twin."""
    assert_the_same(data.draw(FAMILIES[family]()), runs=1)


@pytest.mark.parametrize("mend", MENDS)
def test_what_once_differed_is_the_same(mend: str) -> None:
    """Faults of the engine that the twin found, each with a world that shows it."""
    assert_the_same(MENDS[mend], runs=3)


@pytest.mark.evidence
@pytest.mark.parametrize("family", FAMILIES)
@settings(SMALL, max_examples=1500, derandomize=False)
@given(data=st.data())
def test_many_small_worlds_are_the_same(family: str, data: st.DataObject) -> None:
    """The same on worlds that nobody has seen before."""
    assert_the_same(data.draw(FAMILIES[family]()), runs=1)
