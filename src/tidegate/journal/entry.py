"""What is one entry of the journal, and which bytes is it? Canonical bytes, hash and signature.

An entry is read from exactly one sequence of bytes, and those bytes are what is hashed, signed and
kept. Each names its site and, by hash, its predecessor there. Whether a sequence of entries holds
together must not live here: that is `entry_chain`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tidegate.errors import Fault, TidegateError
from tidegate.journal.clock import Stamp
from tidegate.journal.entry_kinds import KINDS
from tidegate.journal.moment import is_moment
from tidegate.journal.payload import payload_faults

FIRST_HASH = "0" * 64
"""What the first entry of a site names as its predecessor."""
_SIGNED = b"tidegate journal entry 1\n"
_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_KEYS = {"at_s", "by", "kind", "number", "payload", "previous", "site", "subject", "tick", "version", "wall"}


class UnreadableEntryError(TidegateError):
    """Bytes that should be an entry are not one."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An entry before it has its place in a journal.

    Parameters
    ----------
    kind
        One of `KINDS`.
    subject
        The id of what it is about: an outage, case, component, …
    payload
        What its kind carries.
    by
        Who says so: an account's name, or "system".
    at_s
        When it was so, in seconds since 1970 (UTC); None for the moment in which it is said.
    """

    kind: str
    subject: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    by: str = "system"
    at_s: float | None = None

    def faults(self) -> tuple[Fault, ...]:
        """Return everything that is wrong with it."""
        found = list(payload_faults(self.kind, self.payload))
        for name, text in (("subject", self.subject), ("by", self.by)):
            if not text or len(text) > 200 or not text.isprintable():
                found.append(Fault(what="is not a name", path=f"{self.kind}.{name}", value=text[:60]))
        if self.at_s is not None and not is_moment(self.at_s):
            found.append(Fault(what="is not a time", path=f"{self.kind}.at_s", value=str(self.at_s)))
        return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing that was said, at its place in a site's journal.

    Parameters
    ----------
    site
        The site that said it.
    number
        Its place there, counted from 1.
    stamp
        When it was said.
    kind, version
        What kind of entry it is, and the version of its payload.
    subject
        The id of what it is about.
    by
        Who said it.
    at_s
        When it was so, in seconds since 1970 (UTC).
    payload
        What it carries.
    previous
        Hash of the site's entry before it.
    """

    site: str
    number: int
    stamp: Stamp
    kind: str
    version: int
    subject: str
    by: str
    at_s: float
    payload: Mapping[str, Any]
    previous: str

    @property
    def order(self) -> tuple[Stamp, str, int]:
        """By this all sites agree on one order of all entries."""
        return (self.stamp, self.site, self.number)

    @property
    def said_s(self) -> float:
        """When it was said, in seconds since 1970 (UTC)."""
        return self.stamp.said_s


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """An entry's bytes with their signature: what is kept and passed on."""

    body: bytes
    signature: bytes


def canonical(entry: Entry) -> bytes:
    """Return the only bytes that mean `entry`: JSON in UTF-8, sorted keys, no blanks."""
    return _ENCODE(
        {
            "at_s": entry.at_s,
            "by": entry.by,
            "kind": entry.kind,
            "number": entry.number,
            "payload": entry.payload,
            "previous": entry.previous,
            "site": entry.site,
            "subject": entry.subject,
            "tick": entry.stamp.tick_count,
            "version": entry.version,
            "wall": entry.stamp.wall_us,
        }
    ).encode()


def body_hash(body: bytes) -> str:
    """Return the hash by which an entry's successor names it."""
    return hashlib.sha256(body).hexdigest()


def seal(entry: Entry, key: Ed25519PrivateKey) -> Sealed:
    """Return an entry's bytes, signed."""
    body = canonical(entry)
    return Sealed(body=body, signature=key.sign(_SIGNED + body))


def is_signed(sealed: Sealed, key: Ed25519PublicKey) -> bool:
    """Whether the signature is that of `key`."""
    try:
        key.verify(sealed.signature, _SIGNED + sealed.body)
    except InvalidSignature:
        return False
    return True


def place(draft: Draft, site: str, number: int, stamp: Stamp, previous: str) -> Entry:
    """Return a draft without faults as the entry at one place of a site's journal."""
    return Entry(
        site=site,
        number=number,
        stamp=stamp,
        kind=draft.kind,
        version=KINDS[draft.kind].version,
        subject=draft.subject,
        by=draft.by,
        at_s=stamp.said_s if draft.at_s is None else draft.at_s,
        payload=draft.payload,
        previous=previous,
    )


def read_entry(body: bytes) -> Entry:
    """Return the entry that bytes mean.

    Raises
    ------
    UnreadableEntryError
        If they are not an entry, or not its canonical bytes.
    """
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise UnreadableEntryError("not JSON") from None
    if not isinstance(found, dict) or found.keys() != _KEYS:
        raise UnreadableEntryError("not the fields of an entry")
    number, wall, tick, version = found["number"], found["wall"], found["tick"], found["version"]
    is_whole = type(number) is type(wall) is type(tick) is type(version) is int
    if not (is_whole and type(found["site"]) is type(found["kind"]) is str):
        raise UnreadableEntryError("a field has the wrong form")
    return Entry(
        site=_shared(found["site"]),
        number=number,
        stamp=Stamp(wall, tick),
        kind=_shared(found["kind"]),
        version=version,
        subject=found["subject"],
        by=found["by"],
        at_s=found["at_s"],
        payload=found["payload"],
        previous=found["previous"],
    )


@lru_cache(maxsize=10_000)
def _shared(name: str) -> str:
    """Return one copy of a name that very many entries have in common."""
    return name


def new_id(entropy: bytes) -> str:
    """Return an id of twelve lower-case letters and digits: for random bytes a new one, for a key its own.

    The same bytes give the same id, so that two sites that accept one submission agree on its id.
    """
    number = int.from_bytes(hashlib.sha256(b"tidegate id\n" + entropy).digest()[:10], "big")
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    letters = []
    for _ in range(12):
        number, digit = divmod(number, len(digits))
        letters.append(digits[digit])
    return "".join(letters)
