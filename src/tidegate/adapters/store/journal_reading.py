"""How is a journal read? In the order of arrival, by chain, by subject; no writer waits for it.

What is written, and what is taken in from other sites, is `journal_file`.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from tidegate.adapters.store.branch_rows import fork_of, forked_at, labels
from tidegate.adapters.store.chain_ends import ChainEnds, last_position
from tidegate.adapters.store.database import StoreError, connect, is_reserve_whole, named
from tidegate.adapters.store.entry_rows import COLUMNS, row_at, sealed, without
from tidegate.adapters.store.gap_rows import all_gaps, gap_around, was_here
from tidegate.journal.chain_name import site_of
from tidegate.journal.clock import Steady
from tidegate.journal.compaction import Gap
from tidegate.journal.entry import Entry, Sealed, read_entry
from tidegate.journal.entry_chain import Chains, Damage, DamagedJournalError, Head
from tidegate.journal.received import ChainEnd

PAGE_COUNT = 2_000
"""So many entries are read or handed over at once."""


class JournalReader:
    """A site's journal on disk, as far as it is read.

    Parameters
    ----------
    path
        The SQLite file.
    site
        The site's name.
    clock
        Gives the seconds since 1970 (UTC), however the machine's own clock is set.
    """

    def __init__(self, path: Path, *, site: str, clock: Steady | None = None) -> None:
        self.path = path
        self.site = site
        self._chain_ends = ChainEnds()
        self._reading = threading.Lock()
        self._reader = connect(path)
        self._steady = clock or Steady(time.time, time.monotonic)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give modules of this room what reads."""
        with self._reading, named(self.path):
            yield self._reader

    def entries(self, after: int = 0, *, leaves: Sequence[str] = ()) -> Iterator[tuple[int, Entry]]:
        """Yield every entry behind position `after` in the order of arrival, with its position.

        Links are checked from the beginning of each chain that is seen from its beginning. Behind a
        position, kinds can be left out by how they begin (`leaves`).

        Raises
        ------
        DamagedJournalError
            Naming the first entry that is not what was written.
        StoreError
            If the file cannot be used.
        """
        chains = None if after else self.chains(signatures=False)
        for position, site, number, kept in self._rows(after, leaves=leaves if after else ()):
            entry = chains.take(kept, site, number) if chains else read_entry(kept.body)
            if site_of(site) == self.site:  # another process said it in our name
                self._steady.hear(entry.stamp.said_s)
            yield position, entry
        if chains:
            chains.check_heads()

    def about(self, subject: str, *, most_count: int | None = None) -> tuple[Entry, ...]:
        """Return the entries on one subject, in the order of all sites.

        Parameters
        ----------
        subject
            The subject.
        most_count
            At most how many, half of them the first that came and half the latest; None for all. Whoever
            answers a stranger bounds what the stranger may have said.
        """
        words = f"SELECT {COLUMNS} FROM entries WHERE subject = ? ORDER BY position"  # noqa: S608
        half = -1 if most_count is None else most_count // 2  # for SQLite -1 is no limit
        with self._reading, named(self.path):
            rows = {row[0]: row for row in self._reader.execute(f"{words} LIMIT ?", (subject, half))}
            if half >= 0:
                latest = self._reader.execute(f"{words} DESC LIMIT ?", (subject, half))
                rows.update({row[0]: row for row in latest})
        entries = (read_entry(sealed(row).body) for row in rows.values())
        return tuple(sorted(entries, key=lambda entry: entry.order))

    def sealed(self, site: str, after_number: int = 0) -> Iterator[Sealed]:
        """Yield one site's entries as they are kept, to be passed on."""
        for _, _, _, kept in self._rows(after_number, site):
            yield kept

    def numbered(self, label: str) -> Iterator[tuple[int, Sealed]]:
        """Yield the entries of a chain or branch as they are kept, with their numbers."""
        for _, _, number, kept in self._rows(0, label):
            yield number, kept

    def facts(self) -> Mapping[str, str]:
        """Return what the file keeps beside its entries: the site's name, and up to when it has heard."""
        with self._reading, named(self.path):
            return dict(self._reader.execute("SELECT name, value FROM facts"))

    def kept(self) -> Iterator[tuple[int, str, int, Sealed]]:
        """Yield position, site, number and bytes of every entry as it is kept, in the order of arrival."""
        yield from self._rows(0)

    def heads(self) -> Mapping[str, int]:
        """Return the number of the last entry of each chain and branch."""
        return {end.label: end.number for end in self.ends()}

    def ends(self) -> tuple[ChainEnd, ...]:
        """Return where each chain and branch ends, by name."""
        with self._reading, named(self.path):
            return self._chain_ends.now(self._reader)

    def has(self, chain: str, number: int, digest: str) -> bool:
        """Whether an entry is here, in whichever way its chain goes on; by its hash in hexadecimal digits.

        Of what has left the record the number alone tells it, save of the last before what is kept.
        """
        with self.reading() as reader:
            rows = (row_at(reader, label, number) for label in labels(reader, chain))
            is_kept = any(row is not None and row[4].hex() == digest for row in rows)
            return is_kept or was_here(reader, chain, number, digest)

    def forks(self) -> Mapping[str, tuple[str, int]]:
        """Return chain and number at which each branch begins, by the branch's name."""
        with self._reading, named(self.path):
            return forked_at(self._reader)

    def gaps(self) -> tuple[Gap, ...]:
        """Return what has left the record here, by chain and number."""
        with self.reading() as reader:
            return all_gaps(reader)

    def has_left(self, chain: str, number: int) -> bool:
        """Whether what stood under a number of a chain has left the record."""
        with self.reading() as reader:
            return gap_around(reader, chain, number) is not None

    def last_position(self) -> int:
        """Return the position of the entry that came last."""
        with self._reading, named(self.path):
            return last_position(self._reader)

    def page(self, label: str, after_number: int, *, most_bytes: int) -> list[Sealed]:
        """Return the next entries of a chain or branch as they are kept: at least one, where there is one."""
        found: list[Sealed] = []
        for _, _, _, kept in islice(self._rows(after_number, label), PAGE_COUNT):
            most_bytes -= len(kept.body) + len(kept.signature)
            if found and most_bytes < 0:
                break
            found.append(kept)
        return found

    def chain(self) -> str:
        """Return the name of the chain that this site writes at present."""
        return self.facts().get("chain", self.site)

    def damages(self) -> Iterator[Damage]:
        """Yield the first damage of each chain, with every signature checked; nothing where all is whole.

        Raises
        ------
        StoreError
            If the file itself is damaged.
        """
        with self._reading, named(self.path):
            said = self._reader.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if said != "ok":
            raise StoreError(f"{self.path}: the file is damaged: {said}")
        chains = self.chains(signatures=True)
        broken: set[str] = set()
        for _, site, number, kept in self._rows(0, checked=False):
            if site not in broken:
                try:
                    chains.take(kept, site, number)
                except DamagedJournalError as error:
                    broken.add(site)
                    yield error.damage

    def chains(self, *, signatures: bool) -> Chains:
        """Return what follows the chains and branches of this journal; see `Chains`."""

        def shared(label: str) -> Head | None:
            with self.reading() as reader:
                return fork_of(reader, label)

        def gap(label: str, number: int) -> Gap | None:
            with self.reading() as reader:
                return gap_around(reader, label, number)

        return Chains(signatures=signatures, fork_of=shared, gap_around=gap)

    def is_low_on_space(self) -> bool:
        """Whether the reserve is in use: only what is kept when the disk is full is accepted."""
        with self._reading, named(self.path):
            return not is_reserve_whole(self._reader)

    def _rows(
        self, after: int, site: str = "", *, checked: bool = True, leaves: Sequence[str] = ()
    ) -> Iterator[tuple[int, str, int, Sealed]]:
        """Yield rows page by page: no reader holds the file long enough to keep a writer waiting."""
        chosen, order = ("site = :site AND number", "number") if site else ("position", "position")
        others, left = without(leaves)
        where = f"{chosen} > :after{others} ORDER BY {order} LIMIT {PAGE_COUNT}"
        words = f"SELECT {COLUMNS} FROM entries WHERE {where}"  # noqa: S608
        while True:
            with self._reading, named(self.path):
                rows = self._reader.execute(words, {"site": site, "after": after, **left}).fetchall()
            for row in rows:
                kept = sealed(row) if checked else Sealed(body=row[3], signature=row[5])
                yield row[0], row[1], row[2], kept
            if len(rows) < PAGE_COUNT:
                return
            after = rows[-1][2] if site else rows[-1][0]
