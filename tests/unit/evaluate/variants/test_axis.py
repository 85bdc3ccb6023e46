"""Paths that lead to numbers, and those that do not."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.evaluate.variants.axis import number_at, path_axis, slot_of
from tidegate.world.file.overlay import overlay
from tiny_worlds import grow, twin

WORLD = twin()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("clients.base.population", 600.0),
        ("clients.base.timeout", 0.5),
        ("clients.base.retry.0.cap", 10.0),
        ("clients.base.retry.layers.0.base", 2.0),
        ("crossings.device.forwarding", 2000.0),
        ("triggers.surge.set.clients.surge.population", 600.0),
        ("crossings.device.table.entries", None),
        ("clients.nobody.population", None),
        ("clients.base.title", None),
    ],
)
def test_the_number_at_a_path(path, value):
    """Through records, mappings, lists, policies and triggers; None where there is no number."""
    assert value == number_at(WORLD, path)


def test_an_axis_lays_its_value_over_every_path():
    """A value goes to each path times its factor."""
    axis, span = path_axis(WORLD, "clients.base.population", low="100", high="2k")
    assert (100.0, 2000.0, True) == (span.low, span.high, span.whole)
    assert 150 == overlay(WORLD, axis.changes(150.0)).world.clients["base"].population_count


def test_the_unit_of_a_triggers_path_is_that_of_what_it_sets():
    """A rate set by a trigger is a rate."""
    slot = slot_of("triggers.surge.set.clients.base.demand.rate")
    assert slot is not None
    assert "per_s" == slot.shape.unit


@pytest.mark.parametrize(
    ("path", "low", "high", "said"),
    [
        ("clients.bse.population", "1", "2", "no such path"),
        ("clients.base.title", "1", "2", "not a number"),
        ("clients.base.population", None, "2", "has no range"),
        ("clients.base.population", "5", "2", "the span is empty"),
        ("clients.base.timeout", "1", "2s", "has no unit"),
        ("clients.base.timeout", "0s", "2s", "out of|must|greater|than"),
    ],
)
def test_a_path_or_span_that_cannot_be_is_said_before_anything_runs(path, low, high, said):
    """Each is one clear fault."""
    with pytest.raises(InputError, match=said):
        path_axis(WORLD, path, low=low, high=high)


def test_a_range_in_the_file_needs_no_span():
    """What is uncertain says itself between what."""
    file = overlay(grow(), {"clients.pods.timeout": {"value": "1s", "low": "500ms", "high": "2s"}})
    axis, span = path_axis(file, "clients.pods.timeout")
    assert (0.5, 2.0, "s") == (span.low, span.high, axis.unit)
