"""The laws that hold for any world, always asked of a dozen cheap ones; `tests/evidence` asks many more."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from law_changes import NARROWER, with_overloaded_others
from nasty_worlds import nasty_tree
from tidegate.evaluate.searching.headroom import load_paths
from tidegate.evaluate.variants.margin import margin_variants
from tidegate.evaluate.variants.ranges import uncertain
from tidegate.protect.offers import further_settings, more_capacity, offers_for
from tidegate.world.file.read import read_world
from world_laws import broken_laws, broken_monotony, judged, plain_tree

PLAIN = [plain_tree(seed) for seed in (1, 2, 4, 6, 7, 8)]
NARROW = [*PLAIN, *(plain_tree(seed) for seed in (3, 11, 14, 25, 26))]
NASTY = [nasty_tree(seed) for seed in (0, 1, 2, 6)]
SOME, MORE = [*PLAIN[1:3], NASTY[1]], [PLAIN[0], *PLAIN[3:], NASTY[0], *NASTY[2:]]
"""Some are asked always, more among the evidence."""


@pytest.fixture(name="executor", scope="module")
def one_thread():
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.mark.parametrize("tree", [*SOME, *(pytest.param(tree, marks=pytest.mark.evidence) for tree in MORE)],
                         ids=lambda tree: tree["name"])  # fmt: skip
def test_the_laws_hold(tree, executor):
    """Names, units, halves, size, seeds, horizon, idle activities, other traffic: no verdict is another."""
    asked = dict(broken_laws(tree, executor))
    assert len(asked) >= 9
    assert {} == {law: says for law, says in asked.items() if says}


@pytest.mark.parametrize("tree", NARROW, ids=lambda tree: tree["name"])
def test_a_narrower_place_is_no_better(tree, executor):
    """Where one place is narrow and nothing reacts, less of it never betters a verdict."""
    asked = dict(broken_monotony(tree, executor))
    assert len(asked) >= 2
    assert {} == {law: says for law, says in asked.items() if says}


def test_every_narrow_place_is_asked_of_some_world():
    """Of each law about a narrower place there is a world here that has such a place."""
    asked = {name for tree in NARROW for name, change in NARROWER.items() if change(tree) is not None}
    assert set(NARROWER) == asked


@pytest.mark.parametrize("seed", [1, 4, 7])
def test_what_shares_nothing_is_neither_set_nor_moved_nor_counted(seed):
    """No setting of other traffic is offered, no number of it moved or varied, no load of it counted."""
    alone = plain_tree(seed)
    both = with_overloaded_others(alone)
    ours, all_of_it = (read_world(json.dumps(tree), "law.yaml") for tree in (alone, both))
    for of in (load_paths, margin_variants, uncertain, further_settings, more_capacity):
        assert of(ours, None) == of(all_of_it, None)
    assert offers_for(ours, None, {}) == offers_for(all_of_it, None, {})


def test_what_shares_nothing_hides_no_way_to_protect(executor):
    """The few protections that are tried before *stop* are of what the question is about."""
    assert judged(plain_tree(1), executor).words == ("protect_first",)
    assert judged(with_overloaded_others(plain_tree(1)), executor).words == ("protect_first",)
