"""Is this copy whole, ours, and not too old? A signed statement on every file, checked by whoever doubts.

`manifest.json` is small and changes with every publication: a sequence number, the time until which it
may be believed, by which site it was made and how much of the record it tells of, and the hash of
`files.json`, which names the hash of every file. Both are canonical JSON. A mirror needs no trust: it can
leave out or keep back, but not change or outlive its word. Files whose address is a secret are listed by
the hash of their path.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tidegate.errors import Fault, InputError
from tidegate.inform.site.segment_link import is_private
from tidegate.journal.moment import moment_text, parse_moment

MANIFEST = "manifest.json"
FILES = "files.json"
MOST_HEADS_COUNT = 100
"""A record of more chains than this is not counted in the manifest: it stays small."""
LONGEST_NAME_COUNT = 200
_SIGNED = b"tidegate site manifest 1\n"
_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a site states of itself.

    Parameters
    ----------
    site
        Its address.
    sequence
        A later publication has a greater one: milliseconds since 1970 at which it was made, or one more than
        the last where the clock was set back.
    made_s, until_s
        When it was made and until when it may be believed, in seconds since 1970.
    files_hash
        SHA-256 of `files.json`, in hexadecimal digits.
    public_key
        The Ed25519 key it is signed with, in hexadecimal digits.
    by
        The name in the journal of the site that made it; empty where it was made before sites said so.
    heads
        How much of the record it tells of: the number of the last entry of each site's chain that is in it
        and may be told, by that site's name; empty where it does not say.
    """

    site: str
    sequence: int
    made_s: float
    until_s: float
    files_hash: str
    public_key: str
    by: str = ""
    heads: Mapping[str, int] = field(default_factory=dict)


def listed_as(path: str) -> str:
    """Return the name under which a file stands in `files.json`."""
    return f"sha256:{hashlib.sha256(path.encode()).hexdigest()}" if is_private(path) else path


def files_bytes(hashes: Mapping[str, str]) -> bytes:
    """Return `files.json` for files and their SHA-256 in hexadecimal digits, by path."""
    return _ENCODE({listed_as(path): digest for path, digest in hashes.items()}).encode()


def manifest_bytes(
    files: bytes,
    *,
    site: str,
    sequence: int,
    made_s: float,
    until_s: float,
    key: Ed25519PrivateKey,
    by: str = "",
    heads: Mapping[str, int] | None = None,
) -> bytes:
    """Return `manifest.json`: what is stated, as in `Manifest`, and the signature on it."""
    stated: dict[str, Any] = {
        "files_sha256": hashlib.sha256(files).hexdigest(),
        "made_at": moment_text(made_s),
        "public_key": key.public_key().public_bytes_raw().hex(),
        "sequence": sequence,
        "site": site,
        "tidegate_manifest": 1,
        "valid_until": moment_text(until_s),
    }
    # Left out where there is nothing to say: a manifest without them is what it was before there were any.
    stated |= {"by": by} if by else {}
    stated |= {"heads": dict(heads)} if heads and _are_heads(heads) else {}
    signature = key.sign(_SIGNED + _ENCODE(stated).encode()).hex()
    return _ENCODE({"signature": signature, "stated": stated}).encode()


def read_manifest(text: bytes, *, public_key: str = "") -> Manifest:
    """Return what a manifest states, after its signature was checked.

    Parameters
    ----------
    text
        The bytes of `manifest.json`.
    public_key
        The key that is expected, in hexadecimal digits; without one, the manifest's own.

    Raises
    ------
    InputError
        If it is no manifest, is signed by somebody else, or was changed.
    """
    try:
        document = json.loads(text)
        stated, signature = document["stated"], bytes.fromhex(document["signature"])
        found = _stated(stated)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.public_key)).verify(
            signature, _SIGNED + _ENCODE(stated).encode()
        )
    except InvalidSignature:
        raise InputError(
            Fault(what="the manifest was changed after it was signed", kind="statement")
        ) from None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, InputError):
        raise InputError(Fault(what="is no manifest of a site")) from None
    if public_key and found.public_key != public_key.lower():
        fault = Fault(what="is signed with another key", value=found.public_key, allowed=public_key)
        raise InputError(fault)
    return found


def _stated(stated: Mapping[str, Any]) -> Manifest:
    if stated["tidegate_manifest"] != 1:
        raise ValueError
    return Manifest(
        site=str(stated["site"]),
        sequence=int(stated["sequence"]),
        made_s=parse_moment(stated["made_at"]),
        until_s=parse_moment(stated["valid_until"]),
        files_hash=str(stated["files_sha256"]),
        public_key=str(stated["public_key"]),
        by=_name(stated.get("by", "")),
        heads=_heads(stated.get("heads", {})),
    )


def _name(said: object) -> str:
    if not isinstance(said, str) or len(said) > LONGEST_NAME_COUNT or not said.isprintable():
        raise ValueError
    return said


def _heads(said: object) -> Mapping[str, int]:
    if not isinstance(said, dict) or not _are_heads(said):
        raise ValueError
    return dict(said)


def _are_heads(found: Mapping[Any, Any]) -> bool:
    return len(found) <= MOST_HEADS_COUNT and all(
        isinstance(name, str) and 0 < len(name) <= LONGEST_NAME_COUNT and name.isprintable()
        and type(number) is int and 0 < number < 2**62
        for name, number in found.items()
    )  # fmt: skip


def wrong_files(manifest: Manifest, files: bytes, hashes: Mapping[str, str]) -> Iterator[str]:
    """Yield a phrase for each file of a copy that is not what was published, or is missing, or too many.

    Parameters
    ----------
    manifest
        What was stated.
    files
        The bytes of `files.json`.
    hashes
        SHA-256 in hexadecimal digits of every file found, by path.
    """
    if hashlib.sha256(files).hexdigest() != manifest.files_hash:
        yield f"{FILES} is not the one that was published"
        return
    published = json.loads(files)
    found = {listed_as(path): digest for path, digest in hashes.items() if path not in {MANIFEST, FILES}}
    for name, digest in sorted(published.items()):
        if name not in found:
            yield f"{name} is missing"
        elif found[name] != digest:
            yield f"{name} is not what was published"
    for name in sorted(found.keys() - published.keys()):
        yield f"{name} was never published"
