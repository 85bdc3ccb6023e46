"""What would exporters have shown of a run of the engine? The same readings that history has.

A counter is what was counted up to a moment, a gauge what stood then; of gauges the engine keeps the most of
half a second, which is as long as a look.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tidegate.fit.courses import Course, Floats, History
from tidegate.simulate.run import Run
from tidegate.simulate.tables import Ints, Tables
from tidegate.world.world import World

BIN_S = 0.5
"""The width of a time bin: a look, so that what stands is what stood at its end."""


def exported(world: World, tables: Tables, run: Run, every_s: float) -> History:
    """Return the readings of a run, one sample every so many seconds, the first at the end of the first.

    Parameters
    ----------
    world
        What was run.
    tables, run
        Its tables, with time bins of `BIN_S`, and its run.
    every_s
        The distance of samples: whole bins.
    """
    step = max(1, round(every_s / BIN_S))
    picked = np.arange(step - 1, run.bins_count, step)
    at_s: Floats = (picked + 1).astype(np.float64) * BIN_S
    is_torn = np.zeros(len(at_s) - 1, dtype=np.bool_)
    return {
        name: Course(at_s=at_s, values=values[picked] / tables.fraction, is_torn=is_torn)
        for name, values in _all(world, tables, run)
    }


def _all(world: World, tables: Tables, run: Run) -> Iterator[tuple[str, Floats]]:
    for k, name in enumerate(tables.crossings):
        yield from _crossing(world, tables, run, k, f"crossings.{name}")
    for j, name in enumerate(tables.populations):
        if name in world.clients:
            yield from _clients(world, tables, run, j, name)
    for s, name in enumerate(tables.services):
        series = run.services.row(s)
        yield f"services.{name}.requests", _grown(series.served_count, is_whole=True)
        yield f"services.{name}.busy", series.busy_count.astype(np.float64)
        yield f"services.{name}.waiting", series.queued_count.astype(np.float64)
        yield f"services.{name}.open_connections", series.connections_count.astype(np.float64)


def _crossing(world: World, tables: Tables, run: Run, k: int, place: str) -> Iterator[tuple[str, Floats]]:
    series, crossing = run.crossings.row(k), world.crossings[tables.crossings[k]]
    yield f"{place}.new_flows", _grown(series.admitted_count)
    yield f"{place}.refused", _grown(series.shed_count)
    yield f"{place}.packets", _grown(series.packets_count)
    yield f"{place}.packets_dropped", _grown(series.dropped_count)
    devices = crossing.devices_count * tables.fraction
    if crossing.table is not None:
        free = crossing.table.entries_count - crossing.background.flows_count  # what the engine counts
        held = np.round(series.entries_ppm * (free * devices / 1e6))
        yield f"{place}.flows_held", held + crossing.background.flows_count * devices
    if crossing.ports is not None:
        usable = crossing.ports.per_destination_count * crossing.ports.usable_ratio
        per_ppm = usable * devices / 1e6
        yield f"{place}.ports_used", np.round(series.ports_ppm * per_ppm)


def _clients(world: World, tables: Tables, run: Run, j: int, name: str) -> Iterator[tuple[str, Floats]]:
    series, clients = run.populations.row(j), world.clients[name]
    place = f"clients.{name}"
    yield f"{place}.requests", _grown(series.fresh_count)
    yield f"{place}.attempts", _grown(series.attempts_count)
    yield f"{place}.served", _grown(series.served_count)
    yield f"{place}.failed", _grown(series.failed_count)
    yield f"{place}.waiting", series.unanswered_count.astype(np.float64)
    alone = sum(one.service == clients.service for one in world.clients.values()) == 1
    called = any(call.service == clients.service for one in world.services.values() for call in one.calls)
    if alone and not called and clients.connection != "per_request":
        s = tables.services.index(clients.service)
        yield f"{place}.open_connections", run.services.row(s).connections_count.astype(np.float64)


def _grown(counts: Ints, *, is_whole: bool = False) -> Floats:
    """Return what was counted up to the end of each bin; a service's count is so already."""
    values = counts.astype(np.float64)
    return values if is_whole else np.cumsum(values)
