"""The way of an attempt: through the devices of each crossing to the service, and the answer's way back."""

from __future__ import annotations

from collections.abc import Sequence

from reference.agenda import Agenda, ns
from reference.attempt import Attempt
from reference.device import Device, Gate
from reference.station import Station


class Path:
    """The crossings from one population to its service, the nearest first, and the service."""

    def __init__(self, agenda: Agenda, gates: Sequence[Gate], station: Station) -> None:
        self._agenda = agenda
        self._gates = gates
        self._station = station

    @property
    def _one_way_ns(self) -> int:
        return ns(sum(gate.crossing.round_trip_s for gate in self._gates) / 2)

    def send(self, attempt: Attempt) -> None:
        """Set an attempt on its way."""
        self._pass(attempt, [gate.choose() for gate in self._gates], 0)

    def leave(self, attempt: Attempt) -> None:
        """The client has gone; the service knows at once (coarse)."""
        self._station.leave(attempt)

    def _pass(self, attempt: Attempt, devices: list[Device], hop: int) -> None:
        if hop == len(devices):
            if devices:
                self._agenda.after(self._one_way_ns, lambda: self._reach(attempt))
            else:
                self._reach(attempt)
            return
        gate, now_ns = self._gates[hop], self._agenda.now_ns
        if not gate.admits(devices[hop], attempt, self._agenda.now_s):
            limit = gate.crossing.admission
            if limit is not None and limit.on_excess == "reset":
                self._refuse(attempt, devices, hop)
            return
        leave_ns = gate.forward(devices[hop], now_ns)
        if leave_ns is not None:
            self._agenda.at(leave_ns, lambda: self._pass(attempt, devices, hop + 1))
        elif gate.crossing.queue_when_full == "visible":
            self._refuse(attempt, devices, hop)

    def _refuse(self, attempt: Attempt, devices: list[Device], hop: int) -> None:
        """A refusal passes the device that refuses and every one before it."""
        leave_ns = self._gates[hop].refuse(devices[hop], self._agenda.now_ns)
        if leave_ns is None:
            return
        if hop == 0:
            self._agenda.at(leave_ns + self._one_way_ns, lambda: attempt.answer(attempt, False))
        else:
            self._agenda.at(leave_ns, lambda: self._refuse(attempt, devices, hop - 1))

    def _reach(self, attempt: Attempt) -> None:
        def reply(good: bool) -> None:
            if self._gates:
                self._agenda.after(self._one_way_ns, lambda: attempt.answer(attempt, good))
            else:
                attempt.answer(attempt, good)

        self._station.arrive(attempt, reply)
