"""What does this process know, and how does it stay abreast of the journal? Two folds of one file.

The journal is the truth: whatever is said is appended first and then read back from there, so what
another process says is seen as well. The publisher has a fold of its own, without cases and notices, so
that making a large site keeps nobody waiting.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.adapters.store.journal_file import JournalFile
from tidegate.inform.draft import Setting
from tidegate.inform.state import PRIVATE_KINDS, State
from tidegate.journal.entry import Draft, Entry
from tidegate.verbs.record.outage import Desk

if TYPE_CHECKING:
    from tidegate.world.world import World


def entropy() -> bytes:
    """Return 16 random bytes."""
    return os.urandom(16)


class Fold:
    """A state that follows the journal.

    Parameters
    ----------
    journal
        The journal it follows.
    leaves
        How the kinds of entries begin that it does not take.
    """

    def __init__(self, journal: JournalFile, leaves: Sequence[str] = ()) -> None:
        self.state = State()
        self.position = 0
        self.lock = threading.RLock()
        self._journal = journal
        self._leaves = tuple(leaves)

    def take(self, position: int, entry: Entry) -> None:
        """Take in the entry at a position."""
        self.position = position
        if not entry.kind.startswith(self._leaves):
            self.state.take(entry)

    def catch_up(self) -> None:
        """Read what was appended since."""
        with self.lock:
            last = self._journal.last_position()  # asked first: what it does not take moves it on, too
            if last == self.position:
                return
            for position, entry in self._journal.entries(after=self.position, leaves=self._leaves):
                self.take(position, entry)
            self.position = max(self.position, last)

    def begin_anew(self) -> None:
        """Read all of the journal again, for something has left it; who asks meanwhile is told as before."""
        state, position = State(), 0
        for position, entry in self._journal.entries():  # noqa: B007  the last one is kept
            if not entry.kind.startswith(self._leaves):
                state.take(entry)
        with self.lock:
            self.state, self.position = state, position
            self.catch_up()

    @contextmanager
    def reading(self) -> Iterator[State]:
        """Give the state as it is now; nobody changes it meanwhile."""
        with self.lock:
            self.catch_up()
            yield self.state


@dataclass(kw_only=True)
class ServerDesk(Desk):
    """A desk whose words reach the state by way of the journal, like everybody's."""

    fold: Fold

    def say(self, drafts: Sequence[Draft]) -> None:
        """Append entries, then read the journal up to its end."""
        self.journal.append(self.edits(drafts))
        self.fold.catch_up()


class Record:
    """A site's journal, open, with what it folds to.

    Parameters
    ----------
    journal
        The open journal.
    world
        The world, where there is one.
    setting
        How we speak.
    clock
        Gives the seconds since 1970 (UTC); the journal's own, if left out.
    """

    def __init__(
        self,
        journal: JournalFile,
        *,
        world: World | None = None,
        setting: Setting | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.journal = journal
        self.world = world
        self.setting = setting or Setting()
        self.clock = clock or journal.now_s
        self.all = Fold(journal)
        self.public = Fold(journal, leaves=PRIVATE_KINDS)
        for position, entry in journal.entries():
            self.all.take(position, entry)
            self.public.take(position, entry)

    @contextmanager
    def reading(self) -> Iterator[State]:
        """Give everything that was said so far; nobody changes it meanwhile."""
        with self.all.reading() as state:
            yield state

    @contextmanager
    def desk(self, by: str) -> Iterator[ServerDesk]:
        """Give somebody what they need to keep the record; one at a time."""
        with self.all.reading() as state:
            yield ServerDesk(
                journal=self.journal, state=state, by=by, clock=self.clock, entropy=entropy,
                world=self.world, setting=self.setting, fold=self.all,
            )  # fmt: skip
