"""How is an entry kept as a row, and found again? Only the bytes count; the columns are for finding them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from tidegate.journal.entry import Entry, Sealed, UnreadableEntryError, body_hash, read_entry
from tidegate.journal.entry_chain import Chains, Damage, DamagedJournalError, Head

COLUMNS = "position, site, number, body, hash, signature"
Row = tuple[int, str, int, bytes, bytes, bytes]
_INSERT = (
    "INSERT INTO entries (site, number, kind, subject, body, hash, signature) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def insert(connection: sqlite3.Connection, entry: Entry, sealed: Sealed) -> None:
    """Keep an entry."""
    digest = bytes.fromhex(body_hash(sealed.body))
    row = (entry.site, entry.number, entry.kind, entry.subject, sealed.body, digest, sealed.signature)
    connection.execute(_INSERT, row)


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


def last_row(connection: sqlite3.Connection, site: str) -> Row | None:
    """Return the last row of a site; None where it has none."""
    words = f"SELECT {COLUMNS} FROM entries WHERE site = ? ORDER BY number DESC LIMIT 1"  # noqa: S608
    found: Row | None = connection.execute(words, (site,)).fetchone()
    return found


class Admission:
    """Checks entries of other sites against what is kept, one by one.

    Parameters
    ----------
    connection
        The journal, within a transaction.
    trusted
        Public keys by site; where given, a chain of another site or key is refused.
    """

    def __init__(self, connection: sqlite3.Connection, trusted: Mapping[str, str] | None) -> None:
        self._connection = connection
        self._trusted = trusted
        self._chains = Chains(signatures=True)

    def admit(self, foreign: Sealed) -> Entry | None:
        """Return the entry if it is new here; None where it is here already.

        Raises
        ------
        DamagedJournalError
            If it is not what its site signed, does not follow, or is not to be trusted.
        """
        try:
            stated = read_entry(foreign.body)
        except UnreadableEntryError:
            return self._chains.take(foreign)  # which says what is wrong with it
        if stated.site not in self._chains.heads:
            self._continue(stated.site)
        head = self._chains.heads.get(stated.site)
        if head is not None and stated.number <= head.number:
            self._refuse_fork(stated, foreign)
            return None
        entry = self._chains.take(foreign)
        self._check_trust(entry)
        return entry

    def _continue(self, site: str) -> None:
        """Let a chain go on where ours ends."""
        last = last_row(self._connection, site)
        if last is None:
            return
        words = f"SELECT {COLUMNS} FROM entries WHERE site = ? AND number = 1"  # noqa: S608
        own = Chains(signatures=False)
        own.take(sealed(self._connection.execute(words, (site,)).fetchone()))
        self._chains.heads[site] = Head(
            number=last[2],
            stamp=read_entry(last[3]).stamp,
            hash=body_hash(last[3]),
            key=own.heads[site].key,
            last=sealed(last),
        )

    def _refuse_fork(self, stated: Entry, foreign: Sealed) -> None:
        """Refuse an entry whose place is taken by another."""
        words = "SELECT body FROM entries WHERE site = ? AND number = ?"
        kept = self._connection.execute(words, (stated.site, stated.number)).fetchone()
        if kept is None or kept[0] != foreign.body:
            what = "is not the one that is here: the chain forks"
            raise DamagedJournalError(Damage(site=stated.site, number=stated.number, what=what))

    def _check_trust(self, entry: Entry) -> None:
        if entry.number != 1 or self._trusted is None:
            return
        if self._trusted.get(entry.site) != entry.payload["public_key"]:
            what = "states a key that is not trusted"
            raise DamagedJournalError(Damage(site=entry.site, number=1, what=what))
