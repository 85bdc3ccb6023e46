"""Did the server that wrote this folder last leave it itself, and was nothing written since? Then it says so.

On a machine that began anew nothing outside the folder tells whether the folder holds all that its site said
(`continuity`). The others know what they heard; what they did not hear they cannot miss. So a folder is taken
for whole on their word alone where its server ended by itself: a copy that was made while it ran does not say
so, nor does the folder of a machine that lost its power, and the site begins another chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.adapters.store.entry_rows import last_row
from tidegate.adapters.store.own_chain import fact, keep_fact

if TYPE_CHECKING:
    import sqlite3

    from tidegate.adapters.store.journal_file import JournalFile

LEFT = "left"
"""The fact under which it is kept; no copy takes it over."""


def leave(journal: JournalFile) -> None:
    """Say in the folder that it is left now, and with what as its last word.

    Raises
    ------
    StoreError
        If that cannot be written.
    """
    with journal.writing() as connection:
        keep_fact(connection, LEFT, _end(connection, journal.site))


def take_up(journal: JournalFile) -> bool:
    """Return whether the folder was left by itself and nothing was written since; and take that back.

    Raises
    ------
    StoreError
        If that cannot be written.
    """
    with journal.writing() as connection:
        left = fact(connection, LEFT)
        if left:
            keep_fact(connection, LEFT, "")
        return bool(left) and left == _end(connection, journal.site)


def _end(connection: sqlite3.Connection, site: str) -> str:
    row = last_row(connection, fact(connection, "chain") or site)
    return "" if row is None else f"{row[1]} {row[2]} {row[4].hex()}"
