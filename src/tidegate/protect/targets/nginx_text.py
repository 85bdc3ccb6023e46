"""How is an nginx configuration built: which directive stands in which, on which line? Without meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate.protect.adopted import Findings

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
    """

    words: tuple[str, ...]
    within: tuple[tuple[str, ...], ...]
    line: int

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
        self._words: list[str] = []
        self._begun = 1
        self._done: list[Directive] = []

    def build(self, text: str) -> list[Directive]:
        """Return what the text holds."""
        line = 1
        for found in _TOKEN.finditer(text):
            token = found[0]
            if token.strip() and not token.startswith("#"):
                self._begun = self._begun if self._words else line
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
        self._words = []

    def _directive(self) -> Directive:
        within = tuple(block.words for block in self._blocks)
        return Directive(words=tuple(self._words), within=within, line=self._begun)

    def _unfinished(self) -> None:
        if self._words:
            self._findings.fault(self._begun, "has no semicolon", value=" ".join(self._words))
        self._words = []
