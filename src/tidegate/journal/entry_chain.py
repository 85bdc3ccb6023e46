"""Do these entries hold together? Every site's entries form one chain, from its first to its last.

A flipped bit, a missing entry and a torn tail are named exactly: which site, which number, what is
wrong. Reading bytes from anywhere must not live here.

Shortcut: a chain that was cut off cleanly behind one of its entries is a shorter chain, and whole. Only
a copy at another site, or a receipt, shows that there was more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tidegate.errors import TidegateError
from tidegate.journal.chain_name import chain_of, is_branch
from tidegate.journal.clock import Stamp
from tidegate.journal.compaction import Gap
from tidegate.journal.entry import (
    FIRST_HASH,
    Entry,
    Sealed,
    UnreadableEntryError,
    body_hash,
    canonical,
    is_signed,
    read_entry,
)
from tidegate.journal.entry_kinds import KINDS
from tidegate.journal.moment import is_moment
from tidegate.journal.payload import payload_faults

_WHOLE = 2**62
"""Below it is every whole number that an entry states."""


@dataclass(frozen=True, kw_only=True)
class Damage:
    """One place at which a journal is not what was written.

    Parameters
    ----------
    site
        Whose chain; empty where not even that can be read.
    number
        Which entry; 0 where not even that can be read.
    what
        What is wrong, as the end of a sentence.
    """

    site: str
    number: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.number} of site {self.site or '(unreadable)'} {self.what}"


class DamagedJournalError(TidegateError):
    """A journal is not what was written; carries the place."""

    def __init__(self, damage: Damage) -> None:
        self.damage = damage
        super().__init__(f"the journal is damaged: {damage}")


class Head(NamedTuple):
    """Where a site's chain ends; one is made for every entry that is read, so it is a plain tuple.

    Parameters
    ----------
    number
        The last entry's number.
    stamp
        When it was said.
    hash
        What the next entry must name.
    key
        The key that the site signs with.
    last
        The last entry itself.
    """

    number: int
    stamp: Stamp
    hash: str
    key: Ed25519PublicKey
    last: Sealed


class Chains:
    """Follows the chains of all sites, entry by entry; each site's entries come in their order.

    Parameters
    ----------
    signatures
        Check every signature. Without it each link is checked, and the signatures of the last
        entries (`check_heads`): as each entry names its predecessor's hash, they vouch for all before.
    fork_of
        Gives what a branch goes off from, by the branch's name: the last entry that both ways share; None
        where they share none.
    gap_around
        Gives what has left the record, by a chain and a number in it; None where nothing has. What stands
        behind a gap names the last of what has left; only a statement of sites says that this is so.
    """

    def __init__(
        self, *, signatures: bool, fork_of: Callable[[str], Head | None] = lambda _label: None,
        gap_around: Callable[[str, int], Gap | None] = lambda _label, _number: None,
    ) -> None:  # fmt: skip
        self._signatures = signatures
        self._fork_of = fork_of
        self._gap_around = gap_around
        self.heads: dict[str, Head] = {}

    def take(self, sealed: Sealed, site: str = "", number: int = 0) -> Entry:
        """Check one entry's place in its chain and return it; where it should stand may be given.

        Parameters
        ----------
        sealed
            The entry.
        site, number
            The chain or branch that it is kept as a part of, and its number there.

        Raises
        ------
        DamagedJournalError
            If it is not what was written, or not what comes next.
        """
        try:
            entry = read_entry(sealed.body)
        except UnreadableEntryError as error:
            raise DamagedJournalError(
                Damage(site=site, number=number, what=f"cannot be read: {error}")
            ) from None
        if site and (entry.site, entry.number) != (chain_of(site), number):
            raise DamagedJournalError(Damage(site=site, number=number, what="states another place"))
        label = site or entry.site
        head = self.heads.get(label)
        if head is None and is_branch(label):
            head = self._fork_of(label)
        if head is None:
            key = first_key(entry)
        else:
            if entry.number > head.number + 1:
                head = behind_gap(head, entry, self._gap_around(label, head.number + 1))
            check_link(entry, sealed, head)
            key = head.key
        if self._signatures:
            check_whole(entry, sealed, key)
        self.heads[label] = Head(entry.number, entry.stamp, body_hash(sealed.body), key, sealed)
        return entry

    def check_heads(self) -> None:
        """Check the signature of each chain's last entry.

        Raises
        ------
        DamagedJournalError
            If one is not its site's.
        """
        for site, head in self.heads.items():
            if not is_signed(head.last, head.key):
                raise DamagedJournalError(
                    Damage(site=site, number=head.number, what="is not what its site signed")
                )


def behind_gap(head: Head, entry: Entry, gap: Gap | None) -> Head:
    """Return a chain's end as the entry behind a gap must follow it; as it is where no gap lies between."""
    if gap is None or gap.last + 1 != entry.number:
        return head
    return head._replace(number=gap.last, hash=gap.hash)


def check_link(entry: Entry, sealed: Sealed, head: Head) -> None:
    """Check that an entry is the one after a chain's last.

    Raises
    ------
    DamagedJournalError
        If it is not.
    """
    if entry.number != head.number + 1:
        what = f"follows entry {head.number}: what stood between is missing"
    elif entry.previous != head.hash:
        raise DamagedJournalError(_changed(entry, sealed, head))
    elif entry.stamp <= head.stamp:
        what = "is said before its predecessor"
    else:
        return
    raise DamagedJournalError(Damage(site=entry.site, number=entry.number, what=what))


def _changed(entry: Entry, sealed: Sealed, head: Head) -> Damage:
    """Say which of two entries that do not link was changed."""
    if not is_signed(head.last, head.key):
        return Damage(site=entry.site, number=head.number, what="is not what its site signed")
    if not is_signed(sealed, head.key):
        return Damage(site=entry.site, number=entry.number, what="is not what its site signed")
    return Damage(site=entry.site, number=entry.number, what="names another predecessor: the chain forks")


def first_key(entry: Entry) -> Ed25519PublicKey:
    """Return the key that a chain's first entry states; whether it is to be trusted is another question.

    Raises
    ------
    DamagedJournalError
        If it begins no chain, or states no key.
    """
    damage = Damage(site=entry.site, number=entry.number, what="does not begin a chain")
    if entry.number != 1 or entry.previous != FIRST_HASH or entry.kind != "site.began":
        raise DamagedJournalError(damage)
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(str(entry.payload["public_key"])))
    except (ValueError, KeyError, TypeError):
        raise DamagedJournalError(damage) from None


def check_whole(entry: Entry, sealed: Sealed, key: Ed25519PublicKey, *, signature: bool = True) -> None:
    """Check form, canonical bytes and signature of an entry that may come from anywhere.

    Parameters
    ----------
    entry, sealed
        The entry and its bytes.
    key
        Its site's key.
    signature
        Check the signature too; without it, one that comes behind must vouch for this one.

    Raises
    ------
    DamagedJournalError
        If it is not what a site may say.
    """
    what = ""
    if not _is_formed(entry):
        what = "has fields of the wrong form"
    elif canonical(entry) != sealed.body:
        what = "is not written canonically"
    elif signature and not is_signed(sealed, key):
        what = "is not what its site signed"
    elif entry.kind in KINDS and entry.version == KINDS[entry.kind].version:
        what = next((str(fault) for fault in payload_faults(entry.kind, entry.payload)), "")
    if what:
        raise DamagedJournalError(Damage(site=str(entry.site), number=entry.number, what=what))


def _is_formed(entry: Entry) -> bool:
    # Written out, for every entry of every site comes by here.
    site, kind, subject, by, previous = entry.site, entry.kind, entry.subject, entry.by, entry.previous
    number, version, (wall_us, tick_count) = entry.number, entry.version, entry.stamp
    return (
        type(site) is type(kind) is type(subject) is type(by) is type(previous) is str
        and bool(site and kind and subject and by and previous)
        and type(number) is type(version) is type(wall_us) is type(tick_count) is int
        and min(number, version, wall_us, tick_count) >= 0
        and max(number, version, wall_us, tick_count) < _WHOLE
        and is_moment(entry.at_s)
        and isinstance(entry.payload, dict)
    )
