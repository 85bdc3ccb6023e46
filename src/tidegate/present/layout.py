"""How does text fit a terminal of so many columns? Plain characters, wrapping, sparklines.

World files are written by others: control characters in their titles must never reach a terminal.
Nothing here knows what the text says.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from tidegate.present.quantities import NO_BREAK

BOLD, DIM, OFF = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_INDENT = "  "
HANGING = "  "
"""What stands before a further line of a paragraph."""
_ASCII = str.maketrans(
    {"·": "-", "–": "-", "—": "-", "…": "...", "×": "x", "±": "+-", "≤": "<=", "≥": ">=", "→": "->",
     "“": '"', "”": '"', "‘": "'", "’": "'", "▲": "^", "µ": "u", "Δ": "d"}
)  # fmt: skip
_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII_BLOCKS = "_.:-=+*#"


def plain(text: str, *, unicode: bool) -> str:
    """Return `text` without control characters, and in ASCII only where `unicode` is false."""
    kept = text if text.isprintable() else "".join(map(_visible, text))
    if unicode:
        return kept
    decomposed = unicodedata.normalize("NFKD", kept.replace("\u00a0", "\ue000").translate(_ASCII))
    ascii_only = "".join(_ascii(character) for character in decomposed)
    return ascii_only.replace("\ue000", "\u00a0")


def _visible(character: str) -> str:
    if character in "\t\n\r":
        return " "
    # Cc are terminal controls, Cf reorder what is read, Cs cannot be encoded.
    return "" if unicodedata.category(character) in {"Cc", "Cf", "Cs"} else character


def _ascii(character: str) -> str:
    if character.isascii() or character == "\ue000":
        return character
    return "" if unicodedata.combining(character) else "?"


def columns_count(text: str) -> int:
    """Return how many terminal columns `text` takes."""
    return len(text) if text.isascii() else sum(map(_column_count, text))


@lru_cache(maxsize=4096)
def _column_count(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` columns; words that are longer are cut."""
    lines = [""]
    for word in text.split(" "):
        for piece in _pieces(word, width):
            joined = f"{lines[-1]} {piece}" if lines[-1] else piece
            if columns_count(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
    return lines


def hung(text: str, width: int) -> list[str]:
    """Return a paragraph in lines: what is set in stays set in, and its further lines one step more."""
    said = text.lstrip()
    before = text[: len(text) - len(said)]
    first, *rest = wrap(said, width - len(before) - len(HANGING)) or [""]
    return [f"{before}{first}", *(f"{before}{HANGING}{line}" for line in rest)]


def cut(text: str, width: int, *, unicode: bool) -> str:
    """Return `text` in at most `width` columns; where something is left out, it ends in an ellipsis."""
    if columns_count(text) <= width:
        return text
    mark = "…" if unicode else "..."
    kept = next(iter(_pieces(text, width - len(mark))), "")
    word = kept.rpartition(" ")[0].rstrip() if text[len(kept)] != " " else kept.rstrip()
    # A single word that is longer than half the line is cut all the same.
    return f"{word if columns_count(word) > width // 2 else kept.rstrip()}{mark}"


def _pieces(word: str, width: int) -> list[str]:
    if columns_count(word) <= width:
        return [word] if word else []
    pieces, taken_count = [""], 0
    for character in word:
        count = _column_count(character)
        if taken_count + count > width:
            pieces.append("")
            taken_count = 0
        pieces[-1] += character
        taken_count += count
    return [piece for piece in pieces if piece]


def pad(text: str, width: int) -> str:
    """Return `text` filled with spaces to `width` columns."""
    return text + " " * max(width - columns_count(text), 0)


def sparkline(values: Sequence[float], *, width: int, most: float, unicode: bool) -> str:
    """Return `values` as bars of one character each, resampled to `width`; `most` is a full bar."""
    blocks = _BLOCKS if unicode else _ASCII_BLOCKS
    if not values:
        return ""
    bars = []
    for i in range(width):
        start = i * len(values) // width
        end = max((i + 1) * len(values) // width, start + 1)
        mean = sum(values[start:end]) / (end - start)
        level = round((len(blocks) - 1) * mean / most) if most > 0 else 0
        bars.append(blocks[min(max(level, 0), len(blocks) - 1)])
    return "".join(bars)


@dataclass(kw_only=True)
class Page:
    """Lines for a terminal that keep to its width, and to ASCII where asked.

    Parameters
    ----------
    width
        Columns; no wrapped line is wider.
    colour
        Whether styles (ANSI sequences) are written.
    unicode
        Whether more than ASCII can be shown.
    """

    width: int
    colour: bool
    unicode: bool
    lines: list[str] = field(default_factory=list)

    def plain(self, text: str) -> str:
        """Return `text` as this terminal can show it."""
        return plain(text, unicode=self.unicode)

    def add(self, line: str = "", *, style: str = "") -> None:
        """Add one line as it is."""
        text = line.rstrip().replace(NO_BREAK, " ")
        self.lines.append(f"{style}{text}{OFF}" if self.colour and style and text else text)

    def paragraph(self, text: str, *, indent: str = _INDENT, hang: str = "", style: str = "") -> None:
        """Add wrapped text; `hang` starts the first line, the others are indented as deep."""
        lead = self.plain(hang)
        room = max(self.width - len(indent) - columns_count(lead), 1)
        for i, line in enumerate(wrap(self.plain(text), room)):
            start = lead if i == 0 else " " * columns_count(lead)
            self.add(f"{indent}{start}{line}", style=style)

    def answer(self, word: str, says: str, *, style: str) -> None:
        """Add the one word that answers, in its style, and beside it what it hangs on."""
        lines = wrap(self.plain(says), max(self.width - len(_INDENT) - len(word) - 4, 1))
        # The style ends with the word, so that what it hangs on stays easy to read.
        head = f"{style}{word}{OFF}" if self.colour else word
        self.add(f"{_INDENT}{head}    {lines[0]}")
        for line in lines[1:]:
            self.add(f"{_INDENT}{' ' * len(word)}    {line}")
        self.add()

    def row(self, blocks: Sequence[Sequence[str]], widths: Sequence[int], *, style: str = "") -> None:
        """Add cells side by side, each a block of lines that fit its width."""
        for i in range(max(len(block) for block in blocks)):
            cells = [block[i] if i < len(block) else "" for block in blocks]
            parts = [pad(cell, width) for cell, width in zip(cells, widths, strict=True)]
            self.add(_INDENT + "".join(parts), style=style)

    def text(self) -> str:
        """Return all lines, ending in a line break."""
        return "\n".join(self.lines) + "\n"
