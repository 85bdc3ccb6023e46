"""How is a journal copied while others write to it? Read like by any reader, every signature checked.

SQLite's own copy would hold writers up, or begin again whenever one writes. Entries are only ever added, so
all up to some position are a whole journal, whatever comes behind it; what leaves meanwhile is taken out.
"""

from __future__ import annotations

from itertools import islice, takewhile
from pathlib import Path

from tidegate.adapters.store.branch_rows import branch_off
from tidegate.adapters.store.database import connect, lay_out, named, new_file, transaction
from tidegate.adapters.store.entry_rows import insert, row_at
from tidegate.adapters.store.gap_rows import keep_gap
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.adapters.store.left_whole import LEFT
from tidegate.journal.chain_name import is_branch

_PAGE_COUNT = 2_000
_LEFT = "DELETE FROM entries WHERE site = ? AND number BETWEEN ? AND ?"


def copy_journal(journal: JournalFile, path: Path) -> int:
    """Write what a journal says up to now into a new file; return how many entries that is.

    Raises
    ------
    DamagedJournalError
        Naming the first entry that is not what its site signed.
    StoreError
        If either file cannot be used, or there is no room.
    """
    chains, count = journal.chains(signatures=True), 0
    until = journal.last_position()  # a writer that is faster than we are does not keep us for ever
    new_file(path)
    with named(path):
        connection = connect(path)
        try:
            lay_out(connection)
            entries = takewhile(lambda one: one[0] <= until, journal.kept())
            while page := list(islice(entries, _PAGE_COUNT)):
                with transaction(connection):
                    for _, site, number, kept in page:
                        entry = chains.take(kept, site, number)
                        if is_branch(site) and not row_at(connection, site, number - 1):
                            branch_off(connection, entry, kept.body)
                        insert(connection, entry, kept, site)
                count += len(page)
            with transaction(connection):
                for gap in journal.gaps():  # what left meanwhile leaves the copy too
                    keep_gap(connection, gap)
                    connection.execute(_LEFT, (gap.label, gap.first, gap.last))
                facts = [one for one in journal.facts().items() if one[0] != LEFT]
                connection.executemany("INSERT INTO facts VALUES (?, ?)", facts)
        finally:
            connection.close()
    return count
