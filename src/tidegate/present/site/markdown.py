"""How do words that were published become markup? Paragraphs, emphasis, lists and links, and nothing else.

A line is a paragraph, and ``Label: …`` at its begin stands out. Of Markdown (CommonMark) a small part is
read: emphasis, lists of one level, links to http, https and mailto. Bare http and https addresses become
links. Everything else, HTML above all, is shown as it was typed. The parser's own markup is never used: from
its tree ours is made, of a few elements, every text escaped. Text versions (mail, chat, API) stay as typed.

Whoever speaks during an outage may type anything: words that cannot be set so are plain paragraphs.

Shortcut: words longer than `MOST_LETTERS`, or whose marks stand in one another more than `MOST_DEEP_COUNT`
deep, are shown without marks, so that no text takes long to read, or more of the stack than there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import clean

MOST_LETTERS = 10_000
MOST_DEEP_COUNT = 20
_ADDRESS = re.compile(r"https?://[^\s<>\"'()\[\]]*[^\s<>\"'()\[\].,;:!?]", re.ASCII)
_LABEL = re.compile(r"([^\W\d][^:.\n]{1,30}):\s(?=\S|\Z)")
_TARGET = re.compile(r"(?:https?://[^\s/\\]|mailto:[^\s/\\])", re.IGNORECASE)
_MARKS = re.compile(r"([\\*_])")
_REL = "nofollow noreferrer"


def _parser() -> MarkdownIt:
    made = MarkdownIt("zero", {"html": False, "linkify": False, "maxNesting": 10})
    made.enable(["list", "emphasis", "link", "escape"])
    made.validateLink = lambda url: bool(_TARGET.match(url))  # type: ignore[method-assign]
    return made


_PARSER = _parser()


def paragraphs(text: str) -> Html:
    """Return words that were published as markup."""
    lines = [found.strip() for found in clean(text).split("\n")]
    if len(text) <= MOST_LETTERS:
        try:
            return _marked(lines)
        except Exception:  # noqa: BLE001, S110  whatever the parser stumbles over, the words are still said
            pass
    return join(*(tag("p", _labelled(found)) for found in lines if found))


class _TooDeepError(ValueError):
    """The marks of a text stand in one another deeper than is read."""


def _marked(lines: list[str]) -> Html:
    # Each line is a paragraph, so emphasis and links never reach over its end. In a bare address no
    # letter is a mark.
    source = "\n\n".join(_ADDRESS.sub(lambda found: _MARKS.sub(r"\\\1", found[0]), one) for one in lines)
    tokens = _PARSER.parse(source)
    # Counted before anything that calls itself reads them: the same words must look the same on every stack.
    if any(_deepest_count(one.children or ()) > MOST_DEEP_COUNT for one in tokens):
        raise _TooDeepError
    return join(*_blocks(SyntaxTreeNode(tokens), is_item=False))


def _deepest_count(tokens: Iterable[Token]) -> int:
    return max(accumulate((one.nesting for one in tokens), initial=0))


def _blocks(node: SyntaxTreeNode, *, is_item: bool) -> Iterator[Html]:
    for one in node.children:
        if one.type in {"bullet_list", "ordered_list"}:
            # Numbers stand as they were typed: a line may begin with the day of a date.
            items = (
                tag("li", *_blocks(item, is_item=True), value=item.info or None) for item in one.children
            )
            yield tag("ul" if one.type == "bullet_list" else "ol", *items)
        elif is_item and len(node.children) == 1:
            yield join(*_inline(one))
        else:
            yield tag("p", _paragraph(one))


def _paragraph(node: SyntaxTreeNode) -> Html:
    parts = [child for inline in node.children for child in inline.children]
    if not parts or parts[0].type != "text":
        return join(*_inline(node))
    return join(_labelled(parts[0].content), *(_span(one, in_link=False) for one in parts[1:]))


def _inline(node: SyntaxTreeNode) -> Iterator[Html]:
    for inline in node.children:
        for one in inline.children:
            yield _span(one, in_link=False)


def _span(node: SyntaxTreeNode, *, in_link: bool) -> Html:
    if node.type in {"em", "strong"}:
        return tag(node.type, *(_span(one, in_link=in_link) for one in node.children))
    if node.type == "link":
        target = str(node.attrs["href"])
        inner = join(*(_span(one, in_link=True) for one in node.children))
        # What reads like an address is the one that is led to.
        return tag("a", target if _ADDRESS.search(inner) else inner, href=target, rel=_REL)
    return join(node.content) if in_link else _linked(node.content)


def _labelled(text: str) -> Html:
    label = _LABEL.match(text)
    if label is None or text.startswith(("http:", "https:", "mailto:")):
        return _linked(text)
    return join(tag("b", f"{label[1]}:"), " ", _linked(text[label.end() :]))


def _linked(text: str) -> Html:
    parts: list[str] = []
    after = 0
    for found in _ADDRESS.finditer(text):
        parts += [text[after : found.start()], tag("a", found[0], href=found[0], rel=_REL)]
        after = found.end()
    return join(*parts, text[after:])
