"""Where does a site keep its journal? In one SQLite file; what is acknowledged is on the disk.

Appends that wait while another is being written are written together (group commit), so many callers
share one full sync. Several processes may append: each takes the chain's end within its transaction.
What entries mean must not live here.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
    vacuum,
    wash,
)
from tidegate.adapters.store.journal_reading import JournalReader
from tidegate.adapters.store.own_chain import OwnChain, keep_fact
from tidegate.adapters.store.taking_in import Admission, Refusal
from tidegate.adapters.store.write_turns import Request, Turns
from tidegate.errors import InputError
from tidegate.journal.clock import Steady, heard
from tidegate.journal.entry import Draft, Entry, Sealed
from tidegate.journal.entry_chain import DamagedJournalError, Head
from tidegate.journal.received import Received

FILE_NAME = "journal.db"
KEY_NAME = "site.key"
LONGEST_CASE_BYTES = 68 * 1024


class JournalFile(JournalReader):
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
        super().__init__(path, site=site, clock=clock)
        self._key = key
        self._continuity = Continuity(path)
        self._is_continued = False
        self._heard_s = 0.0
        self._turns = Turns()
        self._writing = threading.RLock()
        self._writer = connect(path)
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

    def take_in(self, foreign: Iterable[Sealed], *, trusted: Mapping[str, str] | None = None) -> int:
        """Add entries of other sites, each site's in their order, all or none; return how many were new.

        Parameters
        ----------
        foreign
            The entries; those that are there already are passed over, and those that have left.
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

    def shrink(self) -> int:
        """Give the room back that is free in the file; return how many bytes smaller it is.

        Who appends waits meanwhile.

        Raises
        ------
        StoreError
            If there is no room for the copy that this takes; nothing has changed then.
        """
        before_bytes = self.path.stat().st_size
        with self._writing, named(self.path):
            vacuum(self._writer)
        return before_bytes - self.path.stat().st_size

    def wash(self) -> None:
        """Overwrite what stands beside the file of what was deleted in it.

        Raises
        ------
        StoreError
            If that cannot be written.
        """
        with self._writing, named(self.path):
            wash(self._writer)

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
