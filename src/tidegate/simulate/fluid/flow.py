"""Cohorts on their way: each meets the waits and losses of the moment, operation by operation.

Nothing here knows why attempts are made, or what the numbers of the run are called.
"""

from __future__ import annotations

from math import inf, nextafter
from typing import TYPE_CHECKING

from tidegate.simulate.fluid.stream import TINY, Cohort, Stream
from tidegate.simulate.fluid.way import CHECK, DONE, ENTER, NO_RESEND, PASS, REFUSED, SERVE, Op, Way

if TYPE_CHECKING:
    from tidegate.simulate.fluid.gate import Gate

Token = tuple[float, Cohort, list[Op], int, float]
_RESEND_LEAST_S = 0.2  # Linux, tcp(7): a lost segment is sent again no sooner
_UNANSWERED, _CLOSED, _STANDING, _GIVEN_UP = range(4)
_ALL = 64


class Flow:
    """Everything under way between clients and services.

    Parameters
    ----------
    steps_count, step_s
        How many steps a run has, and how long each is.
    """

    __slots__ = ("agenda", "edge_s", "per_s", "step", "step_s", "steps_count")

    def __init__(self, steps_count: int, step_s: float) -> None:
        self.steps_count, self.step_s, self.per_s = steps_count, step_s, 1.0 / step_s
        self.agenda: list[list[Token] | None] = [None] * steps_count
        self.step = 0
        self.edge_s = step_s

    def send(self, stream: Stream, way: Way, count: float, shares: list[float], lost_ratio: float) -> None:
        """Begin `count` attempts in this step; `lost_ratio` of them never leave their host."""
        start_s = (self.step + 0.5) * self.step_s
        cohort = Cohort(stream, way, count, shares)
        cohort.start_s = start_s
        timeout_s = stream.timeout_s
        if stream.clock_sends and way.manner.new:
            timeout_s += min(_handshake_s(way), stream.connect_timeout_s)
        if way.manner.new:
            timeout_s += stream.opening_timeout_s
        cohort.deadline_s = start_s + timeout_s
        due = self.step + max(1, int(timeout_s * self.per_s + 0.5))
        if due < self.steps_count:
            cohorts = stream.due[due]
            if cohorts is None:
                stream.due[due] = [cohort]
            else:
                cohorts.append(cohort)
        self.put(start_s, cohort, way.ops, 0, count * (1.0 - lost_ratio))

    def put(self, at_s: float, cohort: Cohort, ops: list[Op], at: int, count: float) -> None:
        """Let `count` of a cohort go on with operation `at` at a later time, not before this step."""
        step = int(at_s * self.per_s)
        if step >= self.steps_count:
            return
        tokens = self.agenda[step]
        if tokens is None:
            self.agenda[step] = [(at_s, cohort, ops, at, count)]
        else:
            tokens.append((at_s, cohort, ops, at, count))
        op = ops[at]
        kind = op.kind
        if kind <= SERVE:
            station = op.station
            station.due_count[step] += count * op.count
            work_s = op.work_s
            if kind == SERVE and op.server is not None:
                work_s += op.server.calls_s
            station.due_work_s[step] += count * work_s
            if kind == ENTER and op.gate is not None:
                op.gate.due_flows[step] += count

    def run(self, step: int) -> None:
        """Carry everything that is due in this step as far as it gets."""
        self.step = step
        self.edge_s = (step + 1) * self.step_s
        while int(self.edge_s * self.per_s) <= step:  # rounded down: what is put there must not come back
            self.edge_s = nextafter(self.edge_s, inf)
        for token in self.agenda[step] or ():  # may grow meanwhile: refusals in the same step
            self._carry(*token)
        self.agenda[step] = None

    def _carry(self, at_s: float, cohort: Cohort, ops: list[Op], at: int, count: float) -> None:
        edge_s = self.edge_s
        while True:
            op = ops[at]
            kind = op.kind
            if kind == PASS:
                station = op.station
                wanted = count * op.count
                station.arrived_count += wanted
                station.arrived_work_s += count * op.work_s
                if station.loss_ratio > 0.0:
                    count = self._lose(at_s, cohort, op, count)
                    wanted = count * op.count
                station.taken_count += wanted
                station.taken_work_s += count * op.work_s
                at_s += station.wait_s + op.lag_s
            elif kind == ENTER:
                count = self._enter(at_s, cohort, op, at, count)
                at_s += op.station.wait_s + op.lag_s
            elif kind == SERVE:
                count, at_s = self._serve(at_s, cohort, op, count)
            elif not self._arrive(at_s, cohort, ops, kind, count):
                return
            if count < cohort.trace_count:
                return
            at += 1
            if at_s >= edge_s:
                self.put(at_s, cohort, ops, at, count)
                return

    def _enter(self, at_s: float, cohort: Cohort, op: Op, at: int, count: float) -> float:
        """Let a new flow into a crossing: the gate first, then the queue."""
        gate, station = op.gate, op.station
        assert gate is not None
        gate.arrived_flows += count
        if not gate.bare:
            count = self._through_limits(at_s, cohort, op, at, count)
        arrived = count * op.count
        station.arrived_count += arrived
        station.arrived_work_s += count * op.work_s
        if station.loss_ratio > 0.0:
            lost = count * station.loss_ratio
            gate.lost_packets += lost * op.count
            if gate.visible:
                self._release(cohort.way, at + 1, lost, at_s, _UNANSWERED)
                cohort.stream.refuse(cohort, lost, at_s, why="refused")
            else:
                self._release(cohort.way, at + 1, lost, at_s, self._resend(at_s, cohort, op, lost))
            count -= lost
        gate.flows_taken += count
        station.taken_count += count * op.count
        station.taken_work_s += count * op.work_s
        return count

    def _through_limits(self, at_s: float, cohort: Cohort, op: Op, at: int, count: float) -> float:
        gate = op.gate
        assert gate is not None
        shed, refused = count * gate.shed_ratio, count * gate.refused_ratio
        passed = count - shed - refused
        source = gate.sources.get(cohort.stream.name)
        if source is not None:
            paid = source.pay(passed)
            if gate.resets:
                refused += passed - paid
            else:
                shed += passed - paid
            passed = paid
        if op.ports is not None:
            held = op.ports.held_count + gate.standing.get(cohort.way.service, 0.0)
            room = max(0.0, op.ports.places_count - held)
            blocked = max(0.0, passed - room)
            if op.ports.refuses:
                refused += blocked
            else:
                shed += blocked
            passed -= blocked
            op.ports.held_count += passed
        gate.table.held_count += passed
        gate.concurrent.held_count += passed
        if shed > TINY:
            self._release(cohort.way, at, shed, at_s, self._resend(at_s, cohort, op, shed))
        if refused > cohort.trace_count:
            self._release(cohort.way, at, refused, at_s, _CLOSED)
            self.put(at_s, cohort, cohort.way.refusals[at], 0, refused)
        return passed

    def _lose(self, at_s: float, cohort: Cohort, op: Op, count: float) -> float:
        lost = count * op.station.loss_ratio
        if op.gate is not None:
            op.gate.lost_packets += lost * op.count
        if op.resend != NO_RESEND or cohort.way.tracked:
            self._resend(at_s, cohort, op, lost)
        return count - lost

    def _resend(self, at_s: float, cohort: Cohort, op: Op, lost: float) -> int:
        """Send lost packets again if the client still waits then; else their flows just linger.

        Returns the end of those flows: given up where none of it was ever answered, nor will be.
        """
        again_s = 0.0
        if op.resend == 0 and cohort.way.manner.new:
            since_s = at_s - cohort.start_s
            for syn_s in cohort.stream.syn_s:
                if syn_s > since_s:
                    again_s = cohort.start_s + syn_s
                    break
        elif op.resend != NO_RESEND:
            round_s = _handshake_s(cohort.way)
            again_s = at_s + round_s + max(_RESEND_LEAST_S, 2.0 * round_s)
        goes = again_s > 0.0 and again_s < cohort.deadline_s and lost > 10.0 * cohort.trace_count
        end = _GIVEN_UP if op.resend == 0 and cohort.way.manner.new and not goes else _UNANSWERED
        if op.kind != ENTER:
            self._release(cohort.way, _ALL, lost, at_s, end)
        if goes:
            self.put(max(again_s, self.edge_s), cohort, cohort.way.ops, op.resend, lost)
        return end

    def _serve(self, at_s: float, cohort: Cohort, op: Op, count: float) -> tuple[float, float]:
        server, station = op.server, op.station
        assert server is not None
        work_s = op.work_s + server.calls_s
        station.arrived_count += count
        station.arrived_work_s += count * work_s
        wait_s = station.wait_s
        if not cohort.way.manner.coarse:
            self._charge(cohort.way, count)
        lost = count * station.loss_ratio
        if server.leaves and at_s + wait_s > cohort.deadline_s:
            lost = count
        if lost > 0.0:
            if server.visible and station.loss_ratio > 0.0:
                self.put(at_s, cohort, cohort.way.error, 0, lost)
            else:
                end = _GIVEN_UP if server.silent else _CLOSED
                self._release(cohort.way, _ALL, lost, cohort.deadline_s, end)
            count -= lost
        station.taken_count += count
        station.taken_work_s += count * work_s
        if server.silent and count > 0.0:  # which never comes back from there
            self._release(cohort.way, _ALL, count, cohort.deadline_s, _GIVEN_UP)
        at_s += wait_s
        if server.makes_calls and count > TINY:
            begins = min(max(int(at_s * self.per_s), self.step + 1), self.steps_count - 1)
            server.call(begins, count)
            at_s += server.calls_s
            failed = count * (1.0 - server.calls_ok_ratio)
            if failed > TINY:
                self.put(max(at_s, self.edge_s), cohort, cohort.way.error, 0, failed)
                count -= failed
        return count, at_s + op.lag_s * server.stretch_ratio

    def _arrive(self, at_s: float, cohort: Cohort, ops: list[Op], kind: int, count: float) -> bool:
        """Something reaches the client; return whether the cohort goes on."""
        way, stream = cohort.way, cohort.stream
        late = at_s > cohort.deadline_s or cohort.left_count <= 0.0
        if kind == CHECK:
            if late:
                self._charge(way, count)
                self._release(way, _ALL, count, at_s, _CLOSED)
            return not late
        if kind == DONE:
            stream.serve(cohort, count, late)
            self._charge(way, count * (way.late_count if late else way.close_count))
            if way.manner.kept and way.manner.new and not late:
                stream.connect(count)
                self._release(way, _ALL, count, at_s, _STANDING)
            elif way.manner.new:
                self._release(way, _ALL, count, at_s, _CLOSED)
        elif kind == REFUSED:
            stream.refuse(cohort, count, at_s, why="error" if ops is way.error else "refused")
        return False

    def _charge(self, way: Way, packets: float) -> None:
        """Charge packets that nobody waits for to every crossing on the way."""
        if packets > 0.0:
            for gate in way.gates:
                charge(gate, packets)

    def _release(self, way: Way, gates_count: int, count: float, at_s: float, end: int) -> None:
        """Give back the places of flows that have ended at the first gates of a way.

        How long a device still holds them depends on their `end`: unanswered (and sent again, or given up),
        closed, or standing from now on (and counted as such).
        """
        if not way.tracked or not way.manner.new:
            return
        now = max(int(at_s * self.per_s), self.step + 1)
        for gate in way.gates[:gates_count]:
            if gate.bare:
                continue
            table_s = (gate.unanswered_hold_s, gate.closed_hold_s, 0.0, gate.unanswered_hold_s)[end]
            ports_s = (gate.ports_hold_s, gate.ports_hold_s, 0.0, gate.ports_unanswered_hold_s)[end]
            gate.concurrent.give_back(count, now)
            gate.table.give_back(count, max(now, int((at_s + table_s) * self.per_s)))
            ports = gate.ports.get(way.service)
            if ports is not None:
                ports.give_back(count, max(now, int((at_s + ports_s) * self.per_s)))


def charge(gate: Gate, packets: float) -> None:
    """Let packets of known flows into a crossing that nobody waits for."""
    station = gate.forward
    work_s = packets * gate.forward_work_s
    station.arrived_count += packets
    station.arrived_work_s += work_s
    kept = 1.0 - station.loss_ratio
    station.taken_count += packets * kept
    station.taken_work_s += work_s * kept


def _handshake_s(way: Way) -> float:
    """How long there and back takes now."""
    return sum(2.0 * gate.forward.wait_s + gate.round_trip_s for gate in way.gates)
