"""Who writes next, when many callers want to append at once? One for all who wait: they share a full sync."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.journal.entry import Draft, Entry
from tidegate.journal.entry_kinds import KINDS

_GATHER_S = 0.002


@dataclass(kw_only=True)
class Request:
    """One caller's entries, and what became of them."""

    drafts: Sequence[Draft]
    entries: tuple[Entry, ...] = ()
    error: Exception | None = None
    is_over: bool = False

    @property
    def kept_when_full(self) -> bool:
        """Whether all of it may use what is kept back for a full disk."""
        return all(KINDS[draft.kind].kept_when_full for draft in self.drafts)

    @property
    def comes_in_floods(self) -> bool:
        """Whether strangers cause any of it: the last of the reserve is not for that."""
        return any(KINDS[draft.kind].comes_in_floods for draft in self.drafts)


class Turns:
    """Who writes next: whoever comes while nobody writes, for everybody who waits.

    Those who were written last are about to come again: the writer waits a moment for as many as then.
    """

    def __init__(self) -> None:
        lock = threading.Lock()
        self._over = threading.Condition(lock)
        self._come = threading.Condition(lock)
        self._requests: list[Request] = []
        self._last_count = 0
        self._is_writing = False

    def wait(self, request: Request) -> list[Request]:
        """Wait until a request is over, and return nothing; or until it is our turn to write for all."""
        with self._over:
            self._requests.append(request)
            self._come.notify()
            self._over.wait_for(lambda: request.is_over or not self._is_writing)
            if request.is_over:
                return []
            self._is_writing = True
            self._come.wait_for(lambda: len(self._requests) >= self._last_count, timeout=_GATHER_S)
            taken, self._requests = self._requests, []
            self._last_count = len(taken)
            return taken

    def end(self, requests: Sequence[Request]) -> None:
        """Say that these are over, and let another write."""
        with self._over:
            for request in requests:
                request.is_over = True
            self._is_writing = False
            self._over.notify_all()
