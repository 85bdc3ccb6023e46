"""How does a rehearsal look in a terminal? Did the prediction hold, then the numbers, then the limits.

Sentences come from `rehearsal_words`; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.judging.verdict import Series
from tidegate.present.layout import BOLD, DIM, Page, columns_count, pad, sparkline, wrap
from tidegate.present.quantities import NO_BREAK, duration_text
from tidegate.present.rehearsal import rehearsal_words as words
from tidegate.rehearse.course import Key
from tidegate.rehearse.rehearsal import Rehearsal

_INDENT = "  "
_LABEL_COUNT = 18
_MOST_BARS = 60
_MOST_CURVES = 3
_LEAST_TABLE = 70
_COLOURS = {words.HELD: "\x1b[1;36m", words.BROKE: "\x1b[1;31m"}


def rehearsal_text(
    rehearsal: Rehearsal,
    *,
    width: int = 80,
    colour: bool = False,
    unicode: bool = True,
    report: str | None = None,
    records: str | None = None,
) -> str:
    """Return a rehearsal as a terminal shows it, ending in a line break.

    Parameters
    ----------
    width
        Columns; no line is wider. Below 30 it is taken as 30.
    colour, unicode
        Whether ANSI colours are wanted, and whether more than ASCII can be shown.
    report, records
        Names of the files that were written; None where there is none.
    """
    page = Page(width=max(width, 30), colour=colour, unicode=unicode)
    page.paragraph(words.title_text(rehearsal), indent="")
    page.add()
    word = words.word(rehearsal)
    page.answer(word, words.ending_text(rehearsal), style=_COLOURS[word])
    _add_table(page, rehearsal)
    _add_curves(page, rehearsal)
    for note in words.footnotes(rehearsal):
        page.paragraph(note)
    page.paragraph(f"It cannot show: {'; '.join(words.cannot_show())}.", style=DIM)
    page.add()
    real = "1 real run" if len(rehearsal.runs) == 1 else f"{len(rehearsal.runs)} real runs"
    made = [
        report or "",
        f"kept in {records}" if records else "",
        f"{rehearsal.server} server",
        f"seed{NO_BREAK}{rehearsal.seed}",
        f"{len(rehearsal.prediction.outcomes)} predicted, {real}".replace(" ", NO_BREAK),
        f"tidegate{NO_BREAK}{rehearsal.tidegate_version}",
    ]
    page.paragraph(" · ".join(part for part in made if part), style=DIM)
    return page.text()


def _add_table(page: Page, rehearsal: Rehearsal) -> None:
    rows = words.lines(rehearsal)
    if page.width < _LEAST_TABLE:
        for row in rows:
            off = f" ({row.off})" if row.off else ""
            page.paragraph(f"{row.label}: {row.predicted} predicted, {row.measured} measured{off}")
        page.add()
        return
    head = ("", "predicted", "measured", "off by")
    cells = [head, *((row.label, row.predicted, row.measured, row.off) for row in rows)]
    room = page.width - len(_INDENT) - _LABEL_COUNT
    column = room * 3 // 10
    widths = (_LABEL_COUNT, column, column, room - 2 * column)
    for i, texts in enumerate(cells):
        blocks = [wrap(page.plain(text), max(wide - 2, 1)) for text, wide in zip(texts, widths, strict=True)]
        page.row(blocks, widths, style=BOLD if i == 0 else "")
    page.add()


def _add_curves(page: Page, rehearsal: Rehearsal) -> None:
    """Add the answers of each population, predicted above measured, on one scale."""
    tables = rehearsal.prediction.tables
    series = {name: rehearsal.prediction.series[name, "served"] for name in tables.populations}
    shown = sorted(series, key=lambda name: -sum(series[name].values))[:_MOST_CURVES]
    lead_count = max(columns_count(page.plain(name)[:_LABEL_COUNT]) for name in shown)
    for name in (name for name in series if name in shown):
        _add_pair(page, name, series[name], rehearsal.runs[-1].series[name, "served"], lead_count)
    end, first = (duration_text(at / 1e9) for at in (tables.horizon_ns, tables.disturbed_from_ns))
    page.paragraph(f"answers a second, t = 0 … {end}; it begins at {first}", style=DIM)
    page.add()


def _add_pair(page: Page, name: str, predicted: Series, measured: Series, lead_count: int) -> None:
    lead = f"{_INDENT}{pad(page.plain(name)[:_LABEL_COUNT], lead_count)}  "
    bars = min(page.width - columns_count(lead) - len("  predicted"), _MOST_BARS)
    if bars < 10:
        return
    most = max(*predicted.values, *measured.values, 1e-9)
    for start, series, says in (
        (lead, predicted, "predicted"),
        (" " * columns_count(lead), measured, "measured"),
    ):
        drawn = sparkline(series.values, width=bars, most=most, unicode=page.unicode)
        page.add(f"{start}{drawn}  {says}", style=DIM if says == "predicted" else "")


def series_keys(rehearsal: Rehearsal) -> Sequence[Key]:
    """Return what there is to draw: per population, then per crossing, leaving out what never happens."""
    prediction = rehearsal.prediction
    tables = prediction.tables
    wanted = [(name, kind) for name in tables.populations for kind in ("served", "attempts", "unanswered")]
    wanted += [(name, kind) for name in tables.crossings for kind in ("packets", "queue", "dropped", "shed")]
    return [
        key
        for key in wanted
        if any(prediction.series[key].high) or any(any(run.series[key].values) for run in rehearsal.runs)
    ]
