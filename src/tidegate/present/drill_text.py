"""How does a drill look in a terminal, and as JSON? The answer, a line for each cut, what did not hold."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from tidegate.observe.drill.drill_judged import Held
from tidegate.present import drill_words as words
from tidegate.present.layout import BOLD, DIM, Page, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.observe.drill.drill_change import Worse
    from tidegate.observe.drill.drill_record import Drill

FORMAT_VERSION = 1
_LEAST_TABLE = 70
_SHARES = (11, 9, 8, 10, 17, 8, 15)
"""What each column takes of 78 columns."""
_COLOURS = {Held.HELD: "\x1b[1;36m", Held.CONDITIONS: "\x1b[1;33m", Held.LOST: "\x1b[1;31m"}


def drill_text(
    drill: Drill, worse: Sequence[Worse], last: Drill | None, *, width: int = 80, colour: bool = False,
    unicode: bool = True, kept: str = "", report: str = "",
) -> str:  # fmt: skip
    """Return a drill as a terminal shows it, ending in a line break.

    Parameters
    ----------
    drill, worse, last
        The drill, what got worse, and since which.
    width, colour, unicode
        What the terminal can show.
    kept, report
        Names of the files that were written.
    """
    page = Page(width=max(width, 30), colour=colour, unicode=unicode)
    page.paragraph(words.title_text(drill), indent="")
    page.add()
    page.answer(words.word(drill), words.ending_text(drill), style=_COLOURS[drill.held])
    _add_table(page, drill)
    for text in words.cut_findings(drill):
        page.paragraph(text)
    if apart := words.apart_text(drill):
        page.paragraph(apart)
    for text in words.worse_texts(worse, last):
        page.paragraph(text)
    page.paragraph(f"It cannot show: {'; '.join(words.missing_texts(drill))}.", style=DIM)
    made = [report, f"kept in {kept}" if kept else "", f"tidegate {drill.version}"]
    page.paragraph(" · ".join(part for part in made if part), style=DIM)
    return page.text()


def _add_table(page: Page, drill: Drill) -> None:
    rows = [words.HEADS, *(words.row(drill, one).cells for one in drill.readings)]
    if page.width < _LEAST_TABLE:
        for cells in rows[1:]:
            page.paragraph("; ".join(f"{head} {cell}" for head, cell in zip(words.HEADS, cells, strict=True)))
        page.add()
        return
    room = page.width - 2
    widths = [share * room // sum(_SHARES) for share in _SHARES]
    widths[-1] += room - sum(widths)
    for i, cells in enumerate(rows):
        blocks = [wrap(page.plain(text), max(wide - 1, 1)) for text, wide in zip(cells, widths, strict=True)]
        page.row(blocks, widths, style=BOLD if i == 0 else "")
    page.add()


def weekly_text(drill: Drill, worse: Sequence[Worse]) -> str:
    """Return one line where something got worse or a limit was passed; nothing where all held."""
    found = words.cut_findings(drill)
    if not found and not worse:
        return ""
    said = [*(text.rstrip(".") for text in found), *(f"worse: {words.worse_text(one)}" for one in worse)]
    return f"tidegate drill of {', '.join(drill.sites)}: {words.word(drill).lower()}: {'; '.join(said)}\n"


def drill_json(drill: Drill, worse: Sequence[Worse], last: Drill | None) -> str:
    """Return a drill as one JSON document."""
    cuts = [
        {
            **dataclasses.asdict(one),
            "accepted": one.accepted_count,
            "lost_cases": list(one.lost_cases),
            "first_word_s": one.first_word_s,
            "findings": [
                {**dataclasses.asdict(found), "says": words.finding_text(found)}
                for found in drill.findings(one)
            ],
        }
        for one in drill.readings
    ]
    document = {
        "format": FORMAT_VERSION, "held": drill.held.value, "by": drill.by, "at_s": drill.at_s,
        "world": drill.world, "sites": list(drill.sites), "is_real": drill.is_real, "is_exercise": True,
        "limits": dataclasses.asdict(drill.limits), "cuts": cuts,
        "last_at_s": last.at_s if last else None,
        "worse": [{"cut": one.cut, "says": words.worse_text(one)} for one in worse],
        "cannot_show": words.missing_texts(drill), "tidegate_version": drill.version,
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
