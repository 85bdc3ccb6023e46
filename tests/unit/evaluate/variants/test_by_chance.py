"""What fails by chance at any demand."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from contrary_worlds import contrary_world
from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.variants.by_chance import fails_by_chance, slower_ratio
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.world_case import believed_case
from tidegate.world.file.overlay import overlay
from tidegate.world.law import NAMED
from tidegate.world.service import Service
from tiny_worlds import grow

CHECKED = "health checks that fail by chance"
SLOW = "answers that are slow by chance"


def said(file, acceptable=0.01):
    return fails_by_chance(script_of(file, None), file.world.horizon_s, acceptable)


@pytest.mark.parametrize(
    ("law", "cv", "wanted"),
    [
        ("exponential", 1.0, math.exp(-3.0)),
        ("fixed", 1.0, 0.0),
        ("lognormal", 1.0, 0.0413),
        ("lognormal", 0.0, 0.0),
    ],
)
def test_how_many_are_slower_follows_from_the_law(law, cv, wanted):
    """Three times the mean: exp(-3); never where times are fixed; ln 3 and half a variance of a lognormal."""
    service = Service(network="main", service_time_s=0.1, service_law=NAMED[law], service_cv_ratio=cv)
    assert slower_ratio(service, 0.3) == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("kind", [CHECKED, SLOW])
def test_what_demand_does_not_bring_about_is_counted(kind):
    """None of the first twenty runs may collapse: more demand is not asked all the same."""
    file = contrary_world(kind)
    assert said(file)
    assert not said(grow())
    with ThreadPoolExecutor(1) as executor:
        for seed in (1007, 1010):
            bench = Bench(file=file, activity=None, seed=seed, executor=executor)
            assert bench.run(believed_case(file, None), most=40).harder is None


def test_checks_that_have_time_or_are_answered_apart_do_not_fail_by_chance():
    """Twenty times the mean, three failures in a row, or a check that does not queue."""
    file, check = contrary_world(CHECKED), "services.api.health_probes.0"
    assert not said(overlay(file, {f"{check}.timeout": "1s"}))
    assert not said(overlay(file, {f"{check}.failures": 3}))
    assert not said(overlay(file, {f"{check}.busy_fails": False}))
    assert said(overlay(file, {f"{check}.timeout": "1s"}), acceptable=1e-8)


def test_requests_that_are_tried_again_hardly_fail_by_chance():
    """Three per cent of the attempts, four of them for each request."""
    again = {"clients.base.retry": {"layers": [{"retries": 3, "backoff": "none"}]}}
    assert not said(overlay(contrary_world(SLOW), again))
