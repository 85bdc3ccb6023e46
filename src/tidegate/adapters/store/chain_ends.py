"""Where does each chain end? Looked up once, then followed: a long journal is asked all the time."""

from __future__ import annotations

import sqlite3

from tidegate.adapters.store.entry_rows import last_row
from tidegate.journal.received import ChainEnd

_NAMES = """
WITH RECURSIVE found(site) AS (
    SELECT min(site) FROM entries
    UNION ALL
    SELECT (SELECT min(site) FROM entries WHERE site > found.site) FROM found WHERE site IS NOT NULL)
SELECT site FROM found WHERE site IS NOT NULL
"""
_SINCE = "SELECT position, site, number, hash FROM entries WHERE position > ? ORDER BY position"


def last_position(connection: sqlite3.Connection) -> int:
    """Return the position of the entry that came last; 0 where there is none."""
    return int(connection.execute("SELECT max(position) FROM entries").fetchone()[0] or 0)


class ChainEnds:
    """Follows where the chains of one journal end."""

    def __init__(self) -> None:
        self._position = 0
        self._ends: dict[str, ChainEnd] = {}

    def now(self, connection: sqlite3.Connection) -> tuple[ChainEnd, ...]:
        """Return where each chain and branch ends, by name."""
        if not self._position:
            self._begin(connection)
        for position, label, number, digest in connection.execute(_SINCE, (self._position,)):
            self._take(label, number, digest)
            self._position = position
        return tuple(self._ends[label] for label in sorted(self._ends))

    def _begin(self, connection: sqlite3.Connection) -> None:
        self._position = last_position(connection)
        for (label,) in connection.execute(_NAMES).fetchall():
            row = last_row(connection, label)
            if row is not None:
                self._take(label, row[2], row[4])

    def _take(self, label: str, number: int, digest: bytes) -> None:
        known = self._ends.get(label)
        if known is None or number > known.number:
            self._ends[label] = ChainEnd(label=label, number=number, hash=digest.hex())
