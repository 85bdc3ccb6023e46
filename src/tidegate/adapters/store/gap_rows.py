"""Which entries have left the record here, and which elsewhere? Numbers and hashes, in two tables.

`gaps` is what is so in this file. `handed` is what another site proved of its own: a chain is followed across
such a gap, and nothing leaves because of it alone.

Shortcut: of what has left the number alone is known, save of the last before what is kept. A second way in
which a chain went on from within a gap is refused where it comes out of it, and not kept as a branch.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tidegate.journal.compaction import Gap

_TABLES = """
CREATE TABLE IF NOT EXISTS gaps (
    label TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (label, first)) WITHOUT ROWID
"""
_HANDED = _TABLES.replace("gaps", "handed")


def all_gaps(connection: sqlite3.Connection, table: str = "gaps") -> tuple[Gap, ...]:
    """Return all gaps, by chain and number."""
    if not _has(connection, table):
        return ()
    words = f"SELECT label, first, last, hash FROM {table} ORDER BY label, first"  # noqa: S608
    return tuple(Gap(*row) for row in connection.execute(words))


def has_gaps(connection: sqlite3.Connection) -> bool:
    """Whether there is any gap."""
    return (
        _has(connection, "gaps") and connection.execute("SELECT 1 FROM gaps LIMIT 1").fetchone() is not None
    )


def gap_around(connection: sqlite3.Connection, label: str, number: int, table: str = "gaps") -> Gap | None:
    """Return the gap that holds a number of a chain; None for none."""
    if not _has(connection, table):
        return None
    words = (
        f"SELECT label, first, last, hash FROM {table} "  # noqa: S608
        "WHERE label = ? AND first <= ? ORDER BY first DESC LIMIT 1"
    )
    row = connection.execute(words, (label, number)).fetchone()
    return Gap(*row) if row is not None and row[2] >= number else None


def was_here(connection: sqlite3.Connection, chain: str, number: int, digest: str) -> bool:
    """Whether an entry has left: of the last of a gap by its hash, of the others by the number alone."""
    gap = gap_around(connection, chain, number)
    return gap is not None and (gap.last != number or gap.hash == digest)


def keep_gap(connection: sqlite3.Connection, gap: Gap) -> None:
    """Note that entries have left, as one gap with those that it touches or holds."""
    connection.execute(_TABLES)
    before = gap_around(connection, gap.label, gap.first - 1)
    behind = gap_around(connection, gap.label, gap.last + 1)
    first = min(gap.first, before.first) if before else gap.first
    last, digest = (behind.last, behind.hash) if behind else (gap.last, gap.hash)
    connection.execute(
        "DELETE FROM gaps WHERE label = ? AND first >= ? AND last <= ?", (gap.label, first, last)
    )
    connection.execute("INSERT INTO gaps VALUES (?, ?, ?, ?)", (gap.label, first, last, digest))


def keep_handed(connection: sqlite3.Connection, gaps: Iterable[Gap]) -> None:
    """Keep what another site says has left, in place of what was handed over before."""
    connection.execute(_HANDED)
    connection.execute("DELETE FROM handed")
    connection.executemany("INSERT INTO handed VALUES (?, ?, ?, ?)", gaps)


def _has(connection: sqlite3.Connection, table: str) -> bool:
    words = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return bool(connection.execute(words, (table,)).fetchone())
