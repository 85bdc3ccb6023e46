"""The way of an attempt through gates and servers, as a list of operations.

A way is a short program; `fluid.flow` runs cohorts through it. Packets that nobody waits for
(acknowledgements, the end of a connection) are no operations: they are charged where they arise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tidegate.simulate.fluid.gate import Gate, Holding
    from tidegate.simulate.fluid.station import Station

# Kinds of operation: wait in a queue; the same as a new flow; be served; the client learns that the
# connection stands; the client has its answer; the client is refused.
PASS, ENTER, SERVE, CHECK, DONE, REFUSED = range(6)
NO_RESEND = -1
EXCHANGE_PACKETS_COUNT = 10.0


class Answerer(Protocol):
    """Who answers at the end of a way, as far as whoever walks it must know; `fluid.server` has them.

    Attributes
    ----------
    station
        Its workers and their queue.
    addresses_count
        How many addresses its ports are counted against.
    calls_s, calls_ok_ratio
        How long a request holds its worker for calls, and the share whose calls all succeed.
    leaves
        Whether work that nobody waits for any more is put away.
    silent
        Whether no instance is there, and nobody says so.
    stretch_ratio
        How many times as long as alone a request takes.
    visible
        Whether a client sees that there was no room.
    """

    name: str
    station: Station
    addresses_count: int
    calls_s: float
    calls_ok_ratio: float
    leaves: bool
    silent: bool
    stretch_ratio: float
    visible: bool

    @property
    def makes_calls(self) -> bool:
        """Whether its requests need anything of other services."""

    def call(self, step: int, count: float) -> None:
        """Let so many requests make their calls in a step."""


class Op:
    """One operation.

    Attributes
    ----------
    count, work_s
        Packets (or requests) and their processor time.
    lag_s
        Time it takes beside the waiting.
    resend
        The operation a lost packet starts again from; 0 is the first SYN.
    """

    __slots__ = ("count", "gate", "kind", "lag_s", "ports", "resend", "server", "station", "work_s")

    def __init__(
        self, kind: int, station: Station, *, count: float = 1.0, work_s: float = 0.0, lag_s: float = 0.0
    ) -> None:
        self.kind, self.station = kind, station
        self.count, self.work_s, self.lag_s = count, work_s, lag_s
        self.resend = NO_RESEND
        self.gate: Gate | None = None
        self.ports: Holding | None = None
        self.server: Answerer | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How a stream's attempts use the network.

    Parameters
    ----------
    coarse
        One job per attempt instead of packets.
    new
        Whether the attempt opens a connection first.
    kept
        Whether the connection outlives the exchange.
    request
        Whether a request follows, or the connection alone is wanted.
    """

    coarse: bool
    new: bool
    kept: bool
    request: bool


class Way:
    """A program with what is charged along it.

    Attributes
    ----------
    ops, error, refusals
        The program, that of an error sent by the service, and for each gate that of its reset.
    close_count, late_count
        Packets that follow a success, and those that an answer to nobody costs.
    """

    __slots__ = (
        "close_count",
        "error",
        "gates",
        "late_count",
        "manner",
        "ops",
        "refusals",
        "service",
        "tracked",
    )

    def __init__(
        self,
        manner: Manner,
        gates: list[Gate],
        server: Answerer,
        work_s: float,
        openings_s: tuple[float, ...] = (),
    ) -> None:
        self.manner, self.gates = manner, gates
        self.tracked = any(not gate.bare for gate in gates)
        self.ops: list[Op] = []
        self.service = server.name
        self.error = [Op(REFUSED, server.station)]
        if not manner.coarse:
            self.error[:0] = [_pass(gate, 2.0) for gate in gates[::-1]]
        self.refusals = [[_pass(gate, 1.0), Op(REFUSED, server.station)] for gate in gates]
        self.close_count = 0.0 if manner.coarse else 1.0 if manner.kept else 3.0
        self.late_count = 0.0 if manner.coarse else 2.0
        if manner.coarse:
            self._coarse(server, work_s)
        else:
            self._packets(server, work_s, openings_s)

    def _packets(self, server: Answerer, work_s: float, openings_s: tuple[float, ...]) -> None:
        ops, manner, back = self.ops, self.manner, self.gates[::-1]
        if manner.new:
            ops.extend(_enter(gate, server, 1.0) for gate in self.gates)
            ops.extend(_resent(_pass(gate, 1.0), 0) for gate in back)
            ops.append(Op(CHECK, server.station))
        asked_s = openings_s
        if manner.request or work_s > 0.0:
            asked_s = (*openings_s, work_s)
        for i, each_s in enumerate(asked_s):
            is_last = i + 1 == len(asked_s)
            at = len(ops)
            ops.extend(_resent(_pass(gate, 2.0 if manner.new and i == 0 else 1.0), at) for gate in self.gates)
            ops.append(_serve(server, each_s))
            at = len(ops)
            ops.extend(_resent(_pass(gate, 2.0 if is_last and not manner.kept else 1.0), at) for gate in back)
        ops.append(Op(DONE, server.station))

    def _coarse(self, server: Answerer, work_s: float) -> None:
        ops, manner = self.ops, self.manner
        count = EXCHANGE_PACKETS_COUNT if not manner.kept else 6.0 if manner.new else 4.0
        for gate in self.gates:
            op = _enter(gate, server, count) if manner.new else _pass(gate, count)
            op.resend = NO_RESEND
            op.station = gate.forward
            op.work_s = count * gate.forward_work_s
            if manner.new:
                op.work_s += gate.setup_work_s - gate.forward_work_s
            op.lag_s = gate.round_trip_s
            ops.append(op)
        if manner.request or work_s > 0.0:
            ops.append(_serve(server, work_s))
        ops.append(Op(DONE, server.station))


def _pass(gate: Gate, count: float) -> Op:
    lag_s = gate.round_trip_s / 2.0 + gate.forward_work_s
    op = Op(PASS, gate.forward, count=count, work_s=count * gate.forward_work_s, lag_s=lag_s)
    op.gate = gate
    return op


def _enter(gate: Gate, server: Answerer, count: float) -> Op:
    lag_s = gate.round_trip_s / 2.0 + gate.setup_work_s
    op = Op(ENTER, gate.setup, count=count, work_s=gate.setup_work_s, lag_s=lag_s)
    op.gate = gate
    if gate.world.ports is not None:
        op.ports = gate.ports_to(server.name, server.addresses_count)
    op.resend = 0
    return op


def _serve(server: Answerer, work_s: float) -> Op:
    op = Op(SERVE, server.station, work_s=work_s, lag_s=work_s)
    op.server = server
    return op


def _resent(op: Op, at: int) -> Op:
    op.resend = at
    return op
