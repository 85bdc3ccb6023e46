"""What fills an instance's memory, and what is lost with it where that is more than it may hold.

How it is killed stands in `kernels.killed`.
"""

from __future__ import annotations

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.compile import ZERO, Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.life import is_handed
from tidegate.simulate.kernels.nouns import Exchange, Service
from tidegate.simulate.kernels.nouns.exchange import NOT_LISTED
from tidegate.simulate.kernels.nouns.service import Answer
from tidegate.simulate.kernels.outbox import now_x
from tidegate.simulate.kernels.packet import ONE, Packet
from tidegate.simulate.kernels.wheel import later


@njit()
def weigh(instance: Service, t: int, m: Memory) -> None:
    """It has taken something on: where that is more than it may hold, it is killed at this moment."""
    if instance.room_bytes == 0 or instance.is_overfull == 1:
        return
    used = instance.connections_count * instance.connection_bytes
    used += (instance.busy_count + instance.queued_count) * instance.request_bytes
    if used > instance.room_bytes:
        instance.is_overfull = 1
        later(t, Happening.KILL, instance.at, ZERO, m)


@njit()
def list_busy(exchange: Exchange, instance: Service) -> None:
    """An instance serves this request from now on: the first of its list."""
    if instance.lists_busy == 1:
        first = instance.first_busy
        exchange.leader = -1
        exchange.follower = first
        if first.exists:
            first.leader = exchange
        instance.first_busy = exchange


@njit()
def unlist_busy(exchange: Exchange, instance: Service) -> None:
    """It does so no longer."""
    if instance.lists_busy == 0 or exchange.leader.at == NOT_LISTED:
        return
    leader, follower = exchange.leader, exchange.follower
    if leader.exists:
        leader.follower = follower
    else:
        instance.first_busy = follower
    if follower.exists:
        follower.leader = leader
    exchange.leader = NOT_LISTED


@njit()
def answer_of_lost(exchange: Exchange, instance: Service) -> int:
    """What a request is told that was lost with its instance, once that would have been done with it."""
    told = exchange.flags & flag.WORKING == 0
    return Answer.FAILED if is_handed(exchange, instance) and not told else Answer.NOT_AT_ALL


@njit()
def tell_lost(exchange: Exchange, instance: Service, m: Memory) -> None:
    """A request is lost: if its instance was killed, its client is told, unless it keeps the connection.

    So it is where instances share a queue and the last that was up is restarted: their host is still there. Who
    gets an instance for each request is told by whoever gave it one: its connection stays.
    """
    if is_handed(exchange, instance):
        if instance.killed_count == 1 and exchange.flags & flag.WORKING:
            now_x(Happening.REPLY, exchange, Answer.FAILED, m)
        return
    away = flag.GONE | flag.TORN | flag.ORPHAN | flag.DATAGRAM
    if exchange.flags & away or exchange.flags & flag.WORKING == 0:
        return
    request = exchange.request
    if instance.whole.exists:
        if instance.killed_count == 0:
            return
    elif not request.exists or exchange.population.effect.exists:
        return  # who has closed it, and a check, which says nothing of what starts now
    if request.exists and request.client.exists and request.client.exchange.at == exchange.at:
        return  # who keeps it sees that it is gone
    exchange.flags |= flag.TORN
    now_x(Happening.SEND, exchange, Packet.REFUSED | ONE, m)
