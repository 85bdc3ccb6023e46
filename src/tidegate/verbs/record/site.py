"""Which sites keep this record together? Name one, part with one, change a key: it holds everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.store.journal_begin import begin_journal
from tidegate.adapters.store.journal_file import KEY_NAME, JournalFile
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.adapters.store.site_folder import owned
from tidegate.adapters.store.site_key import public_text, read_key, write_key
from tidegate.errors import Fault, InputError
from tidegate.journal.chain_name import SITE_NAMES, is_site_name, site_of
from tidegate.journal.entry import Draft
from tidegate.journal.received import ChainEnd
from tidegate.journal.site_address import address_faults
from tidegate.journal.site_members import Members, SiteBook
from tidegate.verbs.record.drawing import ends_of

NEXT_KEY_NAME = "site.key.next"
_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


def begin(folder: Path, name: str, title: str, *, is_again: bool = False) -> str:
    """Begin the journal of a site in a folder, and return the site's public key in hexadecimal digits.

    A folder that holds a key and no journal held one that was lost: then, as with `is_again`, the site goes
    on in another chain, so that it never says otherwise what the other sites have of it.

    Raises
    ------
    InputError
        If the name is none, or there is a journal already.
    """
    if not is_site_name(name):
        fault = Fault(what="is no name of a site", path="NAME", value=name[:60], allowed=SITE_NAMES)
        raise InputError(fault)
    is_again = is_again or (folder / KEY_NAME).exists()
    begin_journal(folder, site=name, title=title, is_again=is_again).close()
    return public_text(read_key(folder / KEY_NAME))


def members_of(journal: JournalFile) -> Members:
    """Return whom the site of a journal works with."""
    book = SiteBook()
    for _, entry in journal.entries():
        if entry.kind.startswith("site."):
            book.take(entry)
    return book.seen_from(journal.site, own_key(journal))


class Following:
    """Whom the site of a journal works with, as more and more is said there.

    Parameters
    ----------
    journal
        The open journal.
    """

    def __init__(self, journal: JournalFile) -> None:
        self._journal = journal
        self._key = own_key(journal)
        self._book = SiteBook()
        self._position = 0

    def members(self) -> Members:
        """Return whom it works with at this moment; what was read before is not read again."""
        for position, entry in self._journal.entries(after=self._position):
            self._position = position
            if entry.kind.startswith("site."):
                self._book.take(entry)
        return self._book.seen_from(self._journal.site, self._key)


def own_key(journal: JournalFile) -> str:
    """Return the public key of a journal's site, in hexadecimal digits."""
    return public_text(read_key(journal.path.parent / KEY_NAME))


def join(journal: JournalFile, name: str, *, key: str, address: str, by: str, may_be_plain: bool) -> None:
    """Take what another site says into the record from now on, and whom it names.

    Parameters
    ----------
    journal
        The open journal.
    name, key
        The other site, and its public key in hexadecimal digits, as its owner tells them.
    address
        Where it is asked; empty where the server's settings or another path say.
    by
        Who says so.
    may_be_plain
        Whether it may be asked without TLS.

    Raises
    ------
    InputError
        With every fault.
    """
    key = key.lower().removeprefix("ed25519:")
    said = address_faults(address, "--at", may_be_plain=may_be_plain, plain="--plain")
    faults = list(said) if address else []
    if not is_site_name(name) or name == journal.site:
        allowed = f"{SITE_NAMES}; another than {journal.site}, which is this one"
        what = "is no name of another site"
        faults.append(Fault(what=what, path="NAME", value=name[:60], allowed=allowed))
    if not _KEY.fullmatch(key):
        allowed = "64 hexadecimal digits, as the other's `tidegate site list` shows them"
        faults.append(Fault(what="is no key", path="--key", value=key[:80], allowed=allowed))
    elif key == own_key(journal):
        allowed = "the other site's; the same key on two machines makes one site that contradicts itself"
        faults.append(Fault(what="is this site's own key", path="--key", value=key, allowed=allowed))
    if faults:
        raise InputError(*faults)
    payload: dict[str, Any] = {"public_key": key, "role": "site"}
    payload |= {"address": address.rstrip("/")} if address else {}
    payload |= _earlier(journal, name, key)
    journal.append([Draft(kind="site.admitted", subject=name, payload=payload, by=by)])


def _earlier(journal: JournalFile, name: str, key: str) -> dict[str, list[str]]:
    """Return which chains a site wrote with another key before: they are its own all the same."""
    began = (one for one in journal.about(name) if one.kind == "site.began" and one.number == 1)
    chains = {one.site for one in began if site_of(one.site) == name and one.payload["public_key"] != key}
    return {"chains": sorted(chains)} if chains else {}


def vouch_for_histories(journal: JournalFile, members: Members) -> int:
    """Name the imported histories that are in the record and that no site named yet; return how many."""
    unnamed = {
        chain: key for chain, key in members.chain_keys.items()
        if site_of(chain) not in members.by_name and chain not in members.by_name
    }  # fmt: skip
    drafts = [
        Draft(kind="site.admitted", subject=chain, payload={"public_key": key, "role": "history"})
        for chain, key in sorted(unnamed.items())
    ]
    if drafts:
        journal.append(drafts)
    return len(drafts)


def retire(journal: JournalFile, name: str, *, because: str, by: str) -> dict[str, str]:
    """Take nothing more from a site, everywhere; return how far its chains count, as is known here.

    It is told nothing more either, and the keys that it knows make no session and no address any more.

    Raises
    ------
    InputError
        If there is none of that name, or it is this one.
    """
    known = members_of(journal)
    member = known.by_name.get(name)
    if member is None or name == journal.site:
        others = ", ".join(one.name for one in known.others) or "there is none"
        what = "is no other site of this record"
        raise InputError(Fault(what=what, path="NAME", value=name[:60], allowed=others))
    ends: dict[str, str] = {}
    for chain in sorted({end.chain for end in journal.ends() if site_of(end.chain) == name}):
        ends |= ends_of(chain, journal.ends())
    payload = {"ends": ends, **({"because": because} if because else {})}
    journal.append([Draft(kind="site.retired", subject=name, payload=payload, by=by)])
    # Behind it: whoever is told the new keys is told first for whom they are not.
    SecretsFile(journal.path.parent).renew()
    return ends


def announce_key(folder: Path, journal: JournalFile, *, by: str) -> str:
    """Make another key and say, signed with the present one, that this site will sign with it; return it."""
    made = Ed25519PrivateKey.generate()
    write_key(folder / NEXT_KEY_NAME, made)
    chains = sorted({end.chain for end in journal.ends() if site_of(end.chain) == journal.site})
    payload = {"public_key": public_text(made), "chains": chains}
    journal.append([Draft(kind="site.rekeyed", subject=journal.site, payload=payload, by=by)])
    return public_text(made)


def change_key(folder: Path, journal: JournalFile) -> str:
    """Sign with the announced key from now on, in another chain; return its name. No server may run.

    Raises
    ------
    InputError
        If none was announced, or a server works on the folder.
    """
    path = folder / NEXT_KEY_NAME
    if not path.exists():
        raise InputError(
            Fault(what="no other key was announced", kind="statement", allowed="`tidegate site rotate` first")
        )
    with owned(folder):
        made = read_key(path)
        # The key first: after a kill in between, the next word begins the chain, as its key is another.
        path.rename(folder / KEY_NAME)
        return journal.begin_chain(made)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a site's record knows of itself and the others.

    Parameters
    ----------
    members
        Whom it works with.
    ends
        Where each chain ends here, by the site that writes it.
    """

    members: Members
    ends: dict[str, tuple[ChainEnd, ...]]


def known(journal: JournalFile) -> Known:
    """Return what a journal knows of sites."""
    members = members_of(journal)
    return Known(members=members, ends=by_site(members, journal.ends()))


def by_site(members: Members, found: Iterable[ChainEnd]) -> dict[str, tuple[ChainEnd, ...]]:
    """Return where chains end by the site that writes them."""
    ends = dict[str, tuple[ChainEnd, ...]]()
    for end in found:
        owner = end.chain if end.chain in members.by_name else site_of(end.chain)
        ends[owner] = (*ends.get(owner, ()), end)
    return ends
