"""Answers too large to be one packet after the other: transfers, which share what packets leave of links.

A transfer is not cut into packets. All that pass a lane (one direction of one device's link) get the same
share of what packets leave of it, and each goes as fast as the slowest lane on its way lets it.

Shortcuts: a transfer begins at full speed, goes on until its client has gone, and ends up to a millisecond
late; of a lane that packets fill transfers get a twentieth all the same, which those do not miss; what a
transfer sends again is not counted; an instance is free as soon as it begins to answer.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.flow import device_of, release
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Device, Exchange, Head, Lane
from tidegate.simulate.kernels.outbox import later_x, now_x
from tidegate.simulate.kernels.packet import ONE, TURN, TURN_FLAGS, Packet
from tidegate.simulate.kernels.round_trip import probe_after
from tidegate.simulate.kernels.wheel import later

_MARK_NS = 100_000_000
_LEAST_STEP_NS, _MOST_STEP_NS = 1_000_000, 100_000_000
_LEAST_PART = 20
_NS = 1_000_000_000
_NO_LANE = 1 << 60


@njit()
def _lane(exchange: Exchange, hop: int, device: Device) -> Lane:
    """The lane by which an exchange's answer passes a device."""
    return device.there if (exchange.population.turned >> hop) & 1 else device.back


@njit()
def _per_s(device: Device) -> int:
    """Bytes a second that a lane carries."""
    return 1_000_000_000_000 // device.byte_ps


@njit()
def begin_transfer(exchange: Exchange, t: int, m: Memory) -> None:
    """A large answer joins the transfers."""
    head = Head(m, 0)
    _advance(t, m)
    exchange.left_bytes = exchange.population.answer_bytes
    exchange.holders_count += 1
    exchange.follower = head.first_transfer
    head.first_transfer = exchange
    _share(t, m)


@njit()
def go_on(turn: int, t: int, m: Memory) -> None:
    """Transfers have gone on for a while: some are done, the others get new shares."""
    if turn == Head(m, 0).transfers_turn:
        _advance(t, m)
        _share(t, m)


@njit()
def _speed(exchange: Exchange, m: Memory) -> int:
    """Bytes a second at which a transfer goes: those of the slowest lane on its way."""
    slowest = _NO_LANE
    for hop in range(exchange.population.hops_count):
        device = device_of(exchange, hop, m)
        if device.byte_ps > 0:
            slowest = min(slowest, _lane(exchange, hop, device).share_per_s)
    return slowest


@njit()
def _advance(t: int, m: Memory) -> None:
    """Reckon transfers up to now; who is done answers, and whose client has gone gives up."""
    head = Head(m, 0)
    past = t - head.transfers_since_ns
    head.transfers_since_ns = t
    exchange = head.first_transfer
    before = Exchange(m, -1)
    while exchange.exists:
        following = exchange.follower
        speed = _speed(exchange, m)
        if speed == _NO_LANE:
            exchange.left_bytes = 0
        else:
            _carry(exchange, speed * past // _NS, m)
        gone = exchange.flags & (flag.GONE | flag.TORN | flag.DEAD) != 0
        if exchange.left_bytes <= 0 or gone:
            if before.exists:
                before.follower = following
            else:
                head.first_transfer = following
            _leave_lanes(exchange, m)
            answer(exchange, t, m)
            release(exchange, t, m)
        else:
            before = exchange
        exchange = following


@njit()
def _carry(exchange: Exchange, size: int, m: Memory) -> None:
    """So much of a transfer has passed every lane on its way."""
    exchange.left_bytes -= size
    for hop in range(exchange.population.hops_count):
        _lane(exchange, hop, device_of(exchange, hop, m)).carried_bytes += size


@njit()
def _leave_lanes(exchange: Exchange, m: Memory) -> None:
    """Forget the counts of the lanes on a way: they are counted anew."""
    for hop in range(exchange.population.hops_count):
        lane = _lane(exchange, hop, device_of(exchange, hop, m))
        lane.transfers_count = 0
        lane.slowed_count = 0


@njit()
def _share(t: int, m: Memory) -> None:
    """Give each transfer its share of every lane on its way, and say when to look again."""
    head = Head(m, 0)
    exchange = head.first_transfer
    while exchange.exists:
        _leave_lanes(exchange, m)
        exchange = exchange.follower
    exchange = head.first_transfer
    while exchange.exists:
        for hop in range(exchange.population.hops_count):
            _lane(exchange, hop, device_of(exchange, hop, m)).transfers_count += 1
        exchange = exchange.follower
    exchange = head.first_transfer
    while exchange.exists:
        for hop in range(exchange.population.hops_count):
            device = device_of(exchange, hop, m)
            if device.byte_ps > 0:
                _split(device, _lane(exchange, hop, device), t)
        exchange = exchange.follower
    soonest = _MOST_STEP_NS
    exchange = head.first_transfer
    while exchange.exists:
        speed = _speed(exchange, m)
        _slow(exchange, speed, m)
        soonest = min(soonest, exchange.left_bytes * 1000 // max(speed // 1_000_000, 1))
        exchange = exchange.follower
    head.transfers_turn = (head.transfers_turn + 1) & 0xFFFFFF
    if head.first_transfer.exists:
        later(t + max(soonest + 1, _LEAST_STEP_NS), Happening.TRANSFER, ZERO, head.transfers_turn, m)


@njit()
def _split(device: Device, lane: Lane, t: int) -> None:
    """What packets leave of a lane is shared evenly."""
    if t - lane.mark_ns >= _MARK_NS:
        lane.used_per_s = lane.passed_bytes * 1000 // max((t - lane.mark_ns) // 1_000_000, 1)
        lane.passed_bytes = 0
        lane.mark_ns = t
    whole = _per_s(device)
    left = max(whole - lane.used_per_s, whole // _LEAST_PART)
    lane.share_per_s = max(left // max(lane.transfers_count, 1), 1)


@njit()
def _slow(exchange: Exchange, speed: int, m: Memory) -> None:
    """Note which lane slows a transfer, and how long its way is."""
    for hop in range(exchange.population.hops_count):
        device = device_of(exchange, hop, m)
        lane = _lane(exchange, hop, device)
        if device.byte_ps > 0 and lane.share_per_s == speed:
            lane.slowed_count += 1
            lane.pipe_ns = 2 * exchange.population.one_way_ns


@njit()
def answer_weight(exchange: Exchange) -> int:
    """The weight of an answer's packets; an error is one."""
    if exchange.flags & flag.ERROR:
        return ONE
    return max(exchange.population.answer_packets, 1) * ONE


@njit()
def answer(exchange: Exchange, t: int, m: Memory) -> None:
    """The service's answer leaves; whoever closes after it sends its FIN with it."""
    flags = exchange.flags
    turn = (flags >> TURN_FLAGS) & TURN
    weight = answer_weight(exchange)
    if flags & (flag.KEPT | flag.GONE) != flag.KEPT:
        weight += ONE
    if flags & flag.DATAGRAM:
        weight = exchange.population.queries_count * ONE  # each query has its answer
    now_x(Happening.SEND, exchange, Packet.RESPONSE | weight | turn, m)
    if flags & flag.DATAGRAM == 0:
        later_x(t + probe_after(exchange), Happening.RESEND, exchange, Packet.RESPONSE | turn, m)
