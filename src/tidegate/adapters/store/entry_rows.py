"""How is an entry kept as a row, and found again? Only the bytes count; the columns are for finding them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from tidegate.journal.entry import Entry, Sealed, body_hash
from tidegate.journal.entry_chain import Damage, DamagedJournalError

COLUMNS = "position, site, number, body, hash, signature"
Row = tuple[int, str, int, bytes, bytes, bytes]
NewRow = tuple[str, int, str, str, bytes, bytes, bytes]
_INSERT = (
    "INSERT INTO entries (site, number, kind, subject, body, hash, signature) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def insert(connection: sqlite3.Connection, entry: Entry, sealed: Sealed, label: str = "") -> None:
    """Keep an entry; of a branch, under the branch's name."""
    insert_all(connection, [new_row(entry, sealed, body_hash(sealed.body), label or entry.site)])


def new_row(entry: Entry, sealed: Sealed, digest: str, label: str) -> NewRow:
    """Return an entry as `insert_all` takes it, with its hash and the name of its chain or branch."""
    hash_bytes = bytes.fromhex(digest)
    return label, entry.number, entry.kind, entry.subject, sealed.body, hash_bytes, sealed.signature


def insert_all(connection: sqlite3.Connection, rows: Sequence[NewRow]) -> None:
    """Keep entries, all of them in one go."""
    connection.executemany(_INSERT, rows)


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


def without(leaves: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return what leaves out kinds by how they begin, for a WHERE clause, and the values that it names."""
    values = {f"leaves{place}": f"{kind}*" for place, kind in enumerate(leaves)}
    return "".join(f" AND kind NOT GLOB :{name}" for name in values), values
