"""How does a command come to the journal of a folder, and to work on its record? Opened, or begun."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.adapters.store.journal_file import JournalFile
    from tidegate.inform.draft import Setting
    from tidegate.verbs.record.outage import Desk
    from tidegate.world.world import World


def journal_in(data: str, *, begin: bool) -> JournalFile:
    """Return the open journal of a folder; where there is none, it is begun if `begin` says so."""
    from pathlib import Path

    from tidegate.adapters.store.journal_begin import open_journal, open_or_begin

    return open_or_begin(Path(data), site="local") if begin else open_journal(Path(data))


@contextmanager
def desk_in(
    data: str, *, by: str, begin: bool = False, world: World | None = None, setting: Setting | None = None
) -> Iterator[tuple[Desk, JournalFile]]:
    """Give what a command needs to work on the record in a folder, and its journal, which is then closed.

    Parameters
    ----------
    data
        The folder.
    by
        Who works here.
    begin
        Whether a journal is begun where there is none.
    world, setting
        As in `Desk`.
    """
    import os

    from tidegate.adapters.store.journal_state import read_state
    from tidegate.inform.draft import Setting
    from tidegate.verbs.record.outage import Desk

    journal = journal_in(data, begin=begin)
    try:
        state, _ = read_state(journal)
        yield (
            Desk(
                journal=journal,
                state=state,
                by=by,
                clock=journal.now_s,
                entropy=lambda: os.urandom(16),
                world=world,
                setting=setting or Setting(),
            ),
            journal,
        )
    finally:
        journal.close()
