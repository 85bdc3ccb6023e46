from __future__ import annotations

import pytest

from tidegate.evaluate.fraction import LEAST_CLIENTS, choose_fraction
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tiny_worlds import grow, twin


def chosen(size, **more):
    """The fraction for a twin world `size` times as large."""
    changes = {
        "clients.base.population": round(600 * size),
        "crossings.device.forwarding": 2000 * size,
        "crossings.device.queue_packets": round(1000 * size),
        "services.web.concurrency": round(1000 * size),
    }
    file = overlay(twin(), changes)
    return choose_fraction(write_script(file), 20.0, **more)


def test_a_small_world_is_run_whole():
    """Where a run is cheap nothing is scaled."""
    assert 1.0 == choose_fraction(write_script(grow(), "grow"), 12.0)


@pytest.mark.parametrize("size", [1, 10, 100, 1000])
def test_fractions_are_plain_ones(size):
    """1, 1/2, 1/4, 1/10, 1/20, 1/40, …: numbers a reader can repeat."""
    digits = f"{chosen(size):.3e}".split("e")[0]
    assert digits in {"1.000", "5.000", "2.500"}


def test_larger_worlds_are_scaled_down_further():
    """The fraction never grows with the world, and a large world is not run whole."""
    fractions = [chosen(size) for size in (1, 4, 16, 64, 256)]
    assert fractions == sorted(fractions, reverse=True)
    assert fractions[-1] < 0.1


@pytest.mark.parametrize("size", [1, 5, 50, 500])
def test_enough_clients_are_left(size):
    """No closed population is scaled to much less than `LEAST_CLIENTS`."""
    assert 600 * size * chosen(size) >= 0.7 * LEAST_CLIENTS


def test_runs_to_the_horizon_cost_more_and_are_scaled_no_less():
    """A world that is run on to its horizon is never run larger than one that may settle."""
    assert chosen(100, whole_horizon=True) <= chosen(100)
