"""Where does a site keep its journal? In one SQLite file; what is acknowledged is on the disk.

Appends that wait while another is being written are written together (group commit), so many callers
share one full sync. Several processes may append: each takes the chain's end within its transaction.
What entries mean must not live here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.store.database import (
    NoSpaceError,
    StoreError,
    can_take,
    connect,
    fill_reserve,
    is_reserve_whole,
    named,
    no_room,
    transaction,
    use_reserve,
)
from tidegate.adapters.store.entry_rows import COLUMNS, Admission, insert, last_row, sealed
from tidegate.adapters.store.write_turns import Request, Turns
from tidegate.errors import InputError
from tidegate.journal.clock import START, Stamp, Steady, heard, next_stamp
from tidegate.journal.entry import (
    FIRST_HASH,
    Draft,
    Entry,
    Sealed,
    body_hash,
    place,
    read_entry,
    seal,
)
from tidegate.journal.entry_chain import Chains, Damage, DamagedJournalError

FILE_NAME = "journal.db"
KEY_NAME = "site.key"
LONGEST_CASE_BYTES = 68 * 1024
_PAGE_COUNT = 2_000


class JournalFile:
    """A site's journal on disk; open it with `open_journal`.

    Parameters
    ----------
    path
        The SQLite file.
    site
        The site's name.
    key
        What it signs with.
    clock
        Gives the seconds since 1970 (UTC), however the machine's own clock is set.
    """

    def __init__(self, path: Path, *, site: str, key: Ed25519PrivateKey, clock: Steady | None = None) -> None:
        self.path = path
        self.site = site
        self._key = key
        self._turns = Turns()
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._writer = connect(path)
        self._reader = connect(path)
        self._steady = clock or Steady(time.time, time.monotonic)
        with named(path):
            self._steady.hear(self._last_stamp().said_s)

    def now_s(self) -> float:
        """Return what time it is, in seconds since 1970: never earlier than what is on record here."""
        return self._steady()

    def behind_s(self) -> float:
        """Return how far this machine's clock is behind the record, in seconds; 0 where it is not."""
        return self._steady.behind_s

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append entries, all or none; they are on the disk when this returns.

        Safe from many threads at once: those that wait share one transaction.

        Raises
        ------
        InputError
            With every fault of the drafts; nothing was appended.
        NoSpaceError
            If there is no room, not even in the reserve, or the entries may not use it.
        StoreError
            If the file cannot be used.
        """
        faults = tuple(fault for draft in drafts for fault in draft.faults())
        if faults:
            raise InputError(*faults)
        request = Request(drafts=drafts)
        together = self._turns.wait(request)
        if together:
            try:
                with self._writing:
                    self._write_together(together)
            finally:
                self._turns.end(together)
        if request.error is not None:
            raise request.error
        if len(request.entries) != len(drafts):  # whoever wrote for us was interrupted
            raise StoreError(f"{self.path}: the write was interrupted; it is not known what was kept")
        return request.entries

    def entries(self, after: int = 0) -> Iterator[tuple[int, Entry]]:
        """Yield every entry behind position `after` in the order of arrival, with its position.

        Links are checked from the beginning of each chain that is seen from its beginning.

        Raises
        ------
        DamagedJournalError
            Naming the first entry that is not what was written.
        StoreError
            If the file cannot be used.
        """
        chains = None if after else Chains(signatures=False)
        for position, site, number, kept in self._rows(after):
            entry = chains.take(kept, site, number) if chains else read_entry(kept.body)
            if site == self.site:  # another process said it in our name
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

    def facts(self) -> Mapping[str, str]:
        """Return what the file keeps beside its entries: the site's name, and up to when it has heard."""
        with self._reading, named(self.path):
            return dict(self._reader.execute("SELECT name, value FROM facts"))

    def kept(self) -> Iterator[tuple[int, str, int, Sealed]]:
        """Yield position, site, number and bytes of every entry as it is kept, in the order of arrival."""
        yield from self._rows(0)

    def heads(self) -> Mapping[str, int]:
        """Return the number of the last entry of each site."""
        with self._reading, named(self.path):
            return dict(self._reader.execute("SELECT site, max(number) FROM entries GROUP BY site"))

    def take_in(self, foreign: Iterable[Sealed], *, trusted: Mapping[str, str] | None = None) -> int:
        """Add entries of other sites, each site's in their order; return how many were new.

        Parameters
        ----------
        foreign
            The entries; those that are there already are passed over.
        trusted
            Public keys by site; where given, a chain of another site or key is refused.

        Raises
        ------
        DamagedJournalError
            If one is not what its site signed or does not follow; nothing was added.
        """
        with self._writing, named(self.path), transaction(self._writer):
            admission = Admission(self._writer, trusted)
            last = self._last_stamp()
            added = 0
            for one in foreign:
                entry = admission.admit(one)
                if entry is not None:
                    insert(self._writer, entry, one)
                    last = heard(last, entry.stamp, self.now_s())
                    added += 1
            self._writer.execute(
                "INSERT OR REPLACE INTO facts VALUES ('heard', ?)", (f"{last.wall_us} {last.tick_count}",)
            )
        self._steady.hear(last.said_s)
        return added

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
        chains = Chains(signatures=True)
        broken: set[str] = set()
        for _, site, number, kept in self._rows(0, checked=False):
            if site not in broken:
                try:
                    chains.take(kept, site, number)
                except DamagedJournalError as error:
                    broken.add(site)
                    yield error.damage

    def is_low_on_space(self) -> bool:
        """Whether the reserve is in use: only what is kept when the disk is full is accepted."""
        with self._reading, named(self.path):
            return not is_reserve_whole(self._reader)

    def check_room(self) -> None:
        """Ask the writer whether a case could be kept at this moment; nothing is appended.

        Raises
        ------
        StoreError
            If none could: `NoSpaceError` where only room is missing, in the reserve too.
        """
        with self._writing, named(self.path):
            if not can_take(self._writer, LONGEST_CASE_BYTES):
                raise no_room(self.path)

    def close(self) -> None:
        """Let the file go."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()

    # -- writing --------------------------------------------------------------------------------

    def _write_together(self, requests: Sequence[Request]) -> None:
        """Write all requests in one transaction, or each by itself where that does not fit."""
        try:
            self._make_room()
            self._write(requests, reserve=False)
        except NoSpaceError:
            for request in requests:
                self._write_alone(request)
        except Exception as error:  # noqa: BLE001  every caller hears of it
            for request in requests:
                request.error = error

    def _make_room(self) -> None:
        """Refuse what may not use the reserve while it is in use, unless it can be filled again."""
        with named(self.path):
            if is_reserve_whole(self._writer):
                return
            fill_reserve(self._writer)

    def _write_alone(self, request: Request) -> None:
        if not request.kept_when_full:
            request.error = no_room(self.path)
            return
        try:
            self._write([request], reserve=True)
        except Exception as error:  # noqa: BLE001  its caller hears of it
            request.error = error

    def _write(self, requests: Sequence[Request], *, reserve: bool) -> None:
        done: list[tuple[Request, tuple[Entry, ...]]] = []
        with named(self.path), transaction(self._writer):
            number, previous = self._own_end()
            stamp = self._last_stamp()
            self._steady.hear(stamp.said_s)
            for request in requests:
                placed: list[tuple[Entry, Sealed]] = []
                for draft in request.drafts:
                    number, stamp = number + 1, next_stamp(stamp, self.now_s())
                    entry = place(draft, self.site, number, stamp, previous)
                    signed = seal(entry, self._key)
                    previous = body_hash(signed.body)
                    placed.append((entry, signed))
                needed_bytes = sum(len(signed.body) for _, signed in placed)
                if reserve and not use_reserve(self._writer, needed_bytes, is_flood=request.comes_in_floods):
                    raise no_room(self.path)
                for entry, signed in placed:
                    insert(self._writer, entry, signed)
                done.append((request, tuple(entry for entry, _ in placed)))
        for request, entries in done:
            request.entries = entries

    def _own_end(self) -> tuple[int, str]:
        row = last_row(self._writer, self.site)
        return (0, FIRST_HASH) if row is None else (row[2], body_hash(row[3]))

    def _last_stamp(self) -> Stamp:
        """Return the latest moment that our own entries or those we have read state."""
        row = last_row(self._writer, self.site)
        own = START if row is None else read_entry(sealed(row).body).stamp
        said = self._writer.execute("SELECT value FROM facts WHERE name = 'heard'").fetchone()
        if said is None:
            return own
        wall, tick = said[0].split()
        return max(own, Stamp(int(wall), int(tick)))

    # -- reading --------------------------------------------------------------------------------

    def _rows(
        self, after: int, site: str = "", *, checked: bool = True
    ) -> Iterator[tuple[int, str, int, Sealed]]:
        """Yield rows page by page: no reader holds the file long enough to keep a writer waiting."""
        order, chosen = (
            ("number", "site = :site AND number > :after") if site else ("position", "position > :after")
        )
        words = f"SELECT {COLUMNS} FROM entries WHERE {chosen} ORDER BY {order} LIMIT {_PAGE_COUNT}"  # noqa: S608
        while True:
            with self._reading, named(self.path):
                rows = self._reader.execute(words, {"site": site, "after": after}).fetchall()
            for row in rows:
                kept = sealed(row) if checked else Sealed(body=row[3], signature=row[5])
                yield row[0], row[1], row[2], kept
            if len(rows) < _PAGE_COUNT:
                return
            after = rows[-1][2] if site else rows[-1][0]
