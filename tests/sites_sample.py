"""Several sites for tests: journals in folders that name and hear each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tidegate.adapters.store.continuity import Continuity
from tidegate.adapters.store.journal_begin import begin_journal, open_journal
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.adapters.store.leaving import done, left_of
from tidegate.inform.state import State
from tidegate.journal.clock import Steady
from tidegate.journal.compaction import Left
from tidegate.journal.entry import Draft, Sealed
from tidegate.journal.received import ChainEnd
from tidegate.verbs.record.drawing import Drawn, draw
from tidegate.verbs.record.site import join, members_of, own_key


class Near:
    """Another site's journal as a source, without anything in between.

    Parameters
    ----------
    journal
        The journal.
    page_count
        So many entries are handed over at once.
    """

    def __init__(self, journal: JournalFile, *, page_count: int = 2_000) -> None:
        self.name = f"site {journal.site}"
        self.journal = journal
        self.page_count = page_count

    def ends(self) -> Sequence[ChainEnd]:
        return self.journal.ends()

    def entries(self, label: str, after_number: int) -> Sequence[Sealed]:
        return self.journal.page(label, after_number, most_bytes=4_000_000)[: self.page_count]

    def left_digest(self) -> str:
        return done(self.journal)[1]

    def left(self) -> Left:
        return left_of(self.journal)


def begun(folder: Path, name: str, *, clock: Steady | None = None) -> JournalFile:
    return begin_journal(folder / name, site=name, clock=clock)


def admit(journal: JournalFile, *others: JournalFile) -> None:
    for other in others:
        join(journal, other.site, key=own_key(other), address="", by="test", may_be_plain=True)


@contextmanager
def group(folder: Path, *names: str) -> Iterator[list[JournalFile]]:
    """Open sites of these names, each of which names all others."""
    made = [begun(folder, name) for name in names]
    try:
        for one in made:
            admit(one, *(other for other in made if other is not one))
        yield made
    finally:
        for one in made:
            one.close()


def heal(*journals: JournalFile) -> None:
    """Let all hand over to all until nobody has anything new."""
    while any(drawn(one, other).new_count for one in journals for other in journals if one is not other):
        pass


def drawn(journal: JournalFile, other: JournalFile, *, page_count: int = 2_000) -> Drawn:
    return draw(journal, Near(other, page_count=page_count), lambda: members_of(journal))


def say(journal: JournalFile, what: str, *, count: int = 1) -> None:
    for _ in range(count):
        journal.append([Draft(kind="decision.made", subject=what, payload={"what": what})])


def said(journal: JournalFile) -> list[str]:
    """Return what was decided, in the order of all sites."""
    state = State()
    for _, entry in journal.entries():
        state.take(entry)
    return [one.what for one in state.decisions()]


def kept(journal: JournalFile) -> set[bytes]:
    return {sealed.body for _, _, _, sealed in journal.kept()}


def put_back(copy: Path, folder: Path, *, clock: Steady | None = None) -> JournalFile:
    """Open a folder after an older copy of its journal was put into it."""
    for name in ("journal.db", "journal.db-journal"):
        (folder / name).unlink(missing_ok=True)
        if (copy / name).exists():
            (folder / name).write_bytes((copy / name).read_bytes())
            (folder / name).chmod(0o600)
    return open_journal(folder, clock=clock)


def forget(folder: Path) -> None:
    """Take away what the machine's memory notes of a folder, as a restart of the machine does."""
    Continuity(folder / "journal.db").forget()
