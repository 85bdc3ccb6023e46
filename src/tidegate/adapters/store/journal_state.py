"""Fold a journal on disk: what it says, all taken together, and up to where it was read."""

from __future__ import annotations

from tidegate.adapters.cycle_collector import collector_rests
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.inform.state import State


def read_state(journal: JournalFile) -> tuple[State, int]:
    """Return the state that a whole journal folds to, and the position of its last entry.

    What others append afterwards is read with `journal.entries(after=position)`.

    Raises
    ------
    DamagedJournalError
        Naming the first entry that is not what was written.
    StoreError
        If the file cannot be used.
    """
    state, position = State(), 0
    with collector_rests():  # a fold leaves none in circles
        for position, entry in journal.entries():  # noqa: B007  the last one is returned
            state.take(entry)
    return state, position
