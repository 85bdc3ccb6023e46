"""Where does a site keep its journal? In one SQLite file; what is acknowledged is on the disk.

Appends that wait while another is being written are written together (group commit), so many callers
share one full sync. Several processes may append: each takes the chain's end within its transaction.
What entries mean must not live here.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.store.branch_rows import fork_of, forked_at, labels
from tidegate.adapters.store.chain_ends import ChainEnds, last_position
from tidegate.adapters.store.continuity import Continuity
from tidegate.adapters.store.database import (
    NoSpaceError,
    StoreError,
    can_take,
    connect,
    fill_reserve,
    is_reserve_whole,
    named,
    no_room,
    roomy,
    transaction,
    use_reserve,
)
from tidegate.adapters.store.entry_rows import COLUMNS, row_at, sealed, without
from tidegate.adapters.store.own_chain import OwnChain, keep_fact
from tidegate.adapters.store.taking_in import Admission, Refusal
from tidegate.adapters.store.write_turns import Request, Turns
from tidegate.errors import InputError
from tidegate.journal.chain_name import site_of
from tidegate.journal.clock import Steady, heard
from tidegate.journal.entry import Draft, Entry, Sealed, read_entry
from tidegate.journal.entry_chain import Chains, Damage, DamagedJournalError, Head
from tidegate.journal.received import ChainEnd, Received

FILE_NAME = "journal.db"
KEY_NAME = "site.key"
LONGEST_CASE_BYTES = 68 * 1024
PAGE_COUNT = 2_000
"""So many entries are read or handed over at once."""


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
        self._continuity = Continuity(path)
        self._is_continued = False
        self._heard_s = 0.0
        self._chain_ends = ChainEnds()
        self._turns = Turns()
        self._writing = threading.RLock()
        self._reading = threading.Lock()
        self._writer = connect(path)
        self._reader = connect(path)
        self._steady = clock or Steady(time.time, time.monotonic)
        with named(path):
            self._steady.hear(self._own_chain(is_continued=True).stamp.said_s)

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
        """Whether an entry is here, in whichever way its chain goes on; by its hash in hexadecimal digits."""
        with self._reading, named(self.path):
            rows = (row_at(self._reader, label, number) for label in labels(self._reader, chain))
            return any(row is not None and row[4].hex() == digest for row in rows)

    def forks(self) -> Mapping[str, tuple[str, int]]:
        """Return chain and number at which each branch begins, by the branch's name."""
        with self._reading, named(self.path):
            return forked_at(self._reader)

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

    def take_in(self, foreign: Iterable[Sealed], *, trusted: Mapping[str, str] | None = None) -> int:
        """Add entries of other sites, each site's in their order, all or none; return how many were new.

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

        def refusal(entry: Entry, _label: str, _head: Head | None) -> str:
            if trusted is None or entry.number != 1:
                return ""
            wanted = trusted.get(entry.site)
            return "" if wanted == entry.payload["public_key"] else "states a key that is not trusted"

        with self.writing():
            added = self._admit(foreign, Admission(self._writer, refusal=refusal), [])
        self._steady.hear(self._heard_s)
        return len(added)

    def receive(self, foreign: Iterable[Sealed], *, refusal: Refusal, vouched: bool) -> Received:
        """Keep what a peer handed over, up to the first that is not to be kept, which is named.

        Where a chain goes on in two ways, both are kept.

        Parameters
        ----------
        foreign
            Entries, each chain's in their order.
        refusal
            Says why one is not taken although it is whole.
        vouched
            See `Admission`.

        Raises
        ------
        StoreError
            If the file cannot be used, or there is no room: then nothing of this was kept.
        """
        damage = None
        with self.writing() as writer, roomy(writer, is_much=vouched):
            admission = Admission(writer, refusal=refusal, keeps_forks=True, vouched=vouched)
            added: list[Entry] = []
            try:
                self._admit(foreign, admission, added)
            except DamagedJournalError as error:
                damage = error.damage
            admission.close()
        self._steady.hear(self._heard_s)
        return Received(entries=tuple(added), forks=tuple(admission.forks), damage=damage)

    def is_continued(self) -> bool:
        """Whether it is proven that this folder holds all that its site said; see `continuity`."""
        with self.writing():
            self._is_continued = self._is_continued or self._own_chain(is_continued=True).holds_noted()
            return self._is_continued

    def vouch(self) -> None:
        """Take for true that nothing is forgotten: every other site was asked, and none knows more."""
        self._is_continued = True

    def begin_chain(self, key: Ed25519PrivateKey | None = None) -> str:
        """Begin another chain of this site, and return its name; with another key, where one is given."""
        with self._writing:
            with self.writing():
                chain = self._own_chain(is_continued=True)
                chain.begin(key)
            self._key = key or self._key
            self._is_continued = True
            chain.note()
            return chain.chain

    def leave_chains(self, left: Container[str]) -> None:
        """Begin another chain if the one that is written is among those that nobody follows any more."""
        with self._writing:
            if self.chain() in left:
                self.begin_chain()

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
            with self._reading, named(self.path):
                return fork_of(self._reader, label)

        return Chains(signatures=signatures, fork_of=shared)

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
            self._continuity.close()

    # -- writing --------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give modules of this room what writes, within a transaction."""
        with self._writing, named(self.path), transaction(self._writer):
            yield self._writer

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
            chain = self._own_chain(is_continued=self._is_continued)
            self._steady.hear(chain.stamp.said_s)
            for request in requests:
                placed = [chain.placed(draft) for draft in request.drafts]
                needed_bytes = sum(len(signed.body) for _, signed in placed)
                if reserve and not use_reserve(self._writer, needed_bytes, is_flood=request.comes_in_floods):
                    raise no_room(self.path)
                chain.keep(placed)
                done.append((request, tuple(entry for entry, _ in placed)))
        self._is_continued = True
        chain.note()
        for request, entries in done:
            request.entries = entries

    def _own_chain(self, *, is_continued: bool) -> OwnChain:
        return OwnChain(
            self._writer, site=self.site, key=self._key, continuity=self._continuity, now_s=self.now_s,
            is_continued=is_continued,
        )  # fmt: skip

    def _admit(self, foreign: Iterable[Sealed], admission: Admission, added: list[Entry]) -> list[Entry]:
        """Keep what is admitted, and up to when has been heard."""
        last, wall_s = self._own_chain(is_continued=True).stamp, self._steady.wall_s()
        try:
            for entry in filter(None, map(admission.admit, foreign)):
                # By the wall clock: by ours, which was pulled along, it would go on step by step.
                last = heard(last, entry.stamp, wall_s)
                added.append(entry)
        finally:
            admission.keep()
            keep_fact(self._writer, "heard", f"{last.wall_us} {last.tick_count}")
            self._heard_s = last.said_s
        return added

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
