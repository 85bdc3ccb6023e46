"""How is an entry kept as a row, and found again? Only the bytes count; the columns are for finding them."""

from __future__ import annotations

import sqlite3

from tidegate.journal.entry import Entry, Sealed, body_hash
from tidegate.journal.entry_chain import Damage, DamagedJournalError

COLUMNS = "position, site, number, body, hash, signature"
Row = tuple[int, str, int, bytes, bytes, bytes]
_INSERT = (
    "INSERT INTO entries (site, number, kind, subject, body, hash, signature) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def insert(connection: sqlite3.Connection, entry: Entry, sealed: Sealed, label: str = "") -> None:
    """Keep an entry; of a branch, under the branch's name."""
    digest = bytes.fromhex(body_hash(sealed.body))
    site = label or entry.site
    connection.execute(
        _INSERT, (site, entry.number, entry.kind, entry.subject, sealed.body, digest, sealed.signature)
    )


def sealed(row: Row) -> Sealed:
    """Return a row's entry, if its bytes are those whose hash was kept.

    Raises
    ------
    DamagedJournalError
        If they are not.
    """
    if bytes.fromhex(body_hash(row[3])) != row[4]:
        what = "is not what was written: at least one bit changed"
        raise DamagedJournalError(Damage(site=row[1], number=row[2], what=what))
    return Sealed(body=row[3], signature=row[5])


def row_at(connection: sqlite3.Connection, site: str, number: int) -> Row | None:
    """Return one row of a chain or branch; None where it has none of that number."""
    words = f"SELECT {COLUMNS} FROM entries WHERE site = ? AND number = ?"  # noqa: S608
    found: Row | None = connection.execute(words, (site, number)).fetchone()
    return found


def last_row(connection: sqlite3.Connection, site: str) -> Row | None:
    """Return the last row of a chain or branch; None where it has none."""
    words = f"SELECT {COLUMNS} FROM entries WHERE site = ? ORDER BY number DESC LIMIT 1"  # noqa: S608
    found: Row | None = connection.execute(words, (site,)).fetchone()
    return found
