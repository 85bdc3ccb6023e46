"""Did the one who shares a key with us send these very bytes? An HMAC, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal

Digest = Literal["sha256", "sha512"]


def is_signed(body: bytes, said: str, key: bytes, digest: Digest) -> bool:
    """Return whether a signature is that of a body.

    Parameters
    ----------
    body
        As it came, before anything is read of it.
    said
        The signature in hexadecimal digits.
    key
        Known to the sender and to us; with an empty one nothing is signed.
    digest
        By which hash.
    """
    right = hmac.new(key, body, getattr(hashlib, digest)).hexdigest()
    return bool(key) and hmac.compare_digest(right.encode(), said.strip().lower().encode("utf-8", "replace"))
