"""What does a customer hold in hand who asked for help? A signed receipt, verified without asking us.

It is text that people can read and keep: what was accepted, when, by which site, as which entry, with
the hash of the words. Whoever has the site's public key verifies it offline. Where another site shows it
again, that site cannot sign as the first one did: it signs with its own key, and the receipt says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tidegate.errors import Fault, InputError
from tidegate.journal.chain_name import site_of
from tidegate.journal.moment import parse_moment
from tidegate.track.case import Receipt

LONGEST = 2_000
_WRITTEN = re.compile(
    r"tidegate receipt 1\n"
    r"case (?P<case>[a-z0-9]{12})\n"
    r"accepted (?P<said>\S+) by site (?P<site>[^\n]+) as entry (?P<number>\d{1,18})\n"
    r"text sha256 (?P<hash>[0-9a-f]{64})\n"
    r"(?:shown again by site (?P<shown_by>[^\n]+)\n)?"
    r"key (?P<key>[0-9a-f]{64})\n"
    r"signature (?P<signature>[0-9a-f]{128})\n?",
    re.ASCII,
)


def signed_receipt(receipt: Receipt, key: Ed25519PrivateKey) -> str:
    """Return a receipt with the key that signed it and the signature; the same for the same receipt."""
    said = receipt.signed_text()
    public = key.public_key().public_bytes_raw().hex()
    return f"{said}key {public}\nsignature {key.sign(said.encode()).hex()}\n"


def read_receipt(text: str, *, named: Collection[str] = (), keys: Collection[str] = ()) -> Receipt:
    """Return what a signed receipt states, after its signature was checked.

    Parameters
    ----------
    text
        The receipt as it was given out; carriage returns and blanks around it do not matter.
    named
        The keys that are trusted, in hexadecimal digits: any will do; without one, the receipt's own.
    keys
        Those of the sites of a record, of which any will do.

    Raises
    ------
    InputError
        If it is no receipt, was signed by somebody else, or was changed.
    """
    plain = "\n".join(line.strip() for line in text[:LONGEST].strip().splitlines()) + "\n"
    found = _WRITTEN.fullmatch(plain)
    if found is None:
        raise InputError(Fault(what="is no receipt", allowed="the whole text, from its first line on"))
    if named and found["key"] not in {one.lower() for one in named}:
        raise InputError(_other_key(found, named))
    if keys and found["key"] not in keys:
        what = "is signed with a key of none of the sites of this record"
        raise InputError(Fault(what=what, value=found["key"]))
    said = plain[: found.start("key") - len("key ")]
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found["key"]))
        key.verify(bytes.fromhex(found["signature"]), said.encode())
    except (InvalidSignature, ValueError):
        raise InputError(
            Fault(what="the receipt was changed after it was signed", kind="statement")
        ) from None
    return Receipt(
        case=found["case"],
        site=found["site"],
        number=int(found["number"]),
        said_s=parse_moment(found["said"]),
        text_hash=found["hash"],
        shown_by=found["shown_by"] or "",
    )


def _other_key(found: re.Match[str], named: Collection[str]) -> Fault:
    """Return the fault of a receipt that is signed with none of the keys that are trusted: whose it needs."""
    signer = found["shown_by"] or site_of(found["site"])
    why = f", for site {signer} shows it again" if found["shown_by"] else ""
    what = f"is signed with another key: that of site {signer} is needed{why}"
    return Fault(what=what, value=found["key"], allowed=" or ".join(named))
