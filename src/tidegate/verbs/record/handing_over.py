"""Hand over and take in once, through a place that other sites reach or in a file that is carried to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tidegate.adapters.between_sites.carried_file import CarriedFile, carry
from tidegate.adapters.between_sites.chain_store import StoredChains, offer
from tidegate.adapters.between_sites.named_store import chain_store
from tidegate.adapters.between_sites.store_sheets import leave_sheet, sheets_in
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.verbs.record.drawing import Drawn, draw
from tidegate.verbs.record.left_sheets import SheetsTaken, sheets_of
from tidegate.verbs.record.site import Following, members_of

COMMAND_LASTS_S = 900.0
"""So long a site counts as heard that hands over by a command: a timer gives it every five minutes or so."""


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """What came of handing over once.

    Parameters
    ----------
    given_count
        How many entries were handed over.
    drawn
        What came of the entries of others.
    sheets
        What came of the sheets that other sites left.
    """

    given_count: int = 0
    drawn: Drawn
    sheets: SheetsTaken = field(default_factory=SheetsTaken)


def exchange_through(journal: JournalFile, place: str) -> HandedOver:
    """Hand over and take in once through a store.

    Raises
    ------
    InputError
        If the word names no store.
    StoreUnreachableError
        If it cannot be used.
    """
    store = chain_store(place)
    stored, sheets, taken = StoredChains(store), sheets_of(journal), SheetsTaken()
    given_count = offer(journal, stored, store)
    drawn = draw(journal, stored, lambda: members_of(journal))
    for text in sheets_in(store, journal.site):
        sheets.take(text, store.name, taken)
    leave_sheet(store, journal.site, sheets.sheet(COMMAND_LASTS_S))  # last: by then all is in it
    return HandedOver(given_count=given_count, drawn=drawn, sheets=taken)


def export(journal: JournalFile, path: Path) -> int:
    """Write all that is on record into one file, with this site's sheet; return how many entries that is.

    Raises
    ------
    InputError
        If there is something at the place, or it cannot be written.
    """
    # It lasts no time: that a file was written says nothing of its site when the file is read.
    return carry(journal, path, sheet=sheets_of(journal).sheet(0.0))


def import_carried(journal: JournalFile, path: Path) -> HandedOver:
    """Take in what a carried file has and the journal lacks.

    Raises
    ------
    InputError
        If it is no such file.
    """
    source, members = CarriedFile(path), Following(journal).members
    found = draw(journal, source, members)
    is_more = found.new_count > 0
    while found.refused and is_more:  # who was named further behind in the file is trusted only now
        again = draw(journal, source, members)
        is_more = again.new_count > 0
        count, forks = found.new_count + again.new_count, found.forks + again.forks
        found = Drawn(new_count=count, refused=again.refused, forks=forks, unproven=again.unproven)
    taken = SheetsTaken()
    if source.sheet:
        sheets_of(journal).take(source.sheet, source.name, taken)
    return HandedOver(drawn=found, sheets=taken)
