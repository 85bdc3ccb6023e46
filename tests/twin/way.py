"""The way between a population and its service: crossings, their devices, and the distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

from reference.agenda import Agenda, ns
from tidegate.behaviour.limiter import RateLimiter
from tidegate.world.crossing import Crossing
from twin.connection import Connection
from twin.device import Device, Train, is_first_packet_dearer, source_limiter
from twin.flows import Room
from twin.packet import Kind, Packet


@dataclass
class CrossingCounts:
    """What a crossing has seen in the present bin."""

    offered: int = 0
    admitted: int = 0
    packets: int = 0
    dropped: int = 0
    shed: int = 0
    delay_ns: int = 0
    no_room: int = 0


class _Fate(Enum):
    PASSES = auto()
    VANISHES = auto()
    IS_REFUSED = auto()


class Gate:
    """One crossing: its devices and its limits for each client."""

    def __init__(self, agenda: Agenda, name: str, each: Sequence[Crossing]) -> None:
        self.name = name
        self.crossing = crossing = each[0]
        costs = {(one.forwarding_per_s, one.background.packets_per_s, one.unanswered_per_s) for one in each}
        is_steady = len(costs) == 1
        is_steady = is_steady and not any(map(is_first_packet_dearer, each))
        self.devices = [
            Device(agenda, crossing, is_steady=is_steady)
            for _ in range(max(one.devices_count for one in each))
        ]
        self.epoch = 0
        self.counts = CrossingCounts()
        self._by_source: dict[tuple[str, int], RateLimiter | None] = {}

    def change(self, crossing: Crossing) -> None:
        """From now on these are its numbers."""
        if crossing.admission != self.crossing.admission:
            self._by_source.clear()
        if crossing.devices_count != self.crossing.devices_count and self.crossing.flow_state == "lost":
            self.epoch += 1  # flows meet other devices, which do not know them
            for device in self.devices[crossing.devices_count : self.crossing.devices_count]:
                device.went_in = self.epoch
        self.crossing = crossing
        for device in self.devices:
            device.change(crossing)

    def limiter_of(self, source: tuple[str, int]) -> RateLimiter | None:
        """Return the limit of one client, if there is one."""
        if source not in self._by_source:
            self._by_source[source] = source_limiter(self.crossing)
        return self._by_source[source]


class Way:
    """The crossings from clients in a network to a service, the nearest first."""

    def __init__(self, agenda: Agenda, network: str, gates: Sequence[Gate]) -> None:
        self._agenda = agenda
        self.gates = gates
        self._turned = []  # whether each is passed against the direction in which it is stated
        for gate in gates:
            near, far = gate.crossing.between
            self._turned.append(far == network)
            network = near if far == network else far

    @property
    def one_way_ns(self) -> int:
        """How long a packet takes from end to end without any queue."""
        return ns(sum(gate.crossing.round_trip_s for gate in self.gates) / 2)

    def carry(self, packet: Packet, passed: int = 0, *, is_set_up: bool = False) -> None:
        """Let a packet that has passed so many devices meet the next, or arrive."""
        if passed >= len(self.gates):
            packet.connection.after(self.one_way_ns, partial(packet.connection.arrive, packet))
            return
        hop = passed if packet.kind.goes_to_service else len(self.gates) - 1 - passed
        gate, device = self.gates[hop], packet.connection.devices[hop]
        fate = _Fate.PASSES
        if packet.flows_count > 0 and not is_set_up:
            fate = _set_up(gate, device, packet, hop)
        elif packet.kind is Kind.REQUEST and packet.connection.is_unknown_at(hop, packet.exchange):
            fate = _Fate.VANISHES
        if fate is _Fate.PASSES:
            fate = self._queue(packet, passed, gate, device, is_set_up=is_set_up)
        if fate is _Fate.IS_REFUSED:
            self._refuse(packet.connection, hop)

    def _queue(self, packet: Packet, passed: int, gate: Gate, device: Device, *, is_set_up: bool) -> _Fate:
        """Let a packet wait for the device's processor."""
        counts, flows_count = gate.counts, packet.flows_count
        if flows_count == 0 and packet.count == 2 and device.free_places_count() == 1:
            # One place is free: the first of the two takes it.
            counts.packets += 1
            counts.dropped += 1
            alone = _first_alone(packet)
            if alone is None:
                counts.packets += 1
                device.forward(Train(packets_count=1, flows_count=0, leave=lambda _: None))
                return _Fate.PASSES
            if alone is Kind.RESPONSE:  # the service's FIN is lost, and sent again like an answer
                packet.exchange.fin_lost = True
            packet = Packet(kind=alone, connection=packet.connection, exchange=packet.exchange)
        if flows_count == 0 and packet.count > 2 and self._loses_tail(packet, gate, device):
            return _Fate.PASSES
        is_apart = flows_count > 0 and device.sets_up_apart and not is_set_up
        delay_ns = device.set_up() if is_apart else device.forward(self._train(packet, passed))
        counts.packets += 0 if is_apart and delay_ns is not None else packet.count
        if delay_ns is not None:
            counts.delay_ns = max(counts.delay_ns, delay_ns)
            if is_apart:
                packet.connection.after(delay_ns, partial(self.carry, packet, passed, is_set_up=True))
            return _Fate.PASSES
        if not is_apart:
            packet.connection.release()
        counts.dropped += packet.count
        is_visible = flows_count > 0 and gate.crossing.queue_when_full == "visible"
        return _Fate.IS_REFUSED if is_visible else _Fate.VANISHES

    def _train(self, packet: Packet, passed: int) -> Train:
        """Return a packet as a device sees it."""
        packet.connection.hold()

        def leave(delay_ns: int) -> None:
            self._leave(packet, passed, delay_ns)
            packet.connection.release()

        return Train(packets_count=packet.count, flows_count=packet.flows_count, leave=leave)

    def _leave(self, packet: Packet, passed: int, delay_ns: int) -> None:
        """A packet will leave a device's processor: for its link, the next device, or for its end."""
        hop = passed if packet.kind.goes_to_service else len(self.gates) - 1 - passed
        gate, device = self.gates[hop], packet.connection.devices[hop]
        if gate.crossing.bandwidth_bit_per_s is not None:
            lane = device.lanes[packet.kind.goes_to_service ^ self._turned[hop]]
            leave_ns = self._agenda.now_ns + delay_ns
            sent_ns = lane.carry(gate.crossing, packet, leave_ns)
            if sent_ns is None:
                gate.counts.dropped += packet.count
                return
            gate.counts.delay_ns = max(gate.counts.delay_ns, sent_ns - leave_ns)
            delay_ns = sent_ns - self._agenda.now_ns
        if passed + 1 == len(self.gates):
            packet.connection.after(delay_ns + self.one_way_ns, partial(packet.connection.arrive, packet))
        else:
            packet.connection.after(delay_ns, partial(self.carry, packet, passed + 1))

    def _loses_tail(self, packet: Packet, gate: Gate, device: Device) -> bool:
        """Let what fits of a long train wait, for nobody, if not all of it does; say whether that is so."""
        free = device.free_places_count()
        is_idle = free >= device.crossing.queue_packets_count
        if packet.count <= free or is_idle:
            return False
        gate.counts.packets += packet.count
        gate.counts.dropped += packet.count - max(free, 0)
        if free > 0:
            device.forward(Train(packets_count=free, flows_count=0, leave=lambda _: None))
        return True

    def _refuse(self, connection: Connection, hop: int) -> None:
        """Send a refusal from a device: a packet of its own, which passes it on its way back."""
        passed = len(self.gates) - 1 - hop
        gate, device = self.gates[hop], connection.devices[hop]
        refusal = Packet(kind=Kind.REFUSED, connection=connection, exchange=connection.exchange)
        gate.counts.packets += 1
        if device.forward(self._train(refusal, passed)) is None:
            connection.release()
            gate.counts.dropped += 1


def _first_alone(packet: Packet) -> Kind | None:
    """Return what the first of two packets is whose second finds no place; None: nothing without it."""
    if packet.kind is Kind.REQUEST:  # behind the handshake's acknowledgement, unless it takes two by itself
        return Kind.ACK if packet.connection.request_packets_count == 1 else None
    return Kind.ACK if packet.kind is Kind.FIN else packet.kind


def _set_up(gate: Gate, device: Device, packet: Packet, hop: int) -> _Fate:
    """Ask a device for the flows of a first packet."""
    connection, counts, flows_count = packet.connection, gate.counts, packet.flows_count
    counts.offered += flows_count
    if connection.has_entry[hop]:
        return _Fate.PASSES
    if not device.admits(flows_count, gate.limiter_of(connection.source)):
        counts.shed += flows_count
        limit = gate.crossing.admission
        is_reset = limit is not None and limit.on_excess == "reset"
        return _Fate.IS_REFUSED if is_reset else _Fate.VANISHES
    room = connection.enter(hop) if device.tracks else Room.TAKEN
    if room is Room.TAKEN:
        counts.admitted += flows_count
        return _Fate.PASSES
    counts.shed += flows_count
    counts.no_room += flows_count
    return _Fate.IS_REFUSED if room is Room.REFUSED else _Fate.VANISHES
