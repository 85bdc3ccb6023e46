"""Which entries were kept without a look at their own signatures? Noted until they are looked at."""

from __future__ import annotations

import sqlite3

_TABLE = """
CREATE TABLE IF NOT EXISTS vouched (label TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL)
"""


def lay_out_vouched(connection: sqlite3.Connection) -> None:
    """Make the table, where there is none yet."""
    connection.execute(_TABLE)


def note_vouched(connection: sqlite3.Connection, label: str, first: int, last: int) -> None:
    """Note that the signatures of some entries were not checked."""
    if first <= last:
        lay_out_vouched(connection)
        connection.execute("INSERT INTO vouched VALUES (?, ?, ?)", (label, first, last))
