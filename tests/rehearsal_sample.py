"""A stand-in for the rig: the event engine, with another seed, filled into the words of a measurement."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import numpy as np

from tidegate.evaluate.reading.latency import bucket_edge_s
from tidegate.rehearse.measurement import (
    BIN_S,
    MeasuredCrossing,
    MeasuredPopulation,
    MeasuredService,
    Measurement,
)
from tidegate.rehearse.prediction import tables_of
from tidegate.simulate.parameters import Crossings
from tidegate.simulate.run import simulate
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

TWIN = Path(__file__).parent / "published/worlds/kernel_twin.yaml"


def twin(**changes: object) -> WorldFile:
    """Return the measured event's world; keys of `changes` have underscores twice for dots."""
    file = read_world(TWIN.read_text(encoding="utf-8"), TWIN.name)
    return overlay(file, {path.replace("__", "."): value for path, value in changes.items()})


def _counts(column) -> tuple[int, ...]:
    return tuple(int(value) for value in column)


def measure(world_text, *, activity, horizon_s, server, seed, switched_on=None, heard=None) -> Measurement:
    """Return what the engine makes of the world, as if it had been measured."""
    tables = tables_of(read_world(world_text, "rehearsed"), activity)
    run = simulate(tables, seed=seed + 1)
    bins = round(horizon_s / BIN_S)
    nothing, packet_ns = (0,) * bins, Crossings(tables).packet_ns
    x, y, z = (series.bins(end=bins) for series in (run.crossings, run.populations, run.services))
    if heard is not None:
        for at in range(bins):
            heard({"bin": at, "populations": {}})
    return Measurement(
        bin_s=BIN_S,
        bins_count=bins,
        crossings=MappingProxyType(
            {
                name: MeasuredCrossing(
                    packets_count=_counts(x.packets_count[:, k]),
                    dropped_count=_counts(x.dropped_count[:, k]),
                    shed_count=_counts(x.shed_count[:, k]),
                    backlog_packets_count=_counts(x.delay_ns[:, k] / max(packet_ns(k), 1.0)),
                    flows_count=nothing,
                )
                for k, name in enumerate(tables.crossings)
            }
        ),
        populations=MappingProxyType(
            {name: _population(tables, run, y, j, bins) for j, name in enumerate(tables.populations)}
        ),
        services=MappingProxyType(
            {
                name: MeasuredService(
                    accepted_count=nothing,
                    served_count=_counts(np.diff(z.served_count[:, s], prepend=0)),
                    listen_overflows_count=nothing,
                    listen_queue_count=nothing,
                )
                for s, name in enumerate(tables.services)
            }
        ),
        lateness_s=(0.002,) * bins,
        busy_ratio=0.1,
        rig_busy_ratio=0.05,
    )


def _population(tables, run, y, j: int, bins: int) -> MeasuredPopulation:
    latencies = [
        tuple(
            bucket_edge_s(bucket + 1) * 0.98
            for bucket, count in enumerate(histograms[j])
            for _ in range(int(count))
        )
        for histograms in (run.latencies.connect_count, run.latencies.request_count)
    ]
    nothing = (0,) * bins
    return MeasuredPopulation(
        size_count=nothing,
        fresh_count=_counts(y.fresh_count[:, j]),
        attempts_count=_counts(y.attempts_count[:, j]),
        served_count=_counts(y.served_count[:, j]),
        given_up_count=_counts(y.failed_count[:, j]),
        connected_count=nothing,
        timed_out_count=nothing,
        refused_count=nothing,
        unanswered_count=_counts(y.unanswered_count[:, j]),
        latencies_s=(latencies[1], *((),) * (bins - 1)),
        connect_latencies_s=(latencies[0], *((),) * (bins - 1)),
    )
