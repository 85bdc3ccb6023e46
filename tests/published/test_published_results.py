"""Does the event engine reproduce what others published and what was measured?

Each case states its source, its rule and its world; the readings of the sources stand in the world files.
The clear-cut part runs always, the full number of runs with the evidence. A known miss must stay a miss: if
it is mended, its case must say so.
"""

from __future__ import annotations

import pathlib

import pytest
from arithmetic_cases import arithmetic_cases
from day_case import day_cases
from engine_cases import engine_cases
from finding import Case
from fitted_cases import fitted_cases
from measured_cases import measured_cases
from published_cases import published_cases
from published_runs import WORLDS, by_check, world_file

ROOT = pathlib.Path(__file__).parents[2]
CASES = (
    *published_cases(),
    *fitted_cases(),
    *day_cases(),
    *measured_cases(),
    *arithmetic_cases(),
    *engine_cases(),
)


def _name(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", [case for case in CASES if case.fast_runs], ids=_name)
def test_outcome_with_few_runs(case):
    """With few runs the outcome is the one stated: reproduced, or a known miss."""
    found = case.judge(case.fast_runs)
    assert case.expected == found.reproduces, found.ours


@pytest.mark.evidence
@pytest.mark.parametrize("case", CASES, ids=_name)
def test_outcome_with_all_runs(case):
    """With the full number of runs the outcome is the one stated."""
    found = case.judge(case.full_runs)
    assert case.expected == found.reproduces, found.ours


@pytest.mark.parametrize("name", sorted(path.stem for path in WORLDS.glob("*.yaml")))
def test_every_world_is_judged_by_a_case(name):
    """A world of this folder is readable, carries its own name, and at least one case uses it."""
    assert name == world_file(name).world.name
    assert name in {case.world for case in CASES}


FAILS = {
    "hotos21_look_aside_cache",
    "hotos21_retry_storm",
    "hotos25_queue",
    "kernel_twin",
    "kernel_twin_server",
    "metastable_example",
}
HOLDS = {"osdi22_mongodb", "sre_retry_layers"}  # as they stand; their cases make the trigger stronger


@pytest.mark.parametrize("name", sorted(path.stem for path in WORLDS.glob("*.yaml")))
def test_what_a_user_gets_is_what_was_published(name):
    """By `check`, where runs may end early: what fails is not to go ahead, and what holds may."""
    words = {verdict.verdict for verdict in by_check(name)}
    shares = {verdict.cases[0].collapse.value for verdict in by_check(name)}
    if name in FAILS:
        assert "proceed" not in words
        assert {1.0} == shares
    elif name in HOLDS:
        assert ({"proceed"}, {0.0}) == (words, shares)
    else:
        assert not words  # nothing happens in it


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_the_committed_page_has_every_case(case):
    """docs/validation.md names every case with its verdict, and the note of every miss."""
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    row = next((line for line in page.splitlines() if line.startswith(f"| {case.name} |")), "")
    assert ("reproduces" if case.expected else "misses") in row
    if case.note:
        assert case.note in page
