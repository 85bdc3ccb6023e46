"""The record of one run: its time series, one value a row, in the world's own size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tidegate.evaluate.reading.measures import judged_rows
from tidegate.simulate.kernels import columns as c
from tidegate.simulate.run import Run
from tidegate.simulate.tables import Tables
from tidegate.world.file.digest import file_digest
from tidegate.world.world import WorldFile

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


def _crossing(x: Sequence[int], bin_s: float, scale: float) -> Iterator[tuple[str, float]]:
    yield "offered_per_s", x[c.X_OFFERED] / bin_s * scale
    yield "admitted_per_s", x[c.X_ADMITTED] / bin_s * scale
    yield "packets_per_s", x[c.X_PACKETS] / bin_s * scale
    yield "dropped_per_s", (x[c.X_DROPPED] + x[c.X_NO_ROOM]) / bin_s * scale
    yield "delay_s", x[c.X_DELAY] / 1e9
    yield "table_ratio", x[c.X_ENTRIES] / 1e6
    yield "ports_ratio", x[c.X_PORTS] / 1e6


def samples(tables: Tables, run: Run) -> Iterator[Sample]:
    """Yield every value of a run's time series, in order of time."""
    bin_s, scale = tables.bin_ns / 1e9, 1.0 / tables.fraction
    per_s = scale / bin_s
    rows = judged_rows(tables)
    for b in range(run.bins_count):
        time_s = round((b + 1) * bin_s, 6)
        for k, name in enumerate(tables.crossings):
            for quantity, value in _crossing(run.crossings[b, k].tolist(), bin_s, scale):
                yield Sample(time_s=time_s, kind="crossing", name=name, quantity=quantity, value=value)
        for j in rows:
            y, name = run.populations[b, j].tolist(), tables.populations[j]
            for quantity, value in (
                ("fresh_per_s", y[c.Y_FRESH] * per_s),
                ("attempts_per_s", y[c.Y_ATTEMPTS] * per_s),
                ("served_per_s", y[c.Y_SERVED] * per_s),
                ("given_up_per_s", y[c.Y_FAILED] * per_s),
                ("unanswered_count", y[c.Y_UNANSWERED] * scale),
            ):
                yield Sample(time_s=time_s, kind="clients", name=name, quantity=quantity, value=value)
        for s, name in enumerate(tables.services):
            z = run.services[b, s].tolist()
            for quantity, value in (
                ("busy_count", z[c.Z_BUSY] * scale),
                ("queued_count", z[c.Z_QUEUED] * scale),
                ("connections_count", z[c.Z_CONNECTIONS] * scale),
            ):
                yield Sample(time_s=time_s, kind="service", name=name, quantity=quantity, value=value)


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
