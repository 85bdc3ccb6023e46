"""How does the answer of any verb read? Its subject, the answer with its number, then what is asked next.

Labels are lower case and alone in their column; what is typed is never broken so that it could not be typed:
a command that is too long for a line goes on behind a backslash, and a single word of it is never cut.
Nothing here knows what is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tidegate.present.layout import BOLD, DIM, OFF, Page, wrap
from tidegate.present.quantities import NO_BREAK

HANG = 9
_INDENT = "  "
_STEPS = frozenset({"do", "note"})  # each of them on lines of its own
_UNIT = re.compile(r"(?<=\d) (?=(?:s|ms|min|h|days|k|M|G|%)(?:[\W]|$))")  # no line ends before it
_WORD = re.compile(r"(?:'[^']*'|\S)+")
LEAST_COLUMNS = 30


def labelled_text(
    subject: str,
    heads: Sequence[tuple[str, str]],
    parts: Mapping[str, Sequence[str]],
    *,
    footer: Sequence[str] = (),
    picture: Sequence[str] = (),
    width: int = 80,
    colour: bool = False,
    unicode: bool = True,
) -> str:
    """Return an answer as a terminal shows it, ending in a line break.

    Parameters
    ----------
    subject
        What was asked about.
    heads
        The words that answer, each with its number and what that is compared with.
    parts
        Sentences by label ("why", "do", "sure", "else", "note"), in the order in which they are read.
    footer
        How it was found.
    picture
        Lines that stand between the answer and the labels as they are.
    width, colour, unicode
        Of the terminal; below 30 columns it is taken as 30.
    """
    page = Page(width=max(width, LEAST_COLUMNS), colour=colour, unicode=unicode)
    page.paragraph(subject, indent="")
    page.add()
    for word, says in heads:
        add_head(page, word, says)
    page.add()
    for line in picture:
        page.add(page.plain(line))
    if picture:
        page.add()
    for label, sentences in parts.items():
        page.lines.extend(block(label, sentences, page))
    if footer:
        page.add()
        page.paragraph(" · ".join(one.replace(" ", NO_BREAK) for one in footer), style=DIM)
    return page.text()


def add_head(page: Page, word: str, says: str) -> None:
    """Add the word that answers, and beside it what it hangs on; under each other where that is narrow."""
    styled = f"{BOLD}{word}{OFF}" if page.colour else word
    room = page.width - len(_INDENT) - len(word) - 3
    for i, line in enumerate(wrap(_UNIT.sub(NO_BREAK, page.plain(says)), max(room, 1))):
        page.add(f"{_INDENT}{styled if i == 0 else ' ' * len(word)}   {line}")


def block(label: str, sentences: Sequence[str], page: Page, left_out: int = 0) -> list[str]:
    """Return a label with what is said under it; steps stand on lines of their own.

    A sentence is whole or not there: `left_out` is how many are not, which is said.
    """
    if not sentences and not left_out:
        return []
    room = page.width - HANG
    listed = label in _STEPS or any(text.startswith("- ") for text in sentences)
    if len(sentences) == 1:
        sentences = (sentences[0].removeprefix("- "),)
    if left_out:
        sentences = (*sentences, _left_out(left_out) if sentences else _left_out(left_out)[1:-1])
    texts = sentences if listed else [" ".join(sentences)]
    lines = [line for text in texts for line in _lines(page, text, room)]
    made = Page(width=page.width, colour=page.colour, unicode=page.unicode)
    for i, line in enumerate(lines):
        start = f"{_INDENT}{label}" if i == 0 else ""
        made.add(f"{start:<{HANG}}{line}")
    return made.lines


def _left_out(count: int) -> str:
    """Return that so many sentences stand in the longer text only."""
    return f"({count} left out: --more)".replace(" ", NO_BREAK)


def _lines(page: Page, text: str, room: int) -> list[str]:
    """Return one text in lines; what is listed is indented, and what is typed can be typed."""
    if text.startswith("- "):
        return [f"  {line}" for line in _lines(page, text.removeprefix("- "), room - 2)]
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return wrap(page.plain(_UNIT.sub(NO_BREAK, text.replace("`", ""))), room)
    found: list[str] = []
    now, after_typed = "", False
    for i, piece in enumerate(pieces):
        is_typed = i % 2 == 1
        if is_typed and len(piece) > room:
            found += [*_wrapped(page, now.rstrip(), room), *_typed(page, piece, room)]
            now, after_typed = "", True
        elif after_typed:  # no full stop behind what is copied
            now, after_typed = piece.lstrip(".,; "), False
        else:
            now += piece.replace(" ", NO_BREAK) if is_typed else piece
    return [*found, *_wrapped(page, now, room)]


def _wrapped(page: Page, text: str, room: int) -> list[str]:
    return wrap(page.plain(_UNIT.sub(NO_BREAK, text)), room) if text else []


def _typed(page: Page, command: str, room: int) -> list[str]:
    """Return a command in lines that a shell reads as one; no word of it is cut."""
    lines: list[str] = []
    for word in _WORD.findall(page.plain(command)):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and len(joined) > room - 2:
            lines[-1] += " \\"
            lines.append(f"  {word}")
        else:
            lines[-1:] = [joined]
    return lines
