"""What a run counted, by name: one value for each time bin and row, nothing copied.

A row is a crossing, a population or a service, in the order of `Tables`. Each series is a view of the
array that the engine filled, with bins and rows as its last two axes; writing to it writes there. The sums of
a bin begin at 0 with it, what stands is noted at its end, and what ends in "most" is the most at any look
(`Tables.look_ns`) within it.
"""

from __future__ import annotations

from typing import ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tidegate.simulate.kernels.nouns.bins import LATENCY_BUCKETS, CrossingBin, PopulationBin, ServiceBin
from tidegate.simulate.tables import Ints

NumberT = TypeVar("NumberT", np.int64, np.float64)

BUCKETS_COUNT = LATENCY_BUCKETS
"""Buckets of a latency histogram; sixteen to an octave, the first from 1024 ns on."""


class _Series(Generic[NumberT]):
    """Series of one kind of rows.

    Parameters
    ----------
    counts
        As the engine lays them out: (…, bins, rows, series), counts and times as integers; or as numbers
        that were reckoned of such.
    """

    __slots__ = ("counts",)
    _kinds_count: ClassVar[int]

    def __init__(self, counts: NDArray[NumberT]) -> None:
        self.counts: NDArray[NumberT] = counts

    @classmethod
    def none(cls, bins_count: int, rows_count: int) -> Self:
        """Return series in which nothing has happened."""
        return cls(np.zeros((bins_count, rows_count, cls._kinds_count), dtype=np.int64))

    def copy(self) -> Self:
        """Return the same in memory of its own."""
        return type(self)(self.counts.copy())

    def row(self, row: int) -> Self:
        """Return the series of one row, which has no axis of rows any more: bins are chosen before."""
        return type(self)(self.counts[..., row, :])

    def bins(self, first: int | None = None, end: int | None = None) -> Self:
        """Return the series within some bins: from one on, up to another and without it."""
        return type(self)(self.counts[..., first:end, :, :])


class CrossingSeries(_Series[NumberT]):
    """What crossings were asked for and did; of all devices of a crossing together."""

    __slots__ = ()
    _kinds_count = CrossingBin.SIZE

    def as_floats(self) -> CrossingSeries[np.float64]:
        """Return a copy to reckon with: where many sums are made of it that is quicker than of integers."""
        return CrossingSeries(self.counts.astype(np.float64))

    @property
    def offered_count(self) -> NDArray[NumberT]:
        """New flows that were asked for, those turned away and those asked for again included."""
        return self.counts[..., CrossingBin.offered_count]

    @property
    def admitted_count(self) -> NDArray[NumberT]:
        """New flows that found room; whether their first packet then found a place in the queue or not."""
        return self.counts[..., CrossingBin.admitted_count]

    @property
    def packets_count(self) -> NDArray[NumberT]:
        """Packets that came to the queue, those lost there included."""
        return self.counts[..., CrossingBin.packets_count]

    @property
    def dropped_count(self) -> NDArray[NumberT]:
        """Packets that found the queue full."""
        return self.counts[..., CrossingBin.dropped_count]

    @property
    def shed_count(self) -> NDArray[NumberT]:
        """New flows turned away before any queue: by an admission limit, or for want of an entry or port."""
        return self.counts[..., CrossingBin.shed_count]

    @property
    def delay_ns(self) -> NDArray[NumberT]:
        """The longest that a packet took through a device, its wait in the queue included."""
        return self.counts[..., CrossingBin.longest_delay_ns]

    @property
    def entries_ppm(self) -> NDArray[NumberT]:
        """How full the fullest table of flows was, in millionths; 0 where there is none."""
        return self.counts[..., CrossingBin.entries_most_ppm]

    @property
    def ports_ppm(self) -> NDArray[NumberT]:
        """How far the scarcest range of ports was in use, in millionths; 0 where there is none."""
        return self.counts[..., CrossingBin.ports_most_ppm]

    @property
    def offered_most_count(self) -> NDArray[NumberT]:
        """The most new flows asked for in two looks together: as a rule in a second."""
        return self.counts[..., CrossingBin.offered_most_count]

    @property
    def packets_most_count(self) -> NDArray[NumberT]:
        """The most packets that came in two looks together: as a rule in a second."""
        return self.counts[..., CrossingBin.packets_most_count]

    @property
    def no_room_count(self) -> NDArray[NumberT]:
        """Of the new flows turned away, those that found no entry or no port."""
        return self.counts[..., CrossingBin.no_room_count]


class PopulationSeries(_Series[NumberT]):
    """What populations wanted, and what became of it."""

    __slots__ = ()
    _kinds_count = PopulationBin.SIZE

    @property
    def fresh_count(self) -> NDArray[NumberT]:
        """Requests that began, retries not counted."""
        return self.counts[..., PopulationBin.fresh_count]

    @property
    def attempts_count(self) -> NDArray[NumberT]:
        """Attempts that began, first ones and retries."""
        return self.counts[..., PopulationBin.attempts_count]

    @property
    def served_count(self) -> NDArray[NumberT]:
        """Requests that were answered well while their client still waited."""
        return self.counts[..., PopulationBin.served_count]

    @property
    def failed_count(self) -> NDArray[NumberT]:
        """Requests that were given up, all attempts having failed."""
        return self.counts[..., PopulationBin.failed_count]

    @property
    def prompt_count(self) -> NDArray[NumberT]:
        """Of the requests that began in the bin, those answered before an attempt is given up."""
        return self.counts[..., PopulationBin.prompt_count]

    @property
    def amiss_count(self) -> NDArray[NumberT]:
        """Of the requests that began in the bin, those answered later, or given up since."""
        return self.counts[..., PopulationBin.amiss_count]

    @property
    def left_count(self) -> NDArray[NumberT]:
        """Of the requests that began in the bin, those whose client has gone since."""
        return self.counts[..., PopulationBin.left_count]

    @property
    def unanswered_count(self) -> NDArray[NumberT]:
        """Requests begun and neither answered nor given up, at the end of the bin."""
        return self.counts[..., PopulationBin.unanswered_count]

    @property
    def unanswered_most_count(self) -> NDArray[NumberT]:
        """The most requests begun and neither answered nor given up, at any look."""
        return self.counts[..., PopulationBin.unanswered_most_count]

    @property
    def silent_ns(self) -> NDArray[NumberT]:
        """How long nobody has been answered although somebody waited; 0 while somebody is."""
        return self.counts[..., PopulationBin.silent_ns]


class ServiceSeries(_Series[NumberT]):
    """How busy services were; of all instances of a service together."""

    __slots__ = ()
    _kinds_count = ServiceBin.SIZE

    @property
    def busy_count(self) -> NDArray[NumberT]:
        """Workers that hold a request, at the end of the bin."""
        return self.counts[..., ServiceBin.busy_count]

    @property
    def queued_count(self) -> NDArray[NumberT]:
        """Requests that wait for a worker, at the end of the bin."""
        return self.counts[..., ServiceBin.queued_count]

    @property
    def served_count(self) -> NDArray[NumberT]:
        """Requests answered since the run began, whether anybody still waited for them or not."""
        return self.counts[..., ServiceBin.served_count]

    @property
    def connections_count(self) -> NDArray[NumberT]:
        """Connections that stand, at the end of the bin."""
        return self.counts[..., ServiceBin.connections_count]

    @property
    def queued_most_count(self) -> NDArray[NumberT]:
        """The most requests that waited for a worker, at any look."""
        return self.counts[..., ServiceBin.queued_most_count]

    @property
    def connections_most_count(self) -> NDArray[NumberT]:
        """The most connections that stood, at any look."""
        return self.counts[..., ServiceBin.connections_most_count]


class Latencies:
    """How long it took, as histograms of each population over the whole run.

    Parameters
    ----------
    counts
        As the engine lays them out: (populations, connect and request, buckets).
    """

    __slots__ = ("counts",)

    def __init__(self, counts: Ints) -> None:
        self.counts = counts

    @classmethod
    def none(cls, populations_count: int) -> Self:
        """Return histograms of nothing."""
        return cls(np.zeros((populations_count, 2, BUCKETS_COUNT), dtype=np.int64))

    @property
    def connect_count(self) -> Ints:
        """Connections by the time from their first packet to their standing: (populations, buckets)."""
        return self.counts[:, 0]

    @property
    def request_count(self) -> Ints:
        """Requests by the time from wanting them to their answer: (populations, buckets)."""
        return self.counts[:, 1]
