"""How does an answer fit one screen? At most twenty lines of eighty columns: nobody scrolls in an incident.

What is left out for room is what may be (`said.Part`): it stands in the longer text, and so does everything
of `terminal.more_text`. Meaning is in words and position, so a pipe gets the same bytes without the bold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tidegate.exit_codes import OF_VERDICT
from tidegate.present.labelled import HANG, LEAST_COLUMNS, block
from tidegate.present.layout import BOLD, DIM, Page, columns_count, cut, wrap
from tidegate.present.quantities import NO_BREAK
from tidegate.present.verdict.answer import Answer
from tidegate.present.verdict.comparison import Comparison
from tidegate.present.verdict.verdict_words import VERDICT_WORDS

LINES_COUNT = 20
WIDE_COLUMNS = 80
"""From so many columns on an answer has at most `LINES_COUNT` lines."""
_INDENT = "  "
_ROWS_COUNT = 3
REST_TOLD = "--more for the rest"
"""What the last line says of the longer text; shorter where there is no room."""
_SHORTER = (
    (re.compile(REST_TOLD), "--more"),
    (re.compile(rf"seed{NO_BREAK}\d+ · "), ""),
    (re.compile(r"(exit \d): [^·]+"), r"\1"),
)
_TABLES = ((3, True), (3, False), (2, True), (2, False), (1, True), (1, False), (0, False))
_ROW_LABEL = 19
_NARROW_COUNT = 13
_SINGLY_SHOWN = 3
_SHORTENED = ("note", "else", "sure", "do", "why")
_LEAST_SENTENCES = (
    {"note": 1, "why": 4, "do": 5, "sure": 3},
    {"note": 0, "why": 2},
    {"sure": 2, "do": 3},
    {"do": 2, "why": 1, "sure": 1, "else": 1},
    {"do": 1},
)
"""So few of each are told where there is no room, in the order in which they give way."""
STYLES = {
    "proceed": "\x1b[1;36m",
    "slow_down": "\x1b[1;33m",
    "protect_first": "\x1b[1;33m",
    "stop": "\x1b[1;31m",
    "cannot_tell": "\x1b[1;35m",
}
_SEVERITY = tuple(OF_VERDICT)


def worst_first(answers: Sequence[Answer]) -> list[Answer]:
    """Return answers in the order in which they matter; those alike as they stand in the file."""
    return sorted(answers, key=lambda one: -_SEVERITY.index(one.verdict.verdict))


def screen_text(
    answers: Sequence[Answer],
    *,
    width: int = 80,
    colour: bool = False,
    unicode: bool = True,
    footer: Sequence[str] = (),
) -> str:
    """Return the answers to one question on one screen, ending in a line break.

    Parameters
    ----------
    answers
        One for each activity; the worst is told, the others in a line each.
    width
        Columns; no line is wider. Below 30 it is taken as 30, and more lines are taken where it is narrow.
    colour
        Whether ANSI colours are wanted.
    unicode
        Whether more than ASCII can be shown.
    footer
        What stands in the last line beside the seed: the report before it, the exit code after.
    """
    columns = max(width, LEAST_COLUMNS)
    page = Page(width=columns, colour=colour, unicode=unicode)
    ranked = worst_first(answers)
    _add_head(page, ranked)
    tail = Page(width=columns, colour=colour, unicode=unicode)
    tail.add()
    tail.paragraph(_footer([*footer[:1], _made(ranked), *footer[1:]], columns), style=DIM)
    room = LINES_COUNT - len(page.lines) - len(tail.lines)
    lines = _body(ranked[0], page, room)
    if len(lines) > room and columns >= WIDE_COLUMNS:
        page.lines.pop()  # the empty line before it
    page.lines.extend(lines)
    page.lines.extend(tail.lines)
    return page.text()


def _footer(parts: Sequence[str], columns: int) -> str:
    """Return the last line; where it is too long for one, in fewer words."""
    said = " · ".join(part for part in parts if part)
    for long, short in _SHORTER:
        if columns_count(said) > columns - len(_INDENT):
            said = long.sub(short, said)
    return said


def exit_words(code: int, verdicts: Sequence[str]) -> str:
    """Return the code that a command ends with and the worst verdict's word, for the last line.

    A log's tail explains a red build; and a green one, where `--fail-on` lets pass what is no *proceed*.
    """
    worst = max(verdicts, key=_SEVERITY.index)
    passes = " passes (--fail-on)" if code != OF_VERDICT[worst] else ""
    return f"exit {code}: {VERDICT_WORDS[worst].lower()}{passes}"


def _made(ranked: Sequence[Answer]) -> str:
    """Return what gives the same answer again; how much was run stands with what it showed."""
    return f"seed{NO_BREAK}{ranked[0].verdict.reproduction.seed}"


def _add_head(page: Page, ranked: Sequence[Answer]) -> None:
    first = ranked[0].verdict
    if len(ranked) == 1:
        subject = f"{first.world} · {first.activity_title or first.activity}"
        _add_lines(page, subject, 1)
        page.add()
        _add_verdict(page, ranked[0], "", most_lines=3)
    else:
        _add_lines(page, f"{first.world} · {len(ranked)} activities", 1)
        page.add()
        most = 2 if len(ranked) <= _SINGLY_SHOWN else 1
        shown = ranked if len(ranked) <= LINES_COUNT // 3 else ranked[: LINES_COUNT // 3 - 1]
        for one in shown:
            _add_verdict(page, one, one.verdict.activity, most_lines=most)
        if len(shown) < len(ranked):
            kinds = dict.fromkeys(one.word for one in ranked[len(shown) :])
            page.paragraph(f"and {len(ranked) - len(shown)} more: {', '.join(kinds)} (--more)")
    if ranked[0].loud:
        page.paragraph(ranked[0].loud, style=BOLD)
    page.add()


def _add_lines(page: Page, text: str, most_count: int) -> None:
    lines = wrap(page.plain(text), page.width)
    if len(lines) > most_count and page.width >= WIDE_COLUMNS:
        lines = [
            *lines[: most_count - 1],
            cut(" ".join(lines[most_count - 1 :]), page.width, unicode=page.unicode),
        ]
    for line in lines:
        page.add(line)


def _add_verdict(page: Page, one: Answer, name: str, *, most_lines: int) -> None:
    style = STYLES[one.verdict.verdict]
    word = f"{style}{one.word}\x1b[0m" if page.colour else one.word
    lead = f"{name}: " if name else ""
    room = page.width - len(_INDENT) - len(one.word) - 3
    lines = wrap(page.plain(f"{lead}{one.remedy}"), max(room, 1))
    if len(lines) > most_lines and page.width >= WIDE_COLUMNS:
        rest = " ".join(lines[most_lines - 1 :])
        lines = [*lines[: most_lines - 1], cut(rest, room, unicode=page.unicode)]
    for i, line in enumerate(lines):
        start = word if i == 0 else " " * len(one.word)
        page.add(f"{_INDENT}{start}   {line}")


def _body(answer: Answer, page: Page, room: int) -> list[str]:
    """Return the labelled parts with the table between, in at most `room` lines where that is wide enough.

    What may be left out goes before a row of the table, and the table before what must be said; but first
    that is said in fewer words, and the empty line before it goes (one more than `room`).
    """
    parts = {label: [*part.must, *part.may] for label, part in answer.parts.items()}
    least = {label: list(part.must) for label, part in answer.parts.items()}
    if page.width < WIDE_COLUMNS:
        return _laid(answer.compared, parts, _ROWS_COUNT, page)
    for rows, airy in _TABLES:
        if not rows and (lines := _brief(answer, page, room + 1)):
            return lines
        said = {label: list(sentences) for label, sentences in parts.items()}
        while True:
            lines = _laid(answer.compared, said, rows, page, airy=airy)
            if len(lines) <= room:
                return lines
            label = next((one for one in _SHORTENED if len(said[one]) > len(least[one])), None)
            if label is None:
                break
            said[label].pop()
    return _forced(answer, page, room + 1)


def _brief(answer: Answer, page: Page, room: int) -> list[str]:
    """Return the parts in fewer words with a row of the table; nothing where there is no room for that.

    A table says more than a note's second line does.
    """
    if not answer.compared.lines or len(answer.compared.cases) < 2:
        return []
    parts = _shortest(answer)
    notes_count = len(parts["note"])
    for rows in (2, 1):
        for noted in range(notes_count, -1, -1):
            said = parts | {"note": parts["note"][:noted]}
            lines = _laid(answer.compared, said, rows, page, {"note": notes_count - noted}, airy=False)
            if len(lines) <= room:
                return lines
    return []


def _shortest(answer: Answer) -> dict[str, list[str]]:
    return {label: list(part.brief or part.must) for label, part in answer.parts.items()}


def _forced(answer: Answer, page: Page, room: int) -> list[str]:
    """Return what must be said in so many lines: in fewer words, of the notes first.

    What is too long even so loses its last sentences, which are the least of it, and says how many. Where
    a single sentence of each is too much, as of names that fill lines, none is cut: the screen is longer.
    """
    parts = {label: list(part.must) for label, part in answer.parts.items()}
    for label in _SHORTENED:
        if len(lines := _laid(answer.compared, parts, 0, page)) <= room:
            return lines
        parts[label] = _shortest(answer)[label]
    left_out = dict.fromkeys(parts, 0)
    lines = _laid(answer.compared, parts, 0, page)
    for least in _LEAST_SENTENCES:
        for label, count in least.items():
            while len(lines) > room and len(parts[label]) > count:
                parts[label].pop()
                left_out[label] += 1
                lines = _laid(answer.compared, parts, 0, page, left_out)
    return lines


def _laid(
    compared: Comparison,
    parts: dict[str, list[str]],
    rows: int,
    page: Page,
    left_out: Mapping[str, int] | None = None,
    *,
    airy: bool = True,
) -> list[str]:
    lines: list[str] = []
    gap = [""] if airy else []
    for label, sentences in parts.items():
        lines += block(label, sentences, page, (left_out or {}).get(label, 0))
        if label == "why" and rows and compared.lines and len(compared.cases) > 1:
            lines += [*gap, *_table(compared, rows, page), *gap]
    return lines


def _table(compared: Comparison, rows: int, page: Page) -> list[str]:
    made = Page(width=page.width, colour=page.colour, unicode=page.unicode)
    room = page.width - HANG - _ROW_LABEL
    column = room // len(compared.cases)
    if column < _NARROW_COUNT:
        for i, title in enumerate(compared.headings):
            made.paragraph(title, indent=" " * HANG, style=BOLD)
            for line in compared.lines[:rows]:
                made.paragraph(f"{line.label}: {line.cells[i]}", indent=" " * (HANG + 2))
        return made.lines
    heads = [_heading(made, title, column - 1) for title in compared.headings]
    # Headings stand on the line above the values, whatever their height.
    tallest = max(map(len, heads))
    _add_row(made, [[""] * tallest, *heads], column)
    for line in compared.lines[:rows]:
        label = wrap(made.plain(line.label), _ROW_LABEL - 1)
        _add_row(made, [label, *(wrap(made.plain(cell), column - 1) for cell in line.cells)], column)
    return made.lines


def _heading(page: Page, title: str, width: int) -> list[str]:
    lines = wrap(page.plain(title), width)
    if len(lines) > 2:
        lines = [lines[0], cut(" ".join(lines[1:]), width, unicode=page.unicode)]
    return lines


def _add_row(page: Page, blocks: Sequence[Sequence[str]], column: int) -> None:
    widths = [_ROW_LABEL, *[column] * (len(blocks) - 1)]
    for i in range(max(map(len, blocks))):
        cells = [block[i] if i < len(block) else "" for block in blocks]
        text = "".join(
            cell + " " * max(width - columns_count(cell), 0)
            for cell, width in zip(cells, widths, strict=True)
        )
        page.add(f"{' ' * HANG}{text}")
