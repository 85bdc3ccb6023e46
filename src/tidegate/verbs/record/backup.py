"""Back a site up while it is in use, and check what a journal says of itself, signature by signature."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.journal_copy import copy_journal
from tidegate.adapters.store.journal_file import FILE_NAME, KEY_NAME, JournalFile
from tidegate.adapters.store.leaving import handed, handed_digest
from tidegate.adapters.store.secrets_file import NAME as SECRETS_NAME
from tidegate.adapters.store.site_folder import make_folder, settle, write_whole
from tidegate.errors import Fault, InputError
from tidegate.journal.chain_name import chain_of
from tidegate.journal.compaction import Gap, entries_count, gaps_digest, outside
from tidegate.journal.entry import body_hash, read_entry
from tidegate.journal.entry_chain import Damage, DamagedJournalError
from tidegate.verbs.record.site import members_of

FILES = "quarantine"
"""Where the files stand that came with cases."""


@dataclass(frozen=True, kw_only=True)
class Chain:
    """One site's part of a journal that is whole.

    Parameters
    ----------
    site, public_key
        Whose it is, and the key it is signed with, in hexadecimal digits.
    entries_count
        How many entries there are: the number of the last.
    last_hash
        SHA-256 of the last entry: whoever noted it later knows that nothing was cut off or replaced.
    left_count
        How many of them have left the record.
    """

    site: str
    public_key: str
    entries_count: int
    last_hash: str
    left_count: int = 0


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What a journal came to when all of it was checked.

    Parameters
    ----------
    chains
        The chains that are whole, by site.
    damages
        The first damage of each of the others.
    unstated
        How many entries have left the record that no site that is trusted here says have; 0 where each has.
    """

    chains: tuple[Chain, ...]
    damages: tuple[Damage, ...]
    unstated: int = 0


def verify(journal: JournalFile) -> Verified:
    """Check the file, every hash, every link and every signature of a journal.

    Raises
    ------
    StoreError
        If the file itself is damaged.
    """
    found: dict[str, Chain] = {}
    until, left = journal.heads(), journal.gaps()
    damages = tuple(journal.damages())
    broken = {one.site for one in damages}
    keys: dict[str, str] = {}
    for site in sorted(until.keys() - broken):
        for kept in journal.sealed(site):
            entry = read_entry(kept.body)
            if entry.number == 1:
                keys[chain_of(site)] = entry.payload["public_key"]
            if entry.number == until[site]:
                found[site] = Chain(
                    site=site, public_key=keys[chain_of(site)], entries_count=entry.number,
                    last_hash=body_hash(kept.body),
                    left_count=entries_count(gap for gap in left if gap.label == site),
                )  # fmt: skip
                break
    is_stated = not left or _is_stated(journal, left)
    return Verified(
        chains=tuple(found.values()), damages=damages, unstated=0 if is_stated else entries_count(left)
    )


def _is_stated(journal: JournalFile, left: Sequence[Gap]) -> bool:
    """Whether a trusted site says that just this has left, or that this and more has."""
    digests = {one.digest for one in members_of(journal).compactions if one.is_done}
    is_within = handed_digest(journal) in digests and not any(outside(left, handed(journal)))
    return gaps_digest(left) in digests or is_within


def back_up(journal: JournalFile, to: Path) -> Verified:
    """Copy the folder of a journal to a place where nothing is yet, check the copy, and return what it holds.

    It can be in use meanwhile, and nobody waits. The copy comes under its name when it was found whole.

    Raises
    ------
    InputError
        If there is something at the place, or it cannot be written.
    DamagedJournalError
        If an entry is not what its site signed; then nothing is left at the place.
    StoreError
        If a file cannot be used, or there is no room.
    """
    if to.exists():
        raise InputError(
            Fault(
                what="there is something here already", kind="statement", value=str(to), allowed="a new name"
            )
        )
    waiting = to.with_name(f".{to.name}.{os.getpid()}.new")
    make_folder(waiting)
    try:
        _copy_files(journal.path.parent, waiting)
        copy_journal(journal, waiting / FILE_NAME)
        found = _read_back(waiting)
        settle(waiting)
        waiting.rename(to)
        settle(to.parent)
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=str(to))) from None
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return found


def _copy_files(folder: Path, to: Path) -> None:
    for name in (KEY_NAME, SECRETS_NAME):  # each is replaced as a whole, so it is read as a whole
        if (folder / name).exists():
            write_whole(to / name, (folder / name).read_bytes())
    for path in sorted((folder / FILES).glob("*/*")):
        own = to / FILES / path.parent.name
        make_folder(own.parent)
        make_folder(own)
        try:
            write_whole(own / path.name, path.read_bytes())
        except FileNotFoundError:  # it was old enough to be deleted meanwhile
            continue


def _read_back(folder: Path) -> Verified:
    copy = open_journal(folder)
    try:
        found = verify(copy)
    finally:
        copy.close()
    for damage in found.damages:
        raise DamagedJournalError(damage)
    return found


def wrong_keys(found: Verified, expected: Mapping[str, str]) -> tuple[str, ...]:
    """Return the sites that are signed with another key than is expected, or are not there."""
    keys = {one.site: one.public_key for one in found.chains}
    return tuple(site for site, key in expected.items() if keys.get(site) != key.lower())
