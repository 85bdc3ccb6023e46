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
from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.nouns import Crossing, Device
from tidegate.simulate.run import Run
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
    x = np.zeros((bins, len(tables.crossings), c.X_COLUMNS), dtype=np.int64)
    y = np.zeros((bins, len(tables.populations), c.Y_COLUMNS), dtype=np.int64)
    z = np.zeros((bins, len(tables.services), c.Z_COLUMNS), dtype=np.int64)
    latencies = np.zeros((len(tables.populations), 2, c.HISTOGRAM), dtype=np.int64)
    for k, name in enumerate(tables.crossings):
        if crossing := measurement.crossings.get(name):
            x[:, k, c.X_PACKETS] = crossing.packets_count
            x[:, k, c.X_DROPPED] = crossing.dropped_count
            x[:, k, c.X_SHED] = crossing.shed_count
            x[:, k, c.X_DELAY] = np.multiply(crossing.backlog_packets_count, _packet_ns(tables, k))
    for j, name in enumerate(tables.populations):
        if clients := measurement.populations.get(name):
            y[:, j, c.Y_FRESH] = clients.fresh_count
            y[:, j, c.Y_ATTEMPTS] = clients.attempts_count
            y[:, j, c.Y_SERVED] = clients.served_count
            y[:, j, c.Y_FAILED] = clients.given_up_count
            y[:, j, c.Y_UNANSWERED] = clients.unanswered_count
            latencies[j, 0] = _histogram(clients.connect_latencies_s)
            latencies[j, 1] = _histogram(clients.latencies_s)
    for s, name in enumerate(tables.services):
        if service := measurement.services.get(name):
            z[:, s, c.Z_SERVED] = np.cumsum(service.served_count)
            z[:, s, c.Z_QUEUED] = service.listen_queue_count
    return Run(
        status="ended",
        bins_count=bins,
        crossings=x,
        populations=y,
        services=z,
        latencies=latencies,
        events_count=0,
    )


def _packet_ns(tables: Tables, k: int) -> float:
    """Return by how much one waiting packet delays the next, all devices of a crossing together."""
    crossing = Crossing(tables.crossing_rows[0, k], 0)
    first, devices = int(crossing.first_device_number), int(crossing.devices_count)
    return float(tables.device_rows[0, first, Device.forward_ns]) / max(devices, 1)


def _histogram(latencies_s: Sequence[Sequence[float]]) -> NDArray[np.int64]:
    counts = np.zeros(c.HISTOGRAM, dtype=np.int64)
    for latency_s in (one for in_bin in latencies_s for one in in_bin):
        counts[_bucket(latency_s)] += 1
    return counts


def _bucket(latency_s: float) -> int:
    scale = max(latency_s * 1e9 / _FIRST_NS, 1.0)
    octave = math.floor(math.log2(scale))
    part = math.floor((scale / 2.0**octave - 1.0) * _PARTS)
    return min(octave * _PARTS + part, c.HISTOGRAM - 1)


def course(tables: Tables, run: Run) -> Mapping[Key, Floats]:
    """Return every series of a run, by owner and quantity, one value a time bin.

    Packets, drops, first packets shed, attempts and answers are per second, over a running half
    second, so that a picture shows their course and not their chance; the queue is its delay in
    seconds, at the bin's end where it was measured and its greatest where it was predicted.
    """
    bins, per_s = run.bins_count, 1e9 / tables.bin_ns
    width = max(1, round(SMOOTH_S * per_s))
    x, y = run.crossings[:bins].astype(float), run.populations[:bins].astype(float)
    found: dict[Key, Floats] = {}
    for k, name in enumerate(tables.crossings):
        found[name, "packets"] = x[:, k, c.X_PACKETS] * per_s
        found[name, "dropped"] = x[:, k, c.X_DROPPED] * per_s
        found[name, "shed"] = x[:, k, c.X_SHED] * per_s
        found[name, "queue"] = x[:, k, c.X_DELAY] / 1e9
    for j, name in enumerate(tables.populations):
        found[name, "attempts"] = y[:, j, c.Y_ATTEMPTS] * per_s
        found[name, "served"] = y[:, j, c.Y_SERVED] * per_s
        found[name, "unanswered"] = y[:, j, c.Y_UNANSWERED]
    return {key: values if key[1] in UNITS else running(values, width) for key, values in found.items()}


def running(values: Floats, width: int) -> Floats:
    """Return the mean over a centred window of so many values, shorter at the ends."""
    ones = np.ones(min(width, max(len(values), 1)))
    return np.convolve(values, ones, mode="same") / np.convolve(np.ones(len(values)), ones, mode="same")
