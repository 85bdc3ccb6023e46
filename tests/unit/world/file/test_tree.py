"""Hostile and broken texts."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.world.file.tree import read_tree

BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{i}: &a{i} [" + f"*a{i - 1}, " * 9 + f"*a{i - 1}]\n" for i in range(1, 30)
)
REFUSED = {
    "brackets": ("[" * 100_000, "is nested too deeply"),
    "braces": ("{a: " * 100_000, "is nested too deeply"),
    "dashes": ("- " * 100_000, "is nested too deeply"),
    "indents": ("".join(" " * i + "a:\n" for i in range(1000)), "is nested too deeply"),
    "alias bomb": (BOMB, "holds too many values"),
    "aliases": ("a: &a x\nb: [" + "*a, " * 1001 + "]", "uses too many aliases"),
    "self alias": ("a: &a [*a]", "refers to an anchor that is not complete before it"),
    "no anchor": ("a: *b", "refers to an anchor that is not complete before it"),
    "values": ("[" + "1," * 200_001 + "]", "holds too many values"),
    "large": ("#" * 10_000_001, "is too large"),
    "large in bytes": ("#" + "é" * 5_000_001, "is too large"),
    "binary": ("\x00\x01\x02", "is binary, not text"),
    "control": ("a: \x07", "is not YAML"),
    "not UTF-8": ("a: \udcff", "is not UTF-8"),
    "empty": ("", "is empty"),
    "comment": ("# nothing", "is empty"),
    "two documents": ("a: 1\n---\nb: 2", "holds more than one document"),
    "syntax": ("a: [1, 2\nb: 3", "is not YAML"),
    "tab": ("a:\n\t- b", "is not YAML"),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_hostile_texts_are_refused_in_bounded_time(name):
    """Each is one clear fault, without a traceback and without filling the memory."""
    text, what = REFUSED[name]
    with pytest.raises(InputError) as caught:
        read_tree(text, "w.yaml")
    assert what in caught.value.faults[-1].what


def test_scalars_stay_text():
    """What YAML would take for truths, times and numbers stays as it was written."""
    tree = read_tree("{a: NO, b: 10:30, c: 0x10, d: ~, e: 1_000}", "w.yaml")
    assert tree.document == {"a": "NO", "b": "10:30", "c": "0x10", "d": "~", "e": "1_000"}


def test_an_alias_stands_for_the_value_of_its_anchor():
    """Honest aliases work."""
    assert read_tree("a: &x {b: 1}\nc: *x", "w.yaml").document == {"a": {"b": "1"}, "c": {"b": "1"}}


def test_a_key_that_is_no_word_is_a_fault_and_reading_goes_on():
    """Lists and mappings cannot be keys."""
    tree = read_tree("? [a, b]\n: 1\nc: 2", "w.yaml")
    assert tree.document == {"c": "2"}
    assert ["has a key that is not a word"] == [fault.what for fault in tree.faults]


def test_a_byte_order_mark_is_harmless():
    """Editors that write one are forgiven."""
    assert read_tree("\ufeffa: 1", "w.yaml").document == {"a": "1"}
