"""What a fluid run has seen: series for crossings, populations and services, and how it ended.

Values and their recording only; nothing here changes the run.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import ceil, inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.simulate.fluid.gate import Gate
    from tidegate.simulate.fluid.parts import Parts
    from tidegate.simulate.fluid.source import Source
    from tidegate.simulate.script import Script


@dataclass(frozen=True, kw_only=True)
class CrossingFlow:
    """One crossing over time, in the world's own size: one value for each time of the run.

    Rates are means over the time; delay, loss and occupancies are the greatest in it. `delay_s` is
    the wait of a packet of a known flow; the occupancies are 0 where the world sets no limit;
    `ports_ratio` is that of the fullest destination.
    """

    offered_flows_per_s: tuple[float, ...]
    admitted_flows_per_s: tuple[float, ...]
    packets_per_s: tuple[float, ...]
    delay_s: tuple[float, ...]
    loss_ratio: tuple[float, ...]
    table_ratio: tuple[float, ...]
    ports_ratio: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ClientsFlow:
    """One population over time, its waves included: means over each time."""

    fresh_per_s: tuple[float, ...]
    attempts_per_s: tuple[float, ...]
    failed_per_s: tuple[float, ...]
    served_per_s: tuple[float, ...]
    given_up_per_s: tuple[float, ...]
    unanswered_count: tuple[float, ...]
    backlog_count: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ServiceFlow:
    """One service over time: workers busy and requests waiting, the most in each time."""

    busy_count: tuple[float, ...]
    queued_count: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class FluidRun:
    """The mean course of a run.

    Parameters
    ----------
    step_s
        Length of a step of the calculation.
    times_s
        Middle of each of at most some 600 equal times, since the run's start.
    crossings, clients, services
        What was seen, by name.
    disturbed_from_s
        When the first step of the script happens.
    disturbed_until_s
        When the last one that is not an operator's action has ended.
    until_s
        How far the run got: short of the horizon only where the world never settled.
    recovered_at_s
        Time after `disturbed_from_s` from which on service is normal to the end; 0 where it never
        ceased to be; None where it is not normal at the end.
    """

    step_s: float
    times_s: tuple[float, ...]
    crossings: Mapping[str, CrossingFlow]
    clients: Mapping[str, ClientsFlow]
    services: Mapping[str, ServiceFlow]
    disturbed_from_s: float
    disturbed_until_s: float
    until_s: float
    recovered_at_s: float | None

    @property
    def collapsed(self) -> bool:
        """Whether service was not normal again by the end."""
        return self.recovered_at_s is None


_TOLERANCE_RATIO = 0.05
_TIMES_COUNT = 600
_AT_ONCE_S = 1e-6
_MEANS_COUNT = {"crossings": 3, "clients": 7, "services": 0}
_Row = list[float]


class Recorder:
    """Collects what every step shows into equal times."""

    def __init__(self, parts: Parts, step_s: float, end_s: float) -> None:
        self._parts, self._step_s = parts, step_s
        self._each = max(1, ceil(end_s / step_s / _TIMES_COUNT))
        self._noted = 0
        keys = [("crossings", name) for name in parts.gates]
        keys += [("clients", name) for name in parts.populations]
        keys += [("services", name) for name in parts.servers]
        self._open: dict[tuple[str, str], list[_Row]] = {key: [] for key in keys}
        self._rows: dict[tuple[str, str], list[_Row]] = {key: [] for key in keys}
        self._judges = {name: Judge(source) for name, source in parts.populations.items()}

    def note(self, now_s: float, from_s: float) -> None:
        """Add the step that has just run and ends at `now_s`."""
        self._noted += 1
        for name, gate in self._parts.gates.items():
            self._open["crossings", name].append(_crossing_row(gate, self._step_s))
        for name, source in self._parts.populations.items():
            row = _clients_row(source, self._step_s)
            self._judges[name].hear(row, now_s, self._step_s, before=now_s <= from_s)
            self._open["clients", name].append(row)
        for name, server in self._parts.servers.items():
            self._open["services", name].append([server.station.busy_ratio, server.station.queued_count])
        if self._noted % self._each == 0:
            for key, rows in self._open.items():
                self._rows[key].append(_one_row(rows, _MEANS_COUNT[key[0]]))
                rows.clear()

    def skip(self, steps_count: int, window_count: int) -> int:
        """Go on as in the last window for at most `steps_count` steps; return for how many."""
        missing = -self._noted % self._each
        if steps_count < missing + self._each:
            return 0
        times = (steps_count - missing) // self._each
        for key, rows in self._open.items():
            means_count, closed = _MEANS_COUNT[key[0]], self._rows[key]
            last = _one_row(rows[-window_count:], means_count) if rows else closed[-1]
            if missing:
                closed.append(_one_row(rows + [last] * missing, means_count))
            closed.extend([last] * times)
            rows.clear()
        skipped = missing + times * self._each
        now_s = self._noted * self._step_s
        for judge in self._judges.values():
            judge.stay(now_s + skipped * self._step_s, now_s)
        self._noted += skipped
        return skipped

    def finish(self, script: Script, until_s: float) -> FluidRun:
        """Return the run."""
        width_s = self._each * self._step_s
        times_count = self._noted // self._each
        from_s = script.disturbed_from_s
        last_bad_s = max((judge.last_bad_s for judge in self._judges.values()), default=-1.0)
        recovered: float | None = 0.0
        if last_bad_s > from_s:
            settled = until_s - last_bad_s > min(1.0, 0.05 * until_s)
            recovered = last_bad_s - from_s if settled else None
        return FluidRun(
            step_s=self._step_s,
            times_s=tuple((i + 0.5) * width_s for i in range(times_count)),
            crossings={
                n: CrossingFlow(**self._columns("crossings", n, CrossingFlow)) for n in self._parts.gates
            },
            clients={
                n: ClientsFlow(**self._columns("clients", n, ClientsFlow)) for n in self._parts.populations
            },
            services={
                n: ServiceFlow(**self._columns("services", n, ServiceFlow)) for n in self._parts.servers
            },
            disturbed_from_s=from_s,
            disturbed_until_s=script.disturbed_until_s,
            until_s=until_s,
            recovered_at_s=recovered,
        )

    def _columns(self, part: str, name: str, kind: type) -> dict[str, tuple[float, ...]]:
        rows = self._rows[part, name]
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(fields(kind))
        return {field.name: column for field, column in zip(fields(kind), columns, strict=True)}


def _one_row(rows: list[_Row], means_count: int) -> _Row:
    """Take the mean of the first columns and the greatest of the others."""
    if len(rows) == 1:
        return rows[0]
    columns = list(zip(*rows, strict=True))
    means = [sum(column) / len(rows) for column in columns[:means_count]]
    return means + [max(column) for column in columns[means_count:]]


def _crossing_row(gate: Gate, step_s: float) -> _Row:
    station, table = gate.forward, gate.table
    packets = station.arrived_count
    if gate.setup is not station:
        packets += gate.setup.arrived_count
    occupancy = ports_ratio = 0.0
    if table.places_count < inf:
        occupancy = min(1.0, (table.held_count + gate.standing_count) / table.places_count)
    for service, ports in gate.ports.items():
        if ports.places_count < inf:
            taken = ports.held_count + gate.standing.get(service, 0.0)
            full = 1.0 if taken else 0.0  # where nobody is there yet, nobody has a block of ports
            ratio = min(1.0, taken / ports.places_count) if ports.places_count else full
            ports_ratio = max(ports_ratio, ratio)
    return [
        gate.arrived_flows / step_s,
        gate.flows_taken / step_s,
        packets / step_s,
        station.wait_s,
        gate.lost_packets / packets if packets > 0.0 else 0.0,
        occupancy,
        ports_ratio,
    ]


def _clients_row(source: Source, step_s: float) -> _Row:
    stream = source.stream
    row = [
        stream.fresh_count,
        stream.attempts_count,
        stream.failed_count,
        stream.served_count,
        stream.given_up_count,
        stream.unanswered_count,
        source.backlog_count,
    ]
    for wave in source.waves:
        row[0] += wave.fresh_count
        row[1] += wave.attempts_count
        row[2] += wave.failed_count
        row[3] += wave.served_count
        row[4] += wave.given_up_count
        row[5] += wave.unanswered_count
    for i in range(5):
        row[i] /= step_s
    return row


class Judge:
    """Follows when one population's service was last not normal.

    Not normal: over 5 % of the clients (above the usual number) are unanswered, or, where clients
    come at a rate, over 5 % of the attempts (above the usual share) of the last moments fail.
    """

    __slots__ = ("_ended", "_failed", "_source", "_usual", "last_bad_s")

    def __init__(self, source: Source) -> None:
        self._source = source
        self.last_bad_s = -1.0
        self._failed = self._ended = self._usual = 0.0

    def hear(self, row: _Row, now_s: float, step_s: float, *, before: bool) -> None:
        """Look at one step; `before` the disturbance it says what is usual."""
        if self._source.kind == "open":
            memory = 2.0 ** (-step_s / max(self._source.stream.timeout_s, 1.0))
            self._failed = self._failed * memory + row[2]
            self._ended = self._ended * memory + row[2] + row[3]
            bad = self._failed / self._ended if self._ended > 0.0 else 0.0
            most = 1.0
        else:
            bad, most = row[5], self._source.population_count
        if before:
            self._usual = bad
        elif bad > min(self._usual + _TOLERANCE_RATIO * most, 0.99 * most):
            self.last_bad_s = now_s

    def stay(self, until_s: float, now_s: float) -> None:
        """Note that nothing changes until `until_s`."""
        if self.last_bad_s > now_s - _AT_ONCE_S:
            self.last_bad_s = until_s
