"""Whatever the sizes: what sums offer against countable limits meets them, whichever belief is wrong."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.variants.doubt import in_doubt
from tidegate.evaluate.variants.margin import margin_variants
from tidegate.protect.countable_limits import of_clients, raised, shortages
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

POOL, CONNECTIONS = "clients.pods.pool", "services.db.connections"
PORTS = "crossings.nat.ports.per_destination"
_SHARES = st.sampled_from([0.5, 0.75, 0.9])


@st.composite
def worlds(draw):
    """A population with pools that grows, behind ports, before a service that accepts so many."""
    pool, before = draw(st.integers(1, 40)), draw(st.integers(1, 50))
    instances, devices = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    connections = draw(st.integers(1, 3000))
    ports = draw(st.integers(1, 3000))
    counters = {}
    if draw(st.booleans()):
        counters["pools"] = {POOL: pool * draw(st.integers(2, 3))}
    if draw(st.booleans()):
        counters["accepts"] = {CONNECTIONS: max(1, round(connections * draw(_SHARES)))}
    if draw(st.booleans()):
        counters["ports"] = {PORTS: max(1, round(ports * draw(_SHARES)))}
    basis = {"low": connections, "high": connections, "basis": draw(st.sampled_from(["assumed", "measured"]))}
    world = {
        "name": "limits",
        "networks": {"a": {}, "b": {}},
        "crossings": {
            "nat": {"between": ["a", "b"], "devices": devices, "ports": {"per_destination": ports}}
        },
        "services": {
            "db": {"network": "b", "instances": instances, "connections": {"value": connections, **basis}}
        },
        "clients": {
            "pods": {
                "network": "a",
                "service": "db",
                "population": before,
                "connection": "pool",
                "pool": pool,
            }
        },
        "activities": {
            "grow": {"from": before, "to": before + draw(st.integers(1, 200)), "clients_added": "pods"}
        },
        "beliefs": {name: {"says": name, "counter": counter} for name, counter in counters.items()},
    }
    return read_world(json.dumps(world), "limits.yaml")


def exceeded_with(file, changes):
    """What stays exceeded with changes: as believed, with each belief wrong, with each number moved."""
    under = [{}, *(belief.counter for belief in file.world.beliefs.values())]
    under += [variant.changes for variant in margin_variants(file, "grow") if variant.path not in changes]
    laid = [overlay(file, in_doubt(file, one, changes)) for one in under]
    return [limit.says for one in laid for limit in exceeded(write_script(one, "grow"))]


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_limits_raised_as_offered_are_enough(file):
    """All of them together leave no limit exceeded in any world."""
    offers = raised(file.world, shortages(file, "grow"))
    changes = {path: value for one in offers for path, value in one.changes.items()}
    assert [] == exceeded_with(file, changes)


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_a_pool_as_offered_is_enough_by_itself(file):
    """A smaller pool alone leaves no limit exceeded, and one connection more in each would."""
    offers = of_clients(file, "grow", shortages(file, "grow"))
    for changes in (one.changes for one in offers):
        assert [] == exceeded_with(file, changes)
        assert [] != exceeded_with(file, {POOL: changes[POOL] + 1})
