"""How is the one SQLite file of a journal opened, and what do its failures mean? No entry is known here.

Rollback journal, kept between transactions, full sync: when a commit returns, the data is on the disk.
Not WAL: a write-ahead log whose tail is damaged loses acknowledged transactions without a word, because
SQLite takes the rest for what was never committed. A damaged rollback journal or file shows.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tidegate.errors import TidegateError

RESERVE_PARTS = 160
RESERVE_PART_BYTES = 64 * 1024
KEPT_TO_THE_LAST_PARTS = 32
"""What no flood may use: operators still say what is so when thousands of cases have used the rest."""
_PREPARED_PARTS = 32
_JOURNAL_BYTES = 2 * _PREPARED_PARTS * RESERVE_PART_BYTES
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE}
_WAIT_S = 30.0
_CACHE_KB, _MUCH_KB = 8_000, 64_000
_TABLES = """
CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY, site TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
    subject TEXT NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL, signature BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS place ON entries (site, number);
CREATE INDEX IF NOT EXISTS about ON entries (subject);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS reserve (part INTEGER PRIMARY KEY, filler BLOB NOT NULL);
"""


class StoreError(TidegateError):
    """The journal's file cannot be used; what was acknowledged before is kept."""


class NoSpaceError(StoreError):
    """There is no room for this; nothing of it was acknowledged."""


class TornFileError(StoreError):
    """The journal's file is damaged below the level of entries."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file; every connection must come from here, or the kept rollback journal is lost.

    Raises
    ------
    StoreError
        If it cannot be opened.
    """
    refuse_torn(path)
    try:
        found = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
        found.execute("PRAGMA journal_mode=PERSIST")
        found.execute("PRAGMA synchronous=FULL")
        found.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
    except sqlite3.Error as error:
        raise _meaning(error, path) from None
    return found


def new_file(path: Path) -> None:
    """Make an empty file that its owner alone may read; SQLite gives its rollback journal the same mode.

    Raises
    ------
    StoreError
        If it cannot be made, or there is one.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror}") from None


def lay_out(connection: sqlite3.Connection) -> None:
    """Make tables and reserve in a new file."""
    connection.executescript(_TABLES)
    fill_reserve(connection)


def fill_reserve(connection: sqlite3.Connection) -> None:
    """Make the reserve whole again, and the rollback journal large enough to use it on a full disk.

    Raises
    ------
    sqlite3.Error
        If there is no room for it.
    """
    with transaction(connection):
        connection.execute(
            "WITH RECURSIVE part(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM part WHERE n + 1 < ?) "
            "INSERT OR IGNORE INTO reserve SELECT n, zeroblob(?) FROM part",
            (RESERVE_PARTS, RESERVE_PART_BYTES),
        )
    with transaction(connection):
        # Overwriting pages makes SQLite copy them to the rollback journal, whose file then keeps its size.
        connection.execute(
            "UPDATE reserve SET filler = randomblob(?) WHERE part < ?", (RESERVE_PART_BYTES, _PREPARED_PARTS)
        )


def is_reserve_whole(connection: sqlite3.Connection) -> bool:
    """Whether nothing of the reserve has been used."""
    found = connection.execute("SELECT count(*) FROM reserve").fetchone()
    return bool(found[0] == RESERVE_PARTS)


def use_reserve(connection: sqlite3.Connection, needed_bytes: int, *, is_flood: bool) -> bool:
    """Give back room for `needed_bytes` within the transaction that needs them.

    Returns
    -------
    bool
        False where that is for a flood and only the last of the reserve is left; then nothing was given back.
    """
    there_parts, needed_parts = _parts(connection, needed_bytes)
    if is_flood and there_parts - needed_parts < KEPT_TO_THE_LAST_PARTS:
        return False
    connection.execute(
        "DELETE FROM reserve WHERE part IN (SELECT part FROM reserve ORDER BY part DESC LIMIT ?)",
        (needed_parts,),
    )
    return True


def can_take(connection: sqlite3.Connection, needed_bytes: int) -> bool:
    """Whether a case of this size could be kept, into the reserve too; asked by writing something small.

    Raises
    ------
    sqlite3.Error
        If nothing can be written.
    """
    try:
        with transaction(connection):  # in the place of what was written before, so that it needs no room
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('asked', '')")
        if not is_reserve_whole(connection):
            fill_reserve(connection)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) not in _FULL:
            raise
        there_parts, needed_parts = _parts(connection, needed_bytes)
        return there_parts - needed_parts >= KEPT_TO_THE_LAST_PARTS
    return True


def vacuum(connection: sqlite3.Connection) -> None:
    """Write the file anew without what is free in it; the rollback journal keeps what the reserve needs.

    Raises
    ------
    sqlite3.Error
        If there is no room for a copy of it.
    """
    with _short_journal(connection):
        connection.execute("VACUUM")
    fill_reserve(connection)
    wash(connection)


def wash(connection: sqlite3.Connection) -> None:
    """Overwrite what the rollback journal still holds of pages that were changed.

    Raises
    ------
    sqlite3.Error
        If it cannot be written.
    """
    with _short_journal(connection), transaction(connection):
        connection.execute(
            "UPDATE reserve SET filler = randomblob(?) WHERE part <= ?",
            (RESERVE_PART_BYTES, _JOURNAL_BYTES // RESERVE_PART_BYTES),
        )


@contextmanager
def _short_journal(connection: sqlite3.Connection) -> Iterator[None]:
    """Have the rollback journal cut to what the reserve needs at the end of the transactions within."""
    connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
    try:
        yield
    finally:
        connection.execute("PRAGMA journal_size_limit = -1")


def _parts(connection: sqlite3.Connection, needed_bytes: int) -> tuple[int, int]:
    """Return how many parts are left, and how many must be given back beside what was before."""
    (there_parts,) = connection.execute("SELECT count(*) FROM reserve").fetchone()
    (free_pages,) = connection.execute("PRAGMA freelist_count").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    wanted_bytes = 2 * needed_bytes + RESERVE_PART_BYTES - free_pages * page_bytes
    return there_parts, max(0, -(-wanted_bytes // RESERVE_PART_BYTES))


@contextmanager
def roomy(connection: sqlite3.Connection, *, is_much: bool) -> Iterator[None]:
    """Hold more of the file in memory while much is written at once; a small share of it else."""
    if is_much:
        connection.execute(f"PRAGMA cache_size=-{_MUCH_KB}")
    try:
        yield
    finally:
        if is_much:
            connection.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
            connection.execute("PRAGMA shrink_memory")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do everything within, or nothing; on the disk when left."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn SQLite's failures into ours, which say what to do.

    Raises
    ------
    TidegateError
        Instead of any of SQLite's own.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _meaning(error, path) from None


def no_room(path: Path) -> NoSpaceError:
    """Return what is raised where there is no room."""
    return NoSpaceError(f"{path}: no space left on the disk; nothing of this was kept")


def _meaning(error: sqlite3.Error, path: Path) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _FULL:
        return no_room(path)
    if code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return TornFileError(f"{path}: the file is damaged: {error}")
    if code & 0xFF == sqlite3.SQLITE_BUSY:
        return StoreError(f"{path}: another process held the file for more than {_WAIT_S:g} s")
    return StoreError(f"{path}: {error}")


def refuse_torn(path: Path) -> None:
    """Refuse a file that is shorter than it says itself.

    Raises
    ------
    TornFileError
        If its tail is missing.
    """
    if not path.exists() or _is_hot(Path(f"{path}-journal")):
        return  # a transaction was cut off: SQLite rolls it back, and the size with it
    with path.open("rb") as stream:
        head = stream.read(100)
    size_bytes = path.stat().st_size
    if not size_bytes:
        return
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        raise TornFileError(f"{path}: not a journal, or its first page is damaged")
    (page_bytes,) = struct.unpack(">H", head[16:18])
    (pages_count,) = struct.unpack(">I", head[28:32])
    page_bytes = 65536 if page_bytes == 1 else page_bytes
    if size_bytes < page_bytes * pages_count:
        raise TornFileError(
            f"{path}: torn: {size_bytes:,} bytes are there of {page_bytes * pages_count:,} that it states"
        )


def _is_hot(journal: Path) -> bool:
    """Whether a rollback journal holds a transaction that was cut off."""
    if not journal.exists():
        return False
    with journal.open("rb") as stream:
        return any(stream.read(8))
