"""What the tables of a world say, by name: one value for each phase and row, nothing copied.

Phases are counted as the script changes the world, 0 before it does; rows are in the order of `Tables`. Sizes
are those of the fraction that is run.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

import numpy as np
from numpy.typing import NDArray

from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Crossing, Device, Population, Service, Wave
from tidegate.simulate.kernels.nouns.population import Kind
from tidegate.simulate.kernels.nouns.wave import WaveKind
from tidegate.simulate.tables import Ints, Tables


def phase_steps(tables: Tables) -> Iterator[tuple[int, int]]:
    """Yield when each later phase begins, in nanoseconds, and its number; in order of time."""
    for at_ns, kind, phase, _ in tables.script.tolist():
        if kind == Happening.PHASE:
            yield at_ns, phase


def waves_count(tables: Tables) -> float:
    """Return how many clients all waves move, each as often as a wave moves it."""
    return float(tables.wave_rows[:, Wave.clients_count].sum())


def boot_requests_count(tables: Tables) -> Ints:
    """Return how many boot requests of each population the script makes that have time to be answered.

    That is a boot time and a calm before the horizon. None where few instances start at a time: when those
    ask only a run can say.
    """
    waves, boot_ns = tables.wave_rows, int(tables.service_rows[:, :, Service.boot_ns].max(initial=0))
    begin_ns = waves[:, Wave.start_ns]  # 0 of a template, which is not of the script
    had_time = (begin_ns > 0) & (begin_ns + boot_ns + tables.calm_ns <= tables.horizon_ns)
    boots = waves[(waves[:, Wave.kind] == WaveKind.REQUESTS) & had_time]
    asked_count: Ints = np.zeros(len(tables.populations), dtype=np.int64)
    if not boots[:, Wave.at_once_count].any():
        np.add.at(asked_count, boots[:, Wave.population], boots[:, Wave.clients_count])
    return asked_count


class Populations:
    """What is asked of the engine for each population, as (phases, rows)."""

    __slots__ = ("_rows",)

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.population_rows

    @property
    def kinds(self) -> list[str]:
        """What each row is, in every phase: as `rows.Row.kind`."""
        return [Kind(kind).name.lower() for kind in self._rows[0, :, Population.kind].tolist()]

    def of_kinds(self, kinds: Container[str]) -> list[int]:
        """Return the rows that are of some kinds."""
        return [j for j, kind in enumerate(self.kinds) if kind in kinds]

    @property
    def is_closed(self) -> NDArray[np.bool_]:
        """Whether each row is a fixed number of clients, of which each waits for its answer; (rows)."""
        return np.equal(self._rows[0, :, Population.kind], Kind.CLOSED)

    @property
    def clients_count(self) -> Ints:
        """Clients, or slots of a pool, as far as they are run one by one; 0 where there are none."""
        return self._rows[:, :, Population.clients_count]

    @property
    def stride_count(self) -> Ints:
        """For how many connections each of them stands."""
        return self._rows[:, :, Population.places_each_count]

    @property
    def interval_ns(self) -> Ints:
        """Mean time between two requests of all clients together; 0 where demand does not come by itself."""
        return self._rows[:, :, Population.interval_ns]

    @property
    def think_ns(self) -> Ints:
        """Mean pause of a client between an answer and its next request."""
        return self._rows[:, :, Population.think_ns]

    @property
    def timeout_ns(self) -> Ints:
        """How long an attempt waits for its answer."""
        return self._rows[:, :, Population.timeout_ns]

    @property
    def prompt_ns(self) -> Ints:
        """Within how long of when it was wanted a request is answered in time."""
        return self._rows[:, :, Population.prompt_ns]

    @property
    def delay_ns(self) -> Ints:
        """Time that a packet needs from client to service, queues not counted."""
        return self._rows[:, :, Population.one_way_ns]

    @property
    def service(self) -> Ints:
        """The row of the service that is asked."""
        return self._rows[:, :, Population.service]

    @property
    def keeps(self) -> Ints:
        """Whether connections outlive their request: 1, else 0."""
        return self._rows[:, :, Population.is_kept]

    def crossings(self, row: int) -> list[int]:
        """Return the rows of the crossings between the clients of a row and their service, in order."""
        first = self._rows[0, row]
        at = int(Population.way)
        found: list[int] = first[at : at + first[Population.hops_count]].tolist()
        return found


class Services:
    """What is asked of the engine for each service, as (phases, rows)."""

    __slots__ = ("_rows", "_tables")

    def __init__(self, tables: Tables) -> None:
        self._tables, self._rows = tables, tables.service_rows

    @property
    def instances_count(self) -> Ints:
        """Instances that take requests; 0 where the service is down."""
        return self._rows[:, :, Service.instances_count]

    @property
    def concurrency_count(self) -> Ints:
        """Requests that an instance works at together."""
        return self._rows[:, :, Service.concurrency_count]

    @property
    def mean_ns(self) -> Ints:
        """Mean time of work at a request, calls not counted."""
        return self._rows[:, :, Service.mean_ns]

    @property
    def crowded_ns(self) -> NDArray[np.float64]:
        """Mean time of work at a request beside as many as an instance serves at a time."""
        many = self._rows[:, :, Service.contended_count].astype(float)
        law = self._rows[:, :, Service.serial_ppb] + self._rows[:, :, Service.crosstalk_ppb] * many
        crowded: NDArray[np.float64] = self.mean_ns * (1.0 + law * np.maximum(many - 1.0, 0.0) * 1e-9)
        return crowded

    def callers(self, phase: int, row: int) -> list[int]:
        """Return the rows of the populations by which a service calls others."""
        service = self._rows[phase, row]
        first = int(service[Service.calls_at])
        found: list[int] = self._tables.calls[first : first + service[Service.calls_count]].tolist()
        return found


class Crossings:
    """What is asked of the engine for each crossing, before the script begins."""

    __slots__ = ("_tables",)

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def packet_ns(self, row: int) -> float:
        """Return by how much one waiting packet delays the next, all devices of a crossing together."""
        crossing = self._tables.crossing_rows[0, row]
        first, devices = int(crossing[Crossing.first_device_number]), int(crossing[Crossing.devices_count])
        return float(self._tables.device_rows[0, first, Device.forward_ns]) / max(devices, 1)
