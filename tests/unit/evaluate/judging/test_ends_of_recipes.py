from __future__ import annotations

from tidegate.evaluate.judging.ends import end_sentences
from tidegate.world.file.read import read_world
from tidegate.world.file.recipe import RECIPES


def test_the_edge_is_where_the_limit_is_exceeded_and_not_where_it_was_before():
    """800 connections are wanted, 400 stand already: 453 is no safer than 397, and that is said of 800."""
    recipe = next(one for one in RECIPES if one.name == "kubernetes-database")
    file = read_world(recipe.text, "k.yaml")
    (said,) = end_sentences(file, "grow", "services.database.connections")
    assert "and 800 are wanted" in said
    assert said.endswith("That is so up to about 800.")
