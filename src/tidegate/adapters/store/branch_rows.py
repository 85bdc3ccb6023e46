"""Where does a chain go on in two ways, and what is known of each? Both are kept, and each can be checked.

The way that was heard of first is the chain; every other is a branch with a name of its own
(`tidegate.journal.chain_name`), which begins behind an entry that both share.
"""

from __future__ import annotations

import sqlite3

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tidegate.adapters.store.entry_rows import last_row, row_at, sealed
from tidegate.journal.chain_name import branch_name
from tidegate.journal.entry import Entry, Sealed, body_hash, read_entry
from tidegate.journal.entry_chain import Head, first_key

MOST_BRANCHES = 8
"""So many second ways of one chain are kept: whoever makes more is hostile, and what it is has been shown."""
_TABLE = """
CREATE TABLE IF NOT EXISTS branches (
    label TEXT PRIMARY KEY, chain TEXT NOT NULL, number INTEGER NOT NULL, previous TEXT NOT NULL)
"""


def labels(connection: sqlite3.Connection, chain: str) -> list[str]:
    """Return a chain and its branches, as far as anything is kept of them."""
    own = [chain] if row_at(connection, chain, 1) is not None else []
    if not _has_table(connection):
        return own
    rows = connection.execute("SELECT label FROM branches WHERE chain = ? ORDER BY rowid", (chain,))
    return own + [row[0] for row in rows]


def branch_off(connection: sqlite3.Connection, entry: Entry, body: bytes) -> str:
    """Keep that a chain goes on in another way with an entry, and return the branch's name."""
    connection.execute(_TABLE)
    label = branch_name(entry.site, body_hash(body))
    row = (label, entry.site, entry.number, entry.previous)
    connection.execute("INSERT INTO branches VALUES (?, ?, ?, ?)", row)
    return label


def forked_at(connection: sqlite3.Connection) -> dict[str, tuple[str, int]]:
    """Return chain and number of the first entry of each branch, by its name."""
    if not _has_table(connection):
        return {}
    rows = connection.execute("SELECT label, chain, number FROM branches ORDER BY rowid")
    return {label: (chain, number) for label, chain, number in rows}


def fork_of(connection: sqlite3.Connection, label: str) -> Head | None:
    """Return what a branch goes off from: the last entry that both ways share; None where they share none."""
    found = connection.execute(
        "SELECT chain, number, previous FROM branches WHERE label = ?", (label,)
    ).fetchone()
    if found is None or found[1] == 1:
        return None
    chain, number, previous = found
    for one in labels(connection, chain):
        row = row_at(connection, one, number - 1)
        if row is not None and row[4].hex() == previous:
            return head_at(connection, chain, sealed(row))
    return None


def head_of(connection: sqlite3.Connection, label: str, chain: str) -> Head | None:
    """Return where a chain or branch ends; None where nothing is kept of it."""
    last = last_row(connection, label)
    return None if last is None else head_at(connection, chain, sealed(last), label)


def head_at(connection: sqlite3.Connection, chain: str, kept: Sealed, label: str = "") -> Head:
    """Return a chain's end as if it ended with an entry that is kept."""
    entry = read_entry(kept.body)
    first = (row_at(connection, label, 1) if label else None) or row_at(connection, chain, 1)
    key: Ed25519PublicKey = first_key(read_entry(sealed(first).body if first else kept.body))
    return Head(entry.number, entry.stamp, body_hash(kept.body), key, kept)


def _has_table(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'branches'").fetchone())
