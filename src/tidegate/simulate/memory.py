"""Lay tables out as the memory of one run: rows at addresses, pools with room to grow.

The only place that knows both numberings: row numbers (tables) and addresses (kernels). Kernels write on bare
pointers; behind every table, box and pool stands a word that must not change, so that a kernel that writes
beyond its place is told, and its run is never taken for an answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tidegate.errors import CannotTellError, InternalError
from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.wheel import WHEEL_BITS
from tidegate.simulate.tables import Floats, Ints, Tables

HEAP_SHIFT = 62
_GUARD = 0x5AFE_0F_7EA5
MOST_LISTED = 1 << 22  # packets; a queue that holds more is known by how long it takes
MOST_BYTES = 2 << 30
"""The most memory that one run takes before it is refused."""
_LINE = 8  # words of a cache line; rows of events do not straddle two
_POOLS = (
    (c.G_EVENT_NEXT, c.V_ROW),
    (c.G_EXCHANGE_NEXT, c.A_ROW),
    (c.G_REQUEST_NEXT, c.R_ROW),
    (c.G_WAVE_NEXT, c.W_ROW),
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
        self._end = c.HEAD
        # One act may take this many rows of a pool.
        rows_count = tables.P.shape[1] + tables.S.shape[1] + len(tables.W)
        self._margin = c.OUTBOX + 2 * (rows_count + int(tables.P[:, :, c.P_SPARES].max(initial=0)))
        self._guards: list[int] = []
        self._written: list[tuple[int, Ints]] = []
        self._head: dict[int, int] = {}
        self._place_tables(keys)
        self._place_series()
        self._place_boxes(heap_only=heap_only)
        self._place_pools()
        self._refuse_beyond_bound()
        self.m = _zeros(self._end)
        for at, values in self._written:
            self.m[at : at + values.size] = values.ravel()
        self._write_head(heap_only=heap_only)
        self.m[self._guards] = _GUARD
        self.f = self._floats()
        self.script = self._script()

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

    def _place_tables(self, keys: NDArray[np.uint64]) -> None:
        t, head = self.tables, self._head
        head[c.G_KEYS] = self._put(keys.view(np.int64))
        head[c.G_CLIENTS] = self._take(t.client_count * c.CL_ROW)
        head[c.G_POPULATIONS] = self._take(t.P.shape[1] * c.P_ROW)
        head[c.G_CROSSINGS] = self._take(t.C.shape[1] * c.C_ROW)
        head[c.G_DEVICES] = self._take(t.D.shape[1] * c.D_ROW)
        head[c.G_SERVICES] = self._take(t.S.shape[1] * c.S_ROW)
        head[c.G_CACHES] = self._put(t.H)
        head[c.G_FLUSH] = self._put(t.flush)
        head[c.G_OLD] = self._put(self._old_rows())
        self._syn = self._put(t.syn)
        self._ports = self._take(t.D.shape[1] * t.S.shape[1])
        self._sources = self._take(t.C.shape[1] * t.client_count)
        self._calls = self._put(_addresses(t.calls, head[c.G_POPULATIONS], c.P_ROW))
        self._effects = self._take(t.F.size)
        self._waves = self._take(t.W.size)
        self._written.append((self._effects, self._effect_rows()))
        self._written.append((self._waves, self._wave_rows()))
        head[c.G_WAVES_END] = self._waves + t.W.size
        self._clients_and_phases()

    def _clients_and_phases(self) -> None:
        t, head = self.tables, self._head
        P, C, D, S = (table.copy() for table in (t.P, t.C, t.D, t.S))
        _to_addresses(P, c.P_SERVICE, head[c.G_SERVICES], c.S_ROW)
        _to_addresses(P, c.P_FIRST, head[c.G_CLIENTS], c.CL_ROW)
        for other in (c.P_LOOKUP, c.P_SPARE, c.P_FOR):
            _to_addresses(P, other, head[c.G_POPULATIONS], c.P_ROW)
        for hop in range(c.MOST_HOPS):
            _to_addresses(P, c.P_HOP + hop, head[c.G_CROSSINGS], c.C_ROW)
        _to_addresses(P, c.P_SYN, self._syn, 1)
        _to_addresses(P, c.P_CACHE, head[c.G_CACHES], c.H_ROW)
        _to_addresses(P, c.P_EFFECT, self._effects, c.F_ROW)
        _to_addresses(P, c.P_OWNER, head[c.G_SERVICES], c.S_ROW)
        P[:, :, c.P_LAYER] = _layer_address(P[:, :, c.P_LAYER])
        P[:, :, c.P_INDEX] = np.arange(P.shape[1])
        P[:, :, c.P_SERIES] = np.arange(P.shape[1]) * c.Y_COLUMNS
        C[:, :, c.C_SERIES] = np.arange(C.shape[1]) * c.X_COLUMNS
        S[:, :, c.S_INDEX] = np.arange(S.shape[1])
        _to_addresses(S, c.S_CALL, self._calls, 1)
        _to_addresses(S, c.S_BOOTERS, head[c.G_CLIENTS], c.CL_ROW)
        _to_addresses(S, c.S_UP, self._waves, c.W_ROW)
        D[:, :, c.D_PORTS_AT] = self._ports + np.arange(D.shape[1]) * S.shape[1]
        for k in range(C.shape[1]):
            mine = slice(C[0, k, c.C_FIRST], C[0, k + 1, c.C_FIRST] if k + 1 < C.shape[1] else None)
            D[:, mine, c.D_SOURCE_AT] = self._sources + k * t.client_count
        self._place_lists(D)
        histograms = self._take(P.shape[1] * 2 * c.HISTOGRAM)
        self.latencies_at = histograms
        P[:, :, c.P_LATENCY] = histograms + np.arange(P.shape[1]) * 2 * c.HISTOGRAM
        phases = np.concatenate([table.reshape(len(P), -1) for table in (P, C, D, S)], axis=1)
        head[c.G_PHASES] = self._put(phases)
        head[c.G_PHASE_SIZE] = phases.shape[1]
        self._written.append((head[c.G_CLIENTS], self._client_rows()))
        rows = (
            (P, c.P_ROW, c.G_POPULATIONS),
            (C, c.C_ROW, c.G_CROSSINGS),
            (D, c.D_ROW, c.G_DEVICES),
            (S, c.S_ROW, c.G_SERVICES),
        )
        for table, row, at in rows:
            full = np.zeros((table.shape[1], row), dtype=np.int64)
            full[:, : table.shape[2]] = table[0]
            if at == c.G_POPULATIONS:
                full[:, [c.Q_FREE, c.Q_BARE, c.Q_WAIT_HEAD, c.Q_WAIT_TAIL, c.Q_SILENT_SINCE]] = -1
            if at == c.G_SERVICES:
                full[:, [c.T_HEAD, c.T_TAIL, c.T_ACCEPT_HEAD, c.T_ACCEPT_TAIL]] = -1
            self._written.append((head[at], full))

    def _old_rows(self) -> Ints:
        rows = self.tables.old.copy()
        rows[:, c.O_DEVICE] = self._head[c.G_DEVICES] + rows[:, c.O_DEVICE] * c.D_ROW
        services = rows[:, c.O_SERVICE]
        rows[:, c.O_SERVICE] = np.where(services >= 0, self._head[c.G_SERVICES] + services * c.S_ROW, -1)
        return rows

    def _place_lists(self, D: Ints) -> None:
        """Give a list to each device whose packets differ in cost, or whose numbers change as they wait."""
        for j in range(D.shape[1]):
            device = D[:, j]
            dearer = (device[:, c.D_SHARED] == 1) & (device[:, c.D_SETUP] > device[:, c.D_FORWARD])
            changes = (device[:, c.D_FORWARD] != device[0, c.D_FORWARD]).any()
            most = int(device[:, c.D_QUEUE].max())
            if (changes or dearer.any()) and most <= MOST_LISTED:
                device[:, c.D_PLACES] = most + c.WEIGHT
                device[:, c.D_RING] = self._take((most + c.WEIGHT) * c.PLACE_ROW)

    def _client_rows(self) -> Ints:
        rows = np.zeros((self.tables.client_count, c.CL_ROW), dtype=np.int64)
        rows[:, [c.CL_EXCHANGE, c.CL_REQUEST]] = -1
        rows[:, c.CL_NEXT_FREE] = c.REMOVED
        rows[:, c.CL_NAME_UNTIL] = self.tables.names_until
        first = self.tables.P[0, :, c.P_FIRST]
        at = np.searchsorted(first, np.arange(len(rows)), side="right") - 1
        rows[:, c.CL_POP] = self._head[c.G_POPULATIONS] + at * c.P_ROW
        return rows

    def _wave_rows(self) -> Ints:
        rows = self.tables.W.copy()
        rows[:, c.W_POP] = self._head[c.G_POPULATIONS] + rows[:, c.W_POP] * c.P_ROW
        own = rows[:, c.W_LAYER] >= 0
        rows[own, c.W_LAYER] = _layer_address(rows[own, c.W_LAYER])
        return rows

    def _effect_rows(self) -> Ints:
        rows = self.tables.F.copy()
        rows[:, c.F_SERVICE] = self._head[c.G_SERVICES] + rows[:, c.F_SERVICE] * c.S_ROW
        rows[:, c.F_WAVE] = self._waves + rows[:, c.F_WAVE] * c.W_ROW
        return rows

    def _place_series(self) -> None:
        t, head = self.tables, self._head
        self._series = []
        for at, rows, columns in (
            (c.G_X, t.C.shape[1], c.X_COLUMNS),
            (c.G_Y, t.P.shape[1], c.Y_COLUMNS),
            (c.G_Z, t.S.shape[1], c.Z_COLUMNS),
        ):
            head[at] = self._take(self.bins_count * rows * columns)
            self._series.append((head[at], (self.bins_count, rows, columns)))

    def _place_boxes(self, *, heap_only: bool) -> None:
        head = self._head
        head[c.G_ACTS] = self._take(c.ACTS * 2)
        head[c.G_WHEEL_SIZE] = 1 << WHEEL_BITS
        head[c.G_WHEEL] = self._take(0 if heap_only else 2 << WHEEL_BITS)

    def _place_pools(self) -> None:
        t = self.tables
        first = t.P[0]
        kept = int((first[:, c.P_KEPT] * first[:, c.P_COUNT] * first[:, c.P_STRIDE]).sum())
        # Pages that are never written cost nothing; to grow costs a copy of everything.
        sizes = (4096 + t.client_count * 2 + len(t.script), 1024 + kept, 4096, 64)
        for (following, row), size in zip(_POOLS, sizes, strict=True):
            self._end = -(-self._end // _LINE) * _LINE
            self._head[following] = self._take((size + 2 * self._margin) * row)
            self._head[following + 1] = self._guards[-1] - self._margin * row

    # -- writing -----------------------------------------------------------------------------

    def _write_head(self, *, heap_only: bool) -> None:
        t, m = self.tables, self.m
        for column, value in self._head.items():
            m[column] = value
        m[c.G_END] = t.horizon_ns
        m[c.G_LOOK_NS] = t.look_ns
        m[c.G_LOOKS] = t.bin_ns // t.look_ns
        width_ns = 1e9 / t.event_rate_per_s
        m[c.G_SHIFT] = HEAP_SHIFT if heap_only else max(10, min(34, int(np.log2(width_ns))))
        m[c.G_POPULATION_COUNT] = t.P.shape[1]
        m[c.G_CROSSING_COUNT] = t.C.shape[1]
        m[c.G_DEVICE_COUNT] = t.D.shape[1]
        m[c.G_SERVICE_COUNT] = t.S.shape[1]
        m[c.G_CACHE_COUNT] = len(t.H)
        m[c.G_OLD_COUNT] = len(t.old)

    def _floats(self) -> Floats:
        t = self.tables
        budgets = t.L.size
        breakers = budgets + t.B.size
        tokens = breakers + t.K.size
        states = tokens + len(t.tokens) * c.B_STATE
        f = np.zeros(states + t.breaker_count * c.K_STATE)
        L, B, K = t.L.copy(), t.B.copy(), t.K.copy()
        for column, at, row in ((c.L_BUDGET, budgets, c.B_COLUMNS), (c.L_BREAKER, breakers, c.K_COLUMNS)):
            L[:, column] = np.where(L[:, column] >= 0, at + L[:, column] * row, -1.0)
        B[:, c.B_FIRST] = tokens + B[:, c.B_FIRST] * c.B_STATE
        K[:, c.K_FIRST] = states + K[:, c.K_FIRST] * c.K_STATE
        for at, table in ((0, L), (budgets, B), (breakers, K)):
            f[at : at + table.size] = table.ravel()
        f[tokens : states : c.B_STATE] = t.tokens
        return f

    def _script(self) -> Ints:
        rows = np.vstack([self.tables.script, [(self.tables.look_ns, c.SAMPLE, 0, 0)]])
        bases = {
            c.WAVE: (self._waves, c.W_ROW),
            c.RENEW: (self._head[c.G_POPULATIONS], c.P_ROW),
            c.TICK: (self._head[c.G_SERVICES], c.S_ROW),
        }
        for kind, (base, row) in bases.items():
            mine = rows[:, 1] == kind
            rows[mine, 2] = base + rows[mine, 2] * row
        return rows.ravel()

    # -- during and after the run --------------------------------------------------------------

    def grow(self) -> None:
        """Give every pool that is full another stretch, in all half as much as there is."""
        full = [(at, row) for at, row in _POOLS if self.m[at] > self.m[at + 1]]
        for following, row in full:
            size = max(self._end // (2 * len(full)) // row, 2 * self._margin) * row
            self._end = -(-self._end // _LINE) * _LINE
            self.m[following] = self._take(size)
            self.m[following + 1] = self._guards[-1] - self._margin * row
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
            now_s = self.m[c.G_NOW] / 1e9 if hasattr(self, "m") else 0.0
            raise CannotTellError(
                f"one run needs more than {MOST_BYTES >> 30} GiB of memory (after {now_s:.3g} s of the "
                "world's time): run a smaller part of the world, or say how its clients wait before they "
                "try again"
            )

    def series(self) -> tuple[Ints, Ints, Ints]:
        """Return the time series of crossings, populations and services, as they stand in this memory."""
        x, y, z = (self.m[at : at + int(np.prod(shape))].reshape(shape) for at, shape in self._series)
        return x, y, z

    def latencies(self) -> Ints:
        """Return the latency histograms: (populations, connect and request, buckets)."""
        shape = (self.tables.P.shape[1], 2, c.HISTOGRAM)
        at = self.latencies_at
        return self.m[at : at + int(np.prod(shape))].reshape(shape).copy()


def _zeros(size: int) -> Ints:
    """Return zeros that begin with a cache line; pages never written cost nothing."""
    zeros = np.zeros(size + _LINE, dtype=np.int64)
    first = -(zeros.ctypes.data // 8) % _LINE
    return zeros[first : first + size]


def _to_addresses(table: Ints, column: int, base: int, row: int) -> None:
    numbers = table[:, :, column]
    table[:, :, column] = np.where(numbers >= 0, base + numbers * row, -1)


def _addresses(numbers: Ints | Sequence[int], base: int, row: int) -> Ints:
    return base + np.asarray(numbers, dtype=np.int64) * row


def _layer_address(layer: Ints) -> Ints:
    return ((layer & 0xFFFFFFFF) * c.L_COLUMNS) | (layer >> 32 << 32)
