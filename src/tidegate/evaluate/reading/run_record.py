"""The record of one run: its time series, one value a row, in the world's own size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.evaluate.reading.measures import judged_rows
from tidegate.simulate.run import Run
from tidegate.simulate.series import CrossingSeries, PopulationSeries, ServiceSeries
from tidegate.simulate.tables import Tables
from tidegate.world.file.digest import file_digest
from tidegate.world.world import WorldFile

_Quantities = Mapping[str, NDArray[np.floating[Any]]]
_DIGEST_COUNT = 12
LASTING_BINS = 3
"""So many time bins a value must stay where it is to count as lasting."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One value of a time series, in the world's own size.

    Parameters
    ----------
    time_s
        End of the time bin.
    kind, name
        "crossing", "clients" or "service", and its name in the world.
    quantity
        What, with its unit as suffix.
    value
        The value.
    """

    time_s: float
    kind: str
    name: str
    quantity: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Which run a record is of: it stands in every row, so that runs can be told apart and put together.

    Parameters
    ----------
    world, digest
        The world's name, and the beginning of its digest with everything that was laid over it.
    activity
        What happened; empty for the triggers alone.
    seed, replication
        Which run.
    """

    world: str
    digest: str
    activity: str
    seed: int
    replication: int


def whose(file: WorldFile, activity: str | None, *, seed: int, replication: int) -> Whose:
    """Return what the record of a run says of itself."""
    return Whose(
        world=file.world.name,
        digest=file_digest(file)[:_DIGEST_COUNT],
        activity=activity or "",
        seed=seed,
        replication=replication,
    )


def _crossing(x: CrossingSeries[np.int64], bin_s: float, scale: float) -> _Quantities:
    return {
        "offered_per_s": x.offered_count / bin_s * scale,
        "admitted_per_s": x.admitted_count / bin_s * scale,
        "packets_per_s": x.packets_count / bin_s * scale,
        "dropped_per_s": (x.dropped_count + x.no_room_count) / bin_s * scale,
        "delay_s": x.delay_ns / 1e9,
        "table_ratio": x.entries_ppm / 1e6,
        "ports_ratio": x.ports_ppm / 1e6,
    }


def _clients(y: PopulationSeries[np.int64], per_s: float, scale: float) -> _Quantities:
    return {
        "fresh_per_s": y.fresh_count * per_s,
        "attempts_per_s": y.attempts_count * per_s,
        "served_per_s": y.served_count * per_s,
        "given_up_per_s": y.failed_count * per_s,
        "unanswered_count": y.unanswered_count * scale,
    }


def _service(z: ServiceSeries[np.int64], scale: float) -> _Quantities:
    return {
        "busy_count": z.busy_count * scale,
        "queued_count": z.queued_count * scale,
        "connections_count": z.connections_count * scale,
    }


def samples(tables: Tables, run: Run) -> Iterator[Sample]:
    """Yield every value of a run's time series, in order of time."""
    bin_s, scale = tables.bin_ns / 1e9, 1.0 / tables.fraction
    per_s = scale / bin_s
    crossings, populations, services = run.crossings, run.populations, run.services
    owners = [
        *(
            ("crossing", name, _crossing(crossings.row(k), bin_s, scale))
            for k, name in enumerate(tables.crossings)
        ),
        *(
            ("clients", tables.populations[j], _clients(populations.row(j), per_s, scale))
            for j in judged_rows(tables)
        ),
        *(("service", name, _service(services.row(s), scale)) for s, name in enumerate(tables.services)),
    ]
    series = [
        (kind, name, quantity, values.tolist())
        for kind, name, quantities in owners
        for quantity, values in quantities.items()
    ]
    for b in range(run.bins_count):
        time_s = round((b + 1) * bin_s, 6)
        for kind, name, quantity, values in series:
            yield Sample(time_s=time_s, kind=kind, name=name, quantity=quantity, value=values[b])


class Record:
    """A run's series by noun and quantity, on one axis of time."""

    def __init__(self, rows: Iterable[Sample]) -> None:
        self._series: dict[tuple[str, str, str], list[float]] = {}
        times: dict[float, None] = {}
        for row in rows:
            times[row.time_s] = None
            self._series.setdefault((row.kind, row.name, row.quantity), []).append(row.value)
        self.times_s = tuple(times)
        self.bin_s = self.times_s[0] if self.times_s else 1.0

    def of(self, kind: str, name: str, quantity: str) -> Sequence[float]:
        """Return one series; empty where the record has none."""
        return self._series.get((kind, name, quantity), ())

    def per_second(self, kind: str, name: str, quantity: str) -> list[float]:
        """Return one series as its mean over a running second, so that one bin's burst is no rate."""
        values, width = self.of(kind, name, quantity), max(1, round(1.0 / self.bin_s))
        means, total = [], 0.0
        for i, value in enumerate(values):
            total += value - (values[i - width] if i >= width else 0.0)
            means.append(total / min(i + 1, width))
        return means

    def lasting(self, holds: Callable[[int], bool], from_s: float) -> int | None:
        """Return the first bin from `from_s` on at which `holds` begins to hold for a while."""
        run = 0
        for i, at_s in enumerate(self.times_s):
            run = run + 1 if at_s > from_s and holds(i) else 0
            if run == LASTING_BINS:
                return i - LASTING_BINS + 1
        return None
