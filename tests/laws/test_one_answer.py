"""No two verbs contradict each other: always on a few cheap worlds; `tests/evidence` asks many more."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from one_answer import acting_tree, one_answer
from tidegate.world.file.read import read_world


@pytest.fixture(name="executor", scope="module")
def one_thread():
    with ThreadPoolExecutor(1) as executor:
        yield executor


def asked(tree, executor, *verbs):
    file = read_world(json.dumps(tree), "one.yaml")
    return one_answer(file, next(iter(tree.get("activities", {})), None), executor, verbs=verbs)


@pytest.mark.parametrize("seed", [1, 6])
def test_the_verbs_agree(seed, executor):
    """Of what holds and of what does not."""
    assert () == asked(acting_tree(seed), executor).contradictions


def grown(**service):
    """Return a world that is grown to half as much load again."""
    users = {
        "network": "out", "service": "api", "population": 20, "timeout": "2s", "retry": "none",
        "demand": {"kind": "open", "rate": "10/s"},
    }  # fmt: skip
    return {
        "name": "grown",
        "detail": "coarse",
        "horizon": "4min",
        "networks": {"in": {}, "out": {}},
        "crossings": {"edge": {"between": ["out", "in"], "round_trip": "2ms"}},
        "services": {"api": {"network": "in", "concurrency": 500, "service_time": "20ms", **service}},
        "clients": {"users": {**users, "demand": {"kind": "open", "rate": "40/s"}}, "pods": users},
        "activities": {"act": {"kind": "scale", "from": 20, "to": 40, "clients_added": "pods", "at": "20s"}},
    }


@pytest.mark.evidence
def test_headroom_asks_for_every_objective(executor):
    """An answer that comes too late is no collapse, and what is planned is not safe with it."""
    late = grown(concurrency=1, service_time="13ms") | {"objectives": {"request_p99": "50ms"}}
    found = asked(late, executor, "headroom")
    assert ("stop", ()) == (found.verdict, found.contradictions)


@pytest.mark.evidence
def test_what_goes_ahead_needs_no_protection_though_it_has_no_margin(executor):
    """A device that holds, and would not with a third less, is named and is no reason to protect."""
    tree = grown()
    number = {"value": "760/s", "low": "740/s", "high": "800/s", "basis": "assumed", "measure": "load it"}
    tree["crossings"]["edge"]["forwarding"] = number
    found = asked(tree, executor, "ramp", "protect")
    assert ("proceed", ()) == (found.verdict, found.contradictions)
