"""Hostile and broken texts."""

from __future__ import annotations

import pytest
import yaml
from yaml.scanner import ScannerError

from tidegate.errors import InputError
from tidegate.world.file import tree
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
    "brackets below values": ("a: {b: [[1], " + "[" * 100 + "]" * 100 + "]}", "is nested too deeply"),
    "brackets of quotes": ("a: ['[[[[', " + '["]", ' * 900, "is nested too deeply"),
    "directive": ("%TAG ! x:\n%TAG ! y:\n---\na: 1", "is not YAML: a tag or directive"),
    "tag of nobody": ("a: !e!x 1", "is not YAML: a tag or directive"),
}
WRONG = {
    "a: b: c": "a colon where none can stand",
    "a: - b": "an item `- ` where none can stand",
    "a:\nb\nc: 1": "a key without its colon",
    "[a, b": "a list that is not closed",
    "{a: b": "a mapping that is not closed",
    "a: @b": "a character that begins no value",
    "a: 'b": "a quote that is not closed",
    'a: "\\q"': "an unknown escape after a backslash",
    "a: 1\n  b: 2": "a colon where none can stand",
    "  a: 1\n b: 2": "a line that fits nothing above it",
    "a: * b": "an * or & that names nothing",
    "a: |x\n b": "a text block that begins wrongly",
    "[a]]": "a line that fits nothing above it",
    "a: \x1b": "a control character",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", sorted(REFUSED))
def test_hostile_texts_are_refused_in_bounded_time(name):
    """Each is one clear fault, without a traceback and without filling the memory."""
    text, what = REFUSED[name]
    with pytest.raises(InputError) as caught:
        read_tree(text, "w.yaml")
    assert what in caught.value.faults[-1].what


@pytest.mark.parametrize("loader", [yaml.CLoader, yaml.Loader], ids=["C", "Python"])
@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_yaml_is_said_in_our_words_whichever_parser_found_it(monkeypatch, text, loader):
    """What is wrong, what is allowed and where; nothing of the parser's own words."""
    monkeypatch.setattr(tree, "_LOADER", loader)
    with pytest.raises(InputError) as caught:
        read_tree(text, "w.yaml")
    fault = caught.value.faults[-1]
    assert f"is not YAML: {WRONG[text]}" == fault.what
    assert (True, True) == (bool(fault.allowed), fault.place is not None and fault.place.line > 0)


@pytest.mark.parametrize("loader", [yaml.CLoader, yaml.Loader], ids=["C", "Python"])
@pytest.mark.parametrize("name", [name for name, (_, what) in REFUSED.items() if "deep" in what])
def test_depth_is_our_limit_whatever_the_parser_says(monkeypatch, name, loader):
    """Some parsers stop at a limit of their own, before the first value is handed over."""
    monkeypatch.setattr(tree, "_LOADER", loader)
    with pytest.raises(InputError) as caught:
        read_tree(REFUSED[name][0], "w.yaml")
    assert ("is nested too deeply", "at most 40 levels") == (
        caught.value.faults[-1].what,
        caught.value.faults[-1].allowed,
    )


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (ScannerError(problem="too complex to handle, code 7"), "is not YAML from here on"),
        (ScannerError(problem="block depth above 20"), "is nested too deeply"),
        (RecursionError("maximum recursion depth exceeded"), "is nested too deeply"),
    ],
)
def test_words_of_a_parser_of_tomorrow_are_not_repeated(monkeypatch, error, what):
    """Whatever it says, the fault is ours."""

    def fails(*_: object, **__: object):
        raise error

    monkeypatch.setattr(tree.yaml, "parse", fails)
    with pytest.raises(InputError) as caught:
        read_tree("a: 1", "w.yaml")
    assert what == caught.value.faults[-1].what


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


def test_a_merge_key_brings_in_what_is_not_stated():
    """What a mapping states itself goes first, wherever it stands; then the first of those merged."""
    text = "a: &a {x: 1, y: 2}\nb: &b {x: 3, w: 5}\nc:\n  y: 9\n  <<: [*a, *b]\n  z: 7\n"
    read = read_tree(text, "w.yaml")
    assert read.document["c"] == {"y": "9", "z": "7", "x": "1", "w": "5"}
    assert 2 == read.places.find(("c", "w")).line


def test_a_merge_key_in_quotes_is_a_key():
    """As every reader of YAML has it."""
    assert read_tree("a: {'<<': {b: 1}}", "w.yaml").document == {"a": {"<<": {"b": "1"}}}


@pytest.mark.parametrize("given", ["3", "[x]"])
def test_what_is_no_mapping_cannot_be_merged(given):
    """It is named, in place of a value that would be lost."""
    with pytest.raises(InputError, match="merges what is no mapping"):
        raise InputError(*read_tree(f"a: {{<<: {given}}}", "w.yaml").faults)
