"""What is there beside the answer? All cases and limits, what goes dark, each guess, how it was computed.

Good at 80 columns, without colour and through a pipe: no line is ever wider than asked for, and
nothing is said by colour alone. The sentences come from `verdict_words`, the numbers from `quantities`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.judging.verdict import CaseEvidence, Verdict
from tidegate.present.labelled import LEAST_COLUMNS
from tidegate.present.layout import BOLD, DIM, Page, columns_count, sparkline, wrap
from tidegate.present.loop_text import fed_text
from tidegate.present.quantities import NO_BREAK, duration_text
from tidegate.present.sentence import capitalised
from tidegate.present.verdict import highlights, verdict_words
from tidegate.present.verdict.answer_table import Cell, Row, answer_rows
from tidegate.present.verdict.edge_text import edges_text
from tidegate.present.verdict.fitting import fits_text
from tidegate.present.verdict.read_words import left_out_lines, taken_lines
from tidegate.present.verdict.screen import STYLES
from tidegate.present.verdict.tried_text import tried_sentences

_INDENT = "  "
# Both of a pair are on one scale, so they are of one unit.
_SPARKS = {"offered": "new flows", "served": "served", "asked": "requests", "answered": "answered"}
_LABEL_COUNT = 33
_NARROW_COUNT = 13


def more_text(
    verdict: Verdict,
    *,
    width: int = 80,
    colour: bool = False,
    unicode: bool = True,
    elapsed_s: float | None = None,
) -> str:
    """Return what does not fit one screen, ending in a line break; nothing of the screen is repeated.

    Parameters
    ----------
    width
        Columns; no line is wider. Below 30 it is taken as 30.
    colour
        Whether ANSI colours are wanted.
    unicode
        Whether more than ASCII can be shown.
    elapsed_s
        How long the answer took; None leaves it out (golden files).
    """
    page = Page(width=max(width, LEAST_COLUMNS), colour=colour, unicode=unicode)
    page.paragraph(f"More: {verdict_words.title_text(verdict)}", indent="", style=BOLD)
    page.add()
    _add_table(page, verdict)
    _add_sparklines(page, verdict)
    _add_consequences(page, verdict)
    _add_changes(page, verdict)
    _add_read(page, verdict)
    _add_notes(page, verdict)
    _add_footer(page, verdict, elapsed_s=elapsed_s)
    return page.text()


def undecided_text(
    sentences: Sequence[str], *, width: int = 80, colour: bool = False, unicode: bool = True
) -> str:
    """Return what could not be judged at all, ending in a line break."""
    page = Page(width=max(width, 30), colour=colour, unicode=unicode)
    page.add(f"{_INDENT}{verdict_words.VERDICT_WORDS['cannot_tell']}", style=STYLES["cannot_tell"])
    for sentence in sentences:
        page.paragraph(sentence, indent=_INDENT * 2, hang="· ")
    return page.text()


def notes_text(notes: Sequence[str], *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """Return notes that belong to no verdict, ending in a line break; empty without any."""
    page = Page(width=max(width, 30), colour=colour, unicode=unicode)
    for note in notes:
        page.paragraph(verdict_words.note_text(note), indent=_INDENT, hang="· ")
    return page.text() if notes else ""


def _add_table(page: Page, verdict: Verdict) -> None:
    cases = highlights.acting_cases(verdict)[: highlights.CASES_SHOWN_COUNT]
    rows = answer_rows(verdict, cases)
    room = page.width - len(_INDENT) - _LABEL_COUNT
    column = room // len(cases)
    if column < _NARROW_COUNT:
        _add_stacked(page, cases, rows)
    else:
        last = room - column * (len(cases) - 1)
        _add_row(page, "", tuple(Cell(value=case.title) for case in cases), column=column, last=last)
        for row, label in zip(rows, _labels(rows), strict=True):
            _add_row(page, label, row.cells, column=column, last=last)
    folded = verdict_words.folded_text(verdict)
    if folded:
        page.paragraph(folded)
    page.add()


def _labels(rows: tuple[Row, ...]) -> list[str]:
    """Return the rows' labels; the name of a crossing stands on the first of its rows only."""
    labels = []
    before = ""
    for row in rows:
        lead = f"crossing {row.crossing}  " if row.crossing else ""
        labels.append((lead if row.crossing != before else " " * columns_count(lead)) + row.label)
        before = row.crossing
    return labels


def _add_row(page: Page, label: str, cells: tuple[Cell, ...], *, column: int, last: int) -> None:
    text = page.plain(label)
    fits = columns_count(text) < _LABEL_COUNT
    blocks = [[text] if fits else wrap(text.strip(), _LABEL_COUNT - 1)]
    blocks += [_cell_lines(page, cell, column - 2) for cell in cells[:-1]]
    blocks.append(_cell_lines(page, cells[-1], last))
    page.row(blocks, [_LABEL_COUNT, *[column] * len(cells)])


def _cell_lines(page: Page, cell: Cell, width: int) -> list[str]:
    value, at = page.plain(cell.value), page.plain(cell.at)
    beside = f"{value}   {at}"
    if not at or columns_count(beside) > width:
        return [*wrap(value, width), *(wrap(at, width) if at else [])]
    return [beside]


def _add_stacked(page: Page, cases: tuple[CaseEvidence, ...], rows: tuple[Row, ...]) -> None:
    """Add one block a case, where columns would be too narrow to read."""
    for i, case in enumerate(cases):
        page.paragraph(case.title, style=BOLD)
        for row in rows:
            cell = row.cells[i]
            label = f"{row.crossing} {row.label}".strip()
            page.paragraph(f"{label}: {cell.value} {cell.at}".rstrip(), indent=_INDENT * 2)


def _add_sparklines(page: Page, verdict: Verdict) -> None:
    case = highlights.deciding_case(verdict)
    crossing = highlights.choke(case)
    if crossing is None or len(case.times_s) < 2:
        return
    offered, served = highlights.offered_and_served(crossing)
    if offered is None or served is None:
        return
    name = page.plain(crossing.name)
    lead = _INDENT + name + "  "
    bars_count = min(page.width - columns_count(lead) - len("  new flows"), 60)
    if bars_count < 10:
        return
    most = max(*offered.values, *served.values)
    for start, series in ((lead, offered), (" " * columns_count(lead), served)):
        bars = sparkline(series.values, width=bars_count, most=most, unicode=page.unicode)
        page.add(f"{start}{bars}  {_SPARKS[series.name]}")
    _add_axis(page, case, indent=columns_count(lead), bars_count=bars_count)
    page.add()


def _add_axis(page: Page, case: CaseEvidence, *, indent: int, bars_count: int) -> None:
    start_s, end_s = case.times_s[0], case.times_s[-1]
    share = (case.activity_at_s - start_s) / (end_s - start_s) if end_s > start_s else 0.0
    position = min(round(share * bars_count), bars_count - 1)
    span = page.plain(
        f"t = {duration_text(start_s)} … {duration_text(end_s)}, {verdict_words.case_clause(case)}"
    )
    left = page.plain(f"{' ' * position}▲ activity")
    if indent + columns_count(left) + 2 + columns_count(span) <= page.width:
        gap = max(bars_count - columns_count(left) - columns_count(span), 2)
        page.add(f"{' ' * indent}{left}{' ' * gap}{span}", style=DIM)
    else:
        page.paragraph(span, indent=" " * indent, style=DIM)


def _add_consequences(page: Page, verdict: Verdict) -> None:
    held_back = verdict_words.holding_back(verdict)
    texts = (
        *_counted(verdict),
        fed_text(verdict.fed_by) if verdict.fed_by else "",
        edges_text(verdict),
        verdict_words.dark_text(verdict),
        verdict_words.customers_text(verdict),
        *held_back,
        *verdict_words.ranges_texts(verdict),
    )
    said = [text for text in texts if text]
    for text in said:
        page.paragraph(text)
    if said:
        page.add()


def _counted(verdict: Verdict) -> list[str]:
    """Return all that arithmetic, the objectives and remedies tried say: one screen has the first only."""
    said = [note for note in verdict.notes if note.startswith((verdict_words.COUNTED, verdict_words.FULL))]
    for case in highlights.acting_cases(verdict)[1:]:
        said += [f"{capitalised(verdict_words.case_clause(case))}, {limit}." for limit in case.exceeded]
    said += [one.replace(" %", f"{NO_BREAK}%") for one in verdict.failed_objectives]
    said += [f"It would fit with {fits_text(verdict.fits)}."] if verdict.fits else []
    return [*said, *tried_sentences(verdict)]


def _add_changes(page: Page, verdict: Verdict) -> None:
    listed = verdict_words.changes(verdict)
    if not listed:
        return
    page.add(f"{_INDENT}What would change this:")
    for i, change in enumerate(listed, start=1):
        page.paragraph(change.says, indent=_INDENT * 2, hang=f"{i}. ")
        if change.measure:
            page.paragraph(change.measure, indent=_INDENT * 2 + "   ", style=DIM)
    page.add()


def _add_read(page: Page, verdict: Verdict) -> None:
    """Add what was read in files and what was left out of it, line by line."""
    for heading, lines in (
        ("What was read:", taken_lines(verdict.read)),
        ("Left out:", left_out_lines(verdict.read)),
    ):
        if lines:
            page.add(f"{_INDENT}{heading}")
            for line in lines:
                page.paragraph(line, indent=_INDENT * 2, hang="· ", style=DIM)
            page.add()


def _add_notes(page: Page, verdict: Verdict) -> None:
    """Add what was assumed, is not used, or has no effect: only the ends of long lists are the JSON's."""
    noted = verdict_words.notes_texts(verdict)
    for note in noted:
        page.paragraph(note, indent=_INDENT, hang="· ", style=DIM)
    if noted:
        page.add()


def _add_footer(page: Page, verdict: Verdict, *, elapsed_s: float | None) -> None:
    made = verdict.reproduction
    parts = [
        f"seed{NO_BREAK}{made.seed}",
        verdict_words.runs_text(verdict).replace(" ", NO_BREAK),
        verdict_words.size_text(verdict).replace(" ", NO_BREAK),
        f"tidegate{NO_BREAK}{made.tidegate_version}, {made.engine}",
        duration_text(elapsed_s) if elapsed_s is not None else "",
    ]
    page.paragraph(" · ".join(part for part in parts if part), style=DIM)
