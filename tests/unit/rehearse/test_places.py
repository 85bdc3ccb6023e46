from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tidegate.rehearse.places import RATIO_TOLERANCE, scaled_places
from tidegate.world.service import Service


def _service(instances: int, concurrency: int) -> Service:
    return Service(network="main", instances_count=instances, concurrency_count=concurrency)


@given(st.integers(1, 2000), st.integers(1, 500), st.floats(0.001, 1.0))
def test_capacity_is_exact_at_every_scale(instances, concurrency, scale):
    """Places over stretched time are the places there were, times the scale."""
    places = scaled_places(_service(instances, concurrency), scale, ())

    now = places.instances_count * places.concurrency_count / places.stretch_ratio
    assert abs(now / (instances * concurrency * scale) - 1) < 1e-9


def test_steps_stay_in_proportion():
    """From 400 over 450 to 600 instances comes out within four per cent."""
    places = scaled_places(_service(400, 64), 1 / 300, (400, 450, 600))

    assert places.worst_ratio <= RATIO_TOLERANCE
    assert 6 == places.instances_count


def test_a_step_that_cannot_come_out_says_how_far_off_it_is():
    """One place cannot grow by half."""
    places = scaled_places(_service(2, 1), 1 / 2, (2, 3))

    assert places.worst_ratio > RATIO_TOLERANCE


def test_no_instances_stay_none():
    """A service that is down is down at every scale."""
    assert 0 == scaled_places(_service(0, 64), 0.1, (0, 10)).instances_count
