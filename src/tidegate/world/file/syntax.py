"""What is wrong where a text stops being YAML? Told in our words, whichever parser found it.

Parsers change their words from version to version and stop at limits of their own, sometimes before
the first value was handed over. What they say is looked up here; what is not known is told by its
place alone. Reading a text must not live here.
"""

from __future__ import annotations

import re

from tidegate.world.file.nearest_name import shown

DEEPEST = 40
TOO_DEEP = "is nested too deeply"
NOT_YAML = "is not YAML"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|' r"'[^']*'")
_BRACKET = re.compile(r"[\[{\]}]")
_NOT_PRINTED = re.compile(
    "[^\\x09\\x0a\\x0d\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]"
)
_WORDS = (
    (("nesting", "depth", "recursion"), TOO_DEEP, f"at most {DEEPEST} levels"),
    (
        ("mapping values are not allowed",),
        "a colon where none can stand",
        "one `key: value` a line; quotes around a text with `: `",
    ),
    (
        ("sequence entries are not allowed", "sequence entry"),
        "an item `- ` where none can stand",
        "items on lines of their own",
    ),
    (("could not find expected ':'", "expected ':'"), "a key without its colon", "key: value"),
    (("',' or ']'",), "a list that is not closed", "[a, b]"),
    (("',' or '}'",), "a mapping that is not closed", "{key: value, key: value}"),
    (
        ("cannot start any token",),
        "a character that begins no value",
        "blanks to indent, never tabs; quotes around @, ` and %",
    ),
    (
        ("unexpected end of stream", "unexpected document"),
        "a quote that is not closed",
        "as many closing as opening quotes",
    ),
    (
        ("escape character", "expected escape", "hexadecimal", "hexdecimal", "invalid unicode character"),
        "an unknown escape after a backslash",
        "single quotes around a text with backslashes",
    ),
    (("node content",), "a value that is missing", "a value"),
    (
        ("expected key", "expected '-' indicator", "block end", "document start"),
        "a line that fits nothing above it",
        "keys and items of one level under each other",
    ),
    (("tag", "directive"), "a tag or directive", "plain values without tags"),
    (
        ("alphabetic or numeric", "anchor", "alias"),
        "an * or & that names nothing",
        "quotes around a text that begins so",
    ),
    (
        ("indentation", "chomping", "comment or line break"),
        "a text block that begins wrongly",
        "| or > alone, its text indented below",
    ),
)


def told(problem: str, unread: str, levels: int) -> tuple[str, str]:
    """Return what is wrong and what is allowed.

    Parameters
    ----------
    problem
        The parser's own words; never shown.
    unread
        The text between the last value that was handed over and the place where the parser stopped.
    levels
        How deep the last value stands.
    """
    if levels + opened(unread) > DEEPEST:
        return TOO_DEEP, f"at most {DEEPEST} levels"
    lowered = problem.lower()
    for fragments, what, allowed in _WORDS:
        if any(fragment in lowered for fragment in fragments):
            return (what if what == TOO_DEEP else f"{NOT_YAML}: {what}"), allowed
    return f"{NOT_YAML} from here on", "a YAML or JSON text"


def opened(text: str) -> int:
    """Return the most levels that brackets open at once, quoted text aside."""
    now = most = 0
    for bracket in _BRACKET.findall(_QUOTED.sub("", text)):
        now += 1 if bracket in "[{" else -1
        most = max(most, now)
    return most


def unprintable(text: str) -> tuple[int, int, str] | None:
    """Return line, column and name of the first character that no text holds."""
    found = _NOT_PRINTED.search(text)
    if found is None:
        return None
    before = text[: found.start()]
    return before.count("\n") + 1, len(before) - before.rfind("\n"), shown(f"U+{ord(found.group()):04X}")


def between(text: str, start: tuple[int, int], end: tuple[int, int] | None) -> str:
    """Return the text from one line and column, both counted from 0, to another or to its end."""
    lines = text.split("\n")[start[0] : None if end is None else end[0] + 1]
    if lines and end is not None:
        lines[-1] = lines[-1][: end[1] + 1]
    if lines:
        lines[0] = lines[0][start[1] :]
    return "\n".join(lines)
