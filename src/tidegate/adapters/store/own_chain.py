"""Which chain does this site write, and what comes next in it? Looked up within each transaction.

A site that works with others writes on only where it is proven that nothing is forgotten (`continuity`), for
whoever says entry 101 twice contradicts themselves before everybody; else it begins another chain.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.store.continuity import Continuity
from tidegate.adapters.store.entry_rows import insert, last_row, row_at, sealed
from tidegate.adapters.store.site_key import public_text
from tidegate.journal.chain_name import later_chain
from tidegate.journal.clock import START, Stamp, next_stamp
from tidegate.journal.entry import FIRST_HASH, Draft, Entry, Sealed, body_hash, place, read_entry, seal

_IN_GROUP = "site.admitted"
"""Who has named another site works with others from then on."""


def fact(connection: sqlite3.Connection, name: str) -> str:
    """Return what a journal's file keeps beside its entries under a name; empty for nothing."""
    found = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return "" if found is None else str(found[0])


def keep_fact(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Keep something beside the entries, in place of what was there."""
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


class OwnChain:
    """What this site says, at its place; for the length of one transaction.

    Parameters
    ----------
    connection
        The journal, within a transaction.
    site
        The site.
    key
        What it signs with.
    continuity
        What was noted outside the folder of what was said last.
    now_s
        Gives what time it is, in seconds since 1970.
    is_continued
        Whether it is known already that nothing is forgotten.
    """

    def __init__(
        self, connection: sqlite3.Connection, *, site: str, key: Ed25519PrivateKey, continuity: Continuity,
        now_s: Callable[[], float], is_continued: bool,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._site, self._key, self._now_s = site, key, now_s
        self._continuity = continuity
        self.chain = fact(connection, "chain") or site
        self._is_in_group = bool(fact(connection, "group"))
        self._number, self._previous, self._stamp = self._end()
        is_certain = is_continued or self.holds_noted()
        if self._number and not is_continued and self._began_with() != public_text(key):
            self.begin()  # the key was changed, and that is all that was done
        elif self._is_in_group and not is_certain:
            self.begin()

    @property
    def stamp(self) -> Stamp:
        """The latest moment that was said or heard."""
        return self._stamp

    def holds_noted(self) -> bool:
        """Whether the journal holds what was noted last of this site: then nothing is forgotten."""
        noted = self._continuity.noted()
        if noted is None:
            return False
        row = row_at(self._connection, noted[0], noted[1])
        return noted[0] == self.chain and row is not None and row[4].hex() == noted[2]

    def begin(self, key: Ed25519PrivateKey | None = None) -> None:
        """Begin another chain, and write that down; with another key, where one is given."""
        before, number = self.chain, self._number
        self._key = key or self._key
        self.chain = later_chain(self._site, os.urandom(16))
        self._number, self._previous = 0, FIRST_HASH
        keep_fact(self._connection, "chain", self.chain)
        payload = {"public_key": public_text(self._key), "continues": before, "after": number}
        self.keep([self.placed(Draft(kind="site.began", subject=self._site, payload=payload))])

    def placed(self, draft: Draft) -> tuple[Entry, Sealed]:
        """Return a draft as the next entry, sealed; it is not kept yet."""
        self._number, self._stamp = self._number + 1, next_stamp(self._stamp, self._now_s())
        entry = place(draft, self.chain, self._number, self._stamp, self._previous)
        signed = seal(entry, self._key)
        self._previous = body_hash(signed.body)
        return entry, signed

    def keep(self, placed: Iterable[tuple[Entry, Sealed]]) -> None:
        """Keep entries that were placed."""
        for entry, signed in placed:
            insert(self._connection, entry, signed)
            if entry.kind == _IN_GROUP and not self._is_in_group:
                keep_fact(self._connection, "group", "yes")
                self._is_in_group = True

    def note(self) -> None:
        """Note outside the folder where the chain ends, after the transaction, if it works with others."""
        if self._is_in_group and self._number:
            self._continuity.note(self.chain, self._number, self._previous)

    def _began_with(self) -> str:
        """Return the key that the chain is signed with, in hexadecimal digits."""
        first = row_at(self._connection, self.chain, 1)
        return "" if first is None else str(read_entry(sealed(first).body).payload.get("public_key", ""))

    def _end(self) -> tuple[int, str, Stamp]:
        row = last_row(self._connection, self.chain)
        heard = fact(self._connection, "heard")
        stamp = START
        if heard:
            wall, tick = heard.split()
            stamp = Stamp(int(wall), int(tick))
        if row is None:
            return 0, FIRST_HASH, stamp
        return row[2], body_hash(row[3]), max(stamp, read_entry(sealed(row).body).stamp)
