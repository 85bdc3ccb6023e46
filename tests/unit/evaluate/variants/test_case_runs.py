"""Runs of a case: what may end early is not what would have collapsed later."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from contrary_worlds import contrary_world
from tidegate.evaluate.variants.world_case import believed_case, run_case
from tidegate.experiment.replicate import Rule


def test_a_calm_that_seldom_tips_is_counted_to_the_horizon():
    """One of forty runs collapses, mostly long after the surge: eight runs left alone do not show that."""
    case = believed_case(contrary_world("a limit per source"), None)
    rule = Rule(threshold=0.01, most_count=400)
    with ThreadPoolExecutor(1) as executor:
        runs = run_case(case, fraction=1.0, seed=1005, rule=rule, executor=executor).replications
    assert runs.count >= 3
    assert runs.bounds[1] > 0.01
