"""Which words of a case does its page show? The first, our last answer, and the latest, within bounds.

A customer may open a case again as often as they like, with 64 KB each time. All of it is kept; a page is
made of a part of it, so that none costs more than another.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.journal.entry import Entry
from tidegate.present.console.help import Said
from tidegate.verbs.record.case import received_entry

MOST_ENTRIES = 200
"""How many entries on a case are read for its page."""
MOST_SAID = 50
MOST_LETTERS = 200_000
_SAYS = {"case.received": "you", "case.reopened": "you", "case.replied": "we"}


def conversation(entries: Sequence[Entry], still: str) -> tuple[list[Said], bool]:
    """Return the words to be shown, the earliest first, and whether others are left out.

    Parameters
    ----------
    entries
        The entries on the case, or the first and latest `MOST_ENTRIES` of them.
    still
        What is shown for a word without any: that it is still broken.
    """
    first = received_entry(entries)
    spoken = [
        entry
        for entry in entries
        if entry.kind in _SAYS and (entry.kind != "case.received" or entry is first)
    ]
    answer = next((entry for entry in reversed(spoken) if entry.kind == "case.replied"), None)
    chosen = [entry for entry in (first, answer) if entry is not None]
    letters_count = sum(len(_text(entry)) for entry in chosen)
    for entry in reversed(spoken):
        letters_count += len(_text(entry))
        if len(chosen) >= MOST_SAID or letters_count > MOST_LETTERS:
            break
        chosen += [entry] if entry not in chosen else []
    shown = [entry for entry in spoken if entry in chosen]
    said = [Said(who=_SAYS[one.kind], at_s=one.said_s, text=_text(one) or still) for one in shown]
    return said, len(shown) < len(spoken) or len(entries) >= MOST_ENTRIES


def _text(entry: Entry) -> str:
    return str(entry.payload.get("text", ""))
