"""How does a command come to the journal of a folder? Opened, or begun where there is none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.adapters.store.journal_file import JournalFile


def journal_in(data: str, *, begin: bool) -> JournalFile:
    """Return the open journal of a folder; where there is none, it is begun if `begin` says so."""
    from pathlib import Path

    from tidegate.adapters.store.journal_file import open_journal, open_or_begin

    return open_or_begin(Path(data), site="local") if begin else open_journal(Path(data))
