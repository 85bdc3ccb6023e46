"""A connection between a client and a service: what both ends and the devices on its way know of it.

What each end does with a packet stands in `client_end` and `service_end`. A connection that no packet, timer
or program has to do with any more is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from reference.agenda import ns
from twin.client_end import ClientEnd
from twin.flows import Room
from twin.packet import Kind, Packet
from twin.round_trip import RoundTrip
from twin.service_end import Answer, ServiceEnd

if TYPE_CHECKING:
    from twin.exchange import Exchange
    from twin.population import Client, Population
    from twin.service import Service

MOST_REPEATS = 8
PACKET_BYTES = 1460
MOST_PACKETS = 60


def _packets_count(size_bytes: int) -> int:
    return max(1, min(-(-size_bytes // PACKET_BYTES), MOST_PACKETS))


class Connection:
    """One connection, from its first packet to the last timer.

    Parameters
    ----------
    population
        Whose it is.
    client
        The client that opens it, if it has one by now.
    exchange
        What is asked first.
    try_name
        Population, number of the request and of the try, which choose the devices.
    is_kept
        Whether the client means to keep it for its next request.
    """

    def __init__(
        self,
        population: Population,
        client: Client,
        exchange: Exchange,
        try_name: tuple[int, int, int],
        *,
        is_kept: bool,
    ) -> None:
        self.population = population
        self.exchange = exchange
        self.is_kept = is_kept
        self.is_aged = False
        self.is_datagram = population.is_lookup
        self.is_cold = client.is_cold
        self.source = (client.population.name, client.number // population.stride)
        self._port_source = population.port_source(client)
        self.asker = (client.population.index, client.number // population.stride)
        self.began_ns = population.agenda.now_ns
        self.active_ns = 0
        self._holds_count = 1
        draw = population.chance.device
        self.devices = [
            gate.devices[draw(try_name, hop, gate.crossing.devices_count, gate.crossing.skew_ratio)]
            for hop, gate in enumerate(population.way.gates)
        ]
        self._epochs = [gate.epoch for gate in population.way.gates]
        self._among = [gate.crossing.devices_count for gate in population.way.gates]
        self.has_entry = [False] * len(self.devices)
        self.has_port = [False] * len(self.devices)
        self.client = ClientEnd(self)
        self.service = ServiceEnd(self)
        self.server: Service = population.service
        self.life = 0
        self._given_up_ns = 0

    # -- time --------------------------------------------------------------------------------

    @property
    def now_ns(self) -> int:
        """The present moment."""
        return self.population.agenda.now_ns

    def hold(self) -> None:
        """Somebody has to do with this connection until the next `release`."""
        self._holds_count += 1

    def release(self) -> None:
        """Let go; when nobody has to do with the connection any more, everybody forgets it."""
        self._holds_count -= 1
        if self._holds_count == 0:
            if any(self.has_entry) or self.client.is_established:
                self.close_entries(answered=self.client.is_established)
            self._forget_ports()
            self.service.forget()

    def holding(self, act: Callable[[], None]) -> Callable[[], None]:
        """Return `act` such that the connection is held until it is done."""
        self.hold()

        def held() -> None:
            act()
            self.release()

        return held

    def after(self, delay_ns: int, act: Callable[[], None]) -> None:
        """Plan `act` for the connection."""
        self.population.agenda.after(delay_ns, self.holding(act))

    def soon(self, act: Callable[[], None]) -> None:
        """Let `act` follow at this moment."""
        self.population.agenda.soon(self.holding(act))

    def answer(self, exchange: Exchange, answer: Answer) -> None:
        """Let the service's program answer at this moment."""
        self.soon(partial(self.service.reply, exchange, answer))

    @property
    def is_past(self) -> bool:
        """Whether the instance it has got has gone since."""
        return self.server.is_past(self)

    # -- packets -----------------------------------------------------------------------------

    def send(self, kind: Kind, exchange: Exchange | None = None, *, count: int = 1) -> None:
        """Set packets on their way."""
        packet = Packet(
            kind=kind, connection=self, exchange=self.exchange if exchange is None else exchange, count=count
        )
        self.soon(partial(self.population.way.carry, packet))

    def arrive(self, packet: Packet) -> None:
        """A packet arrives at its end."""
        if packet.kind.goes_to_service:
            self.service.receive(packet)
        else:
            self.client.receive(packet)

    def repeat(
        self,
        trip: RoundTrip,
        still_wanted: Callable[[], bool],
        again: Callable[[int], None],
        count: int = 0,
        *,
        is_alone: bool = True,
    ) -> None:
        """Send data or a FIN again while it is wanted.

        First comes a probe; then the time-out, doubled each time. `again` is told how often it was sent again
        before.
        """
        wait_ns = trip.probe_ns(is_alone=is_alone) if count == 0 else trip.time_out_ns << (count - 1)

        def due() -> None:
            if still_wanted():
                again(count)
                if count < MOST_REPEATS:
                    self.repeat(trip, still_wanted, again, count + 1)

        self.after(wait_ns, due)

    # -- devices on the way ------------------------------------------------------------------

    @property
    def flows_count(self) -> int:
        """How many flows it has at each device."""
        return self.population.flows_count

    def enter(self, hop: int) -> Room:
        """Ask a device on the way for room."""
        device, service = self.devices[hop], self.population.service
        room = device.flows.enter(
            device.crossing, service.name, service.noun, self._port_source, self.flows_count
        )
        if room is Room.TAKEN:
            self.has_entry[hop] = True
            self.has_port[hop] = device.crossing.ports is not None
        return room

    # -- how many packets --------------------------------------------------------------------

    @property
    def request_packets_count(self) -> int:
        """Return how many packets a request takes."""
        return _packets_count(self.population.request_bytes)

    def answer_packets_count(self, exchange: Exchange) -> int:
        """Return how many packets an answer takes; an error is one."""
        return 1 if exchange.is_error else _packets_count(self.population.answer_bytes)

    def more_acks_count(self, exchange: Exchange) -> int:
        """Return how many acknowledge an answer before its last packet: one each."""
        return self.answer_packets_count(exchange) - 1

    def stand(self) -> bool:
        """Stand since before the run, where every device on the way has room; say whether it does."""
        service = self.population.service
        stands = all(
            device.flows.has_room(device.crossing, service.name, service.noun, self._port_source)
            for device in self.devices
        )
        if not stands:
            return False
        for hop, device in enumerate(self.devices):
            if device.tracks:
                self.enter(hop)
        self.client.is_established = True
        for end in (self.client, self.service):
            end.trip.took_ns = 2 * self.population.way.one_way_ns
        self.service.stand()
        return True

    def is_unknown_at(self, hop: int, exchange: Exchange) -> bool:
        """Whether a device has forgotten the flow of a client that takes it to stand."""
        if exchange.orphaned or not self.client.is_open:
            return False
        gate, device = self.population.way.gates[hop], self.devices[hop]
        is_lost = self._epochs[hop] != gate.epoch
        if is_lost and gate.crossing.devices_count == self._among[hop]:
            is_lost = device.went_in > self._epochs[hop]  # it is back where it was set up
        return is_lost or (device.tracks and not self.has_entry[hop])

    def close_entries(self, *, answered: bool) -> None:
        """The flow is over: devices hold its entries and ports down from now on."""
        for hop, device in enumerate(self.devices):
            if self.has_entry[hop]:
                device.flows.close(device.crossing, self.flows_count, answered=answered)
                self.has_entry[hop] = False
        if answered or (self.is_datagram and self.exchange.request_seen):
            self.close_ports()
        else:
            self._leave_ports()

    def close_ports(self) -> None:
        """The flow is over, or what came for it at last was reset: devices hold its ports down."""
        for hop, device in enumerate(self.devices):
            if self.has_port[hop]:
                assert device.crossing.ports is not None
                self._free_port(hop, ns(device.crossing.ports.hold_s))

    def _leave_ports(self) -> None:
        """Nobody has answered; where a port is held the longer for it, an answer may still come."""
        self._given_up_ns = self.now_ns
        for hop, device in enumerate(self.devices):
            if self.has_port[hop]:
                assert device.crossing.ports is not None
                unanswered_s = device.crossing.unanswered_port_hold_s
                if unanswered_s <= device.crossing.ports.hold_s:
                    self._free_port(hop, ns(unanswered_s))

    def _forget_ports(self) -> None:
        """No answer can come any more: ports are held since the flow was given up."""
        for hop, device in enumerate(self.devices):
            if self.has_port[hop]:
                until_ns = self._given_up_ns + ns(device.crossing.unanswered_port_hold_s)
                self._free_port(hop, max(until_ns - self.now_ns, 0))

    def _free_port(self, hop: int, after_ns: int) -> None:
        device, service = self.devices[hop], self.population.service.name
        device.flows.free_ports(
            device.crossing, service, self._port_source, self.flows_count, after_ns=after_ns
        )
        self.has_port[hop] = False

    def forget_idle(self, since_ns: int) -> None:
        """Devices on the way have forgotten the flow if nothing has passed for too long."""
        for hop, device in enumerate(self.devices):
            table = device.crossing.table
            if (
                self.has_entry[hop]
                and table is not None
                and self.now_ns - since_ns > ns(table.idle_timeout_s)
            ):
                device.flows.forget()
                self.has_entry[hop] = False
