"""How is an nftables text built: which statements stand in which block, on which line? Without meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tidegate.protect.adopted import Findings

_TOKEN = re.compile(r'\\\n|\n|[ \t\r]+|#[^\n]*|"[^"\n]*"|[{};]|[^\s{};"#]+|"')
_OPENS = frozenset(
    {"table", "chain", "set", "map", "limit", "counter", "quota", "flowtable", "secmark", "ct"}
)
_RULE = ("add", "insert", "create")
_DEEPEST = 20


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word of a statement with its line."""

    text: str
    line: int


@dataclass(kw_only=True)
class Block:
    """A statement, and what stands within its braces.

    Parameters
    ----------
    words
        The statement itself, or the head of a block.
    children
        The statements within.
    """

    words: tuple[str, ...]
    line: int
    children: list[Block] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The statement on one line."""
        return " ".join(self.words)


def read_blocks(text: str, findings: Findings) -> Block:
    """Return the statements of an nftables text as a tree; what is broken goes to `findings`."""
    root = Block(words=(), line=1)
    words: list[Word] = []
    _Builder(findings).fill(root, _tokens(text), words)
    return root


def _tokens(text: str) -> Iterator[Word]:
    line = 1
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token == "\n":  # noqa: S105  a line's end, no password
            yield Word(text="\n", line=line)
        elif not token.startswith(("#", "\\\n")) and token.strip():
            yield Word(text=token, line=line)
        line += token.count("\n")


class _Builder:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._defined: dict[str, tuple[str, ...]] = {}
        self._has_includes = False

    def fill(self, root: Block, tokens: Iterator[Word], words: list[Word]) -> None:
        """Put every statement into its block."""
        stack = [root]
        for token in tokens:
            if token.text in {"\n", ";"}:
                self._end(stack[-1], words)
            elif token.text == "{":
                if self._is_head(words) and len(stack) < _DEEPEST:
                    head = Block(words=tuple(word.text for word in words), line=words[0].line)
                    stack[-1].children.append(head)
                    stack.append(head)
                    words.clear()
                else:
                    self._inline(token, tokens, words)
            elif token.text == "}":
                self._end(stack[-1], words)
                if len(stack) == 1:
                    self._findings.fault(token.line, "closes a block that was never opened", value="}")
                else:
                    stack.pop()
            else:
                words.append(token)
        self._end(stack[-1], words)
        for block in stack[1:]:
            self._findings.fault(block.line, "opens a block that is never closed", value=block.text)

    def _is_head(self, words: list[Word]) -> bool:
        """Whether the braces after these words hold statements, rather than a part of one."""
        texts = [word.text for word in words if word.text not in _RULE]
        if not texts or texts[0] not in _OPENS or len(texts) > 5:
            return False
        if texts[0] == "ct":
            return texts[1:2] in (["helper"], ["timeout"], ["expectation"])
        return texts[0] != "limit" or texts[1:2] != ["rate"]

    def _inline(self, opening: Word, tokens: Iterator[Word], words: list[Word]) -> None:
        """Take a pair of braces within a statement as words of it."""
        depth = 1
        words.append(opening)
        for token in tokens:
            if token.text == "\n":
                continue
            depth += {"{": 1, "}": -1}.get(token.text, 0)
            words.append(token)
            if depth == 0:
                return
        self._findings.fault(opening.line, "opens a brace that is never closed", value="{")

    def _end(self, block: Block, words: list[Word]) -> None:
        if not words:
            return
        line = words[0].line
        if any(word.text == '"' for word in words):
            self._findings.fault(line, "holds a text without an end", value=" ".join(w.text for w in words))
        texts = tuple(text for word in words for text in self._meant(word))
        words.clear()
        if texts[0] == "define" and len(texts) >= 4 and texts[2] == "=":
            self._defined[texts[1]] = texts[3:]
        else:
            self._has_includes |= texts[0] == "include"
            block.children.append(Block(words=texts, line=line))

    def _meant(self, word: Word) -> tuple[str, ...]:
        """Return what a word stands for; a name may be defined in a file that was not read."""
        if not word.text.startswith("$"):
            return (word.text,)
        name = word.text[1:].rstrip(",")
        if name not in self._defined and not self._has_includes:
            self._findings.fault(word.line, "uses a name that is not defined before it", value=f"${name}")
        return self._defined.get(name, (f"${name}",))
