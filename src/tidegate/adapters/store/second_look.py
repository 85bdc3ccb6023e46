"""Is each signature good that was not checked when a long page was taken in? Looked at when there is time.

The last entry of such a page vouches for what all before it say, and a wrong signature among them changes
nothing of that; but it would be handed on, and others refuse it. So those ranges are noted as they are kept,
each entry in them is checked afterwards, and one that is wrong is replaced by what another site has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.adapters.store.branch_rows import head_of
from tidegate.adapters.store.vouched_rows import lay_out_vouched, note_vouched
from tidegate.journal.chain_name import chain_of
from tidegate.journal.entry import Sealed, is_signed, read_entry

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from tidegate.adapters.store.journal_file import JournalFile

_PAGE_BYTES = 512 * 1024
Elsewhere = Callable[[str, int], Sequence[Sealed]]
"""Gives what another site has behind a number of a chain or branch."""


@dataclass(kw_only=True)
class Looked:
    """What a second look came to.

    Parameters
    ----------
    count
        How many entries were looked at; 0 where there are none left.
    wrong
        Chain or branch and number of those whose signature is wrong, and that the other site has no better.
    """

    count: int = 0
    wrong: list[tuple[str, int]] = field(default_factory=list)


def look_again(journal: JournalFile, elsewhere: Elsewhere) -> Looked:
    """Check some of the signatures that were not, and mend what is wrong.

    Parameters
    ----------
    journal
        The open journal.
    elsewhere
        What another site has.

    Raises
    ------
    TidegateError
        If the journal cannot be written, or the other site not asked; nothing is forgotten then.
    """
    with journal.writing() as connection:
        lay_out_vouched(connection)
        found = connection.execute("SELECT rowid, label, first, last FROM vouched LIMIT 1").fetchone()
        head = found and head_of(connection, found[1], chain_of(found[1]))
    if not found or head is None:
        return Looked()
    row, label, first, last = found
    looked, mended, seen_number = Looked(), dict[int, bytes](), first - 1
    page = journal.page(label, first - 1, most_bytes=_PAGE_BYTES)
    if not page or read_entry(page[0].body).number > last:  # all of it has left the record meanwhile
        seen_number = last
    for kept in page:
        number = read_entry(kept.body).number
        if number > last:
            break
        looked.count, seen_number = looked.count + 1, number
        if not is_signed(kept, head.key):
            better = _better(kept, head.key, elsewhere(label, number - 1))
            if better is None:
                looked.wrong.append((label, number))
            else:
                mended[number] = better.signature
    with journal.writing() as connection:
        for number, signature in mended.items():
            words = "UPDATE entries SET signature = ? WHERE site = ? AND number = ?"
            connection.execute(words, (signature, label, number))
        connection.execute("DELETE FROM vouched WHERE rowid = ?", (row,))
        note_vouched(connection, label, seen_number + 1, last)
        for _, number in looked.wrong:  # another site may have it
            note_vouched(connection, label, number, number)
    return looked


def _better(kept: Sealed, key: Ed25519PublicKey, page: Sequence[Sealed]) -> Sealed | None:
    """Return the same entry with a signature that is good, if a page begins with it."""
    found = page[0] if page and page[0].body == kept.body else None
    return found if found is not None and is_signed(found, key) else None
