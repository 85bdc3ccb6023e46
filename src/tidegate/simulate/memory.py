"""Lay tables out as the memory of one run: rows at addresses, pools with room to grow.

Here the numbers by which rows refer to each other become addresses, as the nouns declare it (`Link`, `into`).
Kernels write on bare pointers; behind every table, box and pool stands a word that must not change, so that a
kernel that writes beyond its place is told, and its run is never taken for an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tidegate.errors import CannotTellError, InternalError
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import (
    Act,
    Breaker,
    Budget,
    Cache,
    Carried,
    Circuit,
    Client,
    Crossing,
    CrossingBin,
    Device,
    Effect,
    Event,
    Exchange,
    Head,
    Layer,
    Noted,
    OldHold,
    Place,
    Pool,
    Population,
    PopulationBin,
    PortBlock,
    Purse,
    Request,
    Service,
    ServiceBin,
    Slot,
    Wave,
)
from tidegate.simulate.kernels.nouns.bins import LATENCY_BUCKETS
from tidegate.simulate.kernels.nouns.client import OWNER_BITS
from tidegate.simulate.kernels.nouns.head import ACTS_MOST, OUTBOX_ROWS
from tidegate.simulate.kernels.nouns.wave import WaveKind
from tidegate.simulate.kernels.packet import MOST_WEIGHT
from tidegate.simulate.kernels.row import NOUNS, Link, Part, Row
from tidegate.simulate.kernels.wheel import WHEEL_BITS
from tidegate.simulate.tables import Floats, Ints, Tables

HEAP_SHIFT = 62
_GUARD = 0x5AFE_0F_7EA5
MOST_LISTED = 1 << 22  # packets; a queue that holds more is known by how long it takes
MOST_BYTES = 2 << 30
"""The most memory that one run takes before it is refused."""
Table = TypeVar("Table", Ints, Floats)
_LINE = 8  # words of a cache line; rows of events do not straddle two
_POOLS = (
    (Head.events, Event.SIZE),
    (Head.exchanges, Exchange.SIZE),
    (Head.requests, Request.SIZE),
    (Head.waves, Wave.SIZE),
)


class Memory:
    """The two arrays a kernel works on, and where things stand in them.

    Parameters
    ----------
    tables
        What is laid out; not changed.
    keys
        Stream keys, one per cause of chance.
    heap_only
        Make the calendar one binary heap.
    """

    def __init__(self, tables: Tables, keys: NDArray[np.uint64], *, heap_only: bool) -> None:
        self.tables = tables
        self.bins_count = int(tables.horizon_ns // tables.bin_ns) + 2
        self._end = Head.SIZE
        # One act may take this many rows of a pool.
        populations = tables.population_rows
        rows_count = populations.shape[1] + tables.service_rows.shape[1] + len(tables.wave_rows)
        spares_count = int(populations[:, :, Population.spares_count].max(initial=0))
        self._margin = OUTBOX_ROWS + 2 * (rows_count + spares_count)
        self._guards: list[int] = []
        self._written: list[tuple[int, Ints]] = []
        self._head: dict[int, int] = {}
        self._bases: dict[str, int] = {}
        self._place_tables(keys)
        self._place_series()
        self._place_boxes(heap_only=heap_only)
        self._place_pools()
        self._refuse_beyond_bound()
        self.m = _zeros(self._end)
        for at, values in self._written:
            self.m[at : at + values.size] = values.ravel()
        if tables.names_until.any():
            self._clients()[:, Client.name_until_ns] = tables.names_until
        self._write_head(heap_only=heap_only)
        self.m[self._guards] = _GUARD
        self.f = self._floats()
        self.script = self._script()

    @property
    def head(self) -> Head:
        """The first row, as it stands now."""
        return Head(self.m, 0)

    # -- placing -----------------------------------------------------------------------------

    def _take(self, size: int) -> int:
        at = self._end
        self._end += size + 1
        self._guards.append(self._end - 1)
        return at

    def _put(self, values: Ints) -> int:
        at = self._take(values.size)
        self._written.append((at, values))
        return at

    def _base(self, noun: type[Row], field: int, count: int) -> int:
        """Make room for a table, and say in the head where it begins."""
        at = self._head[field] = self._bases[noun.__name__] = self._take(count * noun.SIZE)
        return at

    def _place_tables(self, keys: NDArray[np.uint64]) -> None:
        t, head = self.tables, self._head
        head[Head.keys_at] = self._put(keys.view(np.int64))
        self._base(Client, Head.clients, t.client_count)
        head[Head.owners_at] = self._put(self._owners())
        self._base(Population, Head.populations, t.population_rows.shape[1])
        self._base(Crossing, Head.crossings, t.crossing_rows.shape[1])
        self._base(Device, Head.devices, t.device_rows.shape[1])
        self._base(Service, Head.services, t.service_rows.shape[1])
        self._base(Cache, Head.caches, len(t.cache_rows))
        head[Head.flush_at] = self._put(t.flush)
        self._base(OldHold, Head.old_holds, len(t.old_hold_rows))
        self._bases["syn"] = self._put(t.syn)
        self._bases["laws"] = self._put(t.laws)
        self._ports = self._take(sum(self._ranges_count(j) for j in range(t.device_rows.shape[1])))
        self._client_sources = self._put(t.sources)
        self._sources = self._take(t.crossing_rows.shape[1] * t.client_count)
        self._bases["calls"] = self._put(self._bases["Population"] + t.calls * Population.SIZE)
        self._bases["Effect"] = self._take(t.effect_rows.size)
        self._bases["Carried"] = self._take(t.opening_rows.size)
        self._bases["Wave"] = self._take(t.wave_rows.size)
        head[Head.waves_end] = self._bases["Wave"] + t.wave_rows.size
        for noun, rows in (
            (Cache, t.cache_rows),
            (OldHold, t.old_hold_rows),
            (Effect, t.effect_rows),
            (Carried, t.opening_rows),
            (Wave, t.wave_rows),
        ):
            self._written.append((self._bases[noun.__name__], with_addresses(rows, noun, self._bases)))
        self._place_phases()

    def _place_phases(self) -> None:
        """Place what changes with a phase: the parameters of each, and the rows as the first has them."""
        t, head = self.tables, self._head
        populations, crossings, devices, services = tables = [
            with_addresses(rows, noun, self._bases)
            for noun, rows in (
                (Population, t.population_rows),
                (Crossing, t.crossing_rows),
                (Device, t.device_rows),
                (Service, t.service_rows),
            )
        ]
        many = np.arange(populations.shape[1])
        populations[:, :, Population.number] = many
        populations[:, :, Population.in_bin] = many * PopulationBin.SIZE
        crossings[:, :, Crossing.in_bin] = np.arange(crossings.shape[1]) * CrossingBin.SIZE
        services[:, :, Service.number] = np.arange(services.shape[1])
        for s in range(services.shape[1]):
            notes = services[:, s, Service.wishes_most_count] + services[:, s, Service.changes_most_count]
            if notes.any():
                services[:, s, Service.notes_at] = self._take(int(notes.max()) * Noted.SIZE)
        ranges = [self._ranges_count(j) for j in range(devices.shape[1])]
        devices[:, :, Device.ports_at] = self._ports + np.cumsum([0, *ranges])[:-1]
        self._place_blocks(devices)
        first = [*crossings[0, :, Crossing.first_device_number].tolist(), None]
        for k in range(crossings.shape[1]):
            devices[:, first[k] : first[k + 1], Device.sources_at] = self._sources + k * t.client_count
        self._place_lists(devices)
        self.latencies_at = self._take(len(many) * 2 * LATENCY_BUCKETS)
        populations[:, :, Population.latency_at] = self.latencies_at + many * 2 * LATENCY_BUCKETS
        phases = np.concatenate([table.reshape(len(table), -1) for table in tables], axis=1)
        head[Head.phases_at] = self._put(phases)
        head[Head.phase_words] = phases.shape[1]
        for noun, table in zip((Population, Crossing, Device, Service), tables, strict=True):
            rows = _new_rows(noun, table.shape[1])
            rows[:, : noun.PARAMETERS] = table[0]
            self._written.append((self._bases[noun.__name__], rows))

    def _sources_count(self, device: int) -> int:
        """Return how many sources have a block of ports at a device; 0 where it gives none."""
        if not self.tables.device_rows[:, device, Device.block_least_count].any():
            return 0
        last: int = self.tables.sources.max(initial=0)
        return int(last) + 1

    def _ranges_count(self, device: int) -> int:
        """Return how many counts of ports a device has: one for each service, of each source with a block."""
        services_count: int = self.tables.service_rows.shape[1]
        return max(self._sources_count(device), 1) * services_count

    def _place_blocks(self, devices: Ints) -> None:
        """Give each source a block of ports at each device that has blocks."""
        for j in range(devices.shape[1]):
            count = self._sources_count(j)
            if count:
                devices[:, j, Device.block_sources_at] = self._client_sources
                devices[:, j, Device.block_sources_count] = count
                devices[:, j, Device.blocks_at] = self._take(count * PortBlock.SIZE)

    def _place_lists(self, devices: Ints) -> None:
        """Give a list to each device whose packets differ in cost, or whose numbers change as they wait."""
        faster = self._devices_that_get_faster()
        for j in range(devices.shape[1]):
            one = devices[:, j]
            forward, shared = one[:, Device.forward_ns], one[:, Device.is_shared] == 1
            dearer = shared & (one[:, Device.setup_ns] > forward)
            changes = (forward != forward[0]).any() or (j in faster and forward.any())
            most = int(one[:, Device.queue_count].max())
            if (changes or dearer.any()) and most <= MOST_LISTED:
                one[:, Device.places_count] = most + MOST_WEIGHT
                one[:, Device.list_at] = self._take((most + MOST_WEIGHT) * Place.SIZE)

    def _devices_that_get_faster(self) -> set[int]:
        """Return the devices of crossings whose capacity a scaler raises."""
        rows = self.tables.crossing_rows
        first = [*rows[0, :, Crossing.first_device_number].tolist(), self.tables.device_rows.shape[1]]
        growing = [k for k in range(rows.shape[1]) if rows[:, k, Crossing.grows_capacity].any()]
        return {j for k in growing for j in range(first[k], first[k + 1])}

    def _owners(self) -> Ints:
        """Return whose every so many clients are; all else of them is 0 before a run (`untouched`)."""
        clients = np.arange(0, self.tables.client_count, 1 << OWNER_BITS)
        return self.tables.population_rows[0, :, Population.first_client].searchsorted(clients, "right") - 1

    def _place_series(self) -> None:
        t, head = self.tables, self._head
        self._series = []
        for at, rows, noun in (
            (Head.crossing_bins, t.crossing_rows.shape[1], CrossingBin),
            (Head.population_bins, t.population_rows.shape[1], PopulationBin),
            (Head.service_bins, t.service_rows.shape[1], ServiceBin),
        ):
            head[at] = self._take(self.bins_count * rows * noun.SIZE)
            self._series.append((head[at], (self.bins_count, rows, noun.SIZE)))

    def _place_boxes(self, *, heap_only: bool) -> None:
        head = self._head
        head[Head.acts] = self._take(ACTS_MOST * Act.SIZE)
        head[Head.slots_count] = 1 << WHEEL_BITS
        head[Head.wheel] = self._take(0 if heap_only else (2 << WHEEL_BITS) * Slot.SIZE)

    def _place_pools(self) -> None:
        t = self.tables
        first = t.population_rows[0]
        places = first[:, Population.clients_count] * first[:, Population.places_each_count]
        kept = int((first[:, Population.is_kept] * places).sum())
        # Pages that are never written cost nothing; to grow costs a copy of everything.
        sizes = (4096 + t.client_count * 2 + len(t.script), 1024 + kept, 4096, 64)
        for (pool, row), size in zip(_POOLS, sizes, strict=True):
            self._end = -(-self._end // _LINE) * _LINE
            self._head[pool + Pool.following] = self._take((size + 2 * self._margin) * row)
            self._head[pool + Pool.full_from] = self._guards[-1] - self._margin * row

    # -- writing -----------------------------------------------------------------------------

    def _write_head(self, *, heap_only: bool) -> None:
        t, head = self.tables, self.head
        for column, value in self._head.items():
            self.m[column] = value
        head.end_ns = t.horizon_ns
        head.look_ns = t.look_ns
        head.looks_count = t.bin_ns // t.look_ns
        width_ns = 1e9 / t.event_rate_per_s
        head.bucket_shift = HEAP_SHIFT if heap_only else max(10, min(34, int(np.log2(width_ns))))
        head.populations_count = t.population_rows.shape[1]
        head.crossings_count = t.crossing_rows.shape[1]
        head.devices_count = t.device_rows.shape[1]
        head.services_count = t.service_rows.shape[1]
        head.caches_count = len(t.cache_rows)
        head.old_holds_count = len(t.old_hold_rows)
        head.first_transfer = -1

    def _floats(self) -> Floats:
        t, bases, end = self.tables, {"laws": self._bases["laws"]}, 0
        for noun, words in (
            (Layer, t.layer_rows.size),
            (Budget, t.budget_rows.size),
            (Breaker, t.breaker_rows.size),
            (Purse, len(t.tokens) * Purse.SIZE),
            (Circuit, t.breaker_count * Circuit.SIZE),
        ):
            bases[noun.__name__] = end
            end += words
        f = np.zeros(end)
        for noun, rows in ((Layer, t.layer_rows), (Budget, t.budget_rows), (Breaker, t.breaker_rows)):
            at = bases[noun.__name__]
            f[at : at + rows.size] = with_addresses(rows, noun, bases).ravel()
        f[bases["Purse"] + Purse.tokens_count : bases["Circuit"] : Purse.SIZE] = t.tokens
        return f

    def _script(self) -> Ints:
        rows = np.vstack([self.tables.script, [(self.tables.look_ns, Happening.SAMPLE, 0, 0)]])
        about = {
            Happening.WAVE: Wave,
            Happening.RENEW: Population,
            Happening.TICK: Service,
            Happening.MEASURE: Crossing,
            Happening.STRAY: Device,
            Happening.SETTLE: Service,
        }
        for kind, noun in about.items():
            mine = rows[:, 1] == kind
            rows[mine, 2] = self._bases[noun.__name__] + rows[mine, 2] * noun.SIZE
        return rows.ravel()

    # -- during and after the run --------------------------------------------------------------

    def grow(self) -> None:
        """Give every pool that is full another stretch, in all half as much as there is."""
        full = [(pool, row) for at, row in _POOLS if (pool := Pool(self.m, at)).following > pool.full_from]
        for pool, row in full:
            size = max(self._end // (2 * len(full)) // row, 2 * self._margin) * row
            self._end = -(-self._end // _LINE) * _LINE
            pool.following = self._take(size)
            pool.full_from = self._guards[-1] - self._margin * row
        self._refuse_beyond_bound()
        grown = _zeros(self._end)
        grown[: len(self.m)] = self.m
        grown[self._guards] = _GUARD
        self.m = grown

    def refuse_spoilt(self) -> None:
        """Raise where a kernel has written beyond its place: `InternalError`."""
        if (self.m[self._guards] != _GUARD).any():
            raise InternalError("the event engine wrote beyond its memory; please report the world")

    def _refuse_beyond_bound(self) -> None:
        """Say that a run is too large rather than take the machine's memory."""
        if self._end * 8 > MOST_BYTES:
            now_s = self.head.now_ns / 1e9 if hasattr(self, "m") else 0.0
            raise CannotTellError(
                f"one run needs more than {MOST_BYTES >> 30} GiB of memory (after {now_s:.3g} s of the "
                "world's time): run a smaller part of the world, or say how its clients wait before they "
                "try again"
            )

    def series(self) -> tuple[Ints, Ints, Ints]:
        """Return the time series of crossings, populations and services, as they stand in this memory."""
        x, y, z = (self.m[at : at + int(np.prod(shape))].reshape(shape) for at, shape in self._series)
        return x, y, z[:, : len(self.tables.services)]  # instances that have a row: with their service

    def not_started_count(self) -> int:
        """Return how many have yet to start where few do at a time, or went and are not back."""
        at, many = self._bases["Wave"], len(self.tables.wave_rows)
        waves = self.m[at : at + many * Wave.SIZE].reshape(many, Wave.SIZE)
        boots = waves[:, Wave.kind] == WaveKind.REQUESTS
        wanted = np.where(boots, np.maximum(waves[:, Wave.booting_count], 1), waves[:, Wave.clients_count])
        left = (wanted - waves[:, Wave.started_count])[waves[:, Wave.at_once_count] > 0]
        restarts = at + Wave.SIZE * np.flatnonzero(waves[:, Wave.goes])
        away = np.isin(self._clients()[:, Client.boots_in_at], restarts).sum() if len(restarts) else 0
        return int(left.sum()) + int(away)

    def _clients(self) -> Ints:
        """Return the rows of all clients, as they stand in this memory."""
        first, count = self._bases["Client"], self.tables.client_count
        return self.m[first : first + count * Client.SIZE].reshape(count, Client.SIZE)

    def away_count(self) -> int:
        """Return how many instances are on their way: starting, killed, or taken out by checks."""
        at, many = self._bases["Service"], self.tables.service_rows.shape[1]
        rows = self.m[at : at + many * Service.SIZE].reshape(many, Service.SIZE)
        ways = (Service.pending_count, Service.booting_count, Service.killed_count, Service.ejected_count)
        return int(rows[:, ways].sum())

    def latencies(self) -> Ints:
        """Return the latency histograms: (populations, connect and request, buckets)."""
        shape = (self.tables.population_rows.shape[1], 2, LATENCY_BUCKETS)
        at = self.latencies_at
        return self.m[at : at + int(np.prod(shape))].reshape(shape).copy()


def _zeros(size: int) -> Ints:
    """Return zeros that begin with a cache line; pages never written cost nothing."""
    zeros = np.zeros(size + _LINE, dtype=np.int64)
    first = -(zeros.ctypes.data // 8) % _LINE
    return zeros[first : first + size]


def with_addresses(table: Table, noun: type[Row], bases: Mapping[str, int]) -> Table:
    """Return rows whose links are addresses, where they were numbers of rows; -1 and other marks stay.

    Parameters
    ----------
    table
        Rows of `noun`, columns last; not changed.
    bases
        Where the rows of each noun begin, and the words of each list.
    """
    addresses = table.copy()
    for column, base, words in _references(noun, bases):
        if column < table.shape[-1]:
            numbers = table[..., column]
            addresses[..., column] = np.where(numbers >= 0, base + numbers * words, numbers)
    return addresses


def _references(noun: type[Row], bases: Mapping[str, int]) -> Iterator[tuple[int, int, int]]:
    """Yield each column that refers to something: the column, where that begins, and how long it is."""
    for field in noun.FIELDS.values():
        if isinstance(field, Part):
            for column, base, words in _references(NOUNS[field.to], bases):
                yield field + column, base, words
        elif isinstance(field, Link) and field.to in bases:
            yield field, bases[field.to], NOUNS[field.to].SIZE
        elif field.into:
            yield field, bases[field.into], 1


def _new_rows(noun: type[Row], count: int) -> Ints:
    """Return rows as they stand before a run, without their parameters."""
    rows = np.zeros((count, noun.SIZE), dtype=np.int64)
    rows[:] = _starts(noun)
    return rows


def _starts(noun: type[Row]) -> list[int]:
    starts = [0] * noun.SIZE
    for field in noun.FIELDS.values():
        if isinstance(field, Part):
            starts[field : field + field.words_count] = _starts(NOUNS[field.to])
        elif field.start:
            starts[field] = field.start
    return starts
