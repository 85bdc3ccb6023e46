"""The worlds that everybody has: each reads as it is, and takes the numbers that it asks for."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.world.file.read import read_world
from tidegate.world.file.recipe import RECIPES, STARTER
from tidegate.world.file.value import value_at

NAMES = [one.name for one in RECIPES]


@pytest.mark.parametrize("recipe", [*RECIPES, STARTER], ids=[*NAMES, "starter"])
def test_a_recipe_is_a_world_with_an_activity_a_belief_and_somebody_who_uses_it(recipe):
    """With nothing answered: there is something to check, and guesses say how to find out."""
    file = read_world(recipe.text, recipe.name)
    assert len(file.world.activities) == 1
    assert all(belief.measure for belief in file.world.beliefs.values())
    assert file.world.segments
    assert recipe.text.count("basis: assumed") == recipe.text.count("measure:") - len(file.world.beliefs)


@pytest.mark.parametrize("recipe", RECIPES, ids=NAMES)
def test_what_is_asked_stands_in_the_world_and_alike_at_all_its_paths(recipe):
    """No question asks for a key that is not there, and no two of its paths say different things."""
    world = read_world(recipe.text, recipe.name).world
    for question in recipe.questions:
        values = {value_at(world, path) for path in question.paths}
        assert len(values) == 1
        assert None not in values
        assert question.asks.endswith("?")
        assert question.find


@pytest.mark.parametrize("recipe", RECIPES, ids=NAMES)
def test_an_answer_is_written_where_the_guess_stood_and_nowhere_else(recipe):
    """Every other line stays byte for byte, comments included."""
    first = recipe.questions[0]
    text = recipe.answered({first.paths[0]: "33"})
    world = read_world(text, recipe.name).world
    assert {value_at(world, path) for path in first.paths} == {33}
    before, after = recipe.text.splitlines(), text.splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == len(first.paths)


def test_an_answer_that_is_no_quantity_is_refused():
    """With what is allowed in its place."""
    with pytest.raises(InputError, match="count"):
        RECIPES[0].answered({"clients.pods.pool": "many"})
