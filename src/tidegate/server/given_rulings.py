"""What did a gate say? Its record, read while the gate goes on writing; only what is new is read again."""

from __future__ import annotations

import threading
from pathlib import Path

from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.inform.state import State
from tidegate.track.given_ruling import GivenRuling

RULINGS = "rulings"
"""The folder in the gate's in which its rulings are on record."""


class GivenRulings:
    """The rulings of a gate's folder.

    Parameters
    ----------
    folder
        Of the gate; it may come to be later.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / RULINGS
        self._lock = threading.Lock()
        self._journal: JournalFile | None = None
        self._state = State()
        self._position = 0

    def read(self) -> tuple[GivenRuling, ...]:
        """Return all that is on record now.

        Raises
        ------
        TidegateError
            If there is no record, or it cannot be read.
        """
        with self._lock:
            if self._journal is None:
                self._journal = open_journal(self._folder)
            for position, entry in self._journal.entries(self._position):
                self._state.take(entry)
                self._position = position
            return self._state.rulings()

    def close(self) -> None:
        """Let the record go."""
        with self._lock:
            if self._journal is not None:
                self._journal.close()
                self._journal = None
