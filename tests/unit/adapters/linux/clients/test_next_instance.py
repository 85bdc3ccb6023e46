"""Connections are shared out over the instances that are there."""

from __future__ import annotations

from collections import Counter

from tidegate.adapters.linux.clients.next_instance import Instances

THREE = [("192.0.2.1", 80), ("192.0.2.2", 80), ("192.0.2.3", 80)]


def test_connections_are_spread_evenly() -> None:
    """Instances at rest get one connection after the other."""
    instances = Instances(THREE, 3)
    assert {0: 4, 1: 4, 2: 4} == Counter(instances.take() for _ in range(12))


def test_the_instance_with_the_fewest_connections_is_next() -> None:
    """Where connections ended, the next ones go."""
    instances = Instances(THREE, 3)
    for _ in range(9):
        instances.take()
    instances.give_back(1)
    instances.give_back(1)
    assert [1, 1] == [instances.take(), instances.take()]


def test_only_instances_that_are_there_are_used() -> None:
    """A phase may take instances away, or all: then clients still ask the first."""
    instances = Instances(THREE, 1)
    assert {0} == {instances.take() for _ in range(5)}
    instances.change(2)
    assert {0, 1} == {instances.take() for _ in range(9)}
    instances.change(0)
    assert 0 == instances.take()
    instances.change(9)
    assert 2 == instances.take()
