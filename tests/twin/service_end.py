"""The service's end of a connection: what its kernel does with each packet, and how its program answers."""

from __future__ import annotations

from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from twin.packet import Kind, Packet
from twin.round_trip import RoundTrip

if TYPE_CHECKING:
    from twin.connection import Connection
    from twin.exchange import Exchange

# Linux sends a SYN-ACK again after 1 s, rounded up to its timers' next tick of 64 ms: half of it on average.
SYN_ACK_NS = 1_032_000_000
SYN_ACKS_MOST = 5
DELAYED_ACK_NS = 40_000_000
_STARTS = (Kind.SYN, Kind.REQUEST, Kind.QUERY)


class Answer(Enum):
    """How a service ends a request."""

    WELL = auto()
    WITH_AN_ERROR = auto()
    NOT_AT_ALL = auto()


class Down(Enum):
    """What meets a packet where no instance takes requests."""

    UP = auto()
    REFUSES = auto()
    WAITS = auto()
    SILENT = auto()


class ServiceEnd:
    """What the service knows of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._syn_seen = self._is_established = False
        self._syn_ack_ns = 0
        self.trip = RoundTrip()
        self._fin_early = False
        self.is_client_gone = False
        self.is_torn = False
        self.is_closing = False
        self.is_accepted = False
        self.is_logging_in = False
        self.is_shut = False
        self.setup_paid = connection.is_datagram

    @property
    def knows(self) -> bool:
        """Whether a packet of the connection has come."""
        return self._syn_seen

    def stand(self) -> None:
        """The connection was there before the run."""
        self._syn_seen = self._is_established = self.is_accepted = self.setup_paid = True

    def leave_behind(self, exchange: Exchange) -> None:
        """An exchange goes on by itself: what it knows of the way and what its connection does part.

        What follows on the connection acknowledges the handshake; who has come already pays for the
        connection, or else what is asked next.
        """
        self._is_established = True
        exchange.setup_paid = self.setup_paid or not exchange.is_working
        self.setup_paid = self.setup_paid or exchange.is_working
        exchange.served_trip, self.trip = self.trip, self.trip.parted()

    def owes_setup(self, exchange: Exchange) -> bool:
        """Whether an exchange pays what a new connection costs, if it begins now; then that is paid."""
        if exchange.setup_paid is None:
            is_paid, self.setup_paid = self.setup_paid, True
        else:
            is_paid, exchange.setup_paid = exchange.setup_paid, True
        return not is_paid

    def _trip_of(self, exchange: Exchange) -> RoundTrip:
        return self.trip if exchange.served_trip is None else exchange.served_trip

    # -- what arrives ------------------------------------------------------------------------

    def receive(self, packet: Packet) -> None:
        """A packet has come."""
        connection, exchange = self._connection, packet.exchange
        if packet.kind in _STARTS and not exchange.request_seen:
            self._reach()
        service = connection.server
        is_lost = service.is_lost(connection)
        is_new = not exchange.request_seen or is_lost
        down = self._down(ends=not is_new)
        if down is Down.SILENT:
            return
        refuses = down is Down.REFUSES and packet.kind in _STARTS and is_new
        if not refuses and packet.kind is not Kind.SYN:
            self._establish()
        if refuses:
            connection.send(Kind.REFUSED, packet.exchange)
        elif packet.kind is Kind.SYN:
            self._syn_came(is_full=service.is_backlog_full)
        elif packet.kind in {Kind.REQUEST, Kind.QUERY}:
            self._request_came(packet)
        elif packet.kind is Kind.FIN:
            self._fin_came()
        elif packet.kind is Kind.RESET:
            self.client_left(torn=True)
            connection.exchange.answer_acked = True
        elif packet.kind is Kind.ACK:
            self._answer_acked(packet.exchange)

    def _reach(self) -> None:
        """The connection gets an instance, or comes to those that share a queue as they are now."""
        connection = self._connection
        if connection.server.is_choosing:
            connection.server.choose(connection, connection.exchange.name)
        elif not self._syn_seen:
            connection.server.reached_by(connection)

    def _establish(self) -> None:
        """The handshake is done: whatever comes says so."""
        if not self._is_established:
            self._is_established = True
            self.trip.came(self._connection.now_ns)

    def _answer_acked(self, exchange: Exchange) -> None:
        is_latest = exchange is self._connection.exchange
        if is_latest and not exchange.answer_acked:
            self.trip.came(self._connection.now_ns)
        exchange.answer_acked = True
        self.is_closing = self.is_closing and not is_latest

    def _down(self, *, ends: bool) -> Down:
        """What meets a packet: an instance that has gone since ends what it has, or is not there."""
        service = self._connection.server
        if not self._connection.is_past:
            return service.down(self._connection.population)
        return Down.UP if ends else service.fate_of_past(self._connection.population)

    def _syn_came(self, *, is_full: bool) -> None:
        is_over = self._is_established or self.is_client_gone
        if is_over or (is_full and not self._syn_seen):
            return
        self._connection.send(Kind.SYN_ACK)
        self._syn_ack_ns = self._connection.now_ns
        if self._syn_seen:
            self.trip.sent_again()
            return
        self._syn_seen = True
        self.trip.sent(self._syn_ack_ns)
        self._connection.after(SYN_ACK_NS, partial(self._syn_ack_again, 1))

    def _syn_ack_again(self, count: int) -> None:
        is_over = self._is_established or self.is_client_gone or self.is_torn
        if is_over or count > SYN_ACKS_MOST:
            return
        connection = self._connection
        due_ns = self._syn_ack_ns + (SYN_ACK_NS << (count - 1))
        if connection.now_ns < due_ns:  # a SYN that came twice has been answered since
            connection.after(due_ns - connection.now_ns, partial(self._syn_ack_again, count))
            return
        connection.send(Kind.SYN_ACK)
        self._syn_ack_ns = connection.now_ns
        self.trip.sent_again()
        connection.after(SYN_ACK_NS << count, partial(self._syn_ack_again, count + 1))

    def _request_came(self, packet: Packet) -> None:
        connection, exchange = self._connection, packet.exchange
        service = connection.server
        if self.is_torn and not exchange.orphaned:
            connection.send(Kind.REFUSED, exchange)
            return
        is_first = not exchange.request_seen
        if self._fin_early and not exchange.orphaned:
            connection.send(Kind.LAST_ACK)  # of both
            self.is_client_gone = True  # its program reads what was asked before it reads the end
        elif packet.kind is Kind.REQUEST:
            if is_first and (exchange.is_reused or service.noun.request_ack == "with_answer"):
                connection.after(DELAYED_ACK_NS, partial(self._ack_request, exchange))
            else:
                connection.send(Kind.REQUEST_ACK, exchange)
        if is_first and (exchange is connection.exchange or exchange.orphaned):
            exchange.request_seen = self._syn_seen = self._is_established = True
            service.accept(connection, exchange)

    def _ack_request(self, exchange: Exchange) -> None:
        """The answer would have carried the acknowledgement of a request."""
        if exchange.is_working and (exchange is self._connection.exchange or exchange.orphaned):
            self._connection.send(Kind.REQUEST_ACK, exchange)

    def _fin_came(self) -> None:
        connection, exchange = self._connection, self._connection.exchange
        if not exchange.request_seen and not self.is_torn:
            self._fin_early = self._is_established = True
            connection.send(Kind.GAP_ACK)
            return
        was_gone = self.is_client_gone
        is_whole = exchange.answer_got and not exchange.fin_lost
        if is_whole and not exchange.answer_acked:
            self.trip.came(connection.now_ns)
            exchange.answer_acked = True
        connection.send(Kind.LAST_ACK)
        if connection.is_kept and not exchange.is_working and not was_gone:
            # The service closes an idle connection too: its FIN carries that acknowledgement.
            self.is_closing = True
            connection.repeat(
                self.trip, lambda: self.is_closing, self._close_again, is_alone=exchange.answer_acked
            )
        self.client_left()

    def _close_again(self, count: int) -> None:
        """A FIN behind an answer that is not acknowledged waits: the answer goes first."""
        exchange = self._connection.exchange
        self.trip.sent_again()
        if count > 0 and not exchange.answer_acked:
            packets_count = self._connection.answer_packets_count(exchange)
            self._connection.send(Kind.RESPONSE, exchange, count=packets_count)
        else:
            self._connection.send(Kind.LAST_ACK)

    def client_left(self, *, torn: bool = False) -> None:
        """The service learns that the client has gone."""
        exchange = self._connection.exchange
        service = self._connection.server if exchange.server is None else exchange.server
        self.is_client_gone = True
        self.is_torn = self.is_torn or torn
        self.is_closing = self.is_closing and not torn
        if exchange.is_queueing and service.noun.abandoned_work == "leaves":
            exchange.is_queueing = False
            service.queued_count -= 1
        if not exchange.is_working:
            self.disconnect()

    def logged_in(self) -> None:
        """It has logged in, or has ended: it counts no more."""
        if self.is_logging_in:
            self.is_logging_in = False
            self._connection.population.service.logging_in_count -= not self._connection.is_past

    def shut(self) -> None:
        """The service's program closes the connection before it has logged in."""
        self.is_torn = True
        self._connection.send(Kind.REFUSED)

    def login_over(self) -> None:
        """The time to log in is over."""
        if not self.is_logging_in:
            return
        exchange, service = self._connection.exchange, self._connection.population.service
        is_waiting = exchange.is_queueing or not exchange.is_working
        self.logged_in()
        self.is_shut = True
        if exchange.is_queueing:
            exchange.is_queueing = False
            service.queued_count -= 1
        self.shut()
        if is_waiting:
            self.disconnect()

    def disconnect(self) -> None:
        """The service's side ends: its place is free."""
        if self.is_accepted:
            self.is_accepted = False
            self.logged_in()
            if not self._connection.is_past:
                self._connection.server.let_go()

    def _give_back(self, exchange: Exchange) -> None:
        """The place that an exchange by itself had is free."""
        if exchange.has_place:
            exchange.has_place = False
            if not self._connection.is_past:
                self._connection.server.let_go()

    def forget(self) -> None:
        """Nobody has told the service that the connection is over; its kernel gives up on it."""
        self.disconnect()

    # -- what the program does ---------------------------------------------------------------

    def reply(self, exchange: Exchange, answer: Answer) -> None:
        """Answer a request, well or not, or let it vanish."""
        connection = self._connection
        exchange.is_working = False
        if answer is Answer.WELL and exchange.openings_left == 1:
            self.logged_in()
        exchange.is_error = exchange.is_error or answer is Answer.WITH_AN_ERROR
        is_gone = self.is_client_gone and not exchange.orphaned
        is_torn = self.is_torn and not exchange.orphaned
        if not connection.is_kept or is_gone or is_torn:
            self.disconnect()
        self._give_back(exchange)
        if answer is Answer.NOT_AT_ALL or is_torn:
            return
        count = 2  # whoever closes after the answer sends its FIN with it
        if connection.is_datagram:
            count = connection.population.queries_count  # each query has its answer
        elif connection.is_kept and not is_gone:
            count = 1
        if not connection.is_datagram:
            count += connection.answer_packets_count(exchange) - 1
        connection.send(Kind.RESPONSE, exchange, count=count)
        if not connection.is_datagram:
            trip = self._trip_of(exchange)
            trip.sent(connection.now_ns)
            connection.repeat(
                trip,
                partial(self._is_answer_open, exchange),
                partial(self._answer_again, exchange),
                is_alone=connection.is_kept and not is_gone,
            )

    def _is_answer_open(self, exchange: Exchange) -> bool:
        is_open = exchange is self._connection.exchange and not self.is_torn and not self.is_closing
        return (is_open or exchange.orphaned) and not exchange.answer_acked

    def _answer_again(self, exchange: Exchange, _count: int) -> None:
        exchange.fin_lost = False
        self._trip_of(exchange).sent_again()
        count = self._connection.answer_packets_count(exchange)
        self._connection.send(Kind.RESPONSE, exchange, count=count)
