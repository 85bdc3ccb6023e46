"""How does a command come to the journal of a folder? Opened, or begun where there is none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.adapters.store.journal_file import JournalFile


def journal_in(data: str, *, begin: bool) -> JournalFile:
    """Return the open journal of a folder; where there is none, it is begun if `begin` says so."""
    from pathlib import Path

    from tidegate.adapters.store.journal_file import FILE_NAME, begin_journal, open_journal

    folder = Path(data)
    if begin and not (folder / FILE_NAME).exists():
        return begin_journal(folder, site="local")
    return open_journal(folder)
