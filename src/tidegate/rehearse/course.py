"""What did one run go through? Measured or predicted, in the same words and time bins.

A measurement is put into the engine's own columns, so that one definition of recovery, one of
latency and one of every series serves both. Nothing here compares them.

Shortcut: latencies are sorted into the engine's buckets, within 4.5 %, on both sides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tidegate.rehearse.measurement import Measurement
from tidegate.simulate.parameters import Crossings
from tidegate.simulate.run import Run
from tidegate.simulate.series import (
    BUCKETS_COUNT,
    CrossingSeries,
    Latencies,
    PopulationSeries,
    ServiceSeries,
)
from tidegate.simulate.tables import Tables

Floats = NDArray[np.float64]
Key = tuple[str, str]

UNITS = {"queue": "s", "unanswered": "count"}
"""Every other series is per second."""
SMOOTH_S = 0.5
_FIRST_NS = 1024.0
_PARTS = 16


def as_run(measurement: Measurement, tables: Tables) -> Run:
    """Return a measurement as the engine would have counted it.

    Parameters
    ----------
    measurement
        A real run of the world that `tables` were made of, in bins as wide as theirs.
    tables
        The names of the rows, and how fast the devices are.
    """
    bins = measurement.bins_count
    x = CrossingSeries[np.int64].none(bins, len(tables.crossings))
    y = PopulationSeries[np.int64].none(bins, len(tables.populations))
    z = ServiceSeries[np.int64].none(bins, len(tables.services))
    latencies = Latencies.none(len(tables.populations))
    packet_ns = Crossings(tables).packet_ns
    for k, name in enumerate(tables.crossings):
        if crossing := measurement.crossings.get(name):
            x.packets_count[:, k] = crossing.packets_count
            x.dropped_count[:, k] = crossing.dropped_count
            x.shed_count[:, k] = crossing.shed_count
            x.delay_ns[:, k] = np.multiply(crossing.backlog_packets_count, packet_ns(k))
    for j, name in enumerate(tables.populations):
        if clients := measurement.populations.get(name):
            y.fresh_count[:, j] = clients.fresh_count
            y.attempts_count[:, j] = clients.attempts_count
            y.served_count[:, j] = clients.served_count
            y.failed_count[:, j] = clients.given_up_count
            y.unanswered_count[:, j] = clients.unanswered_count
            latencies.connect_count[j] = _histogram(clients.connect_latencies_s)
            latencies.request_count[j] = _histogram(clients.latencies_s)
    for s, name in enumerate(tables.services):
        if service := measurement.services.get(name):
            z.served_count[:, s] = np.cumsum(service.served_count)
            z.queued_count[:, s] = service.listen_queue_count
    return Run(
        status="ended",
        bins_count=bins,
        crossings=x,
        populations=y,
        services=z,
        latencies=latencies,
        events_count=0,
    )


def _histogram(latencies_s: Sequence[Sequence[float]]) -> NDArray[np.int64]:
    counts = np.zeros(BUCKETS_COUNT, dtype=np.int64)
    for latency_s in (one for in_bin in latencies_s for one in in_bin):
        counts[_bucket(latency_s)] += 1
    return counts


def _bucket(latency_s: float) -> int:
    scale = max(latency_s * 1e9 / _FIRST_NS, 1.0)
    octave = math.floor(math.log2(scale))
    part = math.floor((scale / 2.0**octave - 1.0) * _PARTS)
    return min(octave * _PARTS + part, BUCKETS_COUNT - 1)


def course(tables: Tables, run: Run) -> Mapping[Key, Floats]:
    """Return every series of a run, by owner and quantity, one value a time bin.

    Packets, drops, first packets shed, attempts and answers are per second, over a running half
    second, so that a picture shows their course and not their chance; the queue is its delay in
    seconds, at the bin's end where it was measured and its greatest where it was predicted.
    """
    bins, per_s = run.bins_count, 1e9 / tables.bin_ns
    width = max(1, round(SMOOTH_S * per_s))
    x, y = run.crossings.bins(end=bins), run.populations.bins(end=bins)
    found: dict[Key, Floats] = {}
    for k, name in enumerate(tables.crossings):
        found[name, "packets"] = x.packets_count[:, k].astype(float) * per_s
        found[name, "dropped"] = x.dropped_count[:, k].astype(float) * per_s
        found[name, "shed"] = x.shed_count[:, k].astype(float) * per_s
        found[name, "queue"] = x.delay_ns[:, k].astype(float) / 1e9
    for j, name in enumerate(tables.populations):
        found[name, "attempts"] = y.attempts_count[:, j].astype(float) * per_s
        found[name, "served"] = y.served_count[:, j].astype(float) * per_s
        found[name, "unanswered"] = y.unanswered_count[:, j].astype(float)
    return {key: values if key[1] in UNITS else running(values, width) for key, values in found.items()}


def running(values: Floats, width: int) -> Floats:
    """Return the mean over a centred window of so many values, shorter at the ends."""
    ones = np.ones(min(width, max(len(values), 1)))
    return np.convolve(values, ones, mode="same") / np.convolve(np.ones(len(values)), ones, mode="same")
