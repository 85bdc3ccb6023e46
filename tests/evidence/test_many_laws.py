"""The laws of any world, asked of all worlds of the repository and 300 random ones, and the verbs of many."""

from __future__ import annotations

import json
import pathlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from fates import own_worlds
from one_answer import acting_tree, one_answer
from tidegate.errors import InputError
from tidegate.world.file.read import read_world
from world_laws import EXPLAINED, broken_laws, broken_monotony, own_trees, plain_trees, random_trees

NASTY_COUNT, PLAIN_COUNT, ACTING_COUNT = 200, 100, 100


@pytest.mark.evidence
@pytest.mark.timeout(0)
def test_the_laws_hold_in_all_worlds():
    """What breaks one is explained: a mechanism of the world, never a fault of ours."""
    with ThreadPoolExecutor() as executor:
        worlds = [*own_trees(), *random_trees(NASTY_COUNT), *plain_trees(PLAIN_COUNT)]
        asked = ((law, title, says) for title, tree in worlds for law, says in broken_laws(tree, executor))
        assert [] == [one for one in asked if one[2] and one[:2] not in EXPLAINED]


@pytest.mark.evidence
@pytest.mark.timeout(0)
def test_no_narrower_place_is_better():
    """In plain worlds, where nothing reacts."""
    with ThreadPoolExecutor() as executor:
        asked = (
            (law, title, says)
            for title, tree in plain_trees(PLAIN_COUNT)
            for law, says in broken_monotony(tree, executor)
        )
        assert [] == [one for one in asked if one[2] and one[:2] not in EXPLAINED]


def _acting():
    for seed in range(ACTING_COUNT):
        try:
            yield read_world(json.dumps(acting_tree(seed)), "acting.yaml"), "act"
        except InputError:
            continue


@pytest.mark.evidence
@pytest.mark.timeout(0)
def test_no_two_verbs_contradict_each_other():
    """In all worlds of the repository, and in random ones in which somebody acts."""
    with ThreadPoolExecutor() as executor:
        answers = [one_answer(file, activity, executor) for file, activity in (*own_worlds(), *_acting())]
    assert [] == [one for one in answers if one.contradictions]


def test_the_committed_page_says_what_was_asked():
    """The page states how many worlds were asked of each law, and explains what broke it."""
    page = (pathlib.Path(__file__).parents[2] / "docs/evidence/laws.md").read_text(encoding="utf-8")
    assert "worlds asked" in page
    assert "Not explained" not in page
