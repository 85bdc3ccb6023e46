"""How is a customer's request accepted? Kept on the disk, then receipted; nobody else is asked.

Nothing here knows accounts, quotas, outages or other machines. Acceptance has threads of its own, so
that whatever else this process waits for does not keep a case waiting.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.store.journal_file import JournalFile
from tidegate.journal.entry import Entry
from tidegate.server.site_record import entropy
from tidegate.track.case import receipt
from tidegate.track.receipt import signed_receipt
from tidegate.verbs.record.case import Submission, is_said, received, received_entry, reopened

_THREADS_COUNT = 64
_STRIPES_COUNT = 256
_LOOKED_AT_COUNT = 100


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A case that is kept.

    Parameters
    ----------
    case
        Its id.
    receipt
        The signed receipt, as text.
    is_new
        False where the same submission had been accepted before.
    is_cut
        Whether only the first 64 KB of the text are kept.
    """

    case: str
    receipt: str
    is_new: bool
    is_cut: bool = False


class Intake:
    """Where cases are accepted.

    Parameters
    ----------
    journal
        Where they are kept.
    key
        What receipts are signed with.
    """

    def __init__(
        self, journal: JournalFile, key: Ed25519PrivateKey, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.accepted_count = 0
        self.slowest_s = 0.0
        self._journal = journal
        self._key = key
        self._clock = clock
        self._threads = ThreadPoolExecutor(_THREADS_COUNT, thread_name_prefix="intake")
        self._stripes = [threading.Lock() for _ in range(_STRIPES_COUNT)]

    async def accept(self, submission: Submission) -> Accepted:
        """Keep a submission and return its receipt; the same submission again gets the same one.

        Raises
        ------
        StoreError
            If the disk took nothing: then nothing was acknowledged.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.keep, submission)

    async def reopen(self, case: str, text: str, key: str = "") -> bool:
        """Keep that a case is still broken for its customer; False where there is no such case.

        The same `key` is kept once.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._reopen, case, text, key)

    def keep(self, submission: Submission) -> Accepted:
        """Do what `accept` does, and wait for it."""
        began_s = self._clock()
        draft = received(submission, entropy())
        # Without a key each submission is another; with one, the same two must not pass each other.
        with self._stripes[hash(draft.subject) % _STRIPES_COUNT]:
            known = received_entry(self._about(draft.subject)) if "key" in draft.payload else None
            entry = known or self._journal.append([draft])[0]
        self.accepted_count += known is None
        self.slowest_s = max(self.slowest_s, self._clock() - began_s)
        return Accepted(
            case=entry.subject, receipt=self.receipt(entry), is_new=known is None, is_cut=submission.is_cut
        )

    def receipt(self, entry: Entry) -> str:
        """Return the signed receipt for an entry that keeps a case."""
        return signed_receipt(receipt(entry, self._journal.site), self._key)

    def _reopen(self, case: str, text: str, key: str = "") -> bool:
        draft = reopened(case, text, key=key)
        with self._stripes[hash(case) % _STRIPES_COUNT]:
            entries = self._about(case)
            if received_entry(entries) is None:
                return False
            if not is_said(entries, draft):
                self._journal.append([draft])
        return True

    def _about(self, case: str) -> tuple[Entry, ...]:
        """Return the first and the latest entries on a case: what it costs to take in more does not grow."""
        return self._journal.about(case, most_count=_LOOKED_AT_COUNT)

    def close(self) -> None:
        """Finish what was begun, and take no more."""
        self._threads.shutdown(wait=True)
