"""How is an nginx configuration built: which directive stands in which, on which line? Without meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate.protect.adopted import Findings

_LUA = re.compile(r"\w+_by_lua_block", re.ASCII)
_LUA_TOKEN = re.compile(
    r"""--\[(=*)\[.*?\]\1\]|--[^\n]*|\[(=*)\[.*?\]\2\]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}]""",
    re.DOTALL,
)
_TOKEN = re.compile(
    r"""\n|[ \t\r]+|#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|(?:\$\{|[^\s{};"'])+|["']"""
)
_DEEPEST = 40


@dataclass(frozen=True, kw_only=True)
class Directive:
    """One directive.

    Parameters
    ----------
    words
        Its name and arguments.
    within
        The blocks around it, the outermost first.
    line
        Where it begins.
    blocks
        Numbers of the blocks around it: two that are written alike are two.
    """

    words: tuple[str, ...]
    within: tuple[tuple[str, ...], ...]
    line: int
    blocks: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The directive on one line."""
        return " ".join(self.words)


def directives(text: str, findings: Findings) -> list[Directive]:
    """Return every directive that ends with a semicolon; what is broken goes to `findings`."""
    return _Builder(findings).build(text)


class _Builder:
    """Builds directives token by token."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._blocks: list[Directive] = []
        self._numbers: list[int] = []
        self._begun_count = 0
        self._words: list[str] = []
        self._begun = 1
        self._done: list[Directive] = []

    def build(self, text: str) -> list[Directive]:
        """Return what the text holds."""
        line, at = 1, 0
        while found := _TOKEN.search(text, at):
            token, at = found[0], found.end()
            if token.strip() and not token.startswith("#"):
                self._begun = self._begun if self._words else line
                if token == "{" and self._words and _LUA.fullmatch(self._words[0]):  # noqa: S105
                    at = _after_lua(text, at)
                    token = text[found.start() : at]
                    self._words = []
                else:
                    self._take(token, line)
            line += token.count("\n")
        self._unfinished()
        for block in self._blocks:
            self._findings.fault(block.line, "opens a block that is never closed", value=block.text)
        return self._done

    def _take(self, token: str, line: int) -> None:
        if token in {'"', "'"}:
            self._findings.fault(line, "holds a text without an end", value=" ".join([*self._words, token]))
        elif token == "{":  # noqa: S105  a brace, no password
            self._open(line)
        elif token == "}":  # noqa: S105
            self._unfinished()
            if self._blocks:
                self._blocks.pop()
                self._numbers.pop()
            else:
                self._findings.fault(line, "closes a block that was never opened", value="}")
        elif token == ";":  # noqa: S105
            if self._words:
                self._done.append(self._directive())
            self._words = []
        else:
            self._words.append(token.strip("\"'"))

    def _open(self, line: int) -> None:
        if not self._words:
            self._findings.fault(line, "opens a block without a name", value="{")
        elif len(self._blocks) >= _DEEPEST:
            self._findings.fault(line, "is nested too deeply", allowed=f"at most {_DEEPEST} levels")
        self._blocks.append(self._directive())
        self._begun_count += 1
        self._numbers.append(self._begun_count)
        self._words = []

    def _directive(self) -> Directive:
        within = tuple(block.words for block in self._blocks)
        return Directive(
            words=tuple(self._words), within=within, line=self._begun, blocks=tuple(self._numbers)
        )

    def _unfinished(self) -> None:
        if self._words:
            self._findings.fault(self._begun, "has no semicolon", value=" ".join(self._words))
        self._words = []


def _after_lua(text: str, at: int) -> int:
    """Return where a block of Lua ends; braces in its texts and comments do not count."""
    depth = 1
    while depth and (found := _LUA_TOKEN.search(text, at)):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        at = found.end()
    return at if depth == 0 else len(text)
