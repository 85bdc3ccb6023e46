"""A packet arrives at one end: the TCP of both ends, as far as it decides outcomes.

Modelled after Linux: a dropped or slow SYN, SYN-ACK, request, response or FIN is sent again; a
packet for a closed connection is answered with a reset. What a program has given up its kernel still
delivers: a request that was lost goes out again after the client has closed.
Shortcuts: no congestion window but that after a time-out, which is one packet (requests and responses
fit one segment); each end reckons its retransmission time-out from its first round trip alone (RFC
6298, Linux's minimum of 200 ms); pure acknowledgements are not sent again; of an answer and the FIN
behind it, what is sent again is one packet, and it counts as the answer; a next request acknowledges
the answer before it as it leaves, and a refusal that reaches a client is known to the service at once;
an exchange that is overdue on a connection which its client keeps all the same goes on by itself: its
answer is acknowledged even when that connection has been closed since, and its request, when it is sent
again, passes a device that has forgotten the flow; what it learns of the round trip it alone knows,
and if it has not yet come, what a new connection costs is paid by what is asked next; while it waits to
be accepted it counts as a connection by itself, until it is answered.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.age import begin_age, end_aged
from tidegate.simulate.kernels.client import (
    CONNECT,
    count_latency,
    detach,
    drop_connection,
    hang_up,
    part,
    request_weight,
    send_fin,
    send_request,
)
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.device import for_whom
from tidegate.simulate.kernels.flow import close_entries, close_ports
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.instance import choose, gives_by_connection
from tidegate.simulate.kernels.life import is_lost, is_past, keeper, reaches
from tidegate.simulate.kernels.login import logged_in
from tidegate.simulate.kernels.nouns import Cache, Client, Exchange, Service
from tidegate.simulate.kernels.nouns.population import Kind
from tidegate.simulate.kernels.nouns.request import ADVICE, NO_BREAKER, WHY_SHIFT, Ended, Failure
from tidegate.simulate.kernels.nouns.service import Answer, WhenDown
from tidegate.simulate.kernels.opening import go_on, opened, opening_time_out, set_clock
from tidegate.simulate.kernels.outbox import later_x, now, now_x
from tidegate.simulate.kernels.packet import ONE, PAIR, TURN, WEIGHT, Packet, kind_of
from tidegate.simulate.kernels.retransmission import SYNACK_NS, turn_of
from tidegate.simulate.kernels.retry import succeeded
from tidegate.simulate.kernels.round_trip import answer_came, greeted, probe_after, request_came
from tidegate.simulate.kernels.service import (
    accept,
    accept_idle,
    backlog_full,
    disconnect,
    down,
    leave,
)
from tidegate.simulate.kernels.transfer import answer, begin_transfer
from tidegate.simulate.kernels.untouched import has_connection

# On a connection that has carried an answer, Linux acknowledges data with the answer, or after 40 ms
# (TCP_DELACK_MIN) if there is none yet, and so an answer with the next request. A new connection's first
# request is acknowledged at once.
DELAYED_ACK_NS = 40_000_000
# Packets that ask for nothing.
_ENDS = (int(Packet.FIN), int(Packet.RESET), int(Packet.ACK), int(Packet.HANDSHAKE))


@njit()
def _settle_bare(exchange: Exchange, t: int, m: Memory) -> None:
    """A connection with nothing to ask is established: idle from now on, and kept by whom it lacks."""
    exchange.flags |= flag.KEPT | flag.REQ_SEEN | flag.REQ_ACKED | flag.RESP_GOT | flag.RESP_ACKED
    exchange.served_trip_ns = exchange.round_trip_ns
    population = exchange.population
    request = exchange.request
    if population.kind == Kind.IDLE and request.exists:
        owner = for_whom(population, request.client)
        if not has_connection(owner, population.connects_for):
            owner.exchange = exchange
            begin_age(owner, population.connects_for, exchange, t, m)
            exchange.holders_count += 1
            exchange.population = population.connects_for
        else:
            hang_up(exchange, t, m)
        detach(request, exchange, t, m)
        request.generation = 0
        now(Happening.DONE, request.at, Ended.WELL, m)


@njit()
def _fate(exchange: Exchange, server: Service) -> int:
    """What meets a packet: an instance that has gone since ends what it has, or is not there."""
    if not is_past(exchange, server):
        return down(exchange.population, server)
    if exchange.flags & flag.REQ_SEEN and not is_lost(exchange, server):
        return WhenDown.UP
    if not server.whole.exists:  # its host is there while any of the instances is, booted or not
        fate = down(exchange.population, server)
        return WhenDown.SILENT if fate == WhenDown.SILENT else WhenDown.REFUSE
    return WhenDown.REFUSE if server.stands + server.killed_count > 0 else server.when_down


@njit()
def _syn_came(exchange: Exchange, full: bool, t: int, m: Memory) -> None:
    """A SYN is answered, and again while that has not come; then the next is due as long after that."""
    flags = exchange.flags
    is_new = flags & flag.SYN_SEEN == 0
    answers = not full if is_new else exchange.replies_count > 0
    if flags & (flag.REQ_SEEN | flag.REUSED | flag.GONE) == 0 and answers:
        exchange.flags |= flag.SYN_SEEN
        exchange.reply_ns = t
        exchange.replies_count += 1
        now_x(Happening.SEND, exchange, Packet.SYNACK | ONE, m)
        if is_new:
            later_x(t + SYNACK_NS, Happening.RESEND, exchange, Packet.SYNACK, m)


@njit()
def _fin_came(exchange: Exchange, t: int, m: Memory) -> None:
    """The client has closed its side, and nothing that it has sent before is missing."""
    flags = exchange.flags
    leave(exchange)
    whole = flags & flag.RESP_GOT and exchange.is_fin_lost == 0
    if whole and flags & flag.RESP_ACKED == 0:
        answer_came(exchange, t)
        exchange.flags |= flag.RESP_ACKED
    now_x(Happening.SEND, exchange, Packet.LASTACK | ONE, m)
    if flags & flag.KEPT and flags & (flag.WORKING | flag.GONE) == 0:
        # The service closes an idle connection too: its FIN carries that acknowledgement.
        exchange.flags |= flag.CLOSING
        due = t + probe_after(exchange.served_trip_ns, exchange.flags & flag.RESP_ACKED != 0)
        later_x(due, Happening.RESEND, exchange, Packet.LASTACK, m)


@njit()
def to_service(exchange: Exchange, packet: int, t: int, m: Memory) -> None:
    """A packet from the client arrives at the service."""
    kind = kind_of(packet)
    population = exchange.population
    service = keeper(exchange)
    if kind not in _ENDS and exchange.flags & flag.REQ_SEEN == 0:
        if gives_by_connection(service, population):
            service = choose(exchange, service, t, m)
        elif exchange.flags & flag.SYN_SEEN == 0:
            reaches(exchange, service)
    flags = exchange.flags
    fate = _fate(exchange, service)
    if fate == WhenDown.SILENT:
        return  # nobody there to answer
    asks = flags & flag.REQ_SEEN == 0 or is_lost(exchange, service)
    if fate == WhenDown.REFUSE and asks and kind not in _ENDS:
        now_x(Happening.SEND, exchange, Packet.REFUSED | ONE, m)
        return
    full = backlog_full(service)
    if kind != Packet.SYN and flags & (flag.REQ_SEEN | flag.REUSED) == 0:
        greeted(exchange, t)
    if kind == Packet.SYN:
        _syn_came(exchange, full, t, m)
    elif kind == Packet.JOB and population.is_bare == 1:
        # Coarse: nothing is asked, and what is connected stays so.
        exchange.flags |= flag.SYN_SEEN | flag.ESTABLISHED
        _settle_bare(exchange, t, m)
        accept_idle(exchange, service, t, m)
    elif kind == Packet.REQUEST or kind == Packet.JOB or kind == Packet.QUERY:
        if flags & flag.TORN:
            now_x(Happening.SEND, exchange, Packet.REFUSED | ONE, m)
            return
        if flags & flag.FIN_EARLY:
            now_x(Happening.SEND, exchange, Packet.LASTACK | ONE, m)  # of both
            leave(exchange)
        elif kind == Packet.REQUEST and flags & flag.COARSE == 0:
            # What has come before, were it with an earlier exchange, is acknowledged at once.
            first = flags & flag.REQ_SEEN == 0 and packet & TURN == turn_of(exchange)
            if first and (flags & flag.REUSED or service.acks_late == 1):
                later_x(t + DELAYED_ACK_NS, Happening.RESEND, exchange, Packet.REQACK | (packet & TURN), m)
            else:
                now_x(Happening.SEND, exchange, Packet.REQACK | ONE | (packet & TURN), m)
        if (
            flags & flag.REQ_SEEN == 0
            and packet & TURN == turn_of(exchange)
            and not (kind == Packet.JOB and full)
        ):
            exchange.flags |= flag.REQ_SEEN | flag.SYN_SEEN
            accept(exchange, t, m)
    elif kind == Packet.FIN and flags & (flag.REQ_SEEN | flag.TORN) == 0:
        exchange.flags |= flag.FIN_EARLY
        now_x(Happening.SEND, exchange, Packet.GAPACK | ONE, m)
    elif kind == Packet.FIN or kind == Packet.RESET:
        if kind == Packet.FIN:
            _fin_came(exchange, t, m)
        else:
            leave(exchange)
            exchange.flags = (exchange.flags | flag.TORN | flag.RESP_ACKED) & ~flag.CLOSING
        if flags & flag.WORKING == 0:
            disconnect(exchange, service, m)
    elif kind == Packet.ACK:
        # What acknowledges an earlier answer may come when the next exchange has begun.
        if packet & TURN == turn_of(exchange):
            if flags & flag.RESP_ACKED == 0:
                answer_came(exchange, t)
            exchange.flags = (exchange.flags | flag.RESP_ACKED) & ~flag.CLOSING
        accept_idle(exchange, service, t, m)


@njit()
def _established(exchange: Exchange, t: int, m: Memory) -> None:
    """The handshake is done: the request follows at once."""
    population = exchange.population
    exchange.flags |= flag.ESTABLISHED
    trip_ns = t - exchange.sent_ns
    if population.syns_count == 0 or trip_ns < m[population.syn_at]:  # it has sent one SYN alone
        exchange.round_trip_ns = trip_ns
    count_latency(population, CONNECT, trip_ns, m)
    request = exchange.request
    # A late connection (its answer may still be accepted) starts no clock of a request that went on.
    mine = request.exists and request.exchange.at == exchange.at and request.serial == exchange.serial >> 10
    if mine and (population.clock_at_send == 1 or population.openings_count > 0):
        set_clock(request, opening_time_out(exchange, m), t, m)
    if population.is_bare == 1 and population.openings_count == 0:
        now_x(Happening.SEND, exchange, Packet.ACK | ONE, m)
        _settle_bare(exchange, t, m)
        return
    send_request(exchange, Packet.REQUEST | (ONE + request_weight(exchange)), t, m)


@njit()
def _more_acks(exchange: Exchange) -> int:
    """The weight of what acknowledges all but the last of an answer's packets: each its own (Linux, measured)."""
    if exchange.flags & flag.ERROR:
        return 0
    return max(exchange.population.answer_packets - 1, 0) * ONE


@njit()
def _answered(exchange: Exchange, t: int, m: Memory, f: Memory) -> None:
    """The first response to an exchange whose client still listens."""
    request = exchange.request
    if exchange.flags & flag.REQ_ACKED == 0:
        request_came(exchange, t)
    if exchange.openings_left_count > 0 and exchange.flags & flag.ERROR == 0 and request.exists:
        if not opened(exchange):
            go_on(exchange, t, m)
            return
        if exchange.population.is_bare == 1:
            now_x(Happening.SEND, exchange, Packet.ACK | ONE | turn_of(exchange), m)
            _settle_bare(exchange, t, m)
            return
    flags = exchange.flags | flag.RESP_GOT | flag.REQ_ACKED
    exchange.flags = flags
    current = request.exists and (exchange.serial >> 10) == request.serial
    client = request.client if current else Client(m, -1)
    good = flags & flag.ERROR == 0
    keep = (
        flags & flag.KEPT
        and current
        and good
        and flags & flag.AGED == 0
        and (not client.exchange.exists or client.exchange.at == exchange.at)
        and not is_past(exchange, keeper(exchange))
    )
    if keep:
        if not client.exchange.exists:
            client.exchange = exchange
            exchange.holders_count += 1
            begin_age(client, exchange.population, exchange, t, m)
        exchange.sent_ns = t  # tables forget what has been idle since
        if flags & flag.COARSE == 0:
            if _more_acks(exchange) > 0:
                now_x(Happening.SEND, exchange, Packet.ACK | _more_acks(exchange) | turn_of(exchange), m)
            later_x(t + DELAYED_ACK_NS, Happening.RESEND, exchange, Packet.ACK | turn_of(exchange), m)
        else:
            exchange.flags |= flag.RESP_ACKED
    else:
        if client.exists and client.exchange.at == exchange.at:
            drop_connection(client, t, m)
        end_aged(exchange, client, t, m)
        exchange.flags &= ~flag.OPEN
        if flags & (flag.COARSE | flag.DATAGRAM) == 0:
            fin = Packet.FIN | (PAIR * ONE + _more_acks(exchange)) | turn_of(exchange)
            now_x(Happening.SEND, exchange, fin, m)
            due = t + probe_after(exchange.round_trip_ns, True)
            later_x(due, Happening.RESEND, exchange, Packet.FIN, m)
        else:
            part(exchange, m)
        close_entries(exchange, t, flag.ESTABLISHED, m)
    if current:
        other = request.exchange
        if other.at == exchange.at or good:
            if other.exists:
                # A late answer also ends the attempt that is out now.
                if other.at != exchange.at:
                    hang_up(other, t, m)
                detach(request, other, t, m)
            request.generation = 0
            if good:
                succeeded(request, t, f)
                # Of a check it says: out; an errand leaves it to the connection that it is for.
                population = exchange.population
                if client.exists and not population.effect.exists and population.kind != Kind.ERRAND:
                    client.is_cold = 0
                now(Happening.DONE, request.at, Ended.WELL, m)
            else:
                advice = ADVICE if flags & flag.ADVISED else NO_BREAKER
                now(Happening.FAIL, request.at, advice | (Failure.ERROR << WHY_SHIFT), m)
    exchange.request = -1


@njit()
def _refused(exchange: Exchange, t: int, m: Memory) -> None:
    """A reset reaches a client that still tries."""
    request = exchange.request
    exchange.flags = (exchange.flags | flag.DEAD) & ~flag.OPEN
    part(exchange, m)
    close_entries(exchange, t, flag.ESTABLISHED, m)
    if request.exists:
        client = request.client
        if client.exists and client.exchange.at == exchange.at:
            drop_connection(client, t, m)
        if request.exchange.at == exchange.at:
            detach(request, exchange, t, m)
            request.generation = 0
            now(Happening.FAIL, request.at, Failure.REFUSED << WHY_SHIFT, m)


@njit()
def to_client(exchange: Exchange, packet: int, t: int, m: Memory, f: Memory) -> None:
    """A packet from the service, or a device's refusal, arrives at the client."""
    kind = kind_of(packet)
    stale = packet & TURN != turn_of(exchange)
    flags = exchange.flags
    if flags & flag.DEAD and kind != Packet.REFUSED:
        now_x(Happening.SEND, exchange, Packet.RESET | (packet & WEIGHT), m)
    elif kind == Packet.SYNACK:
        if flags & flag.ESTABLISHED:  # it is acknowledged once more, were the socket closed since
            now_x(Happening.SEND, exchange, Packet.HANDSHAKE | ONE, m)
        elif flags & flag.OPEN == 0:
            now_x(Happening.SEND, exchange, Packet.RESET | ONE, m)
            close_ports(exchange, t, m)
        else:
            _established(exchange, t, m)
    elif kind == Packet.REQACK:
        if not stale:
            if flags & flag.REQ_ACKED == 0:
                request_came(exchange, t)
            exchange.flags |= flag.REQ_ACKED
            if flags & (flag.OPEN | flag.ORPHAN | flag.REQ_ACKED | flag.BACKED_OFF) == flag.BACKED_OFF:
                send_fin(exchange, t, m)
    elif kind == Packet.GAPACK:
        if flags & flag.REQ_ACKED == 0:  # what is missing is sent again at once (RACK, RFC 8985)
            weight = request_weight(exchange)
            exchange.request_ns = 0
            now_x(Happening.SEND, exchange, Packet.REQUEST | weight | turn_of(exchange), m)
    elif kind == Packet.LASTACK:
        exchange.flags |= flag.FIN_ACKED | flag.REQ_ACKED
        if flags & flag.CLOSING:
            now_x(Happening.SEND, exchange, Packet.ACK | ONE | turn_of(exchange), m)
    elif kind == Packet.REFUSED:
        if flags & flag.OPEN:
            _refused(exchange, t, m)
        else:
            close_ports(exchange, t, m)
    elif flags & flag.OPEN and not stale and flags & flag.RESP_GOT == 0:
        _answered(exchange, t, m, f)
    elif flags & (flag.COARSE | flag.DATAGRAM) == 0:
        # What comes twice, were it of an earlier exchange, and an orphan's are acknowledged; a late one is reset.
        if flags & (flag.OPEN | flag.ORPHAN | flag.RESP_GOT):
            exchange.flags |= 0 if stale else flag.REQ_ACKED
            now_x(Happening.SEND, exchange, Packet.ACK | ONE | (packet & TURN), m)
        else:
            # A closed socket that gets data is torn down: its FIN is not sent again.
            exchange.flags |= flag.FIN_ACKED | flag.DEAD
            now_x(Happening.SEND, exchange, Packet.RESET | (packet & WEIGHT), m)


@njit()
def reply(exchange: Exchange, b: int, t: int, m: Memory, f: Memory) -> None:
    """The service answers (`b` `WELL`), answers with an error (`FAILED`), or lets the request vanish."""
    population = exchange.population
    service = exchange.server
    exchange.flags &= ~flag.WORKING
    if b == Answer.FAILED:
        exchange.flags |= flag.ERROR
    flags = exchange.flags
    if flags & flag.LOGIN and b == Answer.WELL and exchange.openings_left_count == 1:
        logged_in(exchange, service)
    if b == Answer.WELL and population.cache.exists and population.cache.is_aside == 0:
        fill(population.cache)
    if flags & flag.KEPT == 0 or flags & (flag.GONE | flag.TORN | flag.ORPHAN):
        disconnect(exchange, keeper(exchange), m)
    if b == Answer.NOT_AT_ALL or flags & flag.TORN:
        return
    if flags & flag.COARSE:
        if population.one_way_ns > 0:
            later_x(
                t + population.one_way_ns,
                Happening.DELIVER,
                exchange,
                Packet.RESPONSE | turn_of(exchange),
                m,
            )
        else:
            to_client(exchange, Packet.RESPONSE | turn_of(exchange), t, m, f)
    elif population.is_bulk == 1 and flags & flag.ERROR == 0:
        begin_transfer(exchange, t, m)
    else:
        answer(exchange, t, m)


@njit()
def fill(cache: Cache) -> None:
    """One more key stands in the cache."""
    cache.filled_count = min(cache.filled_count + 1, cache.keys_count)
