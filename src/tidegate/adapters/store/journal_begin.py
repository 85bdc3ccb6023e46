"""How does a site's journal begin, and how is it opened? Whole, with its first entry, or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.store.database import StoreError, connect, lay_out, named, new_file
from tidegate.adapters.store.journal_file import FILE_NAME, KEY_NAME, JournalFile
from tidegate.adapters.store.own_chain import keep_fact
from tidegate.adapters.store.site_folder import alone, close_to_others, make_folder, settle
from tidegate.adapters.store.site_key import found_key, public_text, read_key
from tidegate.errors import Fault, InputError
from tidegate.journal.chain_name import ALONE, later_chain
from tidegate.journal.clock import Steady
from tidegate.journal.entry import Draft

_WAITING_NAME = f".{FILE_NAME}.new"


def begin_journal(
    folder: Path, *, site: str, title: str = "", clock: Steady | None = None, is_again: bool = False
) -> JournalFile:
    """Begin a site's journal in a folder, and return it open.

    With `is_again`, another journal of that site was lost: what it said is not known here, so it must not be
    contradicted, and this one begins another chain.

    Raises
    ------
    InputError
        If there is one already, or the folder cannot be written.
    NoSpaceError
        If there is no room for it.
    """
    path = folder / FILE_NAME
    make_folder(folder)
    close_to_others(folder)
    with alone(folder):
        if path.exists():
            raise InputError(Fault(what="holds a journal already", value=str(folder)))
        key = found_key(folder / KEY_NAME)
        waiting = folder / _WAITING_NAME
        _clear(waiting)  # what a process that was killed had begun
        try:
            chain = later_chain(site, os.urandom(16)) if is_again else site
            _begin_in(waiting, [_beginning(site, key, title)], site=site, chain=chain, key=key, clock=clock)
        except StoreError:
            _clear(waiting)
            raise
        # The rollback journal first: it holds nothing, but a file without it could not use its reserve.
        Path(f"{waiting}-journal").replace(f"{path}-journal")
        waiting.replace(path)
        settle(folder)
    return JournalFile(path, site=site, key=key, clock=clock)


def _begin_in(
    path: Path, drafts: Sequence[Draft], *, site: str, chain: str, key: Ed25519PrivateKey,
    clock: Steady | None,
) -> None:  # fmt: skip
    """Write a whole journal with its first words into a file that nobody reads yet."""
    new_file(path)
    with named(path):
        connection = connect(path)
        lay_out(connection)
        connection.execute("INSERT INTO facts VALUES ('site', ?)", (site,))
        if chain != site:
            keep_fact(connection, "chain", chain)
        connection.close()
    journal = JournalFile(path, site=site, key=key, clock=clock)
    try:
        journal.append(drafts)
    finally:
        journal.close()


def _clear(path: Path) -> None:
    path.unlink(missing_ok=True)
    Path(f"{path}-journal").unlink(missing_ok=True)


def open_or_begin(folder: Path, *, site: str, title: str = "", clock: Steady | None = None) -> JournalFile:
    """Open the journal in a folder; where there is none, begin it. Two may do so at the same time.

    A key without a journal is that of one that was lost: a site that others may know begins another chain.

    Raises
    ------
    InputError
        If the folder cannot be written, or its key cannot be used.
    StoreError
        If the file is damaged, or there is no room for one.
    """
    path = folder / FILE_NAME
    if not path.exists():
        try:
            is_again = site != ALONE and (folder / KEY_NAME).exists()
            return begin_journal(folder, site=site, title=title, clock=clock, is_again=is_again)
        except InputError:
            if not path.exists():
                raise
    return open_journal(folder, clock=clock)


def _beginning(site: str, key: Ed25519PrivateKey, title: str = "") -> Draft:
    payload = {"public_key": public_text(key), **({"title": title} if title else {})}
    return Draft(kind="site.began", subject=site, payload=payload)


def open_journal(folder: Path, *, clock: Steady | None = None) -> JournalFile:
    """Open the journal in a folder.

    Raises
    ------
    InputError
        If there is none.
    StoreError
        If its file is damaged.
    """
    path = folder / FILE_NAME
    if not path.exists():
        raise InputError(Fault(what="there is no journal here", kind="statement", value=str(folder)))
    close_to_others(folder, FILE_NAME, f"{FILE_NAME}-journal")
    connection = connect(path)
    with named(path):
        found = connection.execute("SELECT value FROM facts WHERE name = 'site'").fetchone()
        connection.close()
    if found is None:
        raise StoreError(f"{path}: the journal was never begun: it names no site")
    site, key = str(found[0]), read_key(folder / KEY_NAME)
    journal = JournalFile(path, site=site, key=key, clock=clock)
    if journal.chain() not in journal.heads():  # killed between making the file and its first entry
        journal.append([_beginning(site, key)])
    return journal
