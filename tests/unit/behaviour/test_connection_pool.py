"""Who gets a connection of a bounded pool."""

from __future__ import annotations

import pytest

from tidegate.behaviour.pool import ConnectionPool, PoolAnswer
from tidegate.errors import InternalError


def small_pool() -> ConnectionPool:
    """Return a pool of two with two waiting places for one second."""
    return ConnectionPool(size_count=2, waiters_count=2, wait_s=1.0)


def test_grants_then_queues_then_refuses():
    """Two get one, two wait, the fifth is refused."""
    pool = small_pool()
    granted, waits, refused = PoolAnswer.GRANTED, PoolAnswer.WAITS, PoolAnswer.REFUSED
    assert [granted, granted, waits, waits, refused] == [pool.ask(0.0, caller) for caller in range(5)]
    assert (pool.in_use_count, pool.waiting_count(0.0)) == (2, 2)


def test_first_come_first_served():
    """A connection given back goes to whoever has waited longest; with nobody waiting it is free."""
    pool = small_pool()
    for caller in range(4):
        pool.ask(0.0, caller)
    assert [pool.give_back(0.5) for _ in range(4)] == [2, 3, None, None]
    assert pool.in_use_count == 0


def test_time_out():
    """A caller whose second is over gets nothing and is named once; its place is free again."""
    pool = small_pool()
    for caller in range(3):
        pool.ask(0.0, caller)
    pool.ask(0.5, 3)
    assert pool.next_time_out_s() == 1.0
    assert pool.timed_out(0.99) == ()
    assert PoolAnswer.WAITS is pool.ask(1.0, 4)
    assert pool.give_back(1.0) == 3
    assert pool.timed_out(1.0) == (2,)
    assert pool.timed_out(1.0) == ()
    assert pool.next_time_out_s() == 2.0


def test_no_bounds():
    """Without bounds callers wait for ever and any number of them."""
    pool = ConnectionPool(size_count=1, waiters_count=None, wait_s=None)
    pool.ask(0.0, 0)
    assert {PoolAnswer.WAITS} == {pool.ask(0.0, caller) for caller in range(1, 1000)}
    assert pool.next_time_out_s() is None
    assert pool.give_back(1e9) == 1


def test_giving_back_what_was_not_lent_is_our_fault():
    """A pool that lent nothing takes nothing back."""
    with pytest.raises(InternalError):
        small_pool().give_back(0.0)
