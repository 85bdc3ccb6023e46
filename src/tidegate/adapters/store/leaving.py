"""How does what is over leave a journal's file? All of a matter at once, and every chain stays followed.

One transaction takes some matters whole: killed between two of them, a journal is one that holds others
still, and whoever goes on comes to the same. What leaves is zeroed in the file. The row that came last must
stay: what comes next would get its position, behind which readers go on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tidegate.adapters.store.chain_ends import last_position
from tidegate.adapters.store.database import StoreError
from tidegate.adapters.store.entry_rows import COLUMNS, sealed
from tidegate.adapters.store.gap_rows import all_gaps, gap_around, has_gaps, keep_gap, keep_handed
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.adapters.store.journal_reading import JournalReader
from tidegate.adapters.store.own_chain import keep_fact
from tidegate.journal.compaction import (
    NO_CUT,
    Cut,
    Gap,
    Left,
    Runs,
    around,
    gaps_digest,
    outside,
    statement,
)
from tidegate.journal.entry import Entry, Sealed, read_entry

_FACT, _HANDED = "compacted", "handed"
_TOGETHER_COUNT = 200
_PAGE_COUNT = 2_000


def rows_of(journal: JournalReader, nouns: Sequence[str]) -> Iterator[tuple[str, int, Sealed]]:
    """Yield chain, number and bytes of the entries about some nouns, in the order of arrival."""
    chosen = " OR ".join("kind GLOB ?" for _ in nouns)
    words = f"SELECT {COLUMNS} FROM entries WHERE position > ? AND ({chosen}) ORDER BY position LIMIT ?"  # noqa: S608
    after = 0
    while True:
        with journal.reading() as reader:
            asked = (after, *(f"{noun}.*" for noun in nouns), _PAGE_COUNT)
            rows = reader.execute(words, asked).fetchall()
        for row in rows:
            yield row[1], row[2], sealed(row)
        if len(rows) < _PAGE_COUNT:
            return
        after = rows[-1][0]


def done(journal: JournalReader) -> tuple[Cut, str]:
    """Return the last cut that was carried out here, and the digest of all gaps since."""
    before, until, digest = [*journal.facts().get(_FACT, "").split(" "), "", "", ""][:3]
    return (Cut(float(before), float(until)), digest) if digest else (NO_CUT, "")


def was_cut(journal: JournalReader) -> bool:
    """Whether anything has left the record here."""
    with journal.reading() as reader:
        return has_gaps(reader)


def is_last_leaving(journal: JournalReader, gaps: Sequence[Gap]) -> bool:
    """Whether the row that came last lies within gaps: then something must be said first."""
    with journal.reading() as reader:
        words = "SELECT site, number FROM entries WHERE position = ?"
        label, number = reader.execute(words, (last_position(reader),)).fetchone()
    return around(gaps)(label, number) is not None


def count_within(journal: JournalReader, gaps: Sequence[Gap]) -> int:
    """Return how many entries within gaps are here."""
    words = "SELECT count(*) FROM entries WHERE site = ? AND number BETWEEN ? AND ?"
    with journal.reading() as reader:
        found = (reader.execute(words, (gap.label, gap.first, gap.last)).fetchone() for gap in gaps)
        return sum(row[0] for row in found)


def let_go(journal: JournalFile, gaps: Sequence[Gap], *, is_private: Callable[[str], bool]) -> int:
    """Take out of a journal what lies within gaps; return how many entries that were.

    Parameters
    ----------
    journal
        The open journal.
    gaps
        The gaps.
    is_private
        Whether a kind of entry is of those that may leave.

    Raises
    ------
    StoreError
        If something lies there that never leaves, or the file cannot be used; whole matters may have left.
    """
    count, holding = 0, around(gaps)
    with journal.reading() as reader:
        subjects = _subjects(reader, gaps)
    for start in range(0, len(subjects), _TOGETHER_COUNT):
        together = subjects[start : start + _TOGETHER_COUNT]
        with journal.writing() as writer, _zeroing(writer):
            rows = [row for subject in together for row in _rows(writer, subject)]
            leaving = sorted(row for row in rows if holding(row[0], row[1]) is not None)
            runs = Runs()
            for label, number, kind, digest, _ in leaving:
                if number == 1 or not is_private(kind):
                    raise StoreError(f"{journal.path}: entry {number} of {label} ({kind}) never leaves")
                runs.take(label, number, digest.hex())
            writer.executemany("DELETE FROM entries WHERE position = ?", [(row[4],) for row in leaving])
            for gap in runs.with_others(()):
                keep_gap(writer, gap)
            count += len(leaving)
    return count


def conclude(journal: JournalFile, gaps: Sequence[Gap], cut: Cut) -> None:
    """Note that a cut was carried out, and what has left then.

    Raises
    ------
    StoreError
        If the file cannot be used.
    """
    with journal.writing() as writer:
        for gap in outside(gaps, all_gaps(writer)):  # what was never here
            keep_gap(writer, gap)
        keep_fact(writer, _FACT, f"{cut.before_s!r} {cut.until_s!r} {gaps_digest(all_gaps(writer))}")
        keep_handed(writer, ())
        keep_fact(writer, _HANDED, "")


def note_left(journal: JournalFile) -> str:
    """Note anew what has left, where more was taken in from sites that had been apart; return its digest."""
    with journal.writing() as writer:
        digest = gaps_digest(all_gaps(writer))
        cut, _ = done(journal)
        keep_fact(writer, _FACT, f"{cut.before_s!r} {cut.until_s!r} {digest}")
    return digest


def take_handed(journal: JournalFile, gaps: Sequence[Gap], digest: str) -> None:
    """Keep what has left at another site, which was proven; nothing leaves here by that alone."""
    with journal.writing() as writer:
        keep_handed(writer, gaps)
        keep_fact(writer, _HANDED, digest)


def handed_digest(journal: JournalReader) -> str:
    """Return the digest of what was handed over and is kept; empty for nothing."""
    return journal.facts().get(_HANDED, "")


def is_handed(journal: JournalReader, chain: str, number: int, digest: str) -> bool:
    """Whether an entry is the last of what has left a chain elsewhere, as was handed over."""
    with journal.reading() as reader:
        gap = gap_around(reader, chain, number, "handed")
    return gap is not None and (gap.last, gap.hash) == (number, digest)


def handed(journal: JournalReader) -> tuple[Gap, ...]:
    """Return what was handed over and is kept."""
    with journal.reading() as reader:
        return all_gaps(reader, "handed")


def left_of(journal: JournalReader) -> Left:
    """Return what has left the record here, as another site is told it."""
    gaps = journal.gaps()
    digest = gaps_digest(gaps)
    stated = (kept for _, _, kept in rows_of(journal, ("site",)))
    proofs = tuple(one for one in stated if _states(read_entry(one.body), digest))
    return Left(gaps=gaps, proofs=proofs)


@contextmanager
def _zeroing(writer: sqlite3.Connection) -> Iterator[None]:
    """Overwrite what is deleted; not beyond, for on a full disk the reserve is given back without a write."""
    writer.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        writer.execute("PRAGMA secure_delete = OFF")


def _states(entry: Entry, digest: str) -> bool:
    said = statement(entry)
    return said is not None and said.is_done and said.digest == digest


def _subjects(reader: sqlite3.Connection, gaps: Sequence[Gap]) -> list[str]:
    words = "SELECT DISTINCT subject FROM entries WHERE site = ? AND number BETWEEN ? AND ?"
    found: dict[str, None] = {}
    for label, first, last, _ in gaps:
        found.update((row[0], None) for row in reader.execute(words, (label, first, last)))
    return list(found)


def _rows(writer: sqlite3.Connection, subject: str) -> list[tuple[str, int, str, bytes, int]]:
    words = "SELECT site, number, kind, hash, position FROM entries WHERE subject = ?"
    return list(writer.execute(words, (subject,)))
