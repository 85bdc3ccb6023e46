"""Rings of a graph: each once, the strongest first, nothing that only says again what a shorter one says."""

from __future__ import annotations

from tidegate.evaluate.arithmetic.feedback.rings import Edge, Quantity, rings


def edge(source, target, gain=1.0):
    ends = {"source": Quantity("load", source), "target": Quantity("load", target)}
    return Edge(**ends, mechanism="m", says="", gain=gain)


def names(found):
    return ["".join(sorted(one.name for one in ring.quantities)) for ring in found]


def test_each_ring_is_found_once_with_the_product_of_its_gains():
    """Wherever it is begun."""
    found, is_cut = rings([edge("a", "b", 2.0), edge("b", "a", 3.0), edge("b", "c"), edge("c", "b", 0.5)])
    assert ["ab", "bc"] == names(found)
    assert [6.0, 0.5] == [ring.gain for ring in found]
    assert not is_cut


def test_a_ring_round_one_that_feeds_itself_says_nothing_new():
    """The ring through a, b and c goes through the ring of a and b."""
    found, _ = rings([edge("a", "b", 2.0), edge("b", "a"), edge("b", "c", 9.0), edge("c", "a")])
    assert ["ab"] == names(found)


def test_a_ring_that_alone_feeds_itself_is_kept():
    """Neither a with b nor b with c is enough; all three are."""
    found, _ = rings([edge("a", "b", 0.5), edge("b", "a"), edge("b", "c", 4.0), edge("c", "a")])
    assert ["abc", "ab"] == names(found)


def test_a_graph_without_rings_has_none():
    """A chain of causes is no cycle."""
    assert ((), False) == rings([edge("a", "b"), edge("b", "c")])


def test_too_many_rings_are_cut_and_that_is_said():
    """All of fourteen quantities drive each other."""
    letters = "abcdefghijklmn"
    _, is_cut = rings([edge(a, b, 0.9) for a in letters for b in letters if a != b])
    assert is_cut
