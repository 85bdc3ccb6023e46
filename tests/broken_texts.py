"""Texts that nobody expects: what a tired person pastes, and what somebody types to break things."""

from __future__ import annotations

import json
import random
from xml.etree import ElementTree as ET

import site_sample as sample
from record_sample import NOON_S, Memory
from tidegate.inform.state import State
from tidegate.journal.entry import Draft

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


def published(chance: random.Random, count: int) -> None:
    """Publish broken words, title and names; every file of the site is there, and can be read."""
    journal = Memory()

    def text() -> str:
        return bytes_there(broken_text(chance))

    def name() -> str:
        return " ".join(text().replace("\0", "").split())[:100] or "x"

    journal.append([
        Draft(kind="component.declared", subject="shop", payload={
            "title": name(), "group": name(), "region": name(), "describes": name()}),
        Draft(kind="maintenance.planned", subject="work", payload={
            "title": name(), "describes": text(), "components": ["shop"], "starts_s": NOON_S,
            "lasts_s": 60.0}),
        Draft(kind="outage.opened", subject="one", payload={
            "title": name(), "since_s": NOON_S, "source": "operator", "components": {"shop": "major_outage"},
            "segments": ["buyers"], "sees": {"buyers": name()}, "keeps": {"buyers": name()}}),
        *(Draft(kind="update.published", subject="one", payload={
            "update": f"u{number}", "texts": {"en": text(), "de": text()},
            "segment": "buyers" if number == 1 else ""}) for number in range(count // 2)),
    ])  # fmt: skip
    tree = sample.built(State().take_all(journal.entries()))
    assert {} == dict(tree.unmade)
    for path, content in tree.contents().items():
        if path.endswith(".json"):
            json.loads(content)
        elif path.endswith((".atom", ".rss", ".svg")):
            ET.fromstring(content)  # noqa: S314  our own
