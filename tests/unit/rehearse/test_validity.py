from __future__ import annotations

import dataclasses

import pytest

from rehearsal_sample import measure, twin
from tidegate.rehearse.validity import spoiled_by
from tidegate.world.file.write import write_world


@pytest.fixture(name="measured", scope="module")
def without_fault():
    text = write_world(twin().document)
    return measure(text, activity=None, horizon_s=20.0, server="sleeping", seed=1)


def _reasons(measured):
    return spoiled_by(measured, disturbed_from_s=4.0, judged=("base",))


def _with_timeouts(measured, at, count):
    base = measured.populations["base"]
    timed_out = tuple(count if i == at else 0 for i in range(measured.bins_count))
    changed = dataclasses.replace(base, timed_out_count=timed_out)
    return dataclasses.replace(measured, populations={**measured.populations, "base": changed})


def test_an_ordinary_run_is_valid(measured):
    """Nothing is held against a run on a machine that kept up."""
    assert () == _reasons(measured)


def test_a_stall_spoils_a_run(measured):
    """A timer that wakes 0.3 s late is named with its time."""
    late = tuple(0.3 if i == 70 else 0.001 for i in range(measured.bins_count))

    (reason,) = _reasons(dataclasses.replace(measured, lateness_s=late))

    assert "the machine stalled: a timer woke 0.30 s late at 7.0 s" == reason


def test_timeouts_before_anything_happened_spoil_a_run(measured):
    """Forty of some 400 attempts, in the calm."""
    (reason,) = _reasons(_with_timeouts(measured, 20, 40))

    assert "timed out before anything had happened" in reason


def test_timeouts_that_the_world_itself_brings_spoil_nothing(measured):
    """Where a tenth is late on a quiet machine too, forty are as many as there should be; eighty are not."""
    forty, eighty = (_with_timeouts(measured, 20, count) for count in (40, 80))
    assert () == spoiled_by(forty, disturbed_from_s=4.0, judged=("base",), late_ratio=0.1)
    assert spoiled_by(eighty, disturbed_from_s=4.0, judged=("base",), late_ratio=0.1)


def test_timeouts_after_it_began_are_what_is_measured(measured):
    """The same number later is the event itself."""
    assert () == _reasons(_with_timeouts(measured, 60, 40))


def test_two_timeouts_are_chance(measured):
    """A share of few attempts means nothing."""
    assert () == _reasons(_with_timeouts(measured, 20, 2))
