"""Texts that nobody expects: what a tired person pastes, and what somebody types to break things."""

from __future__ import annotations

import random

MOST_LETTERS = 1_000
_PIECES = (
    "*", "**", "_", "__", "***", "*a ", "**a ", " b*", " b**", "[", "]", "(", ")", "](", "[a](",
    "![", "<", ">", "\\", "`", "```", "- ", "+ ", "* ", "1. ", "12) ", "\n", "\n\n", "\r", "    ",
    "\t", "#", "> ", "|", "~~", "https://", "https://a.example/x_y*z", "http://[::1]", "mailto:",
    "javascript:", "&amp;", "&#0;", "]]>", "<!--", "-->", "<script>", "{}", "{0}", "%s", "Label: ",
    "\0", "\x1b[2J", "\x85", "\u2028", "\u202e", "\ufeff", "\ufffe", "\ud800", "\udfff", "😀", "é",
    "e\u0301\u0301\u0301", "İ", "ß", "漢", "ﷺ", "a", "word ", ".", ",",
)  # fmt: skip


def broken_text(chance: random.Random) -> str:
    """Return a text: a few pieces, again and again, then their mirror image, or just anything."""
    length = int(MOST_LETTERS ** chance.uniform(0.3, 1.0))
    pieces = chance.choices(_PIECES, k=chance.randint(1, 4))
    shape = chance.randrange(3)
    if shape == 0:  # deep: what opens, then what closes
        half = pieces * (length // (2 * sum(map(len, pieces))) + 1)
        return "".join([*half, *reversed(half)])[:MOST_LETTERS]
    if shape == 1:
        return ("".join(pieces) * length)[:length]
    return "".join(chance.choices(_PIECES, k=length))[:length]


def bytes_there(text: str) -> str:
    """Return a text without half surrogate pairs, which no journal takes."""
    return text.encode(errors="ignore").decode()
