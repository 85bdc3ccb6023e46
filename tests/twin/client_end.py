"""The client's end of a connection: what its kernel and its program do with each packet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reference.agenda import ns
from tidegate.world.catalogue.entries import syn_schedules
from twin.exchange import Exchange
from twin.packet import Kind, Packet
from twin.round_trip import RoundTrip
from twin.syn_sends import syn_sends_s

if TYPE_CHECKING:
    from twin.connection import Connection
    from twin.request import Request

DELAYED_ACK_NS = 40_000_000
"""How long Linux waits for something that carries an acknowledgement (TCP_DELACK_MIN)."""


class ClientEnd:
    """What the client knows of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.is_open = True
        self.is_established = False
        self.trip = RoundTrip()
        self._is_dead = False
        self._fin_acked = False

    # -- what the program asks for -----------------------------------------------------------

    def connect(self) -> None:
        """Send the first packet, and again by the kernel's schedule while nothing comes."""
        connection, clients = self._connection, self._connection.population.clients
        if connection.is_datagram:
            connection.send(Kind.QUERY, count=connection.population.queries_count)
            return
        connection.send(Kind.SYN)
        schedule_s = tuple(at_s for at_s in syn_schedules()[clients.syn] if at_s > 0.0)
        sends_count = len(schedule_s)
        request = connection.exchange.request
        if clients.late_replies == "ignored" and request is not None:
            timeout_s = connection.population.connect_timeout_ns(request) / 1e9
            sends_count = len(syn_sends_s(schedule_s, timeout_s)) - 1
        if sends_count > 0:
            self._plan_connect(schedule_s, sends_count, connection.now_ns)

    def _plan_connect(self, schedule_s: tuple[float, ...], sends_count: int, began_ns: int) -> None:
        """Plan the next SYN; after the last one the timer of another runs all the same."""
        if not schedule_s:
            return

        def again() -> None:
            if sends_count > 0 and self.is_open and not self.is_established and not self._has_left():
                connection.send(Kind.SYN)
                self._plan_connect(schedule_s[1:], sends_count - 1, began_ns)

        connection = self._connection
        connection.after(began_ns + ns(schedule_s[0]) - connection.now_ns, again)

    def _has_left(self) -> bool:
        """Whether the client has gone away with its sockets."""
        request = self._connection.exchange.request
        return request is not None and request.population.has_left(request)

    def ask(self, request: Request) -> None:
        """Send the next request on a connection that has carried an answer."""
        connection = self._connection
        connection.forget_idle(connection.active_ns)
        exchange = Exchange(request, is_reused=True)
        connection.exchange, request.exchange = exchange, exchange
        request.connection = connection
        connection.active_ns = connection.now_ns
        connection.hold()
        connection.send(Kind.REQUEST, count=connection.request_packets_count)
        self._repeat_request(exchange)

    def _ask_next(self, request: Request, left: int) -> None:
        """Ask what comes next on a connection that is being opened, or what it was made for."""
        connection, client = self._connection, request.client
        exchange = Exchange(request, is_reused=True, openings_left=left)
        connection.exchange = request.exchange = exchange
        connection.is_kept = left > 0 or connection.population.is_kept
        connection.active_ns = connection.now_ns
        if left == 0 and connection.is_kept and client is not None and client.connection is None:
            client.connection = connection
            connection.hold()
            client.population.ages.begin(client, connection.now_ns)
        request.population.next_asked(request, exchange)
        connection.send(Kind.REQUEST, count=connection.request_packets_count)
        self._repeat_request(exchange)

    def hang_up(self) -> None:
        """The program closes: what an established connection still costs is sent."""
        connection, exchange = self._connection, self._connection.exchange
        was_established = self.is_established
        self.is_open = False
        if connection.is_datagram:
            connection.service.client_left()
        elif was_established and (exchange.request_acked or not exchange.backed_off):
            self._send_fin()
        connection.close_entries(answered=was_established)

    def leave_behind(self, exchange: Exchange) -> None:
        """An exchange goes on by itself: what it knows of the way and what its connection does part."""
        exchange.client_trip, self.trip = self.trip, self.trip.parted()

    # -- what the kernel does ----------------------------------------------------------------

    def _trip_of(self, exchange: Exchange) -> RoundTrip:
        return self.trip if exchange.client_trip is None else exchange.client_trip

    def _send_fin(self, *, acks_count: int = 0) -> None:
        connection = self._connection
        connection.send(Kind.FIN, count=1 + acks_count)
        connection.repeat(
            self.trip,
            lambda: not self._fin_acked and not connection.service.is_torn,
            self._fin_again,
            is_alone=connection.exchange.request_acked,
        )

    def _fin_again(self, count: int) -> None:
        """A FIN behind a request that is not acknowledged waits: the request goes first."""
        connection = self._connection
        if count > 0 and not connection.exchange.request_acked:
            self.trip.sent_again()
            connection.send(Kind.REQUEST, count=connection.request_packets_count)
        else:
            connection.send(Kind.FIN)

    def _repeat_request(self, exchange: Exchange) -> None:
        connection = self._connection
        self.trip.sent(connection.now_ns)

        def still_wanted() -> bool:
            goes_on = (self.is_open or exchange.backed_off) and not self._is_dead
            is_latest = exchange is connection.exchange
            return ((goes_on and is_latest) or exchange.orphaned) and not exchange.request_acked

        def again(count: int) -> None:
            exchange.backed_off = exchange.backed_off or count > 0
            self._trip_of(exchange).sent_again()
            connection.send(Kind.REQUEST, exchange, count=connection.request_packets_count)

        connection.repeat(self.trip, still_wanted, again)

    # -- what arrives ------------------------------------------------------------------------

    def receive(self, packet: Packet) -> None:
        """A packet has come."""
        if packet.kind is Kind.REFUSED:
            self._refusal_came(packet)
        elif self._is_dead and not packet.exchange.orphaned:
            self._connection.send(Kind.RESET, count=packet.count)
        elif packet.kind is Kind.SYN_ACK:
            self._connected()
        elif packet.kind is Kind.REQUEST_ACK:
            self._request_acked(packet.exchange)
        elif packet.kind is Kind.GAP_ACK:
            if not self._connection.exchange.request_acked:
                self.trip.sent_again()
                self._connection.send(Kind.REQUEST, count=self._connection.request_packets_count)
        elif packet.kind is Kind.LAST_ACK:
            self._fin_acked = True
            self._connection.exchange.request_acked = True
            if self._connection.service.is_closing:
                self._connection.send(Kind.ACK)
        else:
            self._answer_came(packet)

    def _refusal_came(self, packet: Packet) -> None:
        if not self.is_open:
            self._connection.close_ports()
        elif not packet.exchange.orphaned:
            self._refused()

    def _connected(self) -> None:
        connection = self._connection
        if self.is_established:  # it is acknowledged once more, were the socket closed since
            connection.send(Kind.HANDSHAKE_ACK)
            return
        if not self.is_open:
            connection.send(Kind.RESET)
            connection.close_ports()
            return
        self.is_established = True
        took_ns = connection.now_ns - connection.began_ns
        schedule_s = [at_s for at_s in syn_schedules()[connection.population.clients.syn] if at_s > 0.0]
        if not schedule_s or took_ns < ns(schedule_s[0]):  # it has sent one SYN alone
            self.trip.took_ns = took_ns
        request = connection.exchange.request
        if request is not None and request.exchange is connection.exchange:
            request.population.connected(request)
        # The handshake's acknowledgement goes before it.
        connection.send(Kind.REQUEST, count=1 + connection.request_packets_count)
        self._repeat_request(connection.exchange)

    def _request_acked(self, exchange: Exchange) -> None:
        if exchange is not self._connection.exchange and not exchange.orphaned:
            return
        was_acked, exchange.request_acked = exchange.request_acked, True
        if not was_acked:
            self._trip_of(exchange).came(self._connection.now_ns)
        # A FIN waits behind a request that was sent again by the time-out.
        if exchange.backed_off and not was_acked and not self.is_open and not exchange.orphaned:
            self._send_fin()

    def _answer_came(self, packet: Packet) -> None:
        connection, exchange = self._connection, packet.exchange
        is_latest = exchange is connection.exchange
        if exchange.orphaned:
            exchange.request_acked = True
            connection.send(Kind.ACK, exchange)
        elif self.is_open:
            if is_latest and not exchange.answer_got:
                self._answered(exchange)
            else:
                connection.send(Kind.ACK, exchange)  # it was sent twice
        elif connection.is_datagram:
            return
        elif connection.exchange.answer_got:
            connection.send(Kind.ACK, exchange)
        else:
            # A closed socket that gets data is torn down: its FIN is not sent again.
            self._fin_acked = self._is_dead = True
            connection.send(Kind.RESET, count=packet.count)

    def _answered(self, exchange: Exchange) -> None:
        """The first answer to a client that still listens."""
        connection, request = self._connection, exchange.request
        if not exchange.request_acked:
            self.trip.came(connection.now_ns)
        exchange.answer_got = exchange.request_acked = True
        if exchange.openings_left > 0 and not exchange.is_error and request is not None:
            if exchange.openings_left > 1 or not request.is_for_connection:
                self._ask_next(request, exchange.openings_left - 1)
                return
            connection.is_kept = connection.population.is_kept
        wants = request is not None and request.is_wanted
        client = request.client if request is not None and wants else None
        is_good = not exchange.is_error
        is_mine = client is not None and client.connection in (None, connection)
        stays = not connection.is_past and not connection.is_aged
        if connection.is_kept and is_good and client is not None and is_mine and stays:
            if client.connection is None:
                client.connection = connection
                connection.hold()
                has_openings = bool(connection.population.openings)
                since_ns = connection.now_ns if has_openings else connection.began_ns
                client.population.ages.begin(client, since_ns)
            connection.active_ns = connection.now_ns
            if connection.more_acks_count(exchange) > 0:
                connection.send(Kind.ACK, exchange, count=connection.more_acks_count(exchange))
            connection.after(DELAYED_ACK_NS, partial(self._ack_answer, exchange))
        else:
            if client is not None and client.connection is connection:
                client.drop_connection()
            connection.population.ages.answered(client, connection)
            self.is_open = False
            if connection.is_datagram:
                connection.service.client_left()
            else:
                self._send_fin(acks_count=1 + connection.more_acks_count(exchange))
            connection.close_entries(answered=True)
        exchange.request = None
        if request is not None and wants:
            request.population.answered(request, exchange, is_good=is_good)

    def _ack_answer(self, exchange: Exchange) -> None:
        """The next request would have carried the acknowledgement of an answer."""
        if self.is_open and exchange is self._connection.exchange:
            self._connection.send(Kind.ACK, exchange)

    def _refused(self) -> None:
        """A reset reaches a client that still tries."""
        connection = self._connection
        request = connection.exchange.request
        self._is_dead, self.is_open = True, False
        connection.service.client_left()
        connection.close_entries(answered=True)
        if request is not None:
            if request.client is not None and request.client.connection is connection:
                request.client.drop_connection()
            if request.exchange is connection.exchange:
                request.population.refused(request)
