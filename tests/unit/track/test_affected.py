"""Whom a cause reaches, read off the world."""

from __future__ import annotations

import pytest

from record_sample import WORLD, world
from tidegate.errors import InputError
from tidegate.track.affected import components_hit, scope
from tidegate.track.component import Component, Status
from tidegate.world.file.read import read_world


def names(reached) -> list[str]:
    return [one.name for one in reached]


def test_a_service_reaches_what_needs_it():
    """Storage inside is needed by sign-in, by the shop through it, by buyers and by the dashboards."""
    found = scope(world(), "store")
    assert ({"store", "login", "shop"}, ["buyers"], ["graphs"]) == (
        set(names(found.services)),
        names(found.segments),
        names(found.tooling),
    )
    assert ({"buyers": "paying"}, {"buyers": "looking around"}) == (found.sees, found.keeps)
    assert ("login", "store") == found.services[1].via or ("store",) == found.services[1].via


def test_a_crossing_reaches_what_calls_across_it():
    """Only the shop calls across the edge; search stays out of it."""
    found = scope(world(), "edge")
    assert (["shop"], ["buyers"], ["graphs"]) == (
        names(found.services),
        names(found.segments),
        names(found.tooling),
    )


def test_what_is_needed_at_boot_only_stops_new_instances():
    """A service that calls another only when it starts goes on running, and cannot start."""
    text = WORLD.replace(
        "  search: {network: outside,",
        "  search: {boot: {calls: [{service: login, timeout: 1s}]}, network: outside,",
    )
    booting = read_world(text, "sample").world
    for cause in ("login", "edge"):
        found = scope(booting, cause)
        assert ("search",) == found.cannot_start
        assert "search" not in names(found.services)


def test_a_name_that_is_none_is_a_fault_with_the_nearest():
    """A mistyped cause is answered with the one that was meant."""
    with pytest.raises(InputError) as caught:
        scope(world(), "logn")
    assert "login" == caught.value.faults[0].nearest


def test_components_are_found_by_their_noun():
    """Declared components take the place of the world's names; the cause is out, what needs it in part."""
    found = scope(world(), "login")
    assert {"login": Status.MAJOR, "shop": Status.PARTIAL} == components_hit(found, ())
    declared = (Component(id="c1", title="Sign-in", noun="login"), Component(id="c2", title="Other"))
    assert {"c1": Status.MAJOR} == components_hit(found, declared)
