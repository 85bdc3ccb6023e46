"""Which connection of a pool a request gets."""

from __future__ import annotations

from tidegate.adapters.linux.clients.client import Client, Place, Request
from tidegate.adapters.linux.clients.pool import Pool
from tidegate.behaviour.layers import RetryState
from tidegate.world.retry import NO_RETRY


def _request() -> Request:
    return Request(None, RetryState(NO_RETRY, ()), 0.0, wanted=True)


def test_the_connection_given_back_last_is_lent_first() -> None:
    """A pool is a stack, as in the engine."""
    pool = Pool(lambda _: True, lambda _: None)
    one, two = Client(0, None), Client(1, None)
    pool.add(one)
    pool.add(two)
    assert pool.take(_request()) is two
    assert pool.take(_request()) is one
    assert pool.take(_request()) is None


def test_who_came_first_is_served_first_and_who_left_the_line_not_at_all() -> None:
    """The line is first come, first served; a request that stopped waiting is passed over."""
    pool = Pool(lambda _: True, lambda _: None)
    only = Client(0, None)
    gone, first, second = _request(), _request(), _request()
    for request in (gone, first, second):
        pool.wait(request)
    gone.waits = False
    assert pool.give_back(only) is first
    assert (only, Place.LENT) == (first.client, only.place)
    assert pool.give_back(only) is second
    assert pool.give_back(only) is None
    assert only.place is Place.FREE


def test_what_stands_is_lent_before_another_is_opened() -> None:
    """Where an instance opens connections as needed, a place without one is lent last."""
    pool = Pool(lambda _: True, lambda _: None, opens_as_needed=True)
    connected, broken, bare = (Client(i, None) for i in range(3))
    connected.connection = broken.connection = object()  # type: ignore[assignment]
    for client in (connected, broken, bare):
        pool.add(client)
    broken.connection = None
    assert [connected, broken, bare] == [pool.take(_request()) for _ in range(3)]


def test_a_connection_that_is_being_made_again_or_whose_client_left_is_not_lent() -> None:
    """Only a connection that is there and idle is lent; those of clients that left are closed."""
    left: list[Client] = []
    pool = Pool(lambda client: client.index < 2, left.append)
    clients = [Client(i, None) for i in range(3)]
    clients[1].request = _request()
    for client in clients:
        pool.add(client)
    assert pool.take(_request()) is clients[0]
    assert [clients[2]] == left
    assert clients[1].place is Place.APART
