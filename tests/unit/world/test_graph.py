"""Paths, dependencies and shared fate."""

from __future__ import annotations

import pytest

from tidegate.world.file.read import from_document
from tidegate.world.graph import Dependency, SharedFate, depends_on, route, shared_fate


@pytest.fixture
def world():
    tree = {
        "networks": {"office": {}, "internal": {}, "main": {}, "island": {}},
        "crossings": {
            "edge": {"between": ["internal", "main"]},
            "wan": {"between": ["office", "internal"]},
            "backup": {"between": ["internal", "main"]},
        },
        "services": {
            "shop": {"network": "main", "calls": [{"service": "orders"}]},
            "orders": {
                "network": "main",
                "calls": [{"service": "db"}],
                "boot": {"calls": [{"service": "config"}]},
            },
            "db": {"network": "internal"},
            "config": {"network": "internal", "calls": [{"service": "names"}]},
            "names": {"network": "internal"},
            "metrics": {"network": "main", "boot": {"calls": [{"service": "config"}]}},
            "video": {"network": "main"},
        },
        "clients": {
            "viewers": {"network": "main", "service": "video", "lookup": {"service": "names"}},
            "desks": {"network": "office", "service": "video"},
        },
        "segments": {
            "shoppers": {"uses": ["shop"]},
            "watchers": {"uses": ["video"]},
            "nobody": {"uses": ["metrics"]},
        },
        "tooling": {
            "graphs": {"role": "monitoring", "network": "main", "uses": ["metrics"]},
            "deploy": {"role": "deployment", "network": "internal", "reaches": ["main", "office"]},
            "intake": {"role": "support", "network": "main", "uses": ["shop"]},
        },
    }
    return from_document(tree, "test").world


def test_a_route_passes_the_fewest_crossings(world):
    """Ties go to the name that sorts first; an island cannot be reached."""
    assert ("backup",) == route(world, "internal", "main")
    assert ("wan", "backup") == route(world, "office", "main")
    assert () == route(world, "main", "main")
    assert route(world, "main", "island") is None


def test_dependencies_are_followed_and_boot_calls_are_apart(world):
    """What only new instances need is flagged, with everything behind it."""
    assert (
        Dependency(service="orders", via=("shop", "orders"), at_boot=False),
        Dependency(service="db", via=("shop", "orders", "db"), at_boot=False),
        Dependency(service="config", via=("shop", "orders", "config"), at_boot=True),
        Dependency(service="names", via=("shop", "orders", "config", "names"), at_boot=True),
    ) == depends_on(world, "shop")
    assert () == depends_on(world, "names")


def test_tooling_and_segments_share_the_fate_of_a_crossing_they_pass(world):
    """Each with the way that leads there; boot calls and other crossings do not count."""
    deploy = SharedFate(
        kind="tooling", name="deploy", crossing="backup", via=(), start="internal", end="main"
    )
    calls = ("shop", "orders", "db")
    intake = SharedFate(
        kind="tooling", name="intake", crossing="backup", via=calls, start="main", end="internal"
    )
    shoppers = SharedFate(
        kind="segment", name="shoppers", crossing="backup", via=calls, start="main", end="internal"
    )
    watchers = SharedFate(
        kind="segment",
        name="watchers",
        crossing="backup",
        via=("video", "names"),
        start="main",
        end="internal",
        clients="viewers",
    )
    assert (deploy, intake, shoppers, watchers) == shared_fate(world, ["backup"])
    assert () == shared_fate(world, ["edge"])


def test_each_crossing_is_named_for_itself(world):
    """Who passes two of the crossings given is named for both."""
    found = {(fate.name, fate.crossing) for fate in shared_fate(world, {"backup", "wan"})}
    assert {("watchers", "wan"), ("watchers", "backup"), ("deploy", "wan"), ("deploy", "backup")} <= found
