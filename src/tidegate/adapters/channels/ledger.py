"""What of the journal does the sender need? A fold of its own, and a way to write what became of notices.

It keeps a fold of its own, of outages, subscriptions, deliveries and of cases without their texts. Entries
are read and written in threads and taken in between two steps of the event loop, so nobody reads a state
that changes.
One sender works on one folder: two would send everything twice.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from math import inf
from pathlib import Path

from tidegate.adapters.channels.jotter import Jotter
from tidegate.adapters.store.journal_file import KEY_NAME, JournalFile
from tidegate.adapters.store.site_key import public_text, read_key
from tidegate.errors import CannotTellError
from tidegate.inform.sending_turn import SendingSites, sending_sites
from tidegate.inform.state import State
from tidegate.journal.entry import Draft, Entry

LOCK_NAME = "sender.lock"
JOT_NAME = "sender.jot"
_NEEDED = ("outage.", "update.", "subscription.", "delivery.", "component.", "case.", "site.")
_PAGE_COUNT = 2_000


class Ledger:
    """Follows a journal, and writes to it.

    Parameters
    ----------
    journal
        The open journal.

    Attributes
    ----------
    state
        What it says.
    jotter
        What is not in it yet.

    Raises
    ------
    CannotTellError
        If another sender works on it.
    """

    def __init__(self, journal: JournalFile) -> None:
        self.state = State()
        self._journal = journal
        self._position = 0
        self._sites: tuple[int, SendingSites] | None = None
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="ledger")
        self._lock = sender_lock(journal.path.parent)
        self.jotter = Jotter(journal.path.with_name(JOT_NAME))

    async def catch_up(self, *, cases_since_s: float = inf) -> list[Entry]:
        """Take in what was appended since, and return what something can follow from.

        Texts of cases are long, and nothing follows from them here: they are folded and let go. Of cases that
        were received after `cases_since_s` (seconds since 1970) all but the text is returned.
        """
        found: list[Entry] = []
        loop = asyncio.get_running_loop()
        while page := await loop.run_in_executor(self._threads, self._page):
            for position, entry in page:
                self._position = position
                if entry.kind.startswith(_NEEDED):
                    self.state.take(entry)
                    if entry.kind == "case.received" and entry.said_s > cases_since_s:
                        found.append(replace(entry, payload={**entry.payload, "text": ""}))
                    elif entry.kind not in {"case.received", "case.reopened"}:
                        found.append(entry)
            if len(page) < _PAGE_COUNT:
                break
        return found

    @property
    def own(self) -> str:
        """The site whose journal it is."""
        return self._journal.site

    def sites(self) -> SendingSites:
        """Return the sites that keep this record together, and what each can send, as is known by now."""
        book = self.state.sites
        if not book.said:
            return SendingSites(own=self.own)
        if self._sites is None or self._sites[0] != book.entries_count:
            key = public_text(read_key(self._journal.path.with_name(KEY_NAME)))
            others = (one.name for one in book.seen_from(self.own, key).others)
            self._sites = book.entries_count, sending_sites(self.own, others, book)
        return self._sites[1]

    async def about(self, subject: str) -> Sequence[Entry]:
        """Return everything that was said of one subject."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._journal.about, subject)

    async def append(self, drafts: Sequence[Draft]) -> None:
        """Append entries; they are on the disk when this returns, and are read like everybody's."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._journal.append, drafts)

    def close(self) -> None:
        """Let the folder go; the journal stays open."""
        self._threads.shutdown(wait=True)
        self.jotter.close()
        os.close(self._lock)

    def _page(self) -> list[tuple[int, Entry]]:
        return list(islice(self._journal.entries(after=self._position), _PAGE_COUNT))


def sender_lock(folder: Path) -> int:
    """Return a handle that keeps others from sending for a folder until it is closed.

    Raises
    ------
    CannotTellError
        If another does.
    """
    handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise CannotTellError("another process is sending for this folder already") from None
    return handle
