from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from rehearsal_sample import twin
from tidegate.rehearse.nearby import nearby_worlds, recovers_nearby


def test_each_neighbour_has_one_kind_of_number_otherwise():
    """Devices and services, time-outs, queues: three percent less and more, one kind at a time."""
    was = twin().world
    each = [one.world for one in nearby_worlds(twin())]
    assert 6 == len(each)
    rates = [world.crossings["device"].forwarding_per_s / 2000.0 for world in each]
    waits = [world.clients["base"].timeout_s / was.clients["base"].timeout_s for world in each]
    queues = [world.crossings["device"].queue_packets_count / 1000 for world in each]
    assert [0.97, 1.0, 1.0, 1.03, 1.0, 1.0] == pytest.approx(rates)
    assert [1.0, 0.97, 1.0, 1.0, 1.03, 1.0] == pytest.approx(waits)
    assert [1.0, 1.0, 0.97, 1.0, 1.0, 1.03] == pytest.approx(queues)


def test_far_from_an_edge_all_end_alike():
    """The naive twin stays down, whatever a few percent do."""
    with ThreadPoolExecutor(2) as executor:
        shares = recovers_nearby(twin(), None, seed=7, runs_count=4, executor=executor)
    assert {0.0} == {one.value for one in shares}
