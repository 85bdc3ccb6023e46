"""Does the event engine reproduce what others published and what was measured?

Each case states its source, its rule and its world; the readings of the sources stand in the world files.
The clear-cut part runs always, the full number of runs with the evidence. A known miss must stay a miss: if
it is mended, its case must say so.
"""

from __future__ import annotations

import pathlib

import pytest
from every_case import every_case
from finding import Case
from published_runs import WORLDS, world_file

ROOT = pathlib.Path(__file__).parents[2]
CASES = every_case()


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


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_the_committed_page_has_every_case(case):
    """docs/validation.md names every case with its verdict, and the notes of every miss."""
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    row = next((line for line in page.splitlines() if line.startswith(f"| {case.name} |")), "")
    assert ("reproduces" if case.expected else "misses") in row
    for note in (case.note, case.differs):
        assert note in page
