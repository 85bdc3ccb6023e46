"""Which entries of other sites are kept? Those that follow, are whole, and are signed by whom they say.

Nothing is stored before that was checked. An entry whose place is taken by another is the proof that a chain
forks: where the caller keeps forks, both ways are kept, and else it is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from tidegate.adapters.store.branch_rows import (
    MOST_BRANCHES,
    branch_off,
    fork_of,
    head_at,
    head_of,
    labels,
)
from tidegate.adapters.store.entry_rows import NewRow, insert_all, new_row, row_at, sealed
from tidegate.adapters.store.gap_rows import gap_around, keep_gap, was_here
from tidegate.adapters.store.vouched_rows import note_vouched
from tidegate.journal.compaction import Gap
from tidegate.journal.entry import FIRST_HASH, Entry, Sealed, UnreadableEntryError, body_hash, read_entry
from tidegate.journal.entry_chain import (
    Chains,
    Damage,
    DamagedJournalError,
    Head,
    behind_gap,
    check_link,
    check_whole,
    first_key,
)

_NUMBERS = 2**62
Refusal = Callable[[Entry, str, Head | None], str]
"""Says why a whole entry is not taken, or nothing: the entry, its chain or branch, and where that ends."""


class Admission:
    """Checks entries of other sites against what is kept, one by one, and keeps what is new.

    Parameters
    ----------
    connection
        The journal, within a transaction.
    refusal
        Says why one is not taken all the same.
    keeps_forks
        Keep both ways in which a chain goes on; else the second is refused.
    vouched
        Whether the last entry that is taken vouches for those before it, whose hashes it names one by one:
        then its signature alone is checked (`close`), and the others later (`second_look`). Faster, and as
        sure of what was said.
    """

    def __init__(
        self, connection: sqlite3.Connection, *, refusal: Refusal = lambda _entry, _label, _head: "",
        keeps_forks: bool = False, vouched: bool = False,
    ) -> None:  # fmt: skip
        self.forks: list[tuple[str, int]] = []
        self._connection = connection
        self._refusal = refusal
        self._keeps_forks = keeps_forks
        self._vouched = vouched
        self._labels: dict[str, list[str]] = {}
        self._heads: dict[str, Head] = {}
        self._firsts: dict[str, int] = {}
        self._unsigned: dict[str, Head] = {}
        self._waiting: list[NewRow] = []

    def admit(self, foreign: Sealed) -> Entry | None:
        """Admit an entry and return it; None where it is here already. It is a row after `keep`.

        Raises
        ------
        DamagedJournalError
            If it is not what its site signed, does not follow, or is not to be taken.
        """
        try:
            stated = read_entry(foreign.body)
        except UnreadableEntryError:
            return Chains(signatures=True).take(foreign)  # which says what is wrong with it
        if not 0 < stated.number < _NUMBERS:
            raise _damaged(stated, "has a number that no entry has")
        known = self._known(stated.site)
        digest = body_hash(foreign.body)
        gap = self._leap(stated)
        label = self._follows(stated, known)
        if not label:
            if self._is_here(stated, known, digest):
                return None
            head = self._shared(stated, foreign, known)
        else:
            head = self._heads.get(label)
        # A fork needs a signature of its own: what vouches for others does so only for the way it is in.
        self._check(stated, foreign, head, is_vouched=self._vouched and bool(label))
        why = self._refusal(stated, label or stated.site, head)
        if why:
            raise _damaged(stated, why)
        label = label or self._fork(stated, foreign, known)
        if gap is not None:
            keep_gap(self._connection, gap)
        self._waiting.append(new_row(stated, foreign, digest, label))
        key = head.key if head else first_key(stated)
        after = Head(stated.number, stated.stamp, digest, key, foreign)
        self._heads[label] = after
        if self._vouched:
            self._firsts.setdefault(label, stated.number)
            self._unsigned[label] = after
        return stated

    def keep(self) -> None:
        """Put what was admitted among the rows: many at once take a fraction of the time."""
        waiting, self._waiting = self._waiting, []
        insert_all(self._connection, waiting)

    def close(self) -> None:
        """Check what vouches for all that was taken, and note that the others are yet to be checked.

        Raises
        ------
        DamagedJournalError
            If it is not what its site signed.
        """
        for label in list(self._unsigned):
            self._vouch(label)

    def _vouch(self, label: str) -> None:
        """Check the last that was taken of a chain, which vouches for those before it."""
        head = self._unsigned.pop(label, None)
        if head is not None:
            check_whole(read_entry(head.last.body), head.last, head.key)
            note_vouched(self._connection, label, self._firsts.pop(label), head.number - 1)

    def _leap(self, stated: Entry) -> Gap | None:
        """Follow a chain across what has left it elsewhere, and return that; None where nothing lies between.

        What vouches for others does so up to here only: nobody names the last before a gap.
        """
        head = self._heads.get(stated.site)
        if head is None or stated.number <= head.number + 1:
            return None
        over = behind_gap(head, stated, gap_around(self._connection, stated.site, head.number + 1, "handed"))
        if over is head or stated.previous != over.hash:
            return None
        self._vouch(stated.site)
        self._heads[stated.site] = over
        return Gap(stated.site, head.number + 1, over.number, over.hash)

    def _known(self, chain: str) -> list[str]:
        """Return a chain's ways, and know where each ends."""
        if chain not in self._labels:
            self._labels[chain] = labels(self._connection, chain)
            for label in self._labels[chain]:
                head = head_of(self._connection, label, chain) or fork_of(self._connection, label)
                if head is not None:
                    self._heads[label] = head
        return self._labels[chain]

    def _follows(self, stated: Entry, known: list[str]) -> str:
        """Return the way that an entry goes on; empty for none."""
        if not known:
            return stated.site
        for label in known:
            head = self._heads.get(label)
            if head and (stated.number, stated.previous) == (head.number + 1, head.hash):
                return label
        return ""

    def _is_here(self, stated: Entry, known: list[str], digest: str) -> bool:
        self.keep()
        rows = (row_at(self._connection, label, stated.number) for label in known)
        is_kept = any(row is not None and row[4].hex() == digest for row in rows)
        return is_kept or was_here(self._connection, stated.site, stated.number, digest)

    def _shared(self, stated: Entry, foreign: Sealed, known: list[str]) -> Head | None:
        """Return what an entry whose place is taken follows; refuse what has no place here."""
        self.keep()
        shared = None
        if stated.number > 1:
            for label in known:
                row = row_at(self._connection, label, stated.number - 1)
                if row is not None and row[4].hex() == stated.previous:
                    shared = head_at(self._connection, stated.site, sealed(row))
        if shared is None and (stated.number > 1 or stated.previous != FIRST_HASH):
            self._refuse_unlinked(stated, foreign, known)
        if not self._keeps_forks:
            raise _damaged(stated, "is not the one that is here: the chain forks")
        if len(known) > MOST_BRANCHES:
            raise _damaged(stated, f"would be way {len(known) + 1} in which this chain goes on: too many")
        return shared

    def _fork(self, stated: Entry, foreign: Sealed, known: list[str]) -> str:
        """Begin a branch for an entry that was found whole, and return its name."""
        label = branch_off(self._connection, stated, foreign.body)
        known.append(label)
        self.forks.append((stated.site, stated.number))
        return label

    def _refuse_unlinked(self, stated: Entry, foreign: Sealed, known: list[str]) -> None:
        if stated.number <= self._heads[known[0]].number:
            raise _damaged(stated, "is not the one that is here: the chain forks")
        check_link(stated, foreign, self._heads[known[0]])

    def _check(self, stated: Entry, foreign: Sealed, head: Head | None, *, is_vouched: bool) -> None:
        if head is None:
            check_whole(stated, foreign, first_key(stated))
            return
        check_link(stated, foreign, head)
        check_whole(stated, foreign, head.key, signature=not is_vouched)


def _damaged(entry: Entry, what: str) -> DamagedJournalError:
    return DamagedJournalError(Damage(site=entry.site, number=entry.number, what=what))
